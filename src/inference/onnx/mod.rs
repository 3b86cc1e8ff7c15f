//! The one reader of ONNX files: for what a model says of itself, for its header, and for the native
//! backend, which compiles it.
//!
//! Everything is borrowed from the file's bytes. Lists, tensors and other bulk are left alone until
//! somebody asks for them; a header therefore touches few pages of a large file. Field numbers are
//! those of `onnx.proto`.

mod attribute;
mod model;
mod node;
mod tensor;
mod value;
pub(super) mod wire;

pub(super) use attribute::AttributeType;
pub(super) use model::{Graph, MAX_DEPTH, Model, plain_domain};
pub(super) use node::Node;
pub(super) use tensor::{ExternalData, Numbers, Tensor, element};
pub(super) use value::{ValueInfo, ValueKind};
pub(super) use wire::WireError;

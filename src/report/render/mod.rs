//! A report as text and as JSON. Nothing is decided here but how it looks.

mod json;
mod page;
mod plan_json;
mod text;

pub(super) use json::json;
pub(super) use plan_json::plan_json;
pub use text::TextOptions;
pub(super) use text::text;

//! The operators. Each file holds some near relatives; [`build`] finds the one for a node.
//!
//! What they compute is defined by the ONNX operator specification (`Operators.md` and
//! `Operators-ml.md` of the ONNX repository); where that leaves things open, they do what ONNX
//! Runtime does.

mod activation;
mod along;
mod compare;
mod elementwise;
pub(super) mod encode;
mod features;
mod fill;
mod index;
mod label_encoder;
mod layout;
mod linear;
mod matrix;
mod reduce;
mod select;
mod softmax;
mod svm;
mod unary;

use super::proto::Node;
use super::tensor::{Failure, Tensor};
use super::trees;
use crate::inference::wire::WireError;

/// What an operator gives back: a value an output.
pub(super) type Outputs<'r> = Result<Vec<Tensor<'r>>, Failure>;

/// A node, ready to run: its attributes are read and checked.
pub(super) trait Operator: Send + Sync + std::fmt::Debug {
    /// Computes the outputs. Inputs that the node leaves out are `None`.
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r>;

    /// What it keeps on the heap.
    fn bytes(&self) -> usize {
        0
    }

    /// The columns that its input must have, where its attributes tell.
    fn wanted_width(&self) -> Option<usize> {
        None
    }

    /// How many rows at a time suit it best, where it matters.
    fn block_rows(&self) -> Option<usize> {
        None
    }

    /// Whether it is about 16-bit floats itself; others get them as 32-bit ones, and their results
    /// are rounded.
    fn takes_half(&self) -> bool {
        false
    }

    /// Whether it takes texts as categories; others get them spelled out.
    fn takes_categories(&self) -> bool {
        false
    }
}

/// Why a node cannot be run here.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The operator, or a form of it, is not covered.
    Uncovered(String),
    /// The file contradicts itself.
    Broken(String),
}

impl From<WireError> for Refusal {
    fn from(_: WireError) -> Self {
        Refusal::Broken("its attributes are damaged".into())
    }
}

impl From<Failure> for Refusal {
    fn from(reason: Failure) -> Self {
        Refusal::Broken(reason)
    }
}

pub(super) type Built = Result<Box<dyn Operator>, Refusal>;

/// Reads a node's attributes. The initializers are no part of it: an operator gets them as inputs.
pub(super) fn build(node: &Node<'_>) -> Built {
    let found = match node.domain {
        "" => build_plain(node),
        "ai.onnx.ml" => build_ml(node),
        _ => None,
    };
    found.unwrap_or_else(|| Err(Refusal::Uncovered(format!("operator {}", node.full_name()))))
}

/// Whether a node is refused for what its small attributes say. Long ones are left alone: lists of
/// trees, weights, vectors and categories. [`build`] may refuse the node for these.
pub(super) fn check(node: &Node<'_>) -> Result<(), Refusal> {
    match (node.domain, node.op) {
        ("", "Constant") => layout::check_constant(node),
        ("ai.onnx.ml", "TreeEnsembleClassifier" | "TreeEnsembleRegressor") => trees::check(node),
        ("ai.onnx.ml", "LinearClassifier") => linear::check_classifier(node),
        ("ai.onnx.ml", "LinearRegressor") => linear::check_regressor(node),
        ("ai.onnx.ml", "SVMClassifier") => svm::check_classifier(node),
        ("ai.onnx.ml", "SVMRegressor") => svm::check_regressor(node),
        ("ai.onnx.ml", "LabelEncoder" | "CategoryMapper" | "OneHotEncoder") => Ok(()),
        _ => build(node).map(drop),
    }
}

fn build_plain(node: &Node<'_>) -> Option<Built> {
    unary::build(node)
        .or_else(|| elementwise::build(node))
        .or_else(|| activation::build(node))
        .or_else(|| compare::build(node))
        .or_else(|| layout::build(node))
        .or_else(|| fill::build(node))
        .or_else(|| select::build(node))
        .or_else(|| index::build(node))
        .or_else(|| along::build(node))
        .or_else(|| reduce::build(node))
        .or_else(|| softmax::build(node))
        .or_else(|| matrix::build(node))
}

fn build_ml(node: &Node<'_>) -> Option<Built> {
    Some(match node.op {
        "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => trees::build(node),
        "LinearClassifier" => linear::classifier(node),
        "LinearRegressor" => linear::regressor(node),
        "SVMClassifier" => svm::classifier(node),
        "SVMRegressor" => svm::regressor(node),
        "LabelEncoder" | "CategoryMapper" => label_encoder::build(node),
        "OneHotEncoder" => encode::build(node),
        "ZipMap" => Ok(Box::new(layout::Pass)),
        _ => return features::build(node),
    })
}

/// An input that the operator's definition requires.
pub(super) fn input<'i, 'r>(
    inputs: &[Option<&'i Tensor<'r>>],
    index: usize,
) -> Result<&'i Tensor<'r>, Failure> {
    inputs
        .get(index)
        .copied()
        .flatten()
        .ok_or_else(|| format!("it has no input number {index}"))
}

/// An input that may be left out.
pub(super) fn optional<'i, 'r>(
    inputs: &[Option<&'i Tensor<'r>>],
    index: usize,
) -> Option<&'i Tensor<'r>> {
    inputs.get(index).copied().flatten()
}

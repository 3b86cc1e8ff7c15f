//! The operators. Each file holds some near relatives; [`build`] finds the one for a node.
//!
//! What they compute is defined by the ONNX operator specification (`Operators.md` and
//! `Operators-ml.md` of the ONNX repository); where that leaves things open, they do what ONNX
//! Runtime does.

mod activation;
mod along;
mod compare;
mod elementwise;
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

use super::call::Source;
use super::one_hot;
use super::operator::{Built, Refusal};
use super::trees;
use crate::inference::onnx::Node;

/// Reads a node's attributes. The initializers are no part of it: an operator gets them as inputs.
/// `sources` are those of an operator that encoders are fused with.
pub(super) fn build(node: &Node<'_>, sources: &[Source<'_, '_>]) -> Built {
    let found = match node.domain {
        "" => build_plain(node),
        "ai.onnx.ml" => build_ml(node, sources),
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
        _ => build(node, &[]).map(drop),
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

fn build_ml(node: &Node<'_>, sources: &[Source<'_, '_>]) -> Option<Built> {
    Some(match node.op {
        "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => trees::build(node, sources),
        "LinearClassifier" => linear::classifier(node, sources),
        "LinearRegressor" => linear::regressor(node, sources),
        "SVMClassifier" => svm::classifier(node),
        "SVMRegressor" => svm::regressor(node),
        "LabelEncoder" | "CategoryMapper" => label_encoder::build(node),
        "OneHotEncoder" => one_hot::build(node),
        "ZipMap" => Ok(Box::new(layout::Pass)),
        _ => return features::build(node),
    })
}

//! About how much memory a model will take natively, from what its header shows.
//!
//! The lengths of lists tell how many nodes and weights a forest has; which form it will take, and
//! how many of its thresholds are equal, is known only once it is built. The figures here come from
//! measured models.

use super::call::{Call, needed};
use super::model::NativeModel;
use crate::inference::onnx::{Graph, Node};
use crate::inference::signature::{ElementType, Signature};

/// A step and its lists.
const STEP: usize = 250;
/// An encoder beside its categories.
const ENCODER: usize = 60;
/// A constant beside its content.
const CONSTANT: usize = 90;
/// A category in a table takes so many times its bytes in the file.
const TEXTS: usize = 6;
/// The thresholds of one column, with what finds a value among them.
const COLUMN: f64 = 100.0;
/// A tree beside its nodes.
const TREE: f64 = 48.0;
/// Nodes of a tree that is walked several levels at a time, at least.
const BUSHY: f64 = 150.0;
/// Nodes of a tree from which on such levels are seldom full.
const DEEP: f64 = 500.0;
/// A weight in a bushy tree, of several that a leaf has: many leaves have the same.
const SHARED_WEIGHT: f64 = 2.0;

/// Bytes of the open model.
pub(super) fn bytes(
    graph: &Graph<'_>,
    calls: &[Call<'_, '_>],
    wanted: &[&str],
    signature: &Signature,
) -> u64 {
    let constants = graph.initializers.iter();
    let mut all = size_of::<NativeModel>();
    all += constants
        .map(|tensor| CONSTANT + tensor.size())
        .sum::<usize>();
    let nodes: Vec<&Node<'_>> = needed(calls, wanted).map(|call| call.node).collect();
    let categories = |node: &&Node<'_>| node.byte_texts("cats_strings").map_or(0, |all| all.len());
    let encoders = nodes.iter().filter(|node| node.op == "OneHotEncoder");
    let encoded: usize = encoders.map(categories).sum();
    let numbers = signature.inputs.iter();
    let numbers = numbers.filter(|input| input.element != ElementType::Text);
    let columns = encoded + numbers.filter_map(|input| input.width).sum::<usize>();
    let mut forests = 0.0;
    for node in nodes {
        all += match node.op {
            "OneHotEncoder" => ENCODER,
            // Encoders and what joins their columns become part of the model behind them.
            "Concat" | "Reshape" if encoded > 0 => 0,
            _ => STEP,
        };
        let is_forest = node.op.starts_with("TreeEnsemble");
        if is_forest {
            forests += forest(node, columns as f64, signature.score_columns());
        }
        for (name, message) in node.attributes() {
            let bytes = message.len();
            all += match name.ends_with("_strings") {
                true => TEXTS * bytes,
                false if is_forest => 0,
                false => bytes,
            };
        }
    }
    (all + forests as usize) as u64
}

/// `targets` are classes or targets.
fn forest(node: &Node<'_>, columns: f64, targets: usize) -> f64 {
    let nodes = node.float_count("nodes_values") as f64;
    let weights = node.float_count("class_weights") + node.float_count("target_weights");
    let weights = weights as f64;
    // Half of the nodes are leaves, and one more of every tree.
    let has_one_a_leaf = weights < 0.75 * nodes;
    let a_leaf = if has_one_a_leaf { 1 } else { targets.max(1) };
    let leaves = weights / a_leaf as f64;
    let trees = (2.0 * leaves - nodes).clamp(1.0, (nodes / 3.0).max(1.0));
    let branches = nodes - leaves;
    let is_bushy = nodes > BUSHY * trees;
    let each = if nodes > DEEP * trees { 9.0 } else { 6.0 };
    let each_weight = if is_bushy { SHARED_WEIGHT } else { 4.0 };
    // Some columns are compared often and many never.
    let compared = if is_bushy {
        0.0
    } else {
        columns * -(-branches / columns.max(1.0)).exp_m1()
    };
    trees * TREE + nodes * each + compared * COLUMN + (weights - leaves) * each_weight
}

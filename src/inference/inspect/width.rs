//! Is the number of columns of an input settled by something in the graph, where the input itself
//! leaves it open?

use std::collections::{HashMap, HashSet};

use crate::inference::onnx::{Graph, Node};

/// They have weights, or something else, for just so many columns.
const SETTLE: &[&str] = &[
    "Gemm",
    "Imputer",
    "LinearClassifier",
    "LinearRegressor",
    "MatMul",
    "SVMClassifier",
    "SVMRegressor",
    "Scaler",
    "TreeEnsemble",
    "TreeEnsembleClassifier",
    "TreeEnsembleRegressor",
];

/// The values that come to whatever wants a number of columns. An embedding looks each value up by
/// itself, and a sum or a mean over a row takes any number of them.
pub(super) fn settled<'a>(graph: &Graph<'a>) -> HashSet<&'a str> {
    let mut makers: HashMap<&str, &Node<'a>> = HashMap::new();
    let mut settled = HashSet::new();
    let mut next: Vec<&str> = Vec::new();
    for node in &graph.nodes {
        makers.extend(node.outputs.iter().map(|output| (*output, node)));
        if SETTLE.contains(&node.op) {
            next.extend(&node.inputs);
        }
    }
    while let Some(name) = next.pop() {
        if name.is_empty() || !settled.insert(name) {
            continue;
        }
        let Some(node) = makers.get(name) else {
            continue;
        };
        if node.op.starts_with("Reduce") || node.op == "Shape" {
            continue;
        }
        let looked_up = node.inputs.get(1).filter(|_| node.op == "Gather");
        let handed = node.inputs.iter().filter(|input| Some(*input) != looked_up);
        next.extend(handed);
    }
    settled
}

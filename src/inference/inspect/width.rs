//! Is the number of columns of an input settled by something in the graph, where the input itself
//! leaves it open?

use crate::inference::onnx::Graph;

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

/// Follows an input to whatever wants a number of columns. An embedding looks each value up by
/// itself, and a sum or a mean over a row takes any number of them.
pub(super) fn is_settled(graph: &Graph<'_>, input: &str) -> bool {
    let mut reached = vec![input];
    let mut next = 0;
    while let Some(name) = reached.get(next).copied() {
        next += 1;
        let readers = graph
            .nodes
            .iter()
            .filter(|node| node.inputs.contains(&name));
        for node in readers {
            if SETTLE.contains(&node.op) {
                return true;
            }
            let is_lookup = node.op == "Gather" && node.inputs.get(1) == Some(&name);
            if is_lookup || node.op.starts_with("Reduce") || node.op == "Shape" {
                continue;
            }
            for output in &node.outputs {
                if !output.is_empty() && !reached.contains(output) {
                    reached.push(output);
                }
            }
        }
    }
    false
}

//! Whether a graph is covered, as far as its operators and their small attributes show it. The lists
//! that make trees, weights and categories are left alone.

use std::collections::HashSet;

use super::call::{Call, needed};
use super::compile::{Refusals, check_limits, each_once, reason};
use super::ops;
use crate::inference::onnx::Graph;

/// What stands in the way; nothing where the model will most likely compile.
pub(super) fn refusals(graph: &Graph<'_>, calls: &[Call<'_, '_>], wanted: &[&str]) -> Refusals {
    if let Err(refusals) = check_limits(graph) {
        return refusals;
    }
    // Of a type that is not read here, or kept in another file.
    let tensors = graph.initializers.iter();
    let unreadable: HashSet<&str> = tensors
        .filter(|tensor| !tensor.is_readable())
        .map(|tensor| tensor.name)
        .collect();
    let mut refusals = Vec::new();
    for Call { node, inputs, .. } in needed(calls, wanted) {
        if let Err(refusal) = ops::check(node) {
            refusals.push(reason(node, refusal));
        }
        if refusals.is_empty()
            && let Some(name) = inputs.iter().find(|name| unreadable.contains(*name))
        {
            let name_of_node = node.full_name();
            refusals.push(format!("{name_of_node}: nothing makes its input `{name}`"));
        }
    }
    each_once(refusals)
}

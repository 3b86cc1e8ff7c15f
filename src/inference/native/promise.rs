//! What the small parts of a graph promise: whether it is covered, as far as operators and their
//! small attributes show it. The lists that make trees, weights and categories are left alone.

use std::collections::HashSet;

use super::compile::{Refusals, check_limits, each_once, needed, reason};
use super::ops;
use super::proto::Graph;

/// What stands in the way; nothing where the model will most likely compile.
pub(super) fn refusals(graph: &Graph<'_>, wanted: &[&str]) -> Refusals {
    if let Err(refusals) = check_limits(graph) {
        return refusals;
    }
    // Of a type that is not read here, or kept in another file.
    let tensors = graph.initializers.iter();
    let unreadable: HashSet<&str> = tensors
        .filter(|tensor| !tensor.is_readable().unwrap_or(false))
        .map(|tensor| tensor.name)
        .collect();
    let mut refusals = Vec::new();
    for node in needed(graph, wanted) {
        if let Err(refusal) = ops::check(node) {
            refusals.push(reason(node, refusal));
        }
        let mut inputs = node.inputs.iter();
        if refusals.is_empty()
            && let Some(name) = inputs.find(|name| unreadable.contains(*name))
        {
            let name_of_node = node.full_name();
            refusals.push(format!("{name_of_node}: nothing makes its input `{name}`"));
        }
    }
    each_once(refusals)
}

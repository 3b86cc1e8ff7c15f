//! The operator calls of a graph: what is compiled.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::inference::onnx::{Graph, Node};

/// A node with what it is given: by the file, or by the fusion with what is before it.
#[derive(Debug)]
pub(super) struct Call<'g, 'a> {
    pub(super) node: &'g Node<'a>,
    pub(super) inputs: Cow<'g, [&'a str]>,
    /// For an operator that encoders are fused with: what each of its inputs is, else nothing.
    pub(super) sources: Vec<Source<'g, 'a>>,
}

/// Where some columns of a model come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'g, 'a> {
    /// They are numbers as they are; how many, if the graph tells.
    Numbers { width: Option<usize> },
    /// They are made by a `OneHotEncoder` of so many values a row, which has become part of the
    /// model.
    OneHot { encoder: &'g Node<'a>, width: usize },
}

/// The calls as they are in the file.
pub(super) fn calls<'g, 'a>(graph: &'g Graph<'a>) -> Vec<Call<'g, 'a>> {
    let nodes = graph.nodes.iter();
    let calls = nodes.map(|node| Call {
        node,
        inputs: Cow::Borrowed(&node.inputs[..]),
        sources: Vec::new(),
    });
    calls.collect()
}

/// Those calls that the wanted outputs depend on, in their order.
pub(super) fn needed<'c, 'g, 'a>(
    calls: &'c [Call<'g, 'a>],
    wanted: &[&str],
) -> impl Iterator<Item = &'c Call<'g, 'a>> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (index, call) in calls.iter().enumerate() {
        for output in call.node.outputs.iter().filter(|name| !name.is_empty()) {
            makers.insert(output, index);
        }
    }
    let mut needed = vec![false; calls.len()];
    let mut open: Vec<&str> = wanted.to_vec();
    while let Some(name) = open.pop() {
        if let Some(index) = makers.get(name)
            && !std::mem::replace(&mut needed[*index], true)
        {
            open.extend(calls[*index].inputs.iter());
        }
    }
    let calls = calls.iter().zip(needed);
    calls.filter_map(|(call, needed)| needed.then_some(call))
}

//! What must hold of a graph before anybody follows it, or takes it for what it seems: every value is
//! made once and not of itself, and operators have no attributes but their own.
//!
//! ONNX Runtime refuses the same when it opens a model. Here it is told from the file, of models that
//! it never sees as well.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::attributes::{self, Fault};
use crate::inference::error::InferenceError;
use crate::inference::file::{brief, damaged};
use crate::inference::onnx::{Graph, MAX_DEPTH, Model, Node, WireError, plain_domain};

/// Values of a circle that are shown.
const MAX_SHOWN: usize = 4;

/// Refuses a model whose graph, or the body of a branch or a loop in it, is unsound.
pub(super) fn check(path: &Path, model: &Model<'_>) -> Result<(), InferenceError> {
    let checker = Checker {
        path,
        versions: model.versions(),
    };
    checker.check(&model.graph, 0).map(drop)
}

struct Checker<'p, 'a> {
    path: &'p Path,
    /// Of the operator sets.
    versions: HashMap<&'a str, i64>,
}

impl<'a> Checker<'_, 'a> {
    /// Gives the values that the graph takes from those around it.
    fn check(&self, graph: &Graph<'a>, depth: usize) -> Result<HashSet<&'a str>, InferenceError> {
        let damaged = |_: WireError| damaged(self.path);
        if depth > MAX_DEPTH {
            return Err(damaged(WireError::Malformed));
        }
        let inputs = graph.inputs.iter().map(|input| input.name);
        let given: HashSet<&str> = inputs
            .chain(graph.initializers.iter().map(|tensor| tensor.name))
            .collect();
        let mut makers: HashMap<&str, usize> = HashMap::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            self.check_attributes(node)?;
            for output in node.outputs.iter().filter(|name| !name.is_empty()) {
                if given.contains(output) || makers.insert(output, index).is_some() {
                    return Err(InferenceError::MadeTwice {
                        path: self.path.into(),
                        value: brief(output),
                    });
                }
            }
        }
        let mut reads: Vec<Vec<&str>> = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            let mut read = node.inputs.clone();
            for body in node.bodies().map_err(damaged)? {
                read.extend(self.check(&body, depth + 1)?);
            }
            reads.push(read);
        }
        if let Some(circle) = circle(&reads, &makers) {
            return Err(InferenceError::Circular {
                path: self.path.into(),
                circle,
            });
        }
        let wanted = graph.outputs.iter().map(|output| output.name);
        let all = reads.into_iter().flatten().chain(wanted);
        let outer = all.filter(|name| !given.contains(name) && !makers.contains_key(name));
        Ok(outer.collect())
    }

    fn check_attributes(&self, node: &Node<'a>) -> Result<(), InferenceError> {
        let version = self.versions.get(plain_domain(node.domain)).copied();
        let path = self.path.into();
        let operator = brief(&node.full_name());
        match attributes::fault(node, version).map_err(|_| damaged(self.path))? {
            None => Ok(()),
            Some(Fault::Unknown { attribute, known }) => Err(InferenceError::UnknownAttribute {
                path,
                operator,
                attribute: brief(attribute),
                known,
            }),
            Some(Fault::Type { attribute, wanted }) => Err(InferenceError::AttributeType {
                path,
                operator,
                attribute: brief(attribute),
                wanted,
            }),
        }
    }
}

/// A circle among nodes that read these values, in words, where there is one.
fn circle(reads: &[Vec<&str>], makers: &HashMap<&str, usize>) -> Option<String> {
    let made = |node: usize| {
        let made = reads[node]
            .iter()
            .filter_map(|name| Some((*name, *makers.get(name)?)));
        made.collect::<Vec<_>>()
    };
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); reads.len()];
    let mut waits_for = vec![0_usize; reads.len()];
    for (node, waits) in waits_for.iter_mut().enumerate() {
        for (_, maker) in made(node) {
            readers[maker].push(node);
            *waits += 1;
        }
    }
    let mut ready: Vec<usize> = (0..reads.len())
        .filter(|node| waits_for[*node] == 0)
        .collect();
    while let Some(node) = ready.pop() {
        for reader in &readers[node] {
            waits_for[*reader] -= 1;
            if waits_for[*reader] == 0 {
                ready.push(*reader);
            }
        }
    }
    // Each of those that wait reads what another of them makes: following that, a node comes again.
    let mut node = waits_for.iter().position(|count| *count > 0)?;
    let mut passed: Vec<&str> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    let first = loop {
        if let Some(first) = places.insert(node, passed.len()) {
            break first;
        }
        let (name, maker) = made(node)
            .into_iter()
            .find(|(_, maker)| waits_for[*maker] > 0)?;
        passed.push(name);
        node = maker;
    };
    let circle = &passed[first..];
    let mut words: Vec<String> = Vec::new();
    for (place, value) in circle.iter().enumerate().take(MAX_SHOWN) {
        let from = circle[(place + 1) % circle.len()];
        words.push(format!("`{}` is made from `{}`", brief(value), brief(from)));
    }
    let more = circle.len().saturating_sub(MAX_SHOWN);
    if more > 0 {
        words.push(format!("and so on, over {more} more"));
    }
    Some(words.join(", "))
}

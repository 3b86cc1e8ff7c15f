//! Which columns of its inputs a graph looks at: those on which a tree splits, and all that reach
//! anything else. What a value of another column is changes no score.
//!
//! Columns are followed through what works on each by itself, to the trees behind it.

use std::collections::{BTreeSet, HashMap};

use super::call::{Call, needed};
use crate::inference::onnx::{Graph, Node, Tensor};
use crate::inference::signature::{ElementType, Signature};

/// A column of an input: which input, and which of its columns.
type Source = (usize, usize);

/// The columns that are never looked at.
pub(super) fn unread<'a>(
    graph: &Graph<'a>,
    calls: &[Call<'_, 'a>],
    wanted: &[&str],
    signature: &Signature,
) -> BTreeSet<Source> {
    let mut flow = Flow {
        columns: HashMap::new(),
        constants: graph.initializers.iter().map(|t| (t.name, t)).collect(),
        unread: BTreeSet::new(),
    };
    for (place, input) in signature.inputs.iter().enumerate() {
        // A text that stands for none may be read otherwise than those of a column, a number is not.
        let is_followed = input.rank == 2 && input.element != ElementType::Text;
        let Some(width) = input.width.filter(|_| is_followed) else {
            continue;
        };
        let sources: Vec<Source> = (0..width).map(|column| (place, column)).collect();
        flow.unread.extend(&sources);
        flow.columns.insert(&input.name, sources);
    }
    for call in needed(calls, wanted) {
        flow.pass(call);
    }
    for name in wanted {
        flow.look_at_all_of(name);
    }
    flow.unread
}

struct Flow<'s, 'a> {
    /// The values that are columns of inputs, side by side, each changed by itself at most.
    columns: HashMap<&'s str, Vec<Source>>,
    constants: HashMap<&'a str, &'s Tensor<'a>>,
    unread: BTreeSet<Source>,
}

impl<'s, 'a> Flow<'s, 'a> {
    fn look_at(&mut self, sources: impl IntoIterator<Item = Source>) {
        for source in sources {
            self.unread.remove(&source);
        }
    }

    fn look_at_all_of(&mut self, name: &str) {
        let sources = self.columns.get(name).cloned();
        self.look_at(sources.into_iter().flatten());
    }

    fn pass(&mut self, call: &Call<'_, 'a>) {
        let node = call.node;
        let kept = match (node.domain, node.op) {
            ("", "Identity" | "Cast") | ("ai.onnx.ml", "Scaler" | "Imputer") => self.same(node),
            ("", "Concat") => self.side_by_side(node),
            ("ai.onnx.ml", "ArrayFeatureExtractor") => self.picked(node),
            ("ai.onnx.ml", "TreeEnsembleClassifier" | "TreeEnsembleRegressor") => {
                if let Some(split_on) = self.split_on(node) {
                    return self.look_at(split_on);
                }
                None
            }
            _ => None,
        };
        match (kept, &node.outputs[..]) {
            (Some(sources), [output]) => {
                self.columns.insert(output, sources);
            }
            _ => {
                for name in call.inputs.iter().chain(&node.inputs) {
                    self.look_at_all_of(name);
                }
            }
        }
    }

    fn same(&self, node: &Node<'_>) -> Option<Vec<Source>> {
        match &node.inputs[..] {
            [only] => self.columns.get(only).cloned(),
            _ => None,
        }
    }

    fn side_by_side(&self, node: &Node<'_>) -> Option<Vec<Source>> {
        if !matches!(node.integer("axis"), Ok(Some(1 | -1))) {
            return None;
        }
        let parts = node.inputs.iter().map(|name| self.columns.get(name));
        let parts: Vec<&Vec<Source>> = parts.collect::<Option<_>>()?;
        Some(parts.into_iter().flatten().copied().collect())
    }

    fn picked(&self, node: &Node<'_>) -> Option<Vec<Source>> {
        let [from, which] = &node.inputs[..] else {
            return None;
        };
        let from = self.columns.get(from)?;
        let (_, places) = self.constants.get(which)?.content().ok()??;
        let places = places.integers()?.iter();
        let sources = places.map(|place| from.get(usize::try_from(*place).ok()?).copied());
        sources.collect()
    }

    /// The columns on which the trees of a node split; none where that cannot be told.
    fn split_on(&self, node: &Node<'_>) -> Option<BTreeSet<Source>> {
        let [input] = &node.inputs[..] else {
            return None;
        };
        let columns = self.columns.get(input)?;
        let features = node.integers("nodes_featureids").ok()?;
        let modes = node.byte_texts("nodes_modes").ok()?;
        if features.len() != modes.len() {
            return None;
        }
        let mut is_split_on = vec![false; columns.len()];
        for (feature, mode) in features.into_iter().zip(modes) {
            if mode != b"LEAF" {
                let column = is_split_on.get_mut(usize::try_from(feature).ok()?)?;
                *column = true;
            }
        }
        let of_columns = columns.iter().zip(is_split_on);
        Some(
            of_columns
                .filter_map(|(source, is)| is.then_some(*source))
                .collect(),
        )
    }
}

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

/// Columns of all inputs together that are followed; of more, all count as looked at.
const MOST_COLUMNS: usize = 1 << 16;
/// Columns that are noted on the way, counted again for each value that holds them.
const MOST_NOTED: usize = 1 << 22;

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
        texts: BTreeSet::new(),
        unread: BTreeSet::new(),
        room: MOST_NOTED,
    };
    // A width is only what the file claims.
    let widths = signature.inputs.iter().filter_map(|input| input.width);
    if widths.fold(0, usize::saturating_add) > MOST_COLUMNS {
        return BTreeSet::new();
    }
    for (place, input) in signature.inputs.iter().enumerate() {
        let Some(width) = input.width.filter(|_| input.rank == 2) else {
            continue;
        };
        if input.element == ElementType::Text {
            flow.texts.insert(place);
        }
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
    /// The inputs of texts.
    texts: BTreeSet<usize>,
    unread: BTreeSet<Source>,
    /// Columns that may still be noted.
    room: usize,
}

impl<'a> Flow<'_, 'a> {
    fn look_at(&mut self, sources: impl IntoIterator<Item = Source>) {
        for source in sources {
            self.unread.remove(&source);
        }
    }

    fn look_at_all_of(&mut self, name: &str) {
        // Nothing that is made from it can be told apart any more.
        let sources = self.columns.remove(name);
        self.look_at(sources.into_iter().flatten());
    }

    fn pass(&mut self, call: &Call<'_, 'a>) {
        let node = call.node;
        let kept = match (node.domain, node.op) {
            ("", "Identity")
            | ("ai.onnx.ml", "Scaler" | "Imputer" | "LabelEncoder" | "CategoryMapper") => {
                self.same(node)
            }
            ("", "Cast") => self.same(node).filter(|sources| !self.is_any_text(sources)),
            ("", "Concat") => self.side_by_side(node),
            ("ai.onnx.ml", "ArrayFeatureExtractor") => self.picked(node),
            ("ai.onnx.ml", "TreeEnsembleClassifier" | "TreeEnsembleRegressor") => {
                let input = node.inputs.first().and_then(|name| self.columns.get(name));
                let width = input.map_or(0, Vec::len);
                if width <= self.room
                    && let Some(split_on) = self.split_on(node)
                {
                    self.room -= width;
                    return self.look_at(split_on);
                }
                None
            }
            _ => None,
        };
        match (kept, &node.outputs[..]) {
            (Some(sources), [output]) if sources.len() <= self.room => {
                self.room -= sources.len();
                self.columns.insert(output, sources);
            }
            _ => {
                for name in call.inputs.iter().chain(&node.inputs) {
                    self.look_at_all_of(name);
                }
            }
        }
    }

    /// A text that stands for none cannot be cast to a number; a number always can.
    fn is_any_text(&self, sources: &[Source]) -> bool {
        sources.iter().any(|(input, _)| self.texts.contains(input))
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
        if parts.iter().map(|part| part.len()).sum::<usize>() > self.room {
            return None;
        }
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
        let mut is_split_on = vec![false; columns.len()];
        let (mut modes, mut is_sound) = (0, true);
        // One by one: a list of them would take more than the file.
        let read = node.each_text("nodes_modes", |mode| {
            let feature = features.get(modes).map(|feature| usize::try_from(*feature));
            modes += 1;
            if mode != b"LEAF" {
                let column = feature.and_then(|f| is_split_on.get_mut(f.ok()?));
                match column {
                    Some(column) => *column = true,
                    None => is_sound = false,
                }
            }
        });
        if read.is_err() || !is_sound || modes != features.len() {
            return None;
        }
        let of_columns = columns.iter().zip(is_split_on);
        Some(
            of_columns
                .filter_map(|(source, is)| is.then_some(*source))
                .collect(),
        )
    }
}

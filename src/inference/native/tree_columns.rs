//! What the columns of a model's trees are: columns of its inputs that come to the trees in order, or
//! something that is made of inputs in another way.

use std::collections::{HashMap, HashSet};

use super::call::{Call, Source, calls};
use super::fusion;
use crate::inference::onnx::{Graph, Node, Tensor};
use crate::inference::signature::{ElementType, Signature};

/// Nodes that are followed back from a column.
const MAX_DEPTH: usize = 32;
/// Columns of a model's trees at most.
const MAX_COLUMNS: usize = 1 << 16;

/// What comes behind the trees and leaves the order of scores as it is.
const KEEPS_ORDER: &[&str] = &[
    "ZipMap",
    "Cast",
    "Identity",
    "Reshape",
    "Squeeze",
    "Flatten",
    "Sigmoid",
    "LabelEncoder",
    "ArrayFeatureExtractor",
];

/// A column of the trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inference) enum TreeColumn {
    /// A column of an input, which it rises with, or falls with.
    Input {
        input: usize,
        column: usize,
        falls: bool,
    },
    /// Something else.
    Other,
}

/// The only tree ensemble of a graph, where the scores come from it alone and rise with its sums, and
/// what its columns are; or why there is no such thing.
pub(in crate::inference) struct Traced<'g, 'a> {
    pub(in crate::inference) ensemble: &'g Node<'a>,
    pub(in crate::inference) columns: Vec<TreeColumn>,
    /// The inputs that reach the trees in another way, too.
    pub(in crate::inference) mixed: HashSet<usize>,
}

impl<'g, 'a> Traced<'g, 'a> {
    pub(in crate::inference) fn of(
        graph: &'g Graph<'a>,
        signature: &Signature,
    ) -> Result<Self, String> {
        let ensembles = || {
            let nodes = graph.nodes.iter().enumerate();
            nodes.filter(|(_, node)| node.op.starts_with("TreeEnsemble"))
        };
        let (Some((index, ensemble)), 1) = (ensembles().next(), ensembles().count()) else {
            return Err("it is no single ensemble of trees".to_owned());
        };
        if !matches!(
            ensemble.op,
            "TreeEnsembleClassifier" | "TreeEnsembleRegressor"
        ) {
            return Err(format!("{} is not taken apart", ensemble.op));
        }
        check_after(graph, ensemble)?;
        let calls = fusion::fused(graph, signature).unwrap_or_else(|| calls(graph));
        let tracer = Tracer::of(graph, signature);
        let columns = tracer.columns(&calls[index])?;
        let mut mixed = HashSet::new();
        tracer.mixed(&calls[index], &mut mixed);
        Ok(Self {
            ensemble,
            columns,
            mixed,
        })
    }
}

/// Does everything behind the trees leave the order of scores as it is?
fn check_after(graph: &Graph<'_>, ensemble: &Node<'_>) -> Result<(), String> {
    let constants: HashSet<&str> = graph
        .initializers
        .iter()
        .map(|tensor| tensor.name)
        .collect();
    let mut made: HashSet<&str> = ensemble.outputs.iter().copied().collect();
    for node in &graph.nodes {
        if !node.inputs.iter().any(|input| made.contains(input)) {
            continue;
        }
        let is_alone = |input: &str| made.contains(input) || constants.contains(input);
        let keeps = KEEPS_ORDER.contains(&node.op);
        if !keeps || !node.inputs.iter().all(|input| is_alone(input)) {
            return Err(format!(
                "what {} makes of its scores is not followed",
                node.op
            ));
        }
        made.extend(&node.outputs);
    }
    Ok(())
}

struct Tracer<'s, 'g, 'a> {
    makers: HashMap<&'a str, &'g Node<'a>>,
    constants: HashMap<&'a str, &'g Tensor<'a>>,
    inputs: HashMap<&'s str, (usize, Option<usize>, bool)>,
}

impl<'s, 'g, 'a> Tracer<'s, 'g, 'a> {
    fn of(graph: &'g Graph<'a>, signature: &'s Signature) -> Self {
        let mut makers = HashMap::new();
        for node in &graph.nodes {
            makers.extend(node.outputs.iter().map(|name| (*name, node)));
        }
        let inputs = signature.inputs.iter().enumerate();
        let inputs = inputs.map(|(place, input)| {
            let is_text = input.element == ElementType::Text;
            let width = input.width.filter(|_| input.rank == 2);
            (&*input.name, (place, width, is_text))
        });
        Self {
            makers,
            constants: graph.initializers.iter().map(|t| (t.name, t)).collect(),
            inputs: inputs.collect(),
        }
    }

    /// The columns of an ensemble, from left to right.
    fn columns(&self, call: &Call<'g, 'a>) -> Result<Vec<TreeColumn>, String> {
        let unknown = || "where the columns of its trees come from cannot be told".to_owned();
        if call.sources.is_empty() {
            let [name] = call.inputs[..] else {
                return Err(unknown());
            };
            return self.column(name, 0).ok_or_else(unknown);
        }
        let mut columns = Vec::new();
        for (name, source) in call.inputs.iter().zip(&call.sources) {
            match source {
                Source::OneHot { encoder, width } => {
                    let count = ["cats_strings", "cats_int64s"].map(|list| match list {
                        "cats_strings" => encoder.byte_texts(list).map(|all| all.len()),
                        _ => encoder.integers(list).map(|all| all.len()),
                    });
                    let [Ok(texts), Ok(numbers)] = count else {
                        return Err(unknown());
                    };
                    let all = (texts + numbers).saturating_mul(*width).min(MAX_COLUMNS);
                    columns.resize(columns.len() + all, TreeColumn::Other);
                }
                Source::Numbers { width } => match (self.column(name, 0), width) {
                    (Some(found), _) => columns.extend(found),
                    (None, Some(width)) if *width < MAX_COLUMNS => {
                        columns.resize(columns.len() + width, TreeColumn::Other);
                    }
                    _ => return Err(unknown()),
                },
            }
            if columns.len() > MAX_COLUMNS {
                return Err(unknown());
            }
        }
        Ok(columns)
    }

    /// The columns of a value; none where their number cannot be told.
    fn column(&self, name: &str, depth: usize) -> Option<Vec<TreeColumn>> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some((input, width, is_text)) = self.inputs.get(name) {
            let columns = 0..width.filter(|width| *width < MAX_COLUMNS)?;
            let column = |column| match is_text {
                true => TreeColumn::Other,
                false => TreeColumn::Input {
                    input: *input,
                    column,
                    falls: false,
                },
            };
            return Some(columns.map(column).collect());
        }
        let node = self.makers.get(name)?;
        let of = |name: &str| self.column(name, depth + 1);
        match (node.domain, node.op, &node.inputs[..]) {
            ("", "Identity" | "Cast", [only]) => of(only),
            ("ai.onnx.ml", "Scaler", [only]) => scaled(node, of(only)?),
            ("ai.onnx.ml", "Imputer", [only]) => {
                let found = of(only)?;
                // In the place of a number that is like any other, another comes out of order.
                let replaced = node.float("replaced_value_float").ok()?.unwrap_or(0.0);
                Some(if replaced.is_nan() {
                    found
                } else {
                    vec![TreeColumn::Other; found.len()]
                })
            }
            ("", "Concat", parts) => {
                if !matches!(node.integer("axis"), Ok(Some(1 | -1))) {
                    return None;
                }
                let parts = parts.iter().map(|part| of(part));
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            ("ai.onnx.ml", "ArrayFeatureExtractor", [from, which]) => {
                let from = of(from)?;
                let (_, places) = self.constants.get(which)?.content().ok()??;
                let places = places.integers()?.iter();
                let picked = places.map(|place| from.get(usize::try_from(*place).ok()?).copied());
                picked.collect()
            }
            _ => None,
        }
    }

    /// Notes the inputs from which a part of an ensemble's columns comes that is not followed.
    fn mixed(&self, call: &Call<'g, 'a>, mixed: &mut HashSet<usize>) {
        for (place, name) in call.inputs.iter().enumerate() {
            let is_encoded = matches!(call.sources.get(place), Some(Source::OneHot { .. }));
            let followed = self.column(name, 0).filter(|_| !is_encoded);
            if followed.is_none_or(|found| found.contains(&TreeColumn::Other)) {
                self.reach(name, 0, mixed);
            }
        }
    }

    /// All inputs behind a value.
    fn reach(&self, name: &str, depth: usize, found: &mut HashSet<usize>) {
        if let Some((input, ..)) = self.inputs.get(name) {
            found.insert(*input);
        } else if let Some(node) = self.makers.get(name).filter(|_| depth <= MAX_DEPTH) {
            for input in &node.inputs {
                self.reach(input, depth + 1, found);
            }
        }
    }
}

/// A scaled column falls where its factor is below 0, and says nothing where that is 0.
fn scaled(scaler: &Node<'_>, columns: Vec<TreeColumn>) -> Option<Vec<TreeColumn>> {
    let factors = scaler.floats("scale").ok()?;
    let factor = |place: usize| match factors[..] {
        [] => Some(1.0),
        [only] => Some(only),
        _ => factors.get(place).copied(),
    };
    let columns = columns.into_iter().enumerate().map(|(place, column)| {
        let factor = factor(place)?;
        Some(match column {
            TreeColumn::Input {
                input,
                column,
                falls,
            } if factor != 0.0 && factor.is_finite() => TreeColumn::Input {
                input,
                column,
                falls: falls != (factor < 0.0),
            },
            _ => TreeColumn::Other,
        })
    });
    columns.collect()
}

//! Fuses tree ensembles and linear models with the one-hot encoders before them.
//!
//! Exporters write a pipeline over texts as an encoder a column, their outputs concatenated,
//! reshaped and concatenated once more: a hundred columns of zeros a row, copied four times. A model
//! that applies the encoders itself needs none of that.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::call::{Call, Source, calls};
use crate::inference::onnx::{Graph, Node, Tensor};
use crate::inference::signature::Signature;

/// Nested concatenations deeper than any exporter writes.
const MAX_DEPTH: usize = 8;
/// More inputs of concatenations, and more columns, than any exporter writes.
const MAX_VISITS: usize = 10_000;
const MAX_COLUMNS: i64 = 1 << 20;

/// The calls with every model fused whose columns come from encoders; `None` if there is none.
pub(super) fn fused<'g, 'a>(
    graph: &'g Graph<'a>,
    signature: &Signature,
) -> Option<Vec<Call<'g, 'a>>> {
    let mut makers = HashMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        makers.extend(node.outputs.iter().map(|name| (*name, index)));
    }
    let constants = graph.initializers.iter();
    let inputs = signature.inputs.iter();
    let columns = Columns {
        graph,
        makers,
        constants: constants
            .rev()
            .map(|tensor| (tensor.name, tensor))
            .collect(),
        widths: inputs
            .rev()
            .map(|input| (&*input.name, input.width))
            .collect(),
        categories: RefCell::default(),
        visits: Cell::new(0),
    };
    let mut result: Option<Vec<Call<'g, 'a>>> = None;
    // An encoder is built for the model that it is fused with: for one only, and once.
    let mut taken = HashSet::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let is_model = node.op.starts_with("TreeEnsemble") || node.op.starts_with("Linear");
        let (true, [name]) = (is_model && node.domain == "ai.onnx.ml", &node.inputs[..]) else {
            continue;
        };
        let mut parts = Vec::new();
        columns.collect(name, 0, &mut parts);
        let encoders = parts.iter().filter_map(|part| match part.source {
            Source::OneHot { encoder, .. } => Some(&encoder.outputs),
            Source::Numbers { .. } => None,
        });
        let mut encoders = encoders.peekable();
        let has_some = encoders.peek().is_some();
        let are_new = encoders.all(|outputs| taken.insert(outputs));
        if has_some && are_new && columns.visits.get() < MAX_VISITS {
            let call = &mut result.get_or_insert_with(|| calls(graph))[index];
            call.inputs = Cow::Owned(parts.iter().map(|part| part.input).collect());
            call.sources = parts.into_iter().map(|part| part.source).collect();
        }
    }
    result
}

struct Part<'g, 'a> {
    input: &'a str,
    source: Source<'g, 'a>,
}

struct Columns<'s, 'g, 'a> {
    graph: &'g Graph<'a>,
    /// The node that makes each value.
    makers: HashMap<&'a str, usize>,
    constants: HashMap<&'a str, &'g Tensor<'a>>,
    /// Columns of each input, if it tells.
    widths: HashMap<&'s str, Option<usize>>,
    /// How many each encoder has.
    categories: RefCell<HashMap<*const Node<'a>, Option<usize>>>,
    /// Values that were looked at.
    visits: Cell<usize>,
}

impl<'g, 'a> Columns<'_, 'g, 'a> {
    fn maker(&self, name: &str) -> Option<&'g Node<'a>> {
        self.makers.get(name).map(|index| &self.graph.nodes[*index])
    }

    /// What the columns of a matrix are made of, from left to right.
    fn collect(&self, name: &'a str, depth: usize, parts: &mut Vec<Part<'g, 'a>>) {
        self.visits.set(self.visits.get() + 1);
        if self.visits.get() >= MAX_VISITS {
            return;
        }
        let maker = self.maker(name);
        if let Some(node) = maker
            && node.op == "Concat"
            && matches!(node.integer("axis"), Ok(Some(1 | -1)))
            && depth < MAX_DEPTH
        {
            for input in &node.inputs {
                self.collect(input, depth + 1, parts);
            }
        } else if let Some(encoded) = maker.and_then(|node| self.encoded(node)) {
            parts.extend(encoded);
        } else {
            parts.push(Part {
                input: name,
                source: Source::Numbers {
                    width: self.width(name, depth),
                },
            });
        }
    }

    /// Columns of a matrix, if the graph tells.
    fn width(&self, name: &str, depth: usize) -> Option<usize> {
        let Some(node) = self.maker(name) else {
            return *self.widths.get(name)?;
        };
        let keeps_width = ["Scaler", "Imputer", "Identity", "Cast"].contains(&node.op);
        (keeps_width && depth < MAX_DEPTH).then(|| self.width(node.inputs.first()?, depth + 1))?
    }

    /// For a reshape to a matrix: the encoders whose columns are in it.
    fn encoded(&self, reshape: &'g Node<'a>) -> Option<Vec<Part<'g, 'a>>> {
        let columns = self.matrix_width(reshape)?;
        let inner = self.maker(reshape.inputs.first()?)?;
        if is_encoder(inner) {
            let each = self.categories(inner)?;
            let width = columns / each;
            return (width * each == columns)
                .then(|| encoder(inner, width).map(|part| vec![part]))?;
        }
        // Of rows, columns and categories, the last are put side by side: for one column each, that
        // is the columns of one after those of the other.
        let is_last = matches!(inner.integer("axis"), Ok(Some(2 | -1)));
        if inner.op != "Concat" || !is_last {
            return None;
        }
        self.visits.set(self.visits.get() + inner.inputs.len());
        let encoders: Vec<&'g Node<'a>> = inner
            .inputs
            .iter()
            .map(|name| self.maker(name).filter(|node| is_encoder(node)))
            .collect::<Option<_>>()?;
        let all: usize = encoders
            .iter()
            .map(|node| self.categories(node))
            .sum::<Option<_>>()?;
        if all != columns {
            return None;
        }
        encoders.into_iter().map(|node| encoder(node, 1)).collect()
    }

    fn categories(&self, encoder: &'g Node<'a>) -> Option<usize> {
        let mut known = self.categories.borrow_mut();
        let counted = known.entry(&raw const *encoder);
        *counted.or_insert_with(|| categories(encoder))
    }

    /// The columns that a reshape asks for, if rows stay rows.
    fn matrix_width(&self, reshape: &Node<'a>) -> Option<usize> {
        let (true, [_, shape]) = (reshape.op == "Reshape", &reshape.inputs[..]) else {
            return None;
        };
        let constant = self.constants.get(shape)?;
        let (_, numbers) = constant.content().ok()??;
        match numbers.integers()? {
            [-1, columns @ 1..MAX_COLUMNS] => Some(*columns as usize),
            _ => None,
        }
    }
}

fn is_encoder(node: &Node<'_>) -> bool {
    node.op == "OneHotEncoder" && node.domain == "ai.onnx.ml"
}

fn categories(encoder: &Node<'_>) -> Option<usize> {
    let texts = encoder.byte_texts("cats_strings").ok()?.len();
    let numbers = encoder.integers("cats_int64s").ok()?.len();
    (texts + numbers > 0).then_some(texts + numbers)
}

fn encoder<'g, 'a>(node: &'g Node<'a>, width: usize) -> Option<Part<'g, 'a>> {
    Some(Part {
        input: node.inputs.first()?,
        source: Source::OneHot {
            encoder: node,
            width,
        },
    })
}

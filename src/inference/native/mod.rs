//! The native backend: evaluates the graphs that tabular tools export, without a runtime library.
//!
//! A graph is compiled once into a list of steps and run over blocks of rows. Every row is computed
//! by itself and in one order, so that its scores are the same in every batch and at any number of
//! threads. What is not covered is told by [`coverage`], and left to ONNX Runtime.

mod broadcast;
mod call;
mod compile;
mod coverage;
mod dense;
mod estimate;
mod execute;
mod feed;
mod footprint;
mod fusion;
mod labels;
mod looked_at;
mod model;
mod numbers;
mod one_hot;
mod operator;
mod ops;
mod parts;
mod post_transform;
mod scores;
mod stored;
mod tensor;
mod text_codes;
mod tree_columns;
mod trees;
mod trial;
mod work;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::error::InferenceError;
use super::file;
use super::onnx::Graph;
use super::signature::{InputSpec, Signature};
use super::{MemoryFigure, Model};
use crate::files::Map;
use call::{Call, calls};
use compile::{Program, Refusals};
use model::{Compiled, NativeModel};
use scores::Reader;

pub(super) use tree_columns::{Traced, TreeColumn};
pub(super) use trees::{Apart, ScoreEnd, Step};

/// Part of the key of predictions: to be raised when the last bits change.
const ENGINE: &str = "native 3";

/// Whether a model can be run here, or else what stands in the way, a few words each.
pub fn coverage(path: &Path, signature: &Signature) -> Result<(), Vec<String>> {
    let told = |error: InferenceError| vec![error.to_string()];
    let bytes = file::read(path).map_err(told)?;
    let model = file::parse(path, &bytes).map_err(told)?;
    compiled(&model.graph, signature).map(drop)
}

/// What the small parts of a graph show.
#[derive(Debug)]
pub(super) struct Forecast {
    /// What stands in the way, a few words each; nothing where the model will most likely compile.
    pub(super) refusals: Refusals,
    /// About what the open model will take.
    pub(super) memory: MemoryFigure,
    /// The columns that it never looks at: which input, and which of its columns.
    pub(super) unread: BTreeSet<(usize, usize)>,
}

/// Reads no list that makes weights or categories, and of trees no more than what they split on.
pub(super) fn forecast(graph: &Graph<'_>, signature: &Signature) -> Forecast {
    let (calls, wanted) = (calls(graph), wanted(signature));
    let mut refusals = narrow_inputs(graph, signature);
    refusals.extend(coverage::refusals(graph, &calls, &wanted));
    let unread = if refusals.is_empty() {
        looked_at::unread(graph, &calls, &wanted, signature)
    } else {
        BTreeSet::new()
    };
    Forecast {
        refusals,
        unread,
        memory: MemoryFigure {
            bytes: estimate::bytes(graph, &calls, &wanted, signature),
            exact: false,
        },
    }
}

/// Here all whole numbers have 64 bits: narrower ones, and those without a sign, are covered where
/// nothing is computed with them before they are cast to another type.
fn narrow_inputs(graph: &Graph<'_>, signature: &Signature) -> Refusals {
    let nodes = graph.nodes.iter().filter(|node| node.op != "Cast");
    let computed_with: HashSet<&str> = nodes.flat_map(|node| &node.inputs).copied().collect();
    let is_computed_with = |input: &&InputSpec| {
        input.element.is_narrowed() && computed_with.contains(input.name.as_str())
    };
    let narrow = signature.inputs.iter().filter(is_computed_with);
    narrow
        .map(|input| format!("an input of {} that is computed with", input.element))
        .collect()
}

/// The outputs to compute: the scores first, then the label.
fn wanted(signature: &Signature) -> Vec<&str> {
    let outputs = signature.score_outputs.iter();
    outputs
        .chain(&signature.label_output)
        .map(String::as_str)
        .collect()
}

/// What [`Model::engine`] says: results do not depend on the number of threads.
pub fn engine_identity() -> String {
    ENGINE.to_owned()
}

/// Opens a model; [`coverage`] tells whether that will work. Runs use up to `threads` threads.
pub fn open(
    path: &Path,
    signature: Signature,
    threads: usize,
) -> Result<Box<dyn Model>, InferenceError> {
    let bytes = file::read(path)?;
    open_graph(path, &file::parse(path, &bytes)?.graph, signature, threads)
}

/// As [`open`], of a file that has been read.
pub(super) fn open_graph(
    path: &Path,
    graph: &Graph<'_>,
    signature: Signature,
    threads: usize,
) -> Result<Box<dyn Model>, InferenceError> {
    let compiled = compiled(graph, &signature).map_err(|reasons| InferenceError::Uncovered {
        path: path.into(),
        reason: reasons.join("; "),
    })?;
    Ok(Box::new(NativeModel {
        path: path.into(),
        signature,
        compiled,
        threads: threads.max(1),
        row_time: AtomicU64::new(0),
        map: None,
    }))
}

/// A model whose compiled form is mapped; none where that is not as it was written.
pub(super) fn restore(path: &Path, form: Map, threads: usize) -> Option<Box<dyn Model>> {
    stored::restore(path, form, threads)
}

fn compiled<'g, 'a>(graph: &'g Graph<'a>, signature: &Signature) -> Result<Compiled, Refusals> {
    compile::check_limits(graph)?;
    let narrow = narrow_inputs(graph, signature);
    if !narrow.is_empty() {
        return Err(narrow);
    }
    let inputs: Vec<&str> = signature.inputs.iter().map(|i| i.name.as_str()).collect();
    let wanted = wanted(signature);
    let reader = Reader::of(signature);
    let try_out = |calls: &[Call<'g, 'a>]| -> Result<Program, Refusals> {
        let mut program = compile::compile(graph, calls, &inputs, &wanted, None)?;
        let widest = trial::check(&program, &reader, signature).map_err(|reason| vec![reason])?;
        program.widest = widest;
        Ok(program)
    };
    let fused = fusion::fused(graph, signature).and_then(|calls| try_out(&calls).ok());
    let is_fused = fused.is_some();
    let program = match fused {
        Some(program) => program,
        None => try_out(&calls(graph))?,
    };
    Ok(Compiled {
        program,
        reader,
        is_fused,
    })
}

//! From a model's file to its [`Signature`], without a runtime.

mod attributes;
mod labels;
mod outputs;
mod rows;
mod scale;
mod sound;
mod walk;
mod width;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::error::InferenceError;
use super::file;
use super::onnx::{Graph, Model, ValueInfo, ValueKind, WireError};
use super::signature::{ElementType, InputSpec, ScoreKind, ScoreScale, Signature};

/// Values of a batch that is fixed; every run makes room for one, however few rows there are.
const MOST_BATCH_VALUES: usize = 1 << 26;
/// The newest operator sets that the newest known ONNX Runtime takes.
const NEWEST_OPSETS: [(&str, i64); 2] = [("ai.onnx", 26), ("ai.onnx.ml", 5)];
/// The newest version of the file format itself that is known here.
const NEWEST_FORMAT: i64 = 14;
/// What training code fills in for a missing text.
const MISSING_TEXTS: [&str; 7] = ["?", "missing", "missing_value", "NA", "N/A", "nan", "None"];
/// Names from a hostile or odd file are shown up to here.
const MAX_LISTED: usize = 8;

/// Reads what a model says of itself; `file_bytes` is the length of its file, and `output` the one
/// that the user wants read, where that cannot be told.
pub(super) fn signature(
    path: &Path,
    model: &Model<'_>,
    file_bytes: usize,
    output: Option<&str>,
) -> Result<Signature, InferenceError> {
    refuse_newer_format(path, model)?;
    refuse_newer_opsets(path, model)?;
    sound::check(path, model)?;
    let damaged = |_: WireError| file::damaged(path);
    let graph = &model.graph;
    let external = graph.external_data().map_err(damaged)?;
    let external_bytes = file::check_external_data(path, &external)?;
    let inputs = read_inputs(path, graph)?;
    let wanted = output.map(|text| {
        outputs::Wanted::find(graph, text).ok_or_else(|| InferenceError::UnknownOutput {
            path: path.into(),
            wanted: text.into(),
            available: listed(graph.outputs.iter().map(|o| format!("`{}`", o.name))),
        })
    });
    let reading = outputs::read(graph, model.producer_name, wanted.transpose()?)
        .map_err(damaged)?
        .ok_or_else(|| InferenceError::NoUsableOutput {
            path: path.into(),
            found: listed(graph.outputs.iter().map(described)),
        })?;
    let mut signature = Signature {
        inputs,
        classes: reading.classes,
        missing_text: missing_text(graph).map_err(damaged)?,
        score: reading.score,
        label_output: reading.label_output,
        score_outputs: reading.score_outputs,
        score_column: reading.score_column,
        doubt: reading.doubt,
        is_detector: reading.is_detector,
        row_mixing: rows::mixing(graph).map_err(damaged)?,
        opsets: opsets(model),
        producer: format!("{} {}", model.producer_name, model.producer_version)
            .trim()
            .to_owned(),
        node_count: graph.nodes.len(),
        operators: operators(graph),
        file_bytes: file_bytes as u64 + external_bytes,
        external_data: file::locations(&external)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        notes: Vec::new(),
    };
    signature.notes = notes(&signature, &reading.ignored);
    Ok(signature)
}

fn domain_name(domain: &str) -> &str {
    if domain.is_empty() { "ai.onnx" } else { domain }
}

fn opsets(model: &Model<'_>) -> Vec<(String, i64)> {
    model
        .opsets
        .iter()
        .map(|(domain, version)| (domain_name(domain).to_owned(), *version))
        .collect()
}

fn refuse_newer_format(path: &Path, model: &Model<'_>) -> Result<(), InferenceError> {
    match model.ir_version {
        Some(found) if found > NEWEST_FORMAT => Err(InferenceError::FormatTooNew {
            path: path.into(),
            found,
            newest: NEWEST_FORMAT,
        }),
        _ => Ok(()),
    }
}

fn refuse_newer_opsets(path: &Path, model: &Model<'_>) -> Result<(), InferenceError> {
    for (domain, version) in &model.opsets {
        let domain = domain_name(domain);
        if let Some((_, newest)) = NEWEST_OPSETS.iter().find(|(known, _)| *known == domain)
            && version > newest
        {
            return Err(InferenceError::OpsetTooNew {
                path: path.into(),
                domain: domain.to_owned(),
                found: *version,
                newest: *newest,
            });
        }
    }
    Ok(())
}

fn operators(graph: &Graph<'_>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for node in &graph.nodes {
        *counts.entry(node.full_name()).or_insert(0) += 1;
    }
    counts
}

/// The word for what is missing among those that the encoders of texts know. None where they know
/// several, or the empty text, which is what a missing one is otherwise.
fn missing_text(graph: &Graph<'_>) -> Result<Option<String>, WireError> {
    let mut found = None;
    for node in &graph.nodes {
        let known = match node.op {
            "OneHotEncoder" => node.byte_texts("cats_strings")?,
            "LabelEncoder" => node.byte_texts("keys_strings")?,
            _ => continue,
        };
        for text in known {
            let missing = MISSING_TEXTS.iter().find(|word| word.as_bytes() == text);
            let is_other = missing.is_some() && found.is_some_and(|found| Some(found) != missing);
            if text.is_empty() || is_other {
                return Ok(None);
            }
            found = missing.or(found);
        }
    }
    Ok(found.map(|word| (*word).to_owned()))
}

/// Files of IR version 3 list their weights among the inputs: those are not fed.
fn read_inputs(path: &Path, graph: &Graph<'_>) -> Result<Vec<InputSpec>, InferenceError> {
    let weights: HashSet<&str> = graph.initializers.iter().map(|t| t.name).collect();
    let settled = width::settled(graph);
    let inputs: Vec<InputSpec> = graph
        .inputs
        .iter()
        .filter(|input| !weights.contains(input.name))
        .map(|input| {
            let spec = read_input(path, input)?;
            let is_settled = spec.width.is_some() || settled.contains(input.name);
            Ok(InputSpec { is_settled, ..spec })
        })
        .collect::<Result<_, InferenceError>>()?;
    if inputs.is_empty() {
        return Err(InferenceError::NoInputs { path: path.into() });
    }
    let batches: HashSet<usize> = inputs.iter().filter_map(|i| i.fixed_batch).collect();
    if batches.len() > 1 {
        return Err(InferenceError::MixedBatch {
            path: path.into(),
            batches: listed(batches.iter().map(usize::to_string)),
        });
    }
    let width: usize = inputs
        .iter()
        .map(|i| i.width.unwrap_or(1))
        .fold(0, usize::saturating_add);
    if let Some(batch) = batches.into_iter().next()
        && batch.saturating_mul(width.max(1)) > MOST_BATCH_VALUES
    {
        return Err(InferenceError::HugeBatch {
            path: path.into(),
            batch,
        });
    }
    Ok(inputs)
}

fn read_input(path: &Path, input: &ValueInfo<'_>) -> Result<InputSpec, InferenceError> {
    let unsupported = |found: String| InferenceError::UnsupportedInput {
        path: path.into(),
        input: input.name.to_owned(),
        found,
    };
    let ValueKind::Tensor { element, shape } = &input.kind else {
        return Err(unsupported("a list, a map or an optional value".into()));
    };
    let (rank, batch, width) = match shape.as_deref() {
        None => (2, None, None),
        Some([batch]) => (1, *batch, Some(1)),
        Some([batch, width]) => (2, *batch, *width),
        Some(shape) => {
            return Err(InferenceError::NotTabular {
                path: path.into(),
                input: input.name.to_owned(),
                rank: shape.len(),
            });
        }
    };
    let element = ElementType::from_onnx(*element)
        .ok_or_else(|| unsupported(format!("elements of type {}", element_name(*element))))?;
    Ok(InputSpec {
        name: input.name.to_owned(),
        element,
        width,
        fixed_batch: batch,
        rank,
        is_settled: true,
    })
}

/// Names of `TensorProto.DataType` for messages.
fn element_name(code: i64) -> String {
    let names = [
        "undefined",
        "float32",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "text",
        "bool",
        "float16",
        "float64",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
    ];
    usize::try_from(code)
        .ok()
        .and_then(|index| names.get(index))
        .map_or_else(|| format!("number {code}"), |name| (*name).to_owned())
}

fn described(output: &ValueInfo<'_>) -> String {
    let kind = match &output.kind {
        ValueKind::Tensor { element, shape } => {
            let rank = shape
                .as_ref()
                .map_or(String::new(), |s| format!(" of rank {}", s.len()));
            format!("{}{rank}", element_name(*element))
        }
        ValueKind::MapSequence => "a map a row".into(),
        ValueKind::Other => "an unknown type".into(),
    };
    format!("`{}`: {kind}", output.name)
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let mut text = names[..names.len().min(MAX_LISTED)].join(", ");
    if names.len() > MAX_LISTED {
        text.push_str(", ...");
    }
    if text.is_empty() { "none".into() } else { text }
}

fn notes(signature: &Signature, ignored: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(batch) = signature.fixed_batch() {
        notes.push(format!(
            "The export has fixed the batch at {batch}: rows run {batch} at a time, which is slow. Export it with a free batch dimension."
        ));
    }
    if signature
        .inputs
        .iter()
        .any(|i| i.element == ElementType::Float16)
    {
        notes.push("An input is float16: numbers beyond 65504 become infinite.".into());
    }
    if signature.is_detector {
        notes.push(
            "The model tells outliers, -1, from the rest, 1: its score is a signed distance, cut at 0, and the higher, the less of an outlier.".into(),
        );
    } else {
        notes.extend(note_on_scores(signature.score).map(str::to_owned));
    }
    if !ignored.is_empty() {
        notes.push(format!(
            "Not read: output {}.",
            listed(ignored.iter().map(|name| format!("`{name}`")))
        ));
    }
    notes
}

fn note_on_scores(score: ScoreKind) -> Option<&'static str> {
    let (scale, is_single) = match score {
        // Two logits may be one number with and without a minus: a look at them tells more.
        ScoreKind::Regression { .. }
        | ScoreKind::PerClass {
            scale: ScoreScale::Logit,
            columns: 2,
            ..
        } => return None,
        ScoreKind::PerClass { scale, .. } => (scale, false),
        ScoreKind::Single { scale } => (scale, true),
        ScoreKind::LabelsOnly => {
            return Some(
                "The model gives labels only: metrics that need probabilities do not apply.",
            );
        }
    };
    match scale {
        ScoreScale::Probability => None,
        ScoreScale::Margin => Some(
            "The scores are distances from a boundary and not probabilities: ranking metrics hold, probability metrics do not; the cut is at 0.",
        ),
        ScoreScale::Logit if is_single => Some(
            "The graph ends without a sigmoid: the score is as it comes out of the last layer.",
        ),
        ScoreScale::Logit => Some(
            "The scores are logits: the graph ends before the softmax or sigmoid that makes them probabilities.",
        ),
        ScoreScale::Unknown => {
            Some("The graph does not tell whether the scores are probabilities.")
        }
    }
}

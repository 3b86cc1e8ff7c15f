//! ONNX Runtime behind the [`Model`] trait.

pub(super) mod cage;
mod feed;
mod scores;
mod zip_map;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session};

use super::batch;
use super::error::InferenceError;
use super::file;
use super::runtime::library;
use super::signature::Signature;
use super::{BATCH_STEP, InputBlock, MemoryFigure, Model, OpenOptions, ScoreBlock};
use scores::Decoder;

/// Up to 50 rows the runtime sums trees in another order than above, and multiplies a single row by
/// other code: the last bits differ. From this many rows on they do not.
const LEAST_ROWS: usize = 64;
/// A session of a tree ensemble takes 13 times its file while it is opened, and keeps about this
/// many times the file once the allocator has given back what is free.
const TREE_MEMORY_FACTOR: u64 = 5;
/// Weights are held once as read and once as the kernels want them.
const DENSE_MEMORY_FACTOR: u64 = 2;
/// What even the smallest session takes.
const SESSION_BYTES: u64 = 1 << 20;

struct OnnxRuntimeModel {
    path: PathBuf,
    signature: Signature,
    engine: String,
    /// Runs one batch at a time.
    session: Mutex<(Session, RunOptions<HasSelectedOutputs>)>,
    decoder: Decoder,
    /// The content of its external data files, which the session may use where it lies.
    _weights: Vec<Arc<[u8]>>,
}

/// Opens a model, if it has been tried. `bytes` are those of its file, which the library reads itself:
/// they are let go before it does.
pub(super) fn open(
    path: &Path,
    bytes: Cow<'_, [u8]>,
    signature: Signature,
    options: &OpenOptions,
) -> Result<Box<dyn Model>, InferenceError> {
    let library = library::open()?;
    let id = cage::id(path, &bytes, &signature, &library);
    drop(bytes);
    cage::admit(path, id, &signature, options, &library)?;
    let threads = options.threads;
    let engine = engine_name(&library.name, threads);
    let refused = |error: &dyn std::fmt::Display| InferenceError::Refused {
        path: path.into(),
        engine: library.name.clone(),
        reason: plain_reason(&error.to_string()),
    };
    let mut builder = library
        .session_builder(threads, options.spinning)
        .map_err(|error| refused(&error))?;
    // The runtime would map these files, and use them as they are at any time of its life.
    let mut weights = Vec::new();
    for location in &signature.external_data {
        let bytes = file::read_external_data(path, location)?;
        weights.push(bytes.clone());
        builder = builder
            .with_external_initializer_file_in_memory(location, bytes)
            .map_err(|error| refused(&error))?;
    }
    let (session, score_outputs) = if signature.has_maps() {
        let (model, tensor) = read_without_maps(path, &signature)?.ok_or_else(|| {
            refused(&"its scores are maps that do not come from a ZipMap operator")
        })?;
        (builder.commit_from_memory(&model), vec![tensor])
    } else {
        (
            builder.commit_from_file(path),
            signature.score_outputs.clone(),
        )
    };
    let session = session.map_err(|error| refused(&error))?;
    let decoder = Decoder::new(&signature, score_outputs);
    let selected = decoder
        .outputs()
        .fold(OutputSelector::no_default(), OutputSelector::with);
    let wanted_outputs = RunOptions::new()
        .map_err(|error| refused(&error))?
        .with_outputs(selected);
    Ok(Box::new(OnnxRuntimeModel {
        path: path.into(),
        decoder,
        signature,
        engine,
        session: Mutex::new((session, wanted_outputs)),
        _weights: weights,
    }))
}

fn read_without_maps(
    path: &Path,
    signature: &Signature,
) -> Result<Option<(Vec<u8>, String)>, InferenceError> {
    let maps = signature.score_outputs.first().map_or("", String::as_str);
    zip_map::without_zip_map(&file::read(path)?, maps).map_err(|_| file::damaged(path))
}

pub(super) fn engine_identity(threads: usize) -> String {
    engine_name(&library::expected_name(), threads)
}

fn engine_name(library: &str, threads: usize) -> String {
    match threads.max(1) {
        1 => format!("{library}, 1 thread"),
        threads => format!("{library}, {threads} threads"),
    }
}

impl OnnxRuntimeModel {
    fn failed(&self, reason: impl std::fmt::Display) -> InferenceError {
        InferenceError::Run {
            path: self.path.clone(),
            reason: plain_reason(&reason.to_string()),
        }
    }

    fn run_once(
        &self,
        rows: usize,
        inputs: &[InputBlock<'_>],
    ) -> Result<ScoreBlock, InferenceError> {
        let values = self
            .signature
            .inputs
            .iter()
            .zip(inputs)
            .map(|(spec, block)| Ok((spec.name.as_str(), feed::value(spec, rows, *block)?)))
            .collect::<ort::Result<Vec<_>>>()
            .map_err(|error| self.failed(error))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let (session, wanted_outputs) = &mut *session;
        let outputs = match session.run_with_options(values, wanted_outputs) {
            Ok(outputs) => outputs,
            Err(error) => {
                return Err(InferenceError::Run {
                    path: self.path.clone(),
                    reason: plain_reason(&error.to_string()),
                });
            }
        };
        self.decoder
            .decode(rows, &outputs)
            .map_err(|reason| InferenceError::Run {
                path: self.path.clone(),
                reason,
            })
    }

    /// Feeds the batches one after the other; what is missing from one is filled up with its last row.
    fn run_in_batches(
        &self,
        rows: usize,
        batches: impl Iterator<Item = Batch>,
        inputs: &[InputBlock<'_>],
    ) -> Result<ScoreBlock, InferenceError> {
        let mut whole = ScoreBlock::default();
        for batch in batches {
            let parts: Vec<_> = inputs
                .iter()
                .map(|block| feed::Part::cut(*block, rows, batch))
                .collect();
            let blocks: Vec<_> = parts.iter().map(feed::Part::block).collect();
            let part = self.run_once(batch.size, &blocks)?;
            whole.rows += batch.used;
            whole.columns = part.columns;
            whole
                .scores
                .extend_from_slice(&part.scores[..batch.used * part.columns]);
            if let Some(labels) = part.labels {
                whole
                    .labels
                    .get_or_insert_default()
                    .extend_from_slice(&labels[..batch.used]);
            }
        }
        Ok(whole)
    }
}

/// Rows that are fed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Batch {
    start: usize,
    /// Rows of the caller's.
    used: usize,
    /// Rows in all.
    size: usize,
}

/// Batches of the size that the export has fixed.
fn fixed_batches(rows: usize, size: usize) -> impl Iterator<Item = Batch> {
    (0..rows).step_by(size).map(move |start| Batch {
        start,
        used: size.min(rows - start),
        size,
    })
}

/// As much as possible in one batch, and the rest filled up.
fn even_batches(rows: usize) -> impl Iterator<Item = Batch> {
    let even = rows - rows % BATCH_STEP;
    let even = if even < LEAST_ROWS { 0 } else { even };
    let main = Batch {
        start: 0,
        used: even,
        size: even,
    };
    let rest = Batch {
        start: even,
        used: rows - even,
        size: LEAST_ROWS,
    };
    [main, rest].into_iter().filter(|batch| batch.used > 0)
}

impl Model for OnnxRuntimeModel {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, rows: usize, inputs: &[InputBlock<'_>]) -> Result<ScoreBlock, InferenceError> {
        batch::check(&self.path, &self.signature, rows, inputs)?;
        if rows == 0 {
            return Ok(ScoreBlock {
                columns: self.signature.score_columns(),
                labels: self.signature.label_output.as_ref().map(|_| Vec::new()),
                ..ScoreBlock::default()
            });
        }
        match self.signature.fixed_batch() {
            Some(size) => self.run_in_batches(rows, fixed_batches(rows, size), inputs),
            None if rows.is_multiple_of(BATCH_STEP) && rows >= LEAST_ROWS => {
                self.run_once(rows, inputs)
            }
            None => self.run_in_batches(rows, even_batches(rows), inputs),
        }
    }

    fn run_together(
        &self,
        rows: usize,
        inputs: &[InputBlock<'_>],
    ) -> Result<ScoreBlock, InferenceError> {
        if rows == 0 || self.signature.fixed_batch().is_some() {
            return self.run(rows, inputs);
        }
        batch::check(&self.path, &self.signature, rows, inputs)?;
        self.run_once(rows, inputs)
    }

    fn engine(&self) -> &str {
        &self.engine
    }

    fn memory(&self) -> MemoryFigure {
        estimated_memory(&self.signature)
    }
}

/// What a session of such a model takes: it cannot be asked, so this is an estimate.
pub(super) fn estimated_memory(signature: &Signature) -> MemoryFigure {
    let factor = if signature.is_tree_ensemble() {
        TREE_MEMORY_FACTOR
    } else {
        DENSE_MEMORY_FACTOR
    };
    MemoryFigure {
        bytes: signature.file_bytes * factor + SESSION_BYTES,
        exact: false,
    }
}

impl std::fmt::Debug for OnnxRuntimeModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxRuntimeModel")
            .field("path", &self.path)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// The runtime's messages begin with codes and with places in its own source: neither helps a user.
fn plain_reason(message: &str) -> String {
    let mut text = message
        .split_once(" failed:")
        .map_or(message, |(_, rest)| rest);
    // "[ONNXRuntimeError] : 1 : FAIL : what happened"
    text = text.rsplit_once("] : ").map_or(text, |(_, rest)| rest);
    let mut parts = text.splitn(3, " : ");
    if let (Some(code), Some(_), Some(reason)) = (parts.next(), parts.next(), parts.next())
        && code.parse::<u32>().is_ok()
    {
        text = reason;
    }
    // "/path/model.cc:256 void f(int) const what happened"
    if text.starts_with('/')
        && let Some((_, after)) = text.split_once(' ')
    {
        text = after_signature(after);
    }
    text.trim().to_owned()
}

/// What follows the parentheses of a function's signature; the whole text if there is none.
fn after_signature(text: &str) -> &str {
    let mut depth = 0_usize;
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 1 => {
                let rest = text[index + 1..].trim_start();
                return rest.strip_prefix("const ").unwrap_or(rest);
            }
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(batches: impl Iterator<Item = Batch>) -> Vec<(usize, usize, usize)> {
        batches.map(|b| (b.start, b.used, b.size)).collect()
    }

    #[test]
    fn batches_cover_every_row_once() {
        assert_eq!(sizes(even_batches(1)), [(0, 1, 64)]);
        assert_eq!(sizes(even_batches(63)), [(0, 63, 64)]);
        assert_eq!(sizes(even_batches(64)), [(0, 64, 64)]);
        assert_eq!(sizes(even_batches(500)), [(0, 496, 496), (496, 4, 64)]);
        assert_eq!(
            sizes(fixed_batches(5, 2)),
            [(0, 2, 2), (2, 2, 2), (4, 1, 2)]
        );
    }

    #[test]
    fn reasons_lose_the_codes_of_the_runtime() {
        assert_eq!(
            plain_reason("[ONNXRuntimeError] : 1 : FAIL : no such thing"),
            "no such thing"
        );
        assert_eq!(
            plain_reason(
                "Load model from m.onnx failed:/src/model.cc:256 M::M(F&&, const S<T(A)>*) const Unsupported version (14)"
            ),
            "Unsupported version (14)"
        );
        assert_eq!(plain_reason("plain"), "plain");
    }
}

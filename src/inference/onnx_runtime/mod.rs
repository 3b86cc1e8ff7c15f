//! ONNX Runtime behind the [`Model`] trait.

mod arena;
pub(super) mod cage;
mod deadline;
mod feed;
mod scores;
mod zip_map;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ort::ep::CUDA;
use ort::session::builder::SessionBuilder;
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session};

use super::batch;
use super::error::InferenceError;
use super::file;
use super::runtime::library;
use super::signature::Signature;
use super::{BATCH_STEP, InputBlock, MemoryFigure, Model, OpenOptions, ScoreBlock};
use crate::vocabulary::Device;
use cage::WorkingMemory;
use deadline::Deadline;
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
    session: Mutex<Session>,
    wanted_outputs: Arc<WantedOutputs>,
    /// Ends runs that do not end.
    deadline: Deadline,
    /// What as many rows as a trial scores together may take.
    patience: Duration,
    /// What scoring takes.
    working: WorkingMemory,
    /// Bytes that it holds on its device, where that is none of the host's memory and counts.
    device_bytes: Option<u64>,
    decoder: Decoder,
    /// The content of its external data files, which the session may use where it lies.
    _weights: Vec<Arc<[u8]>>,
}

/// The outputs to compute, and the flag that ends a run.
struct WantedOutputs(RunOptions<HasSelectedOutputs>);

#[allow(
    unsafe_code,
    reason = "the crate says so only of options without outputs"
)]
// SAFETY: what could be written by two threads at once are outputs that are allocated beforehand, and
// these have none. What another thread does while a run is under way is to set the flag that ends it,
// which the library is made for.
unsafe impl Sync for WantedOutputs {}

/// Opens a model, if it has been tried. `bytes` are those of its file, which the library reads itself:
/// they are let go before it does.
pub(super) fn open(
    path: &Path,
    bytes: Cow<'_, [u8]>,
    signature: Signature,
    options: &OpenOptions,
) -> Result<Box<dyn Model>, InferenceError> {
    Ok(Box::new(OnnxRuntimeModel::open(
        path, bytes, signature, options,
    )?))
}

/// Has a session run on a device; what it cannot do there it does on the processor.
fn on_device(builder: SessionBuilder, device: Device) -> ort::Result<SessionBuilder> {
    let Device::Cuda(number) = device else {
        return Ok(builder);
    };
    let provider = CUDA::default().with_device_id(number.into());
    Ok(builder.with_execution_providers([provider.build().error_on_failure()])?)
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
    fn open(
        path: &Path,
        bytes: Cow<'_, [u8]>,
        signature: Signature,
        options: &OpenOptions,
    ) -> Result<Self, InferenceError> {
        let library = library::open()?;
        let id = cage::id(path, &bytes, &signature, &library);
        drop(bytes);
        let working = cage::admit(path, id, &signature, options, &library)?;
        let threads = options.threads;
        let engine = match options.device {
            Device::Cpu => engine_name(&library.name, threads),
            device @ Device::Cuda(_) => {
                format!("{}, {device}", engine_name(&library.name, threads))
            }
        };
        let refused = |error: &dyn std::fmt::Display| InferenceError::Refused {
            path: path.into(),
            engine: library.name.clone(),
            reason: plain_reason(&error.to_string()),
        };
        let mut builder = library
            .session_builder(threads, options.spinning)
            .and_then(|builder| on_device(builder, options.device))
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
        let device_bytes = match options.device {
            Device::Cpu => None,
            device @ Device::Cuda(_) => arena::bytes_in_use(&session, device),
        };
        let decoder = Decoder::new(&signature, score_outputs);
        let selected = decoder
            .outputs()
            .fold(OutputSelector::no_default(), OutputSelector::with);
        let wanted_outputs = RunOptions::new()
            .map_err(|error| refused(&error))?
            .with_outputs(selected);
        let wanted_outputs = Arc::new(WantedOutputs(wanted_outputs));
        let stopped = Arc::clone(&wanted_outputs);
        let deadline = Deadline::new(move || {
            let _ = stopped.0.terminate();
        });
        Ok(Self {
            path: path.into(),
            decoder,
            patience: cage::patience(signature.file_bytes),
            signature,
            engine,
            session: Mutex::new(session),
            wanted_outputs,
            working,
            device_bytes,
            deadline: deadline.map_err(|error| refused(&error))?,
            _weights: weights,
        })
    }

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
        let trials = u32::try_from(rows / cage::MANY_ROWS).unwrap_or(u32::MAX);
        let limit = self.patience.saturating_mul(trials.saturating_add(1));
        let run = || session.run_with_options(values, &self.wanted_outputs.0);
        let (outputs, is_stopped) = self.deadline.hold(limit, run);
        if is_stopped {
            drop(outputs);
            let _ = self.wanted_outputs.0.unterminate();
            return Err(self.failed(format_args!(
                "it did not come to an end in {} s: its graph may loop for ever on what they hold; \
                 export it again with a limit to its loops",
                limit.as_secs_f64()
            )));
        }
        let outputs = outputs.map_err(|error| self.failed(error))?;
        self.decoder
            .decode(rows, &outputs)
            .map_err(|reason| InferenceError::Run {
                path: self.path.clone(),
                reason,
            })
    }

    /// The rows whose texts are copied at once, the `least` or more; an error where these take too much.
    fn rows_with_texts(
        &self,
        rows: usize,
        least: usize,
        inputs: &[InputBlock<'_>],
    ) -> Result<usize, InferenceError> {
        let texts = feed::TextBytes::of(rows, inputs);
        let most = texts.most_rows(rows, cage::MOST_AT_ONCE);
        if most >= least {
            return Ok(texts.most_rows(rows, feed::TEXTS_AT_ONCE).max(least));
        }
        Err(InferenceError::Run {
            path: self.path.clone(),
            reason: format!(
                "{least} rows are fed together, and the texts of one take up to {} bytes: leave the column of \
                 such texts out, or shorten them",
                texts.of_a_row
            ),
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

/// As much as possible in batches of at most so many rows, or of the least that there are, and the rest
/// filled up.
fn even_batches(rows: usize, most: usize) -> impl Iterator<Item = Batch> {
    let most = (most - most % BATCH_STEP).max(LEAST_ROWS);
    let even = rows - rows % BATCH_STEP;
    (0..rows).step_by(most).flat_map(move |start| {
        let used = most.min(even.saturating_sub(start));
        // A batch that would be too short is filled up.
        let main = if used < LEAST_ROWS { 0 } else { used };
        let rest = most.min(rows - start) - main;
        let main = Batch {
            start,
            used: main,
            size: main,
        };
        let rest = Batch {
            start: start + main.used,
            used: rest,
            size: LEAST_ROWS,
        };
        [main, rest].into_iter().filter(|batch| batch.used > 0)
    })
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
        if let Some(size) = self.signature.fixed_batch() {
            self.rows_with_texts(rows, size.min(rows), inputs)?;
            return self.run_in_batches(rows, fixed_batches(rows, size), inputs);
        }
        let most = self.rows_with_texts(rows, LEAST_ROWS.min(rows), inputs)?;
        let most = self.working.most_rows(rows).min(most);
        if most == rows && rows.is_multiple_of(BATCH_STEP) && rows >= LEAST_ROWS {
            return self.run_once(rows, inputs);
        }
        self.run_in_batches(rows, even_batches(rows, most), inputs)
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
        self.rows_with_texts(rows, rows, inputs)?;
        self.run_once(rows, inputs)
    }

    fn engine(&self) -> &str {
        &self.engine
    }

    fn memory(&self) -> MemoryFigure {
        if let Some(bytes) = self.device_bytes {
            return MemoryFigure { bytes, exact: true };
        }
        let estimated = estimated_memory(&self.signature);
        MemoryFigure {
            bytes: estimated.bytes.max(self.working.bytes()),
            ..estimated
        }
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
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use super::*;

    fn sizes(batches: impl Iterator<Item = Batch>) -> Vec<(usize, usize, usize)> {
        batches.map(|b| (b.start, b.used, b.size)).collect()
    }

    #[test]
    fn a_loop_that_some_rows_never_end_is_stopped_and_the_model_goes_on() {
        assert!(
            crate::inference::runtime::is_available(),
            "this test needs ONNX Runtime: fetch it with `lazydebugger doctor --install-runtime`"
        );
        let path = Path::new("tests/data/hostile/loop_on_rows.onnx");
        let bytes = std::fs::read(path).unwrap();
        let signature = crate::inference::inspect(path).unwrap();
        let options = OpenOptions::default();
        let mut model = OnnxRuntimeModel::open(path, bytes.into(), signature, &options).unwrap();
        model.patience = Duration::from_millis(50);
        let run =
            |model: &OnnxRuntimeModel, value| model.run(64, &[InputBlock::F32(&[value; 192])]);
        for _ in 0..2 {
            let ended = run(&model, 1.0).unwrap();
            let endless = run(&model, 41.0).unwrap_err().to_string();
            assert_eq!(ended.rows, 64);
            assert!(endless.contains("loop_on_rows.onnx"), "{endless}");
            assert!(
                endless.contains("did not come to an end in 0.05 s"),
                "{endless}"
            );
        }
    }

    #[test]
    fn batches_cover_every_row_once() {
        let all = |rows| sizes(even_batches(rows, rows));
        assert_eq!(all(1), [(0, 1, 64)]);
        assert_eq!(all(63), [(0, 63, 64)]);
        assert_eq!(all(64), [(0, 64, 64)]);
        assert_eq!(all(500), [(0, 496, 496), (496, 4, 64)]);
        assert_eq!(
            sizes(even_batches(300, 135)),
            [(0, 128, 128), (128, 128, 128), (256, 44, 64)]
        );
        assert_eq!(sizes(even_batches(100, 1)), [(0, 64, 64), (64, 36, 64)]);
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

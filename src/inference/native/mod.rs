//! The native backend: evaluates the graphs that tabular tools export, without a runtime library.
//!
//! A graph is compiled once into a list of steps and run over blocks of rows. Every row is computed
//! by itself and in one order, so that its scores are the same in every batch and at any number of
//! threads. What is not covered is told by [`coverage`], and left to ONNX Runtime.

mod broadcast;
mod compile;
mod dense;
mod estimate;
mod execute;
mod feed;
mod footprint;
mod join;
mod labels;
mod ops;
mod parts;
mod post_transform;
mod promise;
mod proto;
mod scores;
mod tensor;
mod text_codes;
mod trees;
mod trial;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::batch;
use super::error::InferenceError;
use super::file;
use super::signature::Signature;
use super::{BATCH_STEP, InputBlock, MemoryFigure, Model, ScoreBlock};
use compile::Program;
use scores::Reader;
use tensor::MAX_ELEMENTS;

/// Part of the key of predictions: to be raised when the last bits change.
const ENGINE: &str = "native 3";
/// Rows in a block: few enough for the nearest caches, many enough to make each step worth its
/// start. An operator that knows better may ask for up to [`MOST_BLOCK_ROWS`].
const BLOCK_ROWS: usize = 512;
const MOST_BLOCK_ROWS: usize = 8192;
/// Where no operator asks, wider inputs are cut into smaller blocks: this many values in one.
const BLOCK_VALUES: usize = 1 << 17;
/// Where an operator asks, this many.
const MOST_BLOCK_VALUES: usize = 1 << 22;
/// A block is never smaller than this, however wide.
const LEAST_BLOCK_ROWS: usize = 64;

/// Work that is not done much sooner by two: threads that sleep take some of this time to wake up.
const WORTH_WAKING: Duration = Duration::from_micros(200);

const DAMAGED: &str = "the file is damaged";

struct NativeModel {
    path: PathBuf,
    signature: Signature,
    program: Program,
    reader: Reader,
    threads: usize,
    /// Nanoseconds that the last block took, for each of its rows; 0 before the first.
    row_time: AtomicU64,
}

/// Whether a model can be run here, or else what stands in the way, a few words each.
pub fn coverage(path: &Path, signature: &Signature) -> Result<(), Vec<String>> {
    let bytes = file::read(path).map_err(|error| vec![error.to_string()])?;
    prepare(&bytes, signature).map(|_| ())
}

/// What a model of a file that has been read takes in memory, if it can be run here.
pub(super) fn coverage_of(
    bytes: &[u8],
    signature: &Signature,
) -> Result<MemoryFigure, Vec<String>> {
    let (program, reader) = prepare(bytes, signature)?;
    Ok(memory_of(&program, &reader))
}

/// What the small parts of a file show.
#[derive(Debug)]
pub(super) struct Promise {
    /// What stands in the way, a few words each; nothing where the model will most likely compile.
    pub(super) refusals: Vec<String>,
    /// About what the open model will take.
    pub(super) memory: MemoryFigure,
}

/// Reads no list that makes trees, weights or categories.
pub(super) fn promise(bytes: &[u8], signature: &Signature) -> Promise {
    let wanted = wanted(signature);
    let (graph, refusals) = match proto::Graph::parse(bytes) {
        Ok(graph) => {
            let refusals = promise::refusals(&graph, &wanted);
            (graph, refusals)
        }
        Err(_) => (proto::Graph::default(), vec![DAMAGED.into()]),
    };
    Promise {
        refusals,
        memory: MemoryFigure {
            bytes: estimate::bytes(&graph, &wanted, signature),
            exact: false,
        },
    }
}

/// The outputs to compute: the scores first, then the label.
fn wanted(signature: &Signature) -> Vec<&str> {
    let outputs = signature.score_outputs.iter();
    outputs
        .chain(&signature.label_output)
        .map(String::as_str)
        .collect()
}

/// Counted to the byte, but for the signature, which those who ask for it have anyway.
fn memory_of(program: &Program, reader: &Reader) -> MemoryFigure {
    MemoryFigure {
        bytes: (size_of::<NativeModel>() + program.bytes() + reader.bytes()) as u64,
        exact: true,
    }
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
    open_read(path, &file::read(path)?, signature, threads)
}

/// As [`open`], of a file that has been read.
pub(super) fn open_read(
    path: &Path,
    bytes: &[u8],
    signature: Signature,
    threads: usize,
) -> Result<Box<dyn Model>, InferenceError> {
    let (program, reader) =
        prepare(bytes, &signature).map_err(|reasons| InferenceError::Uncovered {
            path: path.into(),
            reason: reasons.join("; "),
        })?;
    Ok(Box::new(NativeModel {
        path: path.into(),
        signature,
        program,
        reader,
        threads: threads.max(1),
        row_time: AtomicU64::new(0),
    }))
}

fn prepare(bytes: &[u8], signature: &Signature) -> Result<(Program, Reader), Vec<String>> {
    let graph = proto::Graph::parse(bytes).map_err(|_| vec![DAMAGED.to_owned()])?;
    let inputs: Vec<&str> = signature.inputs.iter().map(|i| i.name.as_str()).collect();
    let wanted = wanted(signature);
    let reader = Reader::of(signature);
    let try_out = |graph: &proto::Graph<'_>| -> Result<Program, Vec<String>> {
        let mut program = compile::compile(graph, &inputs, &wanted)?;
        let widest = trial::check(&program, &reader, signature).map_err(|reason| vec![reason])?;
        program.widest = widest;
        Ok(program)
    };
    let joined = join::joined(&graph, signature).and_then(|graph| try_out(&graph).ok());
    let program = match joined {
        Some(program) => program,
        None => try_out(&graph)?,
    };
    Ok((program, reader))
}

impl NativeModel {
    /// Rows to compute together. It changes nothing but the speed.
    fn block_rows(&self, rows: usize, inputs: &[InputBlock<'_>]) -> usize {
        if let Some(size) = self.signature.fixed_batch() {
            return size;
        }
        let values: usize = inputs.iter().map(InputBlock::len).sum();
        let width = values.div_ceil(rows.max(1)).max(1);
        let most = match self.program.block_rows() {
            Some(wanted) => wanted
                .clamp(BLOCK_ROWS / 2, MOST_BLOCK_ROWS)
                .min((MOST_BLOCK_VALUES / width).max(LEAST_BLOCK_ROWS)),
            None => (BLOCK_VALUES / width).clamp(LEAST_BLOCK_ROWS, BLOCK_ROWS),
        };
        // Blocks that suit one step must not make the values of another too large.
        let allowed = (MAX_ELEMENTS / self.program.widest / BATCH_STEP).max(1) * BATCH_STEP;
        let most = most.next_multiple_of(BATCH_STEP).min(allowed);
        // At least two blocks a thread, so that none waits long for the last one.
        let share = rows.div_ceil(2 * self.threads).next_multiple_of(BATCH_STEP);
        if self.threads > 1 {
            most.min(share.max(LEAST_BLOCK_ROWS))
        } else {
            most
        }
    }

    fn run_block(
        &self,
        inputs: &[InputBlock<'_>],
        all_rows: usize,
        rows: &Range<usize>,
    ) -> Result<ScoreBlock, String> {
        let size = self.signature.fixed_batch().unwrap_or(rows.len());
        let tensors: Vec<_> = self
            .signature
            .inputs
            .iter()
            .zip(inputs)
            .map(|(spec, block)| feed::tensor(spec, *block, all_rows, rows, size))
            .collect();
        let start = Instant::now();
        let values = self.program.run(&tensors)?;
        let row_time = start.elapsed().as_nanos() as u64 / rows.len().max(1) as u64;
        self.row_time.store(row_time.max(1), Ordering::Relaxed);
        self.reader.read(values, size, rows.len())
    }

    /// Threads for so many rows: all of them until it is known how long a row takes.
    fn workers(&self, rows: usize) -> usize {
        let row_time = self.row_time.load(Ordering::Relaxed);
        let expected = Duration::from_nanos(row_time.saturating_mul(rows as u64));
        if row_time != 0 && expected < WORTH_WAKING {
            1
        } else {
            self.threads
        }
    }

    fn run_blocks(
        &self,
        inputs: &[InputBlock<'_>],
        rows: usize,
    ) -> Result<Vec<ScoreBlock>, String> {
        let size = self.block_rows(rows, inputs);
        let blocks: Vec<Range<usize>> = (0..rows)
            .step_by(size)
            .map(|start| start..rows.min(start + size))
            .collect();
        let workers = self.workers(rows).min(blocks.len());
        if workers < 2 {
            return blocks
                .iter()
                .map(|block| self.run_block(inputs, rows, block))
                .collect();
        }
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(blocks.len()));
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(block) = blocks.get(index) else {
                    break;
                };
                let result = self.run_block(inputs, rows, block);
                if let Ok(mut done) = done.lock() {
                    done.push((index, result));
                }
            }
        };
        // This thread begins at once; the others need a while to wake up.
        rayon::in_place_scope(|scope| {
            for _ in 1..workers {
                scope.spawn(|_| work());
            }
            work();
        });
        let mut done = done.into_inner().map_err(|_| "a thread broke off")?;
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

impl Model for NativeModel {
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
        let blocks = self
            .run_blocks(inputs, rows)
            .map_err(|reason| InferenceError::Run {
                path: self.path.clone(),
                reason,
            })?;
        let mut blocks = blocks.into_iter();
        let mut whole = blocks.next().unwrap_or_default();
        whole
            .scores
            .reserve_exact(whole.columns * (rows - whole.rows));
        for block in blocks {
            whole.rows += block.rows;
            whole.scores.extend_from_slice(&block.scores);
            if let (Some(all), Some(labels)) = (&mut whole.labels, block.labels) {
                all.extend(labels);
            }
        }
        Ok(whole)
    }

    fn engine(&self) -> &str {
        ENGINE
    }

    fn memory(&self) -> MemoryFigure {
        memory_of(&self.program, &self.reader)
    }
}

impl std::fmt::Debug for NativeModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeModel")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

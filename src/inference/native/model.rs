//! A compiled model, and how it is run over blocks of rows.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::compile::Program;
use super::operator::DEFAULT_BLOCK_ROWS;
use super::scores::Reader;
use super::stored;
use super::tensor::MAX_ELEMENTS;
use super::{ENGINE, feed};
use crate::files::Map;
use crate::inference::batch;
use crate::inference::error::InferenceError;
use crate::inference::signature::{ElementType, InputSpec, Signature};
use crate::inference::{BATCH_STEP, InputBlock, MemoryFigure, Model, ScoreBlock};

/// The most that an operator may ask for.
const MOST_BLOCK_ROWS: usize = 8192;
/// Where no operator asks, wider inputs are cut into smaller blocks: this many values in one.
const BLOCK_VALUES: usize = 1 << 17;
/// Where an operator asks, this many.
const MOST_BLOCK_VALUES: usize = 1 << 22;
/// A block is never smaller than this, however wide.
const LEAST_BLOCK_ROWS: usize = 64;

/// Work that is not done much sooner by two: threads that sleep take some of this time to wake up.
const WORTH_WAKING: Duration = Duration::from_micros(200);

pub(super) struct NativeModel {
    pub(super) path: PathBuf,
    pub(super) signature: Signature,
    pub(super) compiled: Compiled,
    pub(super) threads: usize,
    /// Nanoseconds that the last block took, for each of its rows; 0 before the first.
    pub(super) row_time: AtomicU64,
    /// The file that its trees lie in, where they were compiled before.
    pub(super) map: Option<Arc<Map>>,
}

/// A program, and how its scores and labels are read.
pub(super) struct Compiled {
    pub(super) program: Program,
    pub(super) reader: Reader,
    /// Are encoders fused with what they feed?
    pub(super) is_fused: bool,
}

impl Compiled {
    /// Counted to the byte, but for the signature, which those who ask for it have anyway.
    pub(super) fn memory(&self) -> MemoryFigure {
        MemoryFigure {
            bytes: (size_of::<NativeModel>() + self.program.bytes() + self.reader.bytes()) as u64,
            exact: true,
        }
    }
}

impl NativeModel {
    /// Rows to compute together. It changes nothing but the speed.
    fn block_rows(&self, rows: usize, inputs: &[InputBlock<'_>]) -> usize {
        if let Some(size) = self.signature.fixed_batch() {
            return size;
        }
        let values: usize = inputs.iter().map(InputBlock::len).sum();
        let width = values.div_ceil(rows.max(1)).max(1);
        let most = match self.compiled.program.block_rows() {
            Some(wanted) => wanted
                .clamp(DEFAULT_BLOCK_ROWS / 2, MOST_BLOCK_ROWS)
                .min((MOST_BLOCK_VALUES / width).max(LEAST_BLOCK_ROWS)),
            None => (BLOCK_VALUES / width).clamp(LEAST_BLOCK_ROWS, DEFAULT_BLOCK_ROWS),
        };
        // Blocks that suit one step must not make the values of another too large.
        let allowed =
            (MAX_ELEMENTS / self.compiled.program.widest / BATCH_STEP).max(1) * BATCH_STEP;
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
        let values = self.compiled.program.run(&tensors)?;
        let row_time = start.elapsed().as_nanos() as u64 / rows.len().max(1) as u64;
        self.row_time.store(row_time.max(1), Ordering::Relaxed);
        self.compiled.reader.read(values, size, rows.len())
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
        let failed = |reason: String| InferenceError::Run {
            path: self.path.clone(),
            reason,
        };
        let blocks = self.run_blocks(inputs, rows).map_err(failed)?;
        if let Some(map) = &self.map {
            // Where pages of it have gone, the scores say nothing.
            let gone = |gone| failed(format!("what is kept of it compiled: {gone}; run again"));
            map.check().map_err(gone)?;
        }
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

    fn takes_columns(&self, input: usize) -> bool {
        let takes = |spec: &InputSpec| spec.element == ElementType::Float32 && spec.rank == 2;
        self.signature.inputs.get(input).is_some_and(takes)
            && self.signature.fixed_batch().is_none()
            && self.compiled.program.takes_columns(input)
    }

    fn engine(&self) -> &str {
        ENGINE
    }

    fn memory(&self) -> MemoryFigure {
        self.compiled.memory()
    }

    fn mapped_bytes(&self) -> u64 {
        self.map.as_ref().map_or(0, |map| map.len() as u64)
    }

    fn compiled_form(&self, onnx: &[u8]) -> Option<Vec<u8>> {
        stored::form_of(self, onnx)
    }
}

impl std::fmt::Debug for NativeModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NativeModel")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

//! How loads are to work.

use crate::experiment::Experiment;
use crate::vocabulary::{Backend, Columns, Device};

/// More rows at a time than any table has: beyond it, sums of rows would not be numbers any more.
const MOST_CHUNK_ROWS: usize = 1 << 40;

/// How loads are to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadSettings {
    /// Seed of everything random.
    pub seed: u64,
    /// Rows a prediction chunk.
    pub chunk_rows: usize,
    /// Who is to run the models.
    pub backend: Backend,
    /// What the models run on that ONNX Runtime runs.
    pub device: Device,
    /// Threads in all.
    pub threads: usize,
    /// How columns that only predictions pass over are taken.
    pub columns: Columns,
    /// Most bytes that resources may take together.
    pub memory_budget: Option<u64>,
}

impl LoadSettings {
    /// What an experiment asks for.
    pub fn of(experiment: &Experiment) -> Self {
        Self {
            seed: experiment.engine.seed,
            chunk_rows: experiment.engine.chunk_rows.clamp(1, MOST_CHUNK_ROWS),
            backend: experiment.engine.backend,
            device: experiment.engine.device,
            threads: experiment.engine.threads,
            columns: experiment.engine.columns,
            memory_budget: experiment.engine.memory_budget_bytes,
        }
    }
}

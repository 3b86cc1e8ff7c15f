//! How long a model takes for all rows, and to open.

use std::time::{Duration, Instant};

use super::problem;
use super::subject::Subject;
use crate::inference::{Model, OpenOptions, ScoreBlock, open};
use crate::resource::Feeding;
use crate::vocabulary::Problem;

/// Shorter passes are repeated until this much time has gone by.
const LEAST_TIME: Duration = Duration::from_millis(20);
/// Threads of a backend that wait actively go to sleep within this time.
const SETTLE_TIME: Duration = Duration::from_millis(10);

/// Seconds that one pass over all rows takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// In [`Model::run`] alone.
    pub(super) run: f64,
    /// With the making of the model's input from the table.
    pub(super) fed: f64,
}

/// Times passes over all rows, chunk by chunk, with the input made as a run of the program makes it.
pub(super) fn time_pass(
    feeding: &Feeding<'_>,
    rows: usize,
    chunk_rows: usize,
    model: &dyn Model,
) -> Result<Pass, Problem> {
    std::thread::sleep(SETTLE_TIME);
    let (mut run, mut passes) = (Duration::ZERO, 0_u32);
    let start = Instant::now();
    while passes == 0 || run < LEAST_TIME {
        for first in (0..rows).step_by(chunk_rows) {
            let chunk = feeding.chunk(first..rows.min(first + chunk_rows))?;
            let blocks = chunk.blocks();
            let before = Instant::now();
            let scores = model.run(chunk.rows, &blocks);
            run += before.elapsed();
            scores.map_err(problem)?;
        }
        passes += 1;
    }
    let passes = f64::from(passes);
    Ok(Pass {
        run: run.as_secs_f64() / passes,
        fed: start.elapsed().as_secs_f64() / passes,
    })
}

/// What the model says of all rows.
pub(super) fn score_all(
    subject: &Subject,
    chunk_rows: usize,
    model: &dyn Model,
) -> Result<ScoreBlock, Problem> {
    let feeding = subject.feeding()?;
    let rows = subject.rows();
    let mut whole = ScoreBlock::default();
    for first in (0..rows).step_by(chunk_rows) {
        let chunk = feeding.chunk(first..rows.min(first + chunk_rows))?;
        let part = model.run(chunk.rows, &chunk.blocks());
        let part = part.map_err(problem)?;
        whole.rows += part.rows;
        whole.columns = part.columns;
        whole.scores.extend(part.scores);
        if let Some(labels) = part.labels {
            whole.labels.get_or_insert_default().extend(labels);
        }
    }
    Ok(whole)
}

/// Opens a model: it, and the seconds that this takes.
pub(super) fn time_opening(
    subject: &Subject,
    options: &OpenOptions,
) -> Result<(Box<dyn Model>, f64), Problem> {
    let start = Instant::now();
    let model = open(&subject.model, options).map_err(problem)?;
    Ok((model, start.elapsed().as_secs_f64()))
}

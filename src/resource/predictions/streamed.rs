//! A model's scores for a table of which no more than a batch is ever in memory: columns are decoded
//! side by side, fed and scored chunk by chunk, and let go of.

use rayon::prelude::*;

use super::score::{Scored, score};
use super::tally::Tally;
use super::{Feed, Predictions, loaded};
use crate::engine::{LoadContext, LoadError, Loaded};
use crate::inference::BATCH_STEP;
use crate::resource::feed::{Chunk, FeedInput, feed_columns};
use crate::resource::kind::model::OpenModel;
use crate::resource::table_file::Batches;

/// Rows a chunk, at most: beyond it chunks take more memory and gain nothing.
const MOST_CHUNK_ROWS: usize = 16_384;

/// How a table is streamed into a model.
#[derive(Clone, Copy)]
pub(in crate::resource) struct Streamed<'a> {
    pub(in crate::resource) feed: Feed<'a>,
    /// Chunks that are scored side by side.
    pub(in crate::resource) lanes: usize,
}

/// Rows of a batch: a chunk for each lane. It changes no bit of any score.
pub(in crate::resource) fn batch_rows(chunk_rows: usize, lanes: usize) -> usize {
    chunk_rows_of(chunk_rows) * lanes.max(1)
}

/// Chunks begin where it makes no difference to a runtime that they do.
fn chunk_rows_of(chunk_rows: usize) -> usize {
    chunk_rows
        .clamp(1, MOST_CHUNK_ROWS)
        .next_multiple_of(BATCH_STEP)
}

/// Scores every row of a table, batch by batch.
pub(in crate::resource) fn load_streamed(
    model: &OpenModel,
    batches: &mut dyn Batches,
    how: Streamed<'_>,
    context: &LoadContext<'_>,
) -> Result<Loaded<Predictions>, LoadError> {
    let Streamed { feed, lanes } = how;
    let width = feed.reading.columns();
    let rows = batch_rows(feed.chunk_rows, lanes);
    let mut tally = Tally::new(batches.rows(), width);
    let mut done = 0;
    while let Some(table) = batches.next(rows, &|| context.cancel.check())? {
        let inputs = feed_columns(&table, feed.plans, feed.missing_text, None)?;
        let starts: Vec<usize> = (0..table.rows)
            .step_by(chunk_rows_of(feed.chunk_rows))
            .collect();
        let chunk = |start: usize| {
            context.cancel.check()?;
            score_chunk(model, feed, &inputs, (start, table.rows), done)
        };
        // Of several chunks that fail, the first is told.
        let scored: Vec<Result<Scored, LoadError>> = if lanes > 1 {
            starts.par_iter().map(|start| chunk(*start)).collect()
        } else {
            starts.iter().map(|start| chunk(*start)).collect()
        };
        for scored in scored {
            let scored = scored?;
            tally.add(&scored.scores);
            tally.disagree(scored.disagreeing);
        }
        tally.look_at(done, &inputs);
        done += table.rows;
        (context.progress)(done as u64, batches.rows() as u64);
    }
    Ok(loaded(tally, format!("{done} rows, streamed")))
}

/// Scores the chunk that begins at a row of the batch.
fn score_chunk(
    model: &OpenModel,
    feed: Feed<'_>,
    inputs: &[FeedInput<'_>],
    (start, rows): (usize, usize),
    first_row: usize,
) -> Result<Scored, LoadError> {
    let end = rows.min(start + chunk_rows_of(feed.chunk_rows));
    let (chunk, _) = Chunk::cut(inputs, start, end);
    score(
        model,
        &chunk,
        feed,
        inputs,
        (|place| start + place, first_row),
    )
}

//! One pass over the rows of a table, for the scores of a model, of one disturbance of the rows or of
//! several: each chunk is decoded, cut and drawn for once. Where columns are streamed, no more than a
//! batch of them is in memory.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::score::score;
use super::tally::{Missing, Tally};
use super::{Feed, MOST_TOGETHER, Predictions, ShardBounds, ShardRows};
use crate::display;
use crate::engine::{CancelToken, LoadContext, LoadError, Loaded};
use crate::inference::BATCH_STEP;
use crate::resource::disturbed::{Disturber, Draws};
use crate::resource::feed::{Chunk, FeedInput, WholeColumns, feed_columns};
use crate::resource::key::Disturbance;
use crate::resource::kind::model::OpenModel;
use crate::resource::statistics::Statistics;
use crate::resource::table::Table;
use crate::resource::table_file::Batches;

/// Rows a chunk, at most: beyond it chunks take more memory and gain nothing.
const MOST_CHUNK_ROWS: usize = 16_384;

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

/// The scores of one disturbance of the rows, or of the rows as they are.
pub(in crate::resource) struct Part<'a> {
    pub(in crate::resource) disturbed: Option<Disturbed<'a>>,
    pub(in crate::resource) context: &'a LoadContext<'a>,
}

/// How a table is disturbed, and what it scores as it is.
#[derive(Clone, Copy)]
pub(in crate::resource) struct Disturbed<'a> {
    pub(in crate::resource) disturbance: &'a Disturbance,
    pub(in crate::resource) seed: u64,
    /// What must be known of whole columns.
    pub(in crate::resource) statistics: &'a Statistics,
    /// A row that stays as it is keeps its score from here.
    pub(in crate::resource) calm: &'a Predictions,
}

/// Where the rows come from.
pub(in crate::resource) enum Rows<'a> {
    /// Memory.
    Held(&'a Table),
    /// A file, batch by batch; columns of which values are taken from any row are there as a whole.
    Streamed(&'a mut dyn Batches, WholeColumns<'a>),
}

/// A pass over the rows of a table.
pub(in crate::resource) struct Pass<'a> {
    pub(in crate::resource) model: &'a OpenModel,
    pub(in crate::resource) feed: Feed<'a>,
    /// Chunks that are scored side by side.
    pub(in crate::resource) lanes: usize,
    pub(in crate::resource) parts: &'a [Part<'a>],
    /// Where the shard begins and ends that it is for; none: all rows are scored.
    pub(in crate::resource) bounds: Option<ShardBounds<'a>>,
}

impl Pass<'_> {
    /// Goes over the rows, and hands out each part, by its place, as soon as it is over; what ends all
    /// parts that are left is the outcome.
    pub(in crate::resource) fn run(
        &self,
        rows: Rows<'_>,
        done: &mut dyn FnMut(usize, Result<Loaded<Predictions>, LoadError>),
    ) -> Result<(), LoadError> {
        let Feed {
            plans,
            missing_text,
            ..
        } = self.feed;
        let (total, is_streamed) = match &rows {
            Rows::Held(table) => (table.rows, false),
            Rows::Streamed(batches, _) => (batches.rows(), true),
        };
        let of_shard = self.bounds.map(|bounds| bounds.rows(total));
        let mut under_way = UnderWay::new(self, total, of_shard, done);
        match rows {
            Rows::Held(table) => {
                let whole = WholeColumns::none();
                let inputs = feed_columns(table, plans, missing_text, whole)?;
                let step = self.chunk_rows() * self.lanes.max(1);
                let wanted = of_shard.map_or(0..total, ShardRows::range);
                for start in wanted.clone().step_by(step) {
                    under_way.take_in(&inputs, start..wanted.end.min(start + step));
                }
            }
            Rows::Streamed(batches, whole) => {
                let most = batch_rows(self.feed.chunk_rows, self.lanes);
                let (mut start, end) = match of_shard.map(ShardRows::range) {
                    Some(wanted) => (wanted.start, wanted.end),
                    None => (0, usize::MAX),
                };
                let who = under_way.who_may_stop();
                batches.skip(start, &|| is_wanted(&who))?;
                while start < end {
                    let who = under_way.who_may_stop();
                    let most = most.min(end - start);
                    let Some(batch) = batches.next(most, &|| is_wanted(&who))? else {
                        break;
                    };
                    let inputs = feed_columns(&batch, plans, missing_text, &whole)?;
                    let rows = start..start + batch.rows;
                    start = rows.end;
                    // Of a text file, it is known better with each batch how many rows there are.
                    under_way.total = batches.rows();
                    under_way.take_in(&inputs, rows);
                }
            }
        }
        under_way.finish(is_streamed);
        Ok(())
    }

    fn chunk_rows(&self) -> usize {
        if self.feed.together {
            MOST_TOGETHER
        } else {
            chunk_rows_of(self.feed.chunk_rows)
        }
    }
}

/// The parts of a pass that are not over.
struct UnderWay<'p> {
    pass: &'p Pass<'p>,
    /// Rows in all.
    total: usize,
    /// Those that are scored, where that is not all.
    of_shard: Option<ShardRows>,
    parts: Vec<PartUnderWay<'p>>,
    done: &'p mut dyn FnMut(usize, Result<Loaded<Predictions>, LoadError>),
}

struct PartUnderWay<'p> {
    /// Its place among all.
    place: usize,
    part: &'p Part<'p>,
    /// None where the scores of a row depend on those beside it: then all are made anew.
    calm: Option<Arc<Vec<f32>>>,
    disturber: Option<Disturber<'p>>,
    tally: Tally,
    /// The first row that is scored.
    first_row: usize,
    /// Rows that it has scores of.
    rows: usize,
    /// Rows that were scored for it.
    predicted: usize,
}

/// What came of a chunk for one part.
struct Fresh {
    scores: Vec<f32>,
    disagreeing: Option<u64>,
    predicted: usize,
}

impl<'p> UnderWay<'p> {
    fn new(
        pass: &'p Pass<'p>,
        total: usize,
        of_shard: Option<ShardRows>,
        done: &'p mut dyn FnMut(usize, Result<Loaded<Predictions>, LoadError>),
    ) -> Self {
        let rows = of_shard.map_or(0..total, ShardRows::range);
        let parts = pass.parts.iter().enumerate().map(|(place, part)| {
            // A row that stays as it is has another score among other rows.
            let calm = part.disturbed.filter(|_| !pass.feed.together);
            PartUnderWay {
                place,
                part,
                calm: calm.map(|disturbed| disturbed.calm.scores()),
                disturber: None,
                tally: Tally::new(&rows, pass.feed.reading.columns()),
                first_row: rows.start,
                rows: 0,
                predicted: 0,
            }
        });
        let mut parts: Vec<PartUnderWay<'p>> = parts.collect();
        // What draws the same goes one after the other.
        parts.sort_by_key(|part| {
            let disturbance = part.part.disturbed.map(|disturbed| disturbed.disturbance);
            disturbance.map(|of| (of.kind.asks().sigma, of.repeat))
        });
        Self {
            pass,
            total,
            of_shard,
            parts,
            done,
        }
    }

    /// Those who wait for scores may stop waiting.
    fn who_may_stop(&self) -> Vec<CancelToken> {
        let parts = self.parts.iter();
        parts.map(|part| part.part.context.cancel.clone()).collect()
    }

    /// Scores these rows, chunk by chunk.
    fn take_in(&mut self, inputs: &[FeedInput<'_>], rows: Range<usize>) {
        for part in &mut self.parts {
            part.see(inputs, self.total);
        }
        let (parts, pass) = (&self.parts, self.pass);
        let starts: Vec<usize> = rows.clone().step_by(pass.chunk_rows()).collect();
        // Where there are fewer chunks than lanes, the parts are dealt out too: neighbours draw the same.
        let groups = pass.lanes.max(1).div_ceil(starts.len().max(1));
        let of_group = parts.len().div_ceil(groups).max(1);
        let pieces = starts.into_iter().flat_map(|start| {
            let firsts = (0..parts.len()).step_by(of_group);
            firsts.map(move |first| (start, first..parts.len().min(first + of_group)))
        });
        let pieces: Vec<(usize, Range<usize>)> = pieces.collect();
        let score = |(start, group): &(usize, Range<usize>)| -> Vec<Result<Fresh, LoadError>> {
            let chunk = *start..rows.end.min(start + pass.chunk_rows());
            let mut draws = Draws::default();
            let parts = parts[group.clone()].iter();
            parts
                .map(|part| part.score(pass, inputs, &chunk, &mut draws))
                .collect()
        };
        let scored: Vec<Vec<Result<Fresh, LoadError>>> = if pass.lanes > 1 {
            pieces.par_iter().map(score).collect()
        } else {
            pieces.iter().map(score).collect()
        };
        let mut failed: Vec<Option<LoadError>> = vec![None; self.parts.len()];
        for ((_, group), piece) in pieces.into_iter().zip(scored) {
            for (place, fresh) in group.zip(piece) {
                match fresh {
                    Ok(fresh) => self.parts[place].add(&fresh),
                    // Of several chunks that fail, the first is told.
                    Err(error) => drop(failed[place].get_or_insert(error)),
                }
            }
        }
        let missing = Missing::count(inputs, &rows);
        for (mut part, failed) in std::mem::take(&mut self.parts).into_iter().zip(failed) {
            if let Some(error) = failed {
                (self.done)(part.place, Err(error));
                continue;
            }
            part.tally.look_at(&rows, inputs, &missing);
            part.rows = rows.end - part.first_row;
            let all = self.of_shard.map_or(self.total, |of_shard| of_shard.rows);
            (part.part.context.progress)(part.rows as u64, all as u64);
            self.parts.push(part);
        }
    }

    fn finish(self, is_streamed: bool) {
        for part in self.parts {
            (self.done)(part.place, Ok(part.finish(is_streamed, self.of_shard)));
        }
    }
}

/// Is there still somebody who waits?
fn is_wanted(who: &[CancelToken]) -> Result<(), LoadError> {
    if who.iter().all(CancelToken::is_cancelled) {
        return Err(LoadError::Cancelled);
    }
    Ok(())
}

impl PartUnderWay<'_> {
    /// Looks at the columns before the first rows are scored.
    fn see(&mut self, inputs: &[FeedInput<'_>], total: usize) {
        if let (None, Some(disturbed)) = (&self.disturber, self.part.disturbed) {
            let Disturbed {
                disturbance,
                seed,
                statistics,
                ..
            } = disturbed;
            let disturber = Disturber::new(inputs, disturbance, seed, statistics, total);
            self.disturber = Some(disturber);
        }
    }

    fn score<'n>(
        &self,
        pass: &Pass<'_>,
        inputs: &'n [FeedInput<'n>],
        rows: &Range<usize>,
        draws: &mut Draws<'n>,
    ) -> Result<Fresh, LoadError> {
        self.part.context.cancel.check()?;
        let (mut chunk, changed) = match (&self.disturber, self.part.disturbed) {
            (Some(disturber), Some(disturbed)) => {
                draws.go_on_with(disturbed.disturbance);
                Chunk::disturbed(inputs, rows, disturber, draws)
            }
            _ => (Chunk::cut(inputs, rows), Vec::new()),
        };
        let anew: Option<Vec<usize>> = self.calm.as_ref().map(|_| {
            let changed = changed.iter().enumerate();
            changed.filter_map(|(row, is)| is.then_some(row)).collect()
        });
        if let Some(anew) = anew.as_ref().filter(|anew| anew.len() < chunk.rows) {
            chunk.keep(anew);
        }
        let row_of = |place: usize| rows.start + anew.as_ref().map_or(place, |anew| anew[place]);
        let scored = score(pass.model, &chunk, pass.feed, inputs, row_of)?;
        let predicted = chunk.rows;
        let scores = match (&self.calm, anew) {
            (Some(calm), Some(anew)) if predicted < rows.len() => {
                let width = pass.feed.reading.columns();
                let place = |row: usize| (row - self.first_row) * width;
                let mut scores = calm[place(rows.start)..place(rows.end)].to_vec();
                for (row, fresh) in anew.iter().zip(scored.scores.chunks_exact(width)) {
                    scores[row * width..(row + 1) * width].copy_from_slice(fresh);
                }
                scores
            }
            _ => scored.scores,
        };
        Ok(Fresh {
            scores,
            disagreeing: scored.disagreeing,
            predicted,
        })
    }

    fn add(&mut self, fresh: &Fresh) {
        self.tally.add(&fresh.scores);
        self.tally.disagree(fresh.disagreeing);
        self.predicted += fresh.predicted;
    }

    fn finish(self, is_streamed: bool, of_shard: Option<ShardRows>) -> Loaded<Predictions> {
        let mut detail = format!("{} rows", display::count(self.rows as u64));
        if self.predicted < self.rows {
            let _ = write!(
                detail,
                ", {} changed",
                display::count(self.predicted as u64)
            );
        }
        if is_streamed {
            detail.push_str(", streamed");
        }
        let predictions = self.tally.finish(of_shard);
        Loaded {
            bytes: predictions.bytes(),
            mapped_bytes: 0,
            value: predictions,
            exact: true,
            detail,
        }
    }
}

//! A model's scores for a table, or for a disturbed copy of it that never exists as a whole: rows
//! are disturbed chunk by chunk, on their way into the model.

mod culprit;
mod score;
mod streamed;
mod tally;

pub(super) use streamed::{Streamed, batch_rows, load_streamed};

use self::score::score;
use self::tally::Tally;
use super::feed::{Chunk, feed_columns};
use super::key::Disturbance;
use super::kind::model::OpenModel;
use super::matching::InputPlan;
use super::scores::ScoreReading;
use super::stored_scores::StoredScores;
use super::table::Table;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::{LoadContext, LoadError, Loaded, Packed};
use crate::vocabulary::Codec;

/// What a model says of every row.
#[derive(Debug)]
pub struct Predictions {
    stored: StoredScores,
    /// Scores a row.
    pub columns: usize,
    /// The columns of numbers that reached the model with gaps, and how many.
    pub missing: Vec<(String, usize)>,
    /// Rows that the model labels otherwise than its scores say; none where that cannot be told.
    pub disagreeing: Option<u64>,
    /// The rows without a score, where rows may be without.
    pub gaps: Option<Gaps>,
}

/// Rows for which a model gives no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaps {
    /// How many.
    pub rows: usize,
    /// The first of them; of those whose values do not explain it, if there are any.
    pub first: usize,
    /// What in its values explains it.
    pub why: Option<String>,
}

impl Predictions {
    /// Of scores row by row, `columns` a row.
    pub(super) fn new(scores: Vec<f32>, columns: usize, missing: Vec<(String, usize)>) -> Self {
        Self {
            stored: StoredScores::new(scores),
            columns,
            missing,
            disagreeing: None,
            gaps: None,
        }
    }

    /// Row by row: the positive class's score, one score a class, or the predicted number.
    pub fn scores(&self) -> Arc<Vec<f32>> {
        self.stored.get()
    }

    /// The scores as f64, as the metrics want them.
    pub fn scores_f64(&self) -> Vec<f64> {
        self.scores().iter().map(|s| f64::from(*s)).collect()
    }

    /// Says in how many rows the model's own label is another than that by the scores; none where there
    /// are no such rows.
    pub fn label_note(&self) -> Option<String> {
        let differing = self.disagreeing.filter(|rows| *rows > 0)?;
        let rows = self.scores().len() / self.columns.max(1);
        Some(format!(
            "the model's own label is another than its score says in {differing} of {rows} rows: \
             decisions go by the score here; `output = \"labels\"` under [model] takes the model's own"
        ))
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> u64 {
        self.stored.bytes()
    }

    /// Packs the scores while nobody works with them, if that makes them smaller.
    pub(super) fn pack(&self, codec: Codec) -> Packed {
        self.stored.pack(codec)
    }
}

/// How a table is fed to a model.
#[derive(Clone, Copy)]
pub(super) struct Feed<'a> {
    /// The columns of every input.
    pub(super) plans: &'a [InputPlan],
    /// How the scores are read.
    pub(super) reading: &'a ScoreReading,
    /// What a missing text becomes.
    pub(super) missing_text: &'a str,
    /// Rows a chunk.
    pub(super) chunk_rows: usize,
    /// How the table is disturbed, if it is.
    pub(super) disturbed: Option<Disturbed<'a>>,
    /// May rows be without a score?
    pub(super) gaps: bool,
    /// Do the scores of a row depend on the rows beside it?
    pub(super) together: bool,
    /// Where the model's own labels are expected to be cut; none where the user cuts elsewhere.
    pub(super) own_threshold: Option<f64>,
}

/// Rows of a table that are scored in one batch where the scores of a row depend on the others: most
/// tables as a whole.
pub(super) const MOST_TOGETHER: usize = 100_000;

/// How a table is disturbed, and what it scores as it is.
#[derive(Clone, Copy)]
pub(super) struct Disturbed<'a> {
    pub(super) disturbance: &'a Disturbance,
    pub(super) seed: u64,
    /// A row that stays as it is keeps its score from here.
    pub(super) calm: &'a Predictions,
}

/// Scores every row of a table, chunk by chunk.
pub(super) fn load(
    model: &OpenModel,
    table: &Table,
    feed: Feed<'_>,
    context: &LoadContext<'_>,
) -> Result<Loaded<Predictions>, LoadError> {
    let disturbance = feed.disturbed.map(|d| (d.disturbance, d.seed));
    let columns = feed_columns(table, feed.plans, feed.missing_text, disturbance);
    let columns = columns?;
    let total = table.rows;
    let width = feed.reading.columns();
    let calm = feed.disturbed.map(|disturbed| disturbed.calm.scores());
    // A row that stays as it is has another score among other rows.
    let calm = calm.filter(|_| !feed.together);
    let chunk_rows = if feed.together {
        MOST_TOGETHER
    } else {
        feed.chunk_rows.max(1)
    };
    let mut tally = Tally::new(total, width);
    let mut predicted = 0;
    let mut start = 0;
    while start < total {
        context.cancel.check()?;
        let end = total.min(start + chunk_rows);
        let (mut chunk, changed) = Chunk::cut(&columns, start, end);
        let rows = calm.as_ref().map(|calm| {
            tally.add(&calm[start * width..end * width]);
            let changed = changed.unwrap_or_default().into_iter().enumerate();
            let rows = changed.filter_map(|(row, changed)| changed.then_some(row));
            rows.collect::<Vec<usize>>()
        });
        if let Some(rows) = rows.as_ref().filter(|rows| rows.len() < chunk.rows) {
            chunk.keep(rows);
        }
        let place_of = |place: usize| start + rows.as_ref().map_or(place, |rows| rows[place]);
        let fresh = score(model, &chunk, feed, &columns, (place_of, 0))?;
        tally.disagree(fresh.disagreeing);
        predicted += fresh.scores.len() / width;
        match &rows {
            None => tally.add(&fresh.scores),
            Some(rows) => {
                for (row, fresh) in rows.iter().zip(fresh.scores.chunks_exact(width)) {
                    tally.replace(start + row, fresh);
                }
            }
        }
        start = end;
        (context.progress)(start as u64, total as u64);
    }
    tally.look_at(0, &columns);
    let detail = if predicted < total {
        format!("{total} rows, {predicted} changed")
    } else {
        format!("{total} rows")
    };
    Ok(loaded(tally, detail))
}

fn loaded(tally: Tally, detail: String) -> Loaded<Predictions> {
    let predictions = tally.finish();
    Loaded {
        bytes: predictions.bytes(),
        mapped_bytes: 0,
        value: predictions,
        exact: true,
        detail,
    }
}

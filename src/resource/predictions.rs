//! A model's scores for a table, or for disturbed copies of it that never exist as a whole: rows are
//! disturbed chunk by chunk, on their way into the model. One pass over the rows serves several.

mod culprit;
mod pass;
mod score;
mod shard;
mod tally;

pub(super) use pass::{Disturbed, Part, Pass, Rows, batch_rows};
pub use shard::{ShardBounds, ShardRows};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::matching::InputPlan;
use super::scores::ScoreReading;
use super::stored_scores::StoredScores;
use crate::engine::Packed;
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
    /// Which rows they are of, where that is not all.
    pub of_shard: Option<ShardRows>,
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
            of_shard: None,
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

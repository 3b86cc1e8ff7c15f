//! What is counted while rows are scored: rows without a score, numbers that are missing, labels that
//! are other than the scores say.

use std::ops::Range;

use super::score::why_not_a_number;
use super::{Gaps, Predictions, ShardRows};
use crate::resource::feed::FeedInput;

/// Scores and counts so far. Rows are added in their order.
pub(super) struct Tally {
    scores: Vec<f32>,
    /// The first row that is scored, of all.
    first_row: usize,
    /// Scores a row.
    width: usize,
    disagreeing: Option<u64>,
    missing: Vec<(String, usize)>,
    gap_rows: usize,
    first_gap: Option<(usize, Option<String>)>,
    unexplained_gap: Option<usize>,
}

impl Tally {
    /// With room for these rows of `width` scores.
    pub(super) fn new(rows: &Range<usize>, width: usize) -> Self {
        Self {
            scores: Vec::with_capacity(rows.len() * width),
            first_row: rows.start,
            width,
            disagreeing: Some(0),
            missing: Vec::new(),
            gap_rows: 0,
            first_gap: None,
            unexplained_gap: None,
        }
    }

    /// Adds the scores of the next rows.
    pub(super) fn add(&mut self, scores: &[f32]) {
        self.scores.extend_from_slice(scores);
    }

    /// Counts rows that the model labels otherwise; none where that cannot be told.
    pub(super) fn disagree(&mut self, rows: Option<u64>) {
        self.disagreeing = self.disagreeing.zip(rows).map(|(all, more)| all + more);
    }

    /// Looks at rows that were added: these are the inputs that they were scored by.
    pub(super) fn look_at(
        &mut self,
        rows: &Range<usize>,
        inputs: &[FeedInput<'_>],
        missing: &Missing,
    ) {
        missing.add_to(&mut self.missing);
        let place = |row: usize| (row - self.first_row) * self.width;
        let added = &self.scores[place(rows.start)..place(rows.end)];
        for (row, scores) in rows.clone().zip(added.chunks_exact(self.width)) {
            if !scores.iter().any(|score| score.is_nan()) {
                continue;
            }
            self.gap_rows += 1;
            if self.first_gap.is_none() || self.unexplained_gap.is_none() {
                let why = why_not_a_number(row, inputs);
                if why.is_none() {
                    self.unexplained_gap.get_or_insert(row);
                }
                self.first_gap.get_or_insert((row, why));
            }
        }
    }

    /// All of it. Of a shard, which rows of how many it is belongs to it, and columns without a gap are
    /// counted too: elsewhere they may have some.
    pub(super) fn finish(mut self, of_shard: Option<ShardRows>) -> Predictions {
        // There may have been room for more rows than came.
        self.scores.shrink_to_fit();
        let is_any = !self.scores.is_empty();
        let first = self.first_gap.map(|(row, why)| match self.unexplained_gap {
            Some(row) => (row, None),
            None => (row, why),
        });
        let missing = self.missing.into_iter();
        let missing = missing.filter(|(_, missing)| *missing > 0 || of_shard.is_some());
        let mut predictions = Predictions::new(self.scores, self.width, missing.collect());
        predictions.disagreeing = self.disagreeing.filter(|_| is_any);
        predictions.of_shard = of_shard;
        predictions.gaps = first.map(|(first, why)| Gaps {
            rows: self.gap_rows,
            first,
            why,
        });
        predictions
    }
}

/// How many numbers are missing in some rows of each column.
pub(super) struct Missing(Vec<(String, usize)>);

impl Missing {
    /// In these rows of the inputs.
    pub(super) fn count(inputs: &[FeedInput<'_>], rows: &Range<usize>) -> Self {
        let columns = inputs.iter().flat_map(|input| &input.columns);
        let counted = columns.filter_map(|column| {
            let values = column.numbers(rows.clone())?;
            let missing = values.iter().filter(|value| value.is_nan()).count();
            Some((column.name().to_owned(), missing))
        });
        Self(counted.collect())
    }

    fn add_to(&self, all: &mut Vec<(String, usize)>) {
        if all.is_empty() {
            all.clone_from(&self.0);
            return;
        }
        for ((_, all), (_, missing)) in all.iter_mut().zip(&self.0) {
            *all += missing;
        }
    }
}

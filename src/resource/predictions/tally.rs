//! What is counted while rows are scored: rows without a score, numbers that are missing, labels that
//! are other than the scores say.

use super::score::why_not_a_number;
use super::{Gaps, Predictions};
use crate::resource::feed::FeedInput;

/// Scores and counts so far. Rows are added in their order.
pub(super) struct Tally {
    scores: Vec<f32>,
    /// Scores a row.
    width: usize,
    disagreeing: Option<u64>,
    missing: Vec<(String, usize)>,
    gap_rows: usize,
    first_gap: Option<(usize, Option<String>)>,
    unexplained_gap: Option<usize>,
}

impl Tally {
    /// With room for so many rows of `width` scores.
    pub(super) fn new(rows: usize, width: usize) -> Self {
        Self {
            scores: Vec::with_capacity(rows * width),
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

    /// Replaces the scores of a row.
    pub(super) fn replace(&mut self, row: usize, scores: &[f32]) {
        let at = row * self.width;
        self.scores[at..at + self.width].copy_from_slice(scores);
    }

    /// Counts rows that the model labels otherwise; none where that cannot be told.
    pub(super) fn disagree(&mut self, rows: Option<u64>) {
        self.disagreeing = self.disagreeing.zip(rows).map(|(all, more)| all + more);
    }

    /// Looks at the last rows that were added: these are the inputs they were scored by, all of them,
    /// and the first is this row.
    pub(super) fn look_at(&mut self, first_row: usize, inputs: &[FeedInput<'_>]) {
        self.count_missing(inputs);
        let added = &self.scores[first_row * self.width..];
        for (place, scores) in added.chunks_exact(self.width).enumerate() {
            if !scores.iter().any(|score| score.is_nan()) {
                continue;
            }
            self.gap_rows += 1;
            let row = first_row + place;
            if self.first_gap.is_none() || self.unexplained_gap.is_none() {
                let why = why_not_a_number(place, inputs);
                if why.is_none() {
                    self.unexplained_gap.get_or_insert(row);
                }
                self.first_gap.get_or_insert((row, why));
            }
        }
    }

    fn count_missing(&mut self, inputs: &[FeedInput<'_>]) {
        let columns = inputs.iter().flat_map(|input| &input.columns);
        let columns = columns.filter_map(|column| Some((column.name(), column.numbers()?)));
        let is_first = self.missing.is_empty();
        for (place, (name, values)) in columns.enumerate() {
            let missing = values.iter().filter(|value| value.is_nan()).count();
            if is_first {
                self.missing.push((name.to_owned(), missing));
            } else {
                self.missing[place].1 += missing;
            }
        }
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Predictions {
        // There may have been room for more rows than came.
        self.scores.shrink_to_fit();
        let is_any = !self.scores.is_empty();
        let first = self.first_gap.map(|(row, why)| match self.unexplained_gap {
            Some(row) => (row, None),
            None => (row, why),
        });
        let missing = self.missing.into_iter().filter(|(_, missing)| *missing > 0);
        let mut predictions = Predictions::new(self.scores, self.width, missing.collect());
        predictions.disagreeing = self.disagreeing.filter(|_| is_any);
        predictions.gaps = first.map(|(first, why)| Gaps {
            rows: self.gap_rows,
            first,
            why,
        });
        predictions
    }
}

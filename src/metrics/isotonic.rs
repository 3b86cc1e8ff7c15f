//! Isotonic calibration: what a score has turned out to mean on rows whose labels are known.

use super::order::sort_key;

/// The non-decreasing least-squares fit of the label on the score (Ayer et al. 1955; for calibration:
/// Zadrozny & Elkan 2002). Between the scores it was fitted on it is a line, not a step; outside them it
/// is constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Isotonic {
    /// Score and probability, by rising score: the ends of each block of rows that share a probability.
    knots: Vec<(f64, f64)>,
}

/// Rows that share a probability, by their scores.
struct Block {
    first: f64,
    last: f64,
    positives: u64,
    rows: u64,
}

impl Block {
    /// Is its share of positives at least that of the block after it?
    fn reaches(&self, next: &Self) -> bool {
        let own = u128::from(self.positives) * u128::from(next.rows);
        own >= u128::from(next.positives) * u128::from(self.rows)
    }
}

impl Isotonic {
    /// Pools adjacent violators; rows of one score are one point. `None` without rows, or where a score
    /// is not finite.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn fit(scores: &[f64], labels: &[bool]) -> Option<Self> {
        assert_eq!(labels.len(), scores.len(), "one score a label");
        if scores.is_empty() || scores.iter().any(|score| !score.is_finite()) {
            return None;
        }
        let mut rows: Vec<(f64, bool)> =
            scores.iter().copied().zip(labels.iter().copied()).collect();
        rows.sort_by_key(|(score, _)| sort_key(*score));
        let mut blocks: Vec<Block> = Vec::new();
        for point in rows.chunk_by(|a, b| a.0 == b.0) {
            let score = point[0].0;
            let mut block = Block {
                first: score,
                last: score,
                positives: point.iter().filter(|(_, label)| *label).count() as u64,
                rows: point.len() as u64,
            };
            while let Some(before) = blocks.pop_if(|before| before.reaches(&block)) {
                block.first = before.first;
                block.positives += before.positives;
                block.rows += before.rows;
            }
            blocks.push(block);
        }
        let knots = blocks.iter().flat_map(|block| {
            let mean = block.positives as f64 / block.rows as f64;
            let ends = [block.first, block.last];
            let distinct = if ends[0] == ends[1] { 1 } else { 2 };
            ends.into_iter().take(distinct).map(move |end| (end, mean))
        });
        Some(Self {
            knots: knots.collect(),
        })
    }

    /// The probability that a score stands for; NaN for NaN.
    pub fn at(&self, score: f64) -> f64 {
        let next = self.knots.partition_point(|(knot, _)| *knot < score);
        let (Some(upper), Some(lower)) = (self.knots.get(next), next.checked_sub(1)) else {
            let end = if next == 0 {
                self.knots.first()
            } else {
                self.knots.last()
            };
            return end
                .filter(|_| !score.is_nan())
                .map_or(f64::NAN, |(_, p)| *p);
        };
        let lower = self.knots[lower];
        lower.1 + (upper.1 - lower.1) * ((score - lower.0) / (upper.0 - lower.0))
    }

    /// The scores and probabilities between which it is a line.
    pub fn knots(&self) -> &[(f64, f64)] {
        &self.knots
    }
}

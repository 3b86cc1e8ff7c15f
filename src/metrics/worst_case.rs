//! The rows that the model gets most wrong, and its metrics on them alone. Accuracy and AUC are 0
//! there by construction while the subset holds only errors: the mean log loss, the tail mean
//! (CVaR; Rockafellar & Uryasev 2000), is the number to look at.

use super::classification::{Performance, mean_of};
use super::order::sort_key;

/// Rows by falling residual `|y - p|`; equal residuals by row number. A NaN score comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidualOrder {
    rows: Vec<u32>,
}

impl ResidualOrder {
    /// Sorts the rows once, O(n log n), for any number of levels.
    ///
    /// # Panics
    /// If the slices differ in length or hold more rows than a `u32` can number.
    pub fn new(labels: &[bool], scores: &[f64]) -> Self {
        assert_eq!(labels.len(), scores.len(), "one score a label");
        assert!(
            u32::try_from(labels.len()).is_ok(),
            "rows are numbered in u32"
        );
        let mut keyed: Vec<(u64, u32)> = (0u32..)
            .zip(labels.iter().zip(scores))
            .map(|(row, (&label, &score))| (!sort_key(residual(label, score)), row))
            .collect();
        keyed.sort_unstable();
        Self {
            rows: keyed.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// The `floor(alpha n)` rows of the largest residual, worst first.
    ///
    /// # Panics
    /// If `alpha` does not lie in `[0, 1]`.
    pub fn worst(&self, alpha: f64) -> &[u32] {
        &self.rows[..self.cut(alpha)]
    }

    /// All rows but [`Self::worst`].
    ///
    /// # Panics
    /// If `alpha` does not lie in `[0, 1]`.
    pub fn rest(&self, alpha: f64) -> &[u32] {
        &self.rows[self.cut(alpha)..]
    }

    fn cut(&self, alpha: f64) -> usize {
        assert!((0.0..=1.0).contains(&alpha), "alpha is a share of the rows");
        (alpha * self.rows.len() as f64).floor() as usize
    }
}

fn residual(label: bool, score: f64) -> f64 {
    (f64::from(u8::from(label)) - score).abs()
}

/// Metrics on a worst subset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorstSubset {
    /// Rows in the subset.
    pub n: usize,
    /// The smallest residual that still got in; `None` where the subset is empty.
    pub smallest_residual: Option<f64>,
    /// Mean residual `|y - p|` of the subset; `None` where it is empty.
    pub mean_residual: Option<f64>,
    /// The metrics on the subset; its log loss is the tail mean.
    pub performance: Performance,
}

/// Metrics on the worst `alpha` of the rows, decisions by `threshold`. `order` must have been made
/// from the same `labels` and `scores`.
///
/// # Panics
/// If `alpha` does not lie in `[0, 1]` or the slices do not fit `order`.
pub fn worst_subset(
    labels: &[bool],
    scores: &[f64],
    order: &ResidualOrder,
    alpha: f64,
    threshold: f64,
) -> WorstSubset {
    assert_eq!(labels.len(), order.rows.len(), "the order of these rows");
    let rows = order.worst(alpha);
    let subset_labels: Vec<bool> = rows.iter().map(|&row| labels[row as usize]).collect();
    let subset_scores: Vec<f64> = rows.iter().map(|&row| scores[row as usize]).collect();
    let residuals = subset_labels.iter().zip(&subset_scores);
    let sum: f64 = residuals
        .map(|(label, score)| residual(*label, *score))
        .sum();
    let last = subset_labels.last().zip(subset_scores.last());
    WorstSubset {
        n: rows.len(),
        smallest_residual: last.map(|(&label, &score)| residual(label, score)),
        mean_residual: mean_of(sum, rows.len()),
        performance: Performance::measure(&subset_labels, &subset_scores, threshold),
    }
}

//! Do probabilities mean what they say? Brier score, reliability bins and calibration errors.

use super::classification::mean_of;

/// Bins of the positive-class reading, as in scikit-learn's `calibration_curve`.
pub const POSITIVE_CLASS_BINS: usize = 10;

/// Bins of the top-label reading (Guo et al. 2017).
pub const TOP_LABEL_BINS: usize = 15;

/// Brier score `mean((p - y)^2)`, from 0 to 1 (Brier 1950, in the one-class form, half of his sum
/// over two classes). `None` without rows or where a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn brier_score(labels: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let sum: f64 = labels
        .iter()
        .zip(scores)
        .map(|(&label, &score)| (score - f64::from(u8::from(label))).powi(2))
        .sum();
    mean_of(sum, labels.len())
}

/// One bin of a reliability diagram, `(lower, upper]`; the first also holds 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// Lower edge, exclusive.
    pub lower: f64,
    /// Upper edge, inclusive.
    pub upper: f64,
    /// Rows in the bin.
    pub count: u64,
    /// Mean score of its rows; `None` for an empty bin.
    pub mean_score: Option<f64>,
    /// Share of its rows that turned out true; `None` for an empty bin.
    pub observed_rate: Option<f64>,
}

impl ReliabilityBin {
    /// `|mean score - observed rate|`; `None` for an empty bin.
    pub fn gap(&self) -> Option<f64> {
        let (score, rate) = self.mean_score.zip(self.observed_rate)?;
        Some((score - rate).abs())
    }
}

/// Reliability bins of the probability of class 1: `bins` equal widths on `[0, 1]`, with the share
/// of class 1 as observed rate (Murphy & Winkler 1977). Scores outside `[0, 1]` fall into the outer
/// bins. `None` without rows or where a score is NaN.
///
/// # Panics
/// If the slices differ in length or `bins` is 0.
pub fn reliability_bins(
    labels: &[bool],
    scores: &[f64],
    bins: usize,
) -> Option<Vec<ReliabilityBin>> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    fill_bins(scores.iter().copied().zip(labels.iter().copied()), bins)
}

/// Reliability bins of the confidence `max(p, 1 - p)` in the decision by `threshold`, with the
/// share of right decisions as observed rate (Guo et al. 2017). `None` without rows or where a
/// score is NaN.
///
/// # Panics
/// If the slices differ in length or `bins` is 0.
pub fn top_label_bins(
    labels: &[bool],
    scores: &[f64],
    threshold: f64,
    bins: usize,
) -> Option<Vec<ReliabilityBin>> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let confidences = labels.iter().zip(scores).map(|(&label, &score)| {
        // `f64::max` would drop a NaN score.
        let confidence = if score < 0.5 { 1.0 - score } else { score };
        (confidence, (score >= threshold) == label)
    });
    fill_bins(confidences, bins)
}

fn fill_bins(rows: impl Iterator<Item = (f64, bool)>, bins: usize) -> Option<Vec<ReliabilityBin>> {
    assert!(bins > 0, "at least one bin");
    let edge = |index: usize| index as f64 / bins as f64;
    let mut sums = vec![(0u64, 0.0f64, 0u64); bins];
    let mut seen = false;
    for (score, outcome) in rows {
        if score.is_nan() {
            return None;
        }
        seen = true;
        // The product may round across an edge: the edges themselves decide.
        let mut bin = ((score * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        if bin > 0 && score <= edge(bin) {
            bin -= 1;
        } else if bin + 1 < bins && score > edge(bin + 1) {
            bin += 1;
        }
        let (count, sum, outcomes) = &mut sums[bin];
        *count += 1;
        *sum += score;
        *outcomes += u64::from(outcome);
    }
    let bin = |(index, (count, sum, outcomes)): (usize, (u64, f64, u64))| ReliabilityBin {
        lower: edge(index),
        upper: edge(index + 1),
        count,
        mean_score: (count > 0).then(|| sum / count as f64),
        observed_rate: (count > 0).then(|| outcomes as f64 / count as f64),
    };
    seen.then(|| sums.into_iter().enumerate().map(bin).collect())
}

/// Expected calibration error `sum_m (n_m / n) |mean score_m - observed rate_m|`, empty bins
/// skipped (Naeini, Cooper & Hauskrecht 2015). `None` where every bin is empty.
pub fn expected_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let rows: u64 = bins.iter().map(|bin| bin.count).sum();
    let weighted = |bin: &ReliabilityBin| Some(bin.count as f64 / rows as f64 * bin.gap()?);
    (rows > 0).then(|| bins.iter().filter_map(weighted).sum())
}

/// Maximum calibration error, the largest gap of a bin that has rows (Naeini, Cooper & Hauskrecht
/// 2015). `None` where every bin is empty.
pub fn maximum_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    bins.iter().filter_map(ReliabilityBin::gap).reduce(f64::max)
}

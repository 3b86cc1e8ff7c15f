//! How well a model does on rows whose labels are not known: confidence-based performance estimation
//! (CBPE; NannyML; Bialek et al. 2024, arXiv 2401.08348). Each row is positive with its calibrated
//! probability, and the metrics are those of the counts to be expected: ratios of expectations. The class
//! is decided by the raw score, as the model decides it.
//!
//! It holds as long as the calibrated probabilities do: what changes the labels of rows whose scores stay
//! the same (concept drift) cannot be seen.

use super::classification::{LOG_LOSS_CLIP, mean_of};
use super::distributions::chi_square_upper;
use super::order::sort_key;

/// What is to be expected of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// Positive rows among those decided so.
    pub true_positives: f64,
    /// Negative rows among those decided to be positive.
    pub false_positives: f64,
    /// Positive rows among those decided to be negative.
    pub false_negatives: f64,
    /// Negative rows among those decided so.
    pub true_negatives: f64,
    /// See [`expected_auc`].
    pub auc: Option<f64>,
    /// Mean cross-entropy of the raw scores, clipped as that of known labels.
    pub log_loss: Option<f64>,
}

impl Expected {
    /// Of raw scores and the probabilities that they stand for.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of(scores: &[f64], calibrated: &[f64], threshold: f64) -> Self {
        assert_eq!(scores.len(), calibrated.len(), "one probability a score");
        let rows = || scores.iter().copied().zip(calibrated.iter().copied());
        let losses = rows().map(|(score, chance)| {
            let clipped = score.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP);
            -(chance * clipped.ln() + (1.0 - chance) * (1.0 - clipped).ln())
        });
        Self {
            auc: expected_auc(scores, calibrated),
            log_loss: mean_of(losses.sum(), scores.len()),
            ..Self::of_decisions(rows().map(|(score, chance)| (score >= threshold, chance)))
        }
    }

    /// The counts of rows, each with whether it is decided to be positive and its chance to be.
    pub(super) fn of_decisions(rows: impl Iterator<Item = (bool, f64)>) -> Self {
        let mut expected = Self::default();
        for (is_positive, chance) in rows {
            let (positive, negative) = if is_positive {
                (&mut expected.true_positives, &mut expected.false_positives)
            } else {
                (&mut expected.false_negatives, &mut expected.true_negatives)
            };
            *positive += chance;
            *negative += 1.0 - chance;
        }
        expected
    }

    /// `(TP + TN) / n`.
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.true_positives + self.true_negatives;
        ratio(right, right + self.false_positives + self.false_negatives)
    }

    /// `2 TP / (2 TP + FP + FN)`.
    pub fn f1(&self) -> Option<f64> {
        let twice = 2.0 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.false_negatives)
    }

    /// `TP / (TP + FP)`.
    pub fn precision(&self) -> Option<f64> {
        ratio(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// `TP / (TP + FN)`.
    pub fn recall(&self) -> Option<f64> {
        ratio(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// `TN / (TN + FP)`.
    pub fn specificity(&self) -> Option<f64> {
        ratio(
            self.true_negatives,
            self.true_negatives + self.false_positives,
        )
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    let ratio = part / whole;
    ratio.is_finite().then_some(ratio)
}

/// The area under the ROC curve of rows each of which stands twice: as a positive of the weight of its
/// probability, and as a negative of the rest; by the raw score, equal scores half. `None` without any
/// weight on one side, or where a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn expected_auc(scores: &[f64], calibrated: &[f64]) -> Option<f64> {
    assert_eq!(scores.len(), calibrated.len(), "one probability a score");
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut rows: Vec<(f64, f64)> = scores
        .iter()
        .copied()
        .zip(calibrated.iter().copied())
        .collect();
    rows.sort_by_key(|(score, _)| sort_key(*score));
    let (mut ordered, mut positives, mut negatives) = (0.0, 0.0, 0.0);
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let chances = tied.iter().map(|(_, chance)| *chance);
        let positive: f64 = chances.clone().sum();
        let negative: f64 = chances.map(|chance| 1.0 - chance).sum();
        ordered += positive * (negatives + 0.5 * negative);
        positives += positive;
        negatives += negative;
    }
    ratio(ordered, positives * negatives)
}

/// Are the labels of some rows what their calibrated probabilities let expect? The p-value of the
/// positives among the rows decided to be positive, and among the others, against their expectations: the
/// sum of two squared z, by chi-square. `None` where every label is certain.
///
/// # Panics
/// If the slices differ in length.
pub fn calibration_p_value(
    labels: &[bool],
    scores: &[f64],
    calibrated: &[f64],
    threshold: f64,
) -> Option<f64> {
    assert_eq!(scores.len(), calibrated.len(), "one probability a score");
    assert_eq!(scores.len(), labels.len(), "one score a label");
    // By decision: positives beyond those expected, and the variance of their number.
    let mut sides = [(0.0, 0.0); 2];
    for ((&label, &score), &chance) in labels.iter().zip(scores).zip(calibrated) {
        let side = &mut sides[usize::from(score >= threshold)];
        side.0 += f64::from(u8::from(label)) - chance;
        side.1 += chance * (1.0 - chance);
    }
    let uncertain = sides.iter().filter(|(_, variance)| *variance > 0.0);
    let squares = uncertain
        .clone()
        .map(|(beyond, variance)| beyond * beyond / variance);
    chi_square_upper(squares.sum(), uncertain.count())
}

//! How well a binary classifier's scores and decisions agree with the labels.

use super::order::sort_key;
use super::rising::Score;

/// The threshold at which a score becomes a decision for class 1.
pub const DECISION_THRESHOLD: f64 = 0.5;

/// Probabilities are clipped to `[1e-15, 1 - 1e-15]` before the logarithm.
pub const LOG_LOSS_CLIP: f64 = 1e-15;

/// Decisions by a threshold: class 1 where `score >= threshold`. A NaN score decides for class 0.
pub fn decide<S: Score>(scores: &[S], threshold: f64) -> Vec<bool> {
    let scores = scores.iter().map(|score| score.value());
    scores.map(|score| score >= threshold).collect()
}

/// How many rows were decided rightly and wrongly, by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Class 1, decided 1.
    pub true_positives: u64,
    /// Class 0, decided 1.
    pub false_positives: u64,
    /// Class 1, decided 0.
    pub false_negatives: u64,
    /// Class 0, decided 0.
    pub true_negatives: u64,
}

impl Confusion {
    /// Counts rows: `labels` and `predicted`, one flag a row (true is class 1).
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn count(labels: &[bool], predicted: &[bool]) -> Self {
        assert_eq!(labels.len(), predicted.len(), "one decision a label");
        let mut counts = Self::default();
        for (&label, &decision) in labels.iter().zip(predicted) {
            counts.add(label, decision);
        }
        counts
    }

    /// Counts one row.
    pub fn add(&mut self, label: bool, predicted: bool) {
        match (label, predicted) {
            (true, true) => self.true_positives += 1,
            (false, true) => self.false_positives += 1,
            (true, false) => self.false_negatives += 1,
            (false, false) => self.true_negatives += 1,
        }
    }

    /// Rows counted.
    pub fn n(&self) -> u64 {
        self.positives() + self.negatives()
    }

    /// Rows of class 1.
    pub fn positives(&self) -> u64 {
        self.true_positives + self.false_negatives
    }

    /// Rows of class 0.
    pub fn negatives(&self) -> u64 {
        self.false_positives + self.true_negatives
    }

    /// Rows decided for class 1.
    pub fn selected(&self) -> u64 {
        self.true_positives + self.false_positives
    }

    /// Share of rows of class 1. `None` without rows.
    pub fn base_rate(&self) -> Option<f64> {
        ratio(self.positives(), self.n())
    }

    /// Share of rows decided for class 1. `None` without rows.
    pub fn selection_rate(&self) -> Option<f64> {
        ratio(self.selected(), self.n())
    }

    /// Share of rows decided rightly. `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.true_positives + self.true_negatives, self.n())
    }

    /// TP / (TP + FN), also recall or sensitivity. `None` without rows of class 1.
    pub fn true_positive_rate(&self) -> Option<f64> {
        ratio(self.true_positives, self.positives())
    }

    /// FP / (FP + TN). `None` without rows of class 0.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(self.false_positives, self.negatives())
    }

    /// TP / (TP + FP), also precision. `None` where nothing was decided for class 1.
    pub fn positive_predictive_value(&self) -> Option<f64> {
        ratio(self.true_positives, self.selected())
    }

    /// TN / (TN + FN). `None` where nothing was decided for class 0.
    pub fn negative_predictive_value(&self) -> Option<f64> {
        let decided = self.true_negatives + self.false_negatives;
        ratio(self.true_negatives, decided)
    }

    /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall (van Rijsbergen 1979).
    /// `None` where neither a label nor a decision is 1.
    pub fn f1(&self) -> Option<f64> {
        let twice = 2 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.false_negatives)
    }
}

pub(super) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Area under the ROC curve: the chance that a random row of class 1 scores above a random row of
/// class 0, ties counting one half (Mann & Whitney 1947; Hanley & McNeil 1982). Pairs are counted
/// in integers, so only the last division rounds. `None` where a class has no row or a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn auc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut rows: Vec<(u64, bool)> = scores
        .iter()
        .zip(labels)
        .map(|(&score, &label)| (sort_key(score), label))
        .collect();
    rows.sort_unstable_by_key(|&(key, _)| key);
    let mut pairs = PairCount::default();
    for (key, label) in rows {
        pairs.add(key, label);
    }
    pairs.auc()
}

/// Pairs of rows (class 1, class 0) in the right order, counted while rows arrive by rising score.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PairCount {
    key: u64,
    tied_positives: u64,
    tied_negatives: u64,
    positives: u64,
    negatives: u64,
    twice_ordered: u128,
    /// By row of either class: twice the rows of the other class below it, a tie counting one half.
    squares: [u128; 2],
    /// The sum of the same over the rows of class 0; that over class 1 is `twice_ordered`.
    twice_below_negatives: u128,
}

impl PairCount {
    /// Takes the next row; `key` must not fall.
    pub(super) fn add(&mut self, key: u64, label: bool) {
        if key != self.key {
            self.close_tie();
            self.key = key;
        }
        if label {
            self.tied_positives += 1;
        } else {
            self.tied_negatives += 1;
        }
    }

    fn close_tie(&mut self) {
        let below = u128::from(2 * self.negatives + self.tied_negatives);
        let positives_below = u128::from(2 * self.positives + self.tied_positives);
        let (tied_negatives, tied_positives) = (
            u128::from(self.tied_negatives),
            u128::from(self.tied_positives),
        );
        self.twice_ordered += tied_positives * below;
        self.twice_below_negatives += tied_negatives * positives_below;
        self.squares[0] += tied_negatives * positives_below * positives_below;
        self.squares[1] += tied_positives * below * below;
        self.positives += self.tied_positives;
        self.negatives += self.tied_negatives;
        self.tied_positives = 0;
        self.tied_negatives = 0;
    }

    pub(super) fn auc(mut self) -> Option<f64> {
        self.close_tie();
        let twice_all = 2 * u128::from(self.positives) * u128::from(self.negatives);
        (twice_all > 0).then(|| self.twice_ordered as f64 / twice_all as f64)
    }

    /// As [`auc_standard_error`](super::standard_error::auc_standard_error), from sums alone.
    pub(super) fn standard_error(mut self) -> Option<f64> {
        self.close_tie();
        // The variance of a mean of so many values, from their sum and that of their squares.
        let of_mean = |count: u64, sum: u128, squares: u128| {
            let n = u128::from(count);
            let spread = n * squares - sum * sum;
            spread as f64 / (n * n * (n - 1)) as f64
        };
        let (m, n) = (self.positives, self.negatives);
        if m < 2 || n < 2 {
            return None;
        }
        let [of_negatives, of_positives] = self.squares;
        let of_positives = of_mean(m, self.twice_ordered, of_positives).sqrt() / (2.0 * n as f64);
        let of_negatives =
            of_mean(n, self.twice_below_negatives, of_negatives).sqrt() / (2.0 * m as f64);
        Some(of_positives.hypot(of_negatives))
    }
}

/// Cross-entropy of one row in nats, with the probability clipped by [`LOG_LOSS_CLIP`].
pub fn log_loss_of(label: bool, score: f64) -> f64 {
    let clipped = score.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP);
    if label {
        -clipped.ln()
    } else {
        -(1.0 - clipped).ln()
    }
}

/// Mean cross-entropy in nats, `-mean(y ln p + (1 - y) ln(1 - p))` (Good 1952), summed in row
/// order. `None` without rows or where a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn log_loss(labels: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let sum: f64 = labels
        .iter()
        .zip(scores)
        .map(|(&label, &score)| log_loss_of(label, score))
        .sum();
    mean_of(sum, labels.len())
}

/// Rows whose class has a probability of 0, or nearly so: there the clip decides what the log loss is.
///
/// # Panics
/// If the slices differ in length.
pub fn clipped_rows(labels: &[bool], scores: &[f64]) -> usize {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let rows = labels.iter().zip(scores);
    rows.filter(|(label, score)| {
        let of_class = if **label { **score } else { 1.0 - **score };
        of_class < LOG_LOSS_CLIP
    })
    .count()
}

/// Share of rows whose decision differs between two runs of a model. `None` without rows.
///
/// # Panics
/// If the slices differ in length.
pub fn flip_rate(before: &[bool], after: &[bool]) -> Option<f64> {
    assert_eq!(before.len(), after.len(), "the same rows twice");
    let flips = before.iter().zip(after).filter(|(a, b)| a != b).count();
    mean_of(flips as f64, before.len())
}

/// Mean of `|after - before|` over the rows, in units of probability. `None` without rows or where
/// a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn mean_absolute_change(before: &[f64], after: &[f64]) -> Option<f64> {
    assert_eq!(before.len(), after.len(), "the same rows twice");
    let sum: f64 = before.iter().zip(after).map(|(a, b)| (b - a).abs()).sum();
    mean_of(sum, before.len())
}

pub(super) fn mean_of(sum: f64, rows: usize) -> Option<f64> {
    (rows > 0 && !sum.is_nan()).then(|| sum / rows as f64)
}

/// The four metrics that every dimension reports of a classifier; of several classes see
/// [`multi_class::performance`](super::multi_class::performance).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Performance {
    /// See [`auc`].
    pub auc: Option<f64>,
    /// See [`Confusion::accuracy`].
    pub accuracy: Option<f64>,
    /// See [`Confusion::f1`].
    pub f1: Option<f64>,
    /// See [`log_loss`].
    pub log_loss: Option<f64>,
}

impl Performance {
    /// Measures scores (probabilities of class 1) against labels; decisions by `threshold`.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn measure(labels: &[bool], scores: &[f64], threshold: f64) -> Self {
        let mut counts = Confusion::default();
        for (&label, &score) in labels.iter().zip(scores) {
            counts.add(label, score >= threshold);
        }
        Self {
            auc: auc(labels, scores),
            accuracy: counts.accuracy(),
            f1: counts.f1(),
            log_loss: log_loss(labels, scores),
        }
    }
}

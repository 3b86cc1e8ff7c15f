//! How sure the metrics of a classifier are, by closed forms: no rows are drawn again. Two tables
//! of different rows vary independently of each other.

use super::classification::{Confusion, log_loss_of};
use super::order::sort_key;

/// The 97.5% quantile of the normal distribution.
const Z_975: f64 = 1.959_963_984_540_054;

/// Standard errors of the metrics of a [`Performance`](super::classification::Performance); `None` where one is undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StandardErrors {
    /// See [`auc_standard_error`].
    pub auc: Option<f64>,
    /// `sqrt(a (1 - a) / n)`.
    pub accuracy: Option<f64>,
    /// See [`f1_standard_error`].
    pub f1: Option<f64>,
    /// Sample standard deviation (ddof 1) of the rows' losses over the root of their number.
    pub log_loss: Option<f64>,
}

impl StandardErrors {
    /// Of the metrics that [`Performance::measure`](super::classification::Performance::measure) gives for the same rows.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn measure(labels: &[bool], scores: &[f64], threshold: f64) -> Self {
        assert_eq!(labels.len(), scores.len(), "one score a label");
        let mut counts = Confusion::default();
        for (&label, &score) in labels.iter().zip(scores) {
            counts.add(label, score >= threshold);
        }
        let n = labels.len() as f64;
        Self {
            auc: auc_standard_error(labels, scores),
            accuracy: counts.accuracy().map(|a| (a * (1.0 - a) / n).sqrt()),
            f1: f1_standard_error(&counts),
            log_loss: mean_standard_error(
                labels.iter().zip(scores).map(|(l, s)| log_loss_of(*l, *s)),
            ),
        }
    }
}

/// The 95% interval of the change from one metric to another that is measured on other rows:
/// `now - before -+ 1.96 sqrt(error_now^2 + error_before^2)`.
pub fn change_interval(now: (f64, f64), before: (f64, f64)) -> (f64, f64) {
    let change = now.0 - before.0;
    let half = Z_975 * now.1.hypot(before.1);
    (change - half, change + half)
}

/// The 95% interval of the ratio of two independent quantities, each with its standard error, by
/// the delta method. `None` where the second is 0.
pub fn ratio_interval(upper: (f64, f64), lower: (f64, f64)) -> Option<(f64, f64)> {
    let ratio = upper.0 / lower.0;
    let half = Z_975 * upper.1.hypot(ratio * lower.1) / lower.0.abs();
    (lower.0 != 0.0).then_some((ratio - half, ratio + half))
}

/// Standard error of the area under the ROC curve (DeLong, DeLong & Clarke-Pearson 1988): from the
/// sample variances of each row's share of the other class that it is ordered rightly against, ties
/// counting one half. `None` where a class has fewer than two rows or a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn auc_standard_error(labels: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let positives = labels.iter().filter(|label| **label).count();
    let negatives = labels.len() - positives;
    if positives < 2 || negatives < 2 || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let keyed = scores.iter().zip(labels);
    let mut rows: Vec<(u64, bool)> = keyed.map(|(s, label)| (sort_key(*s), *label)).collect();
    rows.sort_unstable();
    let (mut of_positives, mut of_negatives) = (Moments::default(), Moments::default());
    let (mut positives_below, mut negatives_below) = (0, 0);
    for tie in rows.chunk_by(|a, b| a.0 == b.0) {
        let tied_positives = tie.iter().filter(|row| row.1).count();
        let tied_negatives = tie.len() - tied_positives;
        let half = tied_negatives as f64 / 2.0;
        let share = (negatives_below as f64 + half) / negatives as f64;
        of_positives.add(share, tied_positives);
        positives_below += tied_positives;
        negatives_below += tied_negatives;
        let half = tied_positives as f64 / 2.0;
        let above = (positives - positives_below) as f64;
        of_negatives.add((above + half) / positives as f64, tied_negatives);
    }
    let variance =
        of_positives.variance() / positives as f64 + of_negatives.variance() / negatives as f64;
    Some(variance.sqrt())
}

/// Sums for a sample variance of values between 0 and 1.
#[derive(Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64, times: usize) {
        let times = times as f64;
        self.count += times;
        self.sum += times * value;
        self.squares += times * value * value;
    }

    fn variance(&self) -> f64 {
        let centred = self.squares - self.sum * self.sum / self.count;
        (centred / (self.count - 1.0)).max(0.0)
    }
}

/// Standard error of F1 = 2a / (2a + e) with the shares a of true positives and e of errors, by the
/// delta method on multinomial counts: `sqrt(4 a e (a + e) / n) / (2a + e)^2`. `None` where F1 is.
pub fn f1_standard_error(counts: &Confusion) -> Option<f64> {
    let n = counts.n() as f64;
    let a = counts.true_positives as f64 / n;
    let e = (counts.false_positives + counts.false_negatives) as f64 / n;
    let error = (4.0 * a * e * (a + e) / n).sqrt() / (2.0 * a + e).powi(2);
    counts.f1().map(|_| error)
}

/// Standard error of the mean of `values`. `None` of fewer than two, or where it is not finite.
pub fn mean_standard_error(values: impl Iterator<Item = f64>) -> Option<f64> {
    // Welford 1962: one pass, without cancellation.
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    let error = (squares / (count - 1.0) / count).sqrt();
    (count > 1.0 && error.is_finite()).then_some(error)
}

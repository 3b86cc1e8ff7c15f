//! How sure the metrics of a model are, by closed forms: no rows are drawn again. Two tables of
//! different rows vary independently of each other.
//!
//! Where a metric is no mean over the rows, its error is that of the mean of its rows' [influence].
//!
//! [influence]: super::influence

use super::bootstrap::Interval;
use super::classification::{Confusion, LOG_LOSS_CLIP, log_loss_of};
use super::distributions::two_sided_p_value;
use super::influence::{Influence, macro_f1_rows, r_squared_rows, root_mean_squared_error_rows};
use super::multi_class;
use super::order::sort_key;

/// The 97.5% quantile of the normal distribution.
pub(super) const Z_975: f64 = 1.959_963_984_540_054;

/// Standard errors of the metrics of a [`Performance`](super::classification::Performance); `None`
/// where one is undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassifierErrors {
    /// See [`auc_standard_error`] and [`macro_auc_standard_error`].
    pub auc: Option<f64>,
    /// `sqrt(a (1 - a) / n)`.
    pub accuracy: Option<f64>,
    /// See [`f1_standard_error`] and [`macro_f1_standard_error`].
    pub f1: Option<f64>,
    /// See [`mean_standard_error`] of the rows' losses.
    pub log_loss: Option<f64>,
}

impl ClassifierErrors {
    /// Of the metrics that [`Performance::measure`](super::classification::Performance::measure)
    /// gives for the same rows.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of_two(labels: &[bool], scores: &[f64], threshold: f64) -> Self {
        assert_eq!(labels.len(), scores.len(), "one score a label");
        let mut counts = Confusion::default();
        for (&label, &score) in labels.iter().zip(scores) {
            counts.add(label, score >= threshold);
        }
        let losses = labels.iter().zip(scores).map(|(l, s)| log_loss_of(*l, *s));
        Self {
            auc: auc_standard_error(labels, scores),
            accuracy: share_standard_error(counts.accuracy(), labels.len()),
            f1: f1_standard_error(&counts),
            log_loss: mean_standard_error(losses),
        }
    }

    /// Of the metrics that [`multi_class::performance`] gives for the same rows.
    ///
    /// # Panics
    /// If the shapes differ or `classes` is 0.
    pub fn of_several(labels: &[usize], scores: &[f64], classes: usize) -> Self {
        let decisions = multi_class::decide(scores, classes);
        let counts = multi_class::Confusion::count(labels, &decisions, classes);
        let rows = scores.chunks_exact(classes).zip(labels);
        let losses =
            rows.map(|(row, label)| -row[*label].clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP).ln());
        Self {
            auc: macro_auc_standard_error(labels, scores, classes),
            accuracy: share_standard_error(counts.accuracy(), labels.len()),
            f1: macro_f1_standard_error(labels, &decisions, classes),
            log_loss: mean_standard_error(losses),
        }
    }
}

fn share_standard_error(share: Option<f64>, rows: usize) -> Option<f64> {
    share.map(|a| (a * (1.0 - a) / rows as f64).sqrt())
}

/// Standard errors of RMSE, MAE and R2 of predicted numbers, by the influence of each row. `None` of fewer
/// than two rows, where the metric is, and where there is no error at all.
///
/// # Panics
/// If the slices differ in length.
pub fn numbers_standard_errors(outcomes: &[f64], predicted: &[f64]) -> [Option<f64>; 3] {
    let absolute = outcomes.iter().zip(predicted).map(|(y, f)| (y - f).abs());
    [
        root_mean_squared_error_rows(outcomes, predicted).and_then(mean_standard_error),
        mean_standard_error(absolute),
        r_squared_rows(outcomes, predicted).and_then(mean_standard_error),
    ]
}

/// The 95% interval of a metric with its standard error, by the normal distribution.
pub fn around((value, error): (f64, f64)) -> Interval {
    Interval {
        low: value - Z_975 * error,
        high: value + Z_975 * error,
    }
}

/// The 95% interval of the change from one metric to another that is measured on other rows:
/// `now - before -+ 1.96 sqrt(error_now^2 + error_before^2)`.
pub fn change_interval(now: (f64, f64), before: (f64, f64)) -> (f64, f64) {
    let change = now.0 - before.0;
    let half = Z_975 * now.1.hypot(before.1);
    (change - half, change + half)
}

/// Has a metric changed, measured on other rows? The two-sided p-value of the z-test that
/// [`change_interval`] belongs to. `None` where one of them is not a number.
pub fn change_p_value(now: (f64, f64), before: (f64, f64)) -> Option<f64> {
    let (change, error) = (now.0 - before.0, now.1.hypot(before.1));
    if change.is_nan() || error.is_nan() {
        return None;
    }
    // Nothing varies: what is the same is no change, and what differs is one.
    if error == 0.0 {
        return Some(f64::from(u8::from(change == 0.0)));
    }
    Some(two_sided_p_value(change / error))
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
    let shares = ordered_shares(labels, scores)?;
    let of = |class: bool| {
        let rows = labels.iter().zip(&shares);
        mean_standard_error(rows.filter(|(l, _)| **l == class).map(|(_, share)| *share))
    };
    Some(of(true)?.hypot(of(false)?))
}

/// Standard error of [`multi_class::macro_auc`], by the influence of each row on it. `None` where a class has no row or a score is NaN.
///
/// # Panics
/// If the shapes differ.
pub fn macro_auc_standard_error(labels: &[usize], scores: &[f64], classes: usize) -> Option<f64> {
    let influence = Influence::of_macro_auc(labels, scores, classes)?;
    mean_standard_error(influence.rows.into_iter())
}

/// By row: the share of the rows of the other class that it is ordered rightly against, ties counting
/// one half. `None` where a class has no rows or a score is NaN.
pub(super) fn ordered_shares(labels: &[bool], scores: &[f64]) -> Option<Vec<f64>> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let positives = labels.iter().filter(|label| **label).count();
    let negatives = labels.len() - positives;
    if positives == 0 || negatives == 0 || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let keys = scores.iter().map(|score| sort_key(*score));
    let mut rows: Vec<(u64, u32)> = keys.zip(0..).collect();
    rows.sort_unstable();
    let mut shares = vec![0.0; labels.len()];
    let (mut positives_below, mut negatives_below) = (0, 0);
    for tie in rows.chunk_by(|a, b| a.0 == b.0) {
        let tied = tie.iter().filter(|row| labels[row.1 as usize]).count();
        let (tied_positives, tied_negatives) = (tied as f64, (tie.len() - tied) as f64);
        let of_positive = (f64::from(negatives_below) + tied_negatives / 2.0) / negatives as f64;
        let above = positives as f64 - f64::from(positives_below) - tied_positives;
        let of_negative = (above + tied_positives / 2.0) / positives as f64;
        for (_, row) in tie {
            let row = *row as usize;
            shares[row] = if labels[row] {
                of_positive
            } else {
                of_negative
            };
        }
        positives_below += tied as u32;
        negatives_below += (tie.len() - tied) as u32;
    }
    Some(shares)
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

/// Standard error of [`multi_class::Confusion::macro_f1`], by the influence of each row. `None` where no
/// class occurs, or of fewer than two rows.
///
/// # Panics
/// If the slices differ in length or hold an index that is not below `classes`.
pub fn macro_f1_standard_error(
    labels: &[usize],
    decisions: &[usize],
    classes: usize,
) -> Option<f64> {
    mean_standard_error(macro_f1_rows(labels, decisions, classes))
}

/// Standard error of the mean of `values`: sample standard deviation (ddof 1) over the root of their
/// number. `None` of fewer than two, or where it is not finite.
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

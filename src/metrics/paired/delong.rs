//! The difference of two AUCs on the same rows (DeLong, DeLong & Clarke-Pearson 1988; by ranks, Sun &
//! Xu 2014): from what each row adds to it.

use super::change::{Change, Spread};
use super::means::influence_change;
use crate::metrics::influence::Influence;
use crate::metrics::standard_error::{mean_standard_error, ordered_shares};

/// The change of the AUC from the baseline's scores to the candidate's. The variance is that of each
/// row's share of the other class that it is ordered rightly against, candidate less baseline, with
/// divisors m - 1 and n - 1; ties count one half. `None` where a class has fewer than two rows or a
/// score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn auc_change(labels: &[bool], baseline: &[f64], candidate: &[f64]) -> Option<Change> {
    let was = ordered_shares(labels, baseline)?;
    let now = ordered_shares(labels, candidate)?;
    let of = |shares: &[f64], class: bool| {
        let rows = labels.iter().zip(shares).filter(|(l, _)| **l == class);
        rows.map(|(_, share)| *share).collect::<Vec<f64>>()
    };
    let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
    let error = |class: bool| {
        let rows = of(&was, class).into_iter().zip(of(&now, class));
        mean_standard_error(rows.map(|(was, now)| now - was))
    };
    let error = error(true)?.hypot(error(false)?);
    let (was, now) = (mean(&of(&was, true)), mean(&of(&now, true)));
    Some(Change::of(was, now, Spread::Normal { error }))
}

/// The same of the macro AUC of several classes against the rest, by the influence of each row on it.
///
/// # Panics
/// If the shapes differ.
pub fn macro_auc_change(
    labels: &[usize],
    (baseline, candidate): (&[f64], &[f64]),
    classes: usize,
) -> Option<Change> {
    let was = Influence::of_macro_auc(labels, baseline, classes)?;
    let now = Influence::of_macro_auc(labels, candidate, classes)?;
    influence_change(&was, &now)
}

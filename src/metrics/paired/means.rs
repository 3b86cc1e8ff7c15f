//! The paired t-test (Student 1908) of something that is known of each row, such as its loss; and the like
//! of any metric, by how each row moves it.

use super::change::{Change, Spread};
use crate::metrics::influence::Influence;
use crate::metrics::standard_error::mean_standard_error;

/// The change of the mean: with the standard deviation of the differences (ddof 1) and n - 1 degrees of
/// freedom. `None` of fewer than two rows, or where a value is not finite.
///
/// # Panics
/// If the slices differ in length.
pub fn mean_change(baseline: &[f64], candidate: &[f64]) -> Option<Change> {
    assert_eq!(baseline.len(), candidate.len(), "the same rows twice");
    let n = baseline.len() as f64;
    let rows = baseline.iter().zip(candidate);
    let error = mean_standard_error(rows.map(|(was, now)| now - was))?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let degrees = n - 1.0;
    let spread = Spread::Student { error, degrees };
    Some(Change::of(mean(baseline), mean(candidate), spread))
}

/// The change of any metric, by its influences for the same rows. `None` of fewer than two rows, or where a
/// value is not finite.
///
/// # Panics
/// If they are of different rows.
pub fn influence_change(baseline: &Influence, candidate: &Influence) -> Option<Change> {
    let (was, now) = (&baseline.rows, &candidate.rows);
    assert_eq!(was.len(), now.len(), "the same rows twice");
    let error = mean_standard_error(was.iter().zip(now).map(|(was, now)| now - was))?;
    let spread = Spread::Normal { error };
    Some(Change::of(baseline.value, candidate.value, spread))
}

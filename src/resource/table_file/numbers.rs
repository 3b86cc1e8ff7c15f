//! Numbers of a column, once they are read: those that stand for missing ones, and those that feed an
//! input of whole numbers.

use crate::resource::reading::Reading;
use crate::vocabulary::Problem;

/// Whole numbers beyond this are not told apart as f64.
const LARGEST_EXACT: f64 = ((1_u64 << 53) - 1) as f64;

/// Takes numbers that stand for missing ones for that.
pub(super) fn forget(values: &mut [f64], missing: &[f64]) {
    if missing.is_empty() {
        return;
    }
    for value in values {
        if missing.contains(value) {
            *value = f64::NAN;
        }
    }
}

/// That all of a column's numbers can be taken as whole ones, where they are to be.
///
/// `first_row` is which row of the file the first value is of.
pub(super) fn check(
    name: &str,
    values: &[f64],
    reading: Reading,
    first_row: usize,
) -> Result<(), Problem> {
    if !reading.is_whole() {
        return Ok(());
    }
    let is_whole = |value: f64| value.fract() == 0.0 && value.abs() <= LARGEST_EXACT;
    let Some(row) = values.iter().position(|v| !v.is_nan() && !is_whole(*v)) else {
        return Ok(());
    };
    let (value, row) = (values[row], first_row + row);
    let (why, remedy) = if value.fract() == 0.0 {
        (
            "whole numbers beyond 2^53 are not told apart here",
            "feed such keys as texts, or leave them out",
        )
    } else {
        (
            "the model takes whole numbers there",
            "round it as for training, or export the model with an input of floats",
        )
    };
    let cause =
        format!("the column `{name}` holds {value} in row {row} (counted from 0), and {why}");
    Err(Problem::new(cause)
        .in_column(name)
        .in_row(row)
        .remedy(remedy))
}

//! Ensembles over few columns: all that is known of a row fits one vector register, a byte a column,
//! so that one instruction picks out what seven branches ask for. Three levels of a tree are passed
//! at a leap.
//!
//! A number becomes its rank among the thresholds of its column. A category stays one byte, whatever
//! the number of columns that it stands for.

mod forest;
mod kernel;
mod pack;
mod rows;

pub(super) use forest::Leaps;

use super::row_by_row;
use crate::inference::native::parts::Part;
use crate::inference::native::tensor::Failure;
use rows::Rows;

/// What is known of a row, a byte a list.
pub(super) const LISTS: usize = 16;
/// Rows that leap side by side.
const LANES: usize = 12;

/// Sums for all rows, row by row.
pub(super) fn sums(
    leaps: &Leaps,
    parts: &[Part<'_>],
    rows: usize,
    targets: usize,
) -> Result<Vec<f32>, Failure> {
    let known = Rows::of(parts, rows, leaps)?;
    // A group's sums are kept target by target.
    let mut sums = vec![[0.0; LANES]; known.groups().len() * targets];
    kernel::add_trees(leaps, &known, &mut sums, targets);
    Ok(row_by_row(&sums, targets, rows))
}

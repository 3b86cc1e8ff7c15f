//! Ensembles over few columns: all that is known of a row fits one vector register, a byte a column,
//! so that one instruction picks out what seven branches compare: a wide node, which is three levels
//! of a tree and leads on in eight ways.
//!
//! A number becomes its bin. A category stays one byte, whatever
//! the number of columns that it stands for.

mod forest;
mod kernel;
mod pack;
mod rows;

pub(super) use forest::MultiwayForest;

use super::groups::row_by_row;
use crate::inference::native::parts::Part;
use crate::inference::native::tensor::Failure;
use rows::Rows;

/// Bytes that are known of a row.
pub(super) const ROW_BYTES: usize = 16;
/// Rows that walk side by side.
const LANES: usize = 12;

/// Sums for all rows, row by row.
pub(super) fn sums(
    forest: &MultiwayForest,
    parts: &[Part<'_>],
    rows: usize,
    targets: usize,
) -> Result<Vec<f32>, Failure> {
    let known = Rows::of(parts, rows, forest)?;
    // A group's sums are kept target by target.
    let mut sums = vec![[0.0; LANES]; known.groups().len() * targets];
    kernel::add_trees(forest, &known, &mut sums, targets);
    Ok(row_by_row(&sums, targets, rows))
}

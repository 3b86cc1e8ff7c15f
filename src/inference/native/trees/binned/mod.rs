//! Ensembles whose columns are compared with few different thresholds, as boosted trees over bins
//! are, and forests over categories and small numbers: a value becomes its bin, a single
//! byte, and everything about it fits the nearest cache.

mod bottom_up;
mod complete;
mod forest;
mod kernel;
mod pack;
mod rows;
mod small_tree;

pub(super) use forest::BinnedForest;

use super::binning::VALUES;
use super::groups::row_by_row;
use crate::inference::native::parts::Part;
use rows::BinnedRows;

/// Rows of a group.
const LANES: usize = VALUES;
/// Exits of a top: they are counted in a byte.
const MOST_EXITS: usize = 1 << 8;

/// A bin or an outcome of each row of a group, in a cache line of its own.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Rows([u8; LANES]);

/// Sums for all rows, row by row.
pub(super) fn sums(
    forest: &BinnedForest,
    parts: &[Part<'_>],
    rows: usize,
    targets: usize,
) -> Vec<f32> {
    let bins = BinnedRows::of(parts, rows, &forest.binning, &forest.lists);
    // A group's sums are kept target by target.
    let mut sums = vec![[0.0; LANES]; bins.count() * targets];
    kernel::add_trees(forest, &bins, &mut sums, targets);
    row_by_row(&sums, targets, rows)
}

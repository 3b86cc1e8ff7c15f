//! Ensembles whose columns are compared with few different thresholds, as boosted trees over bins
//! are, and forests over categories and small numbers: a value becomes its rank among them, a
//! single byte, and everything about it fits the nearest cache.

mod forest;
mod kernel;
mod levels;
mod pack;
mod questions;
mod ranks;
mod sketch;

pub(super) use forest::Ranked;

use super::cuts::VALUES;
use super::row_by_row;
use crate::inference::native::parts::Part;
use ranks::Ranks;

/// Rows of a group.
const LANES: usize = VALUES;
/// Exits of a top: they are counted in a byte.
const MOST_EXITS: usize = 1 << 8;

/// A rank or an outcome of each row of a group, in a cache line of its own.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Rows([u8; LANES]);

/// Sums for all rows, row by row.
pub(super) fn sums(ranked: &Ranked, parts: &[Part<'_>], rows: usize, targets: usize) -> Vec<f32> {
    let ranks = Ranks::of(parts, rows, &ranked.cuts, &ranked.lists);
    // A group's sums are kept target by target.
    let mut sums = vec![[0.0; LANES]; ranks.count() * targets];
    kernel::add_trees(ranked, &ranks, &mut sums, targets);
    row_by_row(&sums, targets, rows)
}

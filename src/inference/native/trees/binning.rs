//! Values in bins, whose edges are the thresholds of their column: a value's bin is the number of
//! thresholds that it exceeds.
//!
//! A comparison with a threshold is one of bins, and these are single bytes, so that a vector
//! register holds many of them. A column with more thresholds than a byte counts has several
//! searches, and a bin in each.

use super::branch::{View, Views};
use crate::inference::native::footprint;

/// Thresholds of a search: even, so that they can be halved.
pub(super) const MOST_EDGES: usize = 254;
/// A search looks at the last thresholds of blocks first, and then into one of the blocks.
pub(super) const BLOCK: usize = 16;
/// Values that are searched together.
pub(super) const VALUES: usize = 64;

/// The thresholds of all columns, which are the edges of their bins.
#[derive(Debug)]
pub(super) struct Binning {
    searches: Vec<Search>,
    /// Of each search, whole blocks, sorted; what is left of the last is infinite.
    blocks: Vec<[f32; BLOCK]>,
    /// Of each search, the last thresholds of its blocks; infinity where there are no more.
    lasts: Vec<[f32; BLOCK]>,
}

/// Thresholds of one column that are searched together.
#[derive(Debug)]
struct Search {
    view: View,
    first_block: u32,
    count: u8,
}

/// A threshold as the edge of a bin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) search: u32,
    /// Values in higher bins than this exceed it.
    pub(super) bin: u8,
}

/// Gathers the thresholds of branches, which may repeat.
#[derive(Debug, Default)]
pub(super) struct BinningBuilder {
    views: Views,
    /// By place of the view: thresholds as [`sortable`] bits, and below them their branches.
    thresholds: Vec<Vec<u64>>,
}

/// Bits that sort as the numbers do.
fn sortable(number: f32) -> u32 {
    let bits = number.to_bits();
    bits ^ (((bits.cast_signed() >> 31).cast_unsigned()) | 1 << 31)
}

fn threshold_of(entry: u64) -> f32 {
    let bits = (entry >> 32) as u32;
    f32::from_bits(bits ^ ((!bits.cast_signed() >> 31).cast_unsigned() | 1 << 31))
}

/// Runs of equal thresholds, of sorted entries; the two zeros are equal.
fn runs(entries: &[u64]) -> impl Iterator<Item = &[u64]> {
    entries.chunk_by(|a, b| threshold_of(*a) == threshold_of(*b))
}

impl BinningBuilder {
    pub(super) fn add(&mut self, view: View, threshold: f32, branch: u32) {
        let place = self.views.place(view);
        if place == self.thresholds.len() {
            self.thresholds.push(Vec::new());
        }
        let entry = u64::from(sortable(threshold)) << 32 | u64::from(branch);
        self.thresholds[place].push(entry);
    }

    /// Views that were added.
    pub(super) fn views(&self) -> usize {
        self.views.all.len()
    }

    fn sort(&mut self) {
        for entries in &mut self.thresholds {
            entries.sort_unstable();
        }
    }

    /// Lists of so many thresholds that each column needs; a column is there twice where branches
    /// differ about missing values.
    pub(super) fn lists(&mut self, most: usize) -> impl ExactSizeIterator<Item = usize> {
        self.sort();
        let lists = move |entries: &Vec<u64>| runs(entries).count().div_ceil(most);
        self.thresholds.iter().map(lists)
    }

    /// The binning, and for each of so many nodes the edge that its threshold is.
    pub(super) fn build(mut self, nodes: usize) -> (Binning, Vec<Edge>) {
        self.sort();
        let mut binning = Binning {
            searches: Vec::new(),
            blocks: Vec::new(),
            lasts: Vec::new(),
        };
        let mut places = vec![Edge { search: 0, bin: 0 }; nodes];
        let mut sorted: Vec<_> = self.views.all.iter().zip(&self.thresholds).collect();
        sorted.sort_unstable_by_key(|(view, _)| (view.column, view.nan_is_least));
        for (view, entries) in sorted {
            let first = binning.searches.len();
            let mut thresholds = Vec::new();
            for run in runs(entries) {
                let place = thresholds.len();
                let edge = Edge {
                    search: (first + place / MOST_EDGES) as u32,
                    bin: (place % MOST_EDGES) as u8,
                };
                for entry in run {
                    places[*entry as u32 as usize] = edge;
                }
                thresholds.push(threshold_of(run[0]));
            }
            for thresholds in thresholds.chunks(MOST_EDGES) {
                binning.add(*view, thresholds);
            }
        }
        binning.searches.shrink_to_fit();
        binning.blocks.shrink_to_fit();
        binning.lasts.shrink_to_fit();
        (binning, places)
    }
}

impl Binning {
    fn add(&mut self, view: View, thresholds: &[f32]) {
        self.searches.push(Search {
            view,
            first_block: self.blocks.len() as u32,
            count: thresholds.len() as u8,
        });
        let mut lasts = [f32::INFINITY; BLOCK];
        for (thresholds, last) in thresholds.chunks(BLOCK).zip(&mut lasts) {
            let mut block = [f32::INFINITY; BLOCK];
            block[..thresholds.len()].copy_from_slice(thresholds);
            *last = block[BLOCK - 1];
            self.blocks.push(block);
        }
        self.lasts.push(lasts);
    }

    fn thresholds(&self, search: &Search) -> &[f32] {
        &self.blocks[search.first_block as usize..].as_flattened()[..usize::from(search.count)]
    }

    /// The columns of all searches, from left to right; those of one column lie together.
    pub(super) fn columns(&self) -> impl ExactSizeIterator<Item = usize> {
        self.searches
            .iter()
            .map(|search| search.view.column as usize)
    }

    /// Thresholds of each search.
    pub(super) fn counts(&self) -> impl ExactSizeIterator<Item = u8> {
        self.searches.iter().map(|search| search.count)
    }

    /// The bin of a value in a search.
    pub(super) fn bin(&self, search: usize, value: f32) -> u8 {
        let search = &self.searches[search];
        let value = search.view.of(value);
        self.thresholds(search)
            .partition_point(|edge| value > *edge || value.is_nan()) as u8
    }

    /// The bins of values in a search; `exceeded` counts the thresholds of a block that a value
    /// exceeds.
    #[allow(
        clippy::inline_always,
        reason = "the same code for several kinds of registers"
    )]
    #[inline(always)]
    pub(super) fn bins(
        &self,
        search: usize,
        values: &[f32; VALUES],
        exceeded: impl Fn(&[f32; BLOCK], f32) -> u8,
    ) -> [u8; VALUES] {
        let lasts = &self.lasts[search];
        let search = &self.searches[search];
        let count = usize::from(search.count);
        let blocks = &self.blocks[search.first_block as usize..][..count.div_ceil(BLOCK)];
        let mut places = [0_u8; VALUES];
        // No value needs to exceed the last of all.
        for last in &lasts[..blocks.len() - 1] {
            for (place, value) in places.iter_mut().zip(values) {
                *place += u8::from(*value > *last);
            }
        }
        let mut bins = [0_u8; VALUES];
        for ((bin, value), place) in bins.iter_mut().zip(values).zip(places) {
            let block = &blocks[usize::from(place)];
            *bin = place * BLOCK as u8 + exceeded(block, *value);
        }
        // A comparison with what is not a number fails.
        if values.iter().fold(false, |any, value| any | value.is_nan()) {
            let of_nan = if search.view.nan_is_least {
                0
            } else {
                search.count
            };
            for (bin, value) in bins.iter_mut().zip(values) {
                *bin = if value.is_nan() { of_nan } else { *bin };
            }
        }
        bins
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.searches)
            + footprint::list(&self.blocks)
            + footprint::list(&self.lasts)
    }
}

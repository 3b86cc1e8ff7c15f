//! Values as ranks: how many of the thresholds of its column a value exceeds.
//!
//! A comparison with a threshold is one with its rank, and ranks are single bytes, so that a vector
//! register holds those of many rows. They stay below 128, where bytes with and without a sign are
//! the same: vectors compare the one kind, scalars the other. A column with more thresholds has
//! several lists of them, and a rank in each.

use super::{LANES, Rows};
use crate::inference::native::footprint;
use crate::inference::native::trees::branch::{View, Views};

/// Thresholds of a list.
const MOST: usize = 127;
/// Lists that are searched together: their thresholds are counted in a byte.
const LISTS: usize = 2;
/// A search looks at the last thresholds of blocks first, and then into one of the blocks.
pub(super) const BLOCK: usize = 16;

/// The thresholds of all columns.
#[derive(Debug)]
pub(super) struct Cuts {
    searches: Vec<Search>,
    /// Of each search, whole blocks, sorted; what is left of the last is infinite.
    blocks: Vec<[f32; BLOCK]>,
    /// Of each search, the last thresholds of its blocks; infinity where there are no more.
    lasts: Vec<[f32; BLOCK]>,
    lists: usize,
}

/// One or two lists of thresholds, one after the other.
#[derive(Debug)]
struct Search {
    view: View,
    first_block: u32,
    first_list: u32,
    /// Thresholds in all.
    count: u8,
}

/// Where a threshold is among the cuts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) list: usize,
    /// Values that exceed this are beyond it.
    pub(super) rank: u8,
}

/// Gathers the thresholds of branches, which may repeat.
#[derive(Debug, Default)]
pub(super) struct CutsBuilder {
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

impl CutsBuilder {
    pub(super) fn add(&mut self, view: View, threshold: f32, branch: u32) {
        let place = self.views.place(view);
        if place == self.thresholds.len() {
            self.thresholds.push(Vec::new());
        }
        let entry = u64::from(sortable(threshold)) << 32 | u64::from(branch);
        self.thresholds[place].push(entry);
    }

    fn sort(&mut self) {
        for entries in &mut self.thresholds {
            entries.sort_unstable();
        }
    }

    /// Lists a column on average; a column counts twice where branches differ about missing values.
    pub(super) fn lists_a_column(&mut self) -> usize {
        self.sort();
        let lists = |entries: &Vec<u64>| runs(entries).count().div_ceil(MOST);
        let lists: usize = self.thresholds.iter().map(lists).sum();
        lists.div_ceil(self.thresholds.len().max(1))
    }

    /// The cuts, and for each of so many nodes where its threshold is among them.
    pub(super) fn build(mut self, nodes: usize) -> (Cuts, Vec<Cut>) {
        self.sort();
        let mut cuts = Cuts {
            searches: Vec::new(),
            blocks: Vec::new(),
            lasts: Vec::new(),
            lists: 0,
        };
        let mut places = vec![Cut { list: 0, rank: 0 }; nodes];
        let mut sorted: Vec<_> = self.views.all.iter().zip(&self.thresholds).collect();
        sorted.sort_unstable_by_key(|(view, _)| (view.column, view.nan_is_least));
        for (view, entries) in sorted {
            let first = cuts.lists;
            let mut thresholds = Vec::new();
            for run in runs(entries) {
                let place = thresholds.len();
                let (list, rank) = (first + place / MOST, (place % MOST) as u8);
                for entry in run {
                    places[*entry as u32 as usize] = Cut { list, rank };
                }
                thresholds.push(threshold_of(run[0]));
            }
            for thresholds in thresholds.chunks(LISTS * MOST) {
                cuts.add(*view, thresholds);
            }
        }
        cuts.searches.shrink_to_fit();
        cuts.blocks.shrink_to_fit();
        cuts.lasts.shrink_to_fit();
        (cuts, places)
    }
}

impl Search {
    fn lists(&self) -> usize {
        usize::from(self.count).div_ceil(MOST)
    }
}

impl Cuts {
    fn add(&mut self, view: View, thresholds: &[f32]) {
        let search = Search {
            view,
            first_block: self.blocks.len() as u32,
            first_list: self.lists as u32,
            count: thresholds.len() as u8,
        };
        self.lists += search.lists();
        self.searches.push(search);
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

    /// Lists, and so ranks of a row.
    pub(super) fn lists(&self) -> usize {
        self.lists
    }

    /// The columns of all searches, from left to right; those of one column lie together.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        self.searches
            .iter()
            .map(|search| search.view.column as usize)
    }

    /// The lists of a search, each with the rank of a value.
    pub(super) fn ranks(&self, search: usize, value: f32) -> impl Iterator<Item = (usize, u8)> {
        let search = &self.searches[search];
        let value = search.view.of(value);
        let rank = self
            .thresholds(search)
            .partition_point(|cut| value > *cut || value.is_nan());
        let of_list = move |list: usize| rank.saturating_sub(list * MOST).min(MOST) as u8;
        (0..search.lists()).map(move |list| (search.first_list as usize + list, of_list(list)))
    }

    /// Writes the ranks of a group's values where their lists are in a group; `exceeded` counts the
    /// thresholds of a block that a value exceeds.
    #[allow(
        clippy::inline_always,
        reason = "the same code for several kinds of registers"
    )]
    #[inline(always)]
    pub(super) fn rank_all(
        &self,
        search: usize,
        values: &[f32; LANES],
        group: &mut [Rows],
        exceeded: impl Fn(&[f32; BLOCK], f32) -> u8,
    ) {
        let lasts = &self.lasts[search];
        let search = &self.searches[search];
        let count = usize::from(search.count);
        let blocks = &self.blocks[search.first_block as usize..][..count.div_ceil(BLOCK)];
        let mut places = [0_u8; LANES];
        // No value needs to exceed the last of all.
        for last in &lasts[..blocks.len() - 1] {
            for (place, value) in places.iter_mut().zip(values) {
                *place += u8::from(*value > *last);
            }
        }
        let mut ranks = [0_u8; LANES];
        for ((rank, value), place) in ranks.iter_mut().zip(values).zip(places) {
            let block = &blocks[usize::from(place)];
            *rank = place * BLOCK as u8 + exceeded(block, *value);
        }
        // A comparison with what is not a number fails.
        if values.iter().fold(false, |any, value| any | value.is_nan()) {
            let of_nan = if search.view.nan_is_least {
                0
            } else {
                search.count
            };
            for (rank, value) in ranks.iter_mut().zip(values) {
                *rank = if value.is_nan() { of_nan } else { *rank };
            }
        }
        let first = search.first_list as usize;
        for (list, group) in group[first..first + search.lists()].iter_mut().enumerate() {
            for (to, rank) in group.0.iter_mut().zip(ranks) {
                *to = rank.saturating_sub((list * MOST) as u8).min(MOST as u8);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.searches)
            + footprint::list(&self.blocks)
            + footprint::list(&self.lasts)
    }
}

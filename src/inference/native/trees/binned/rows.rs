//! Rows as bins, in groups, list by list of thresholds. The last bin of a row is that of nothing: it
//! is 0 and exceeds no threshold, which leaves rely on.
//!
//! Bins stay below 128, where bytes with and without a sign are the same: vectors compare the one
//! kind, scalars the other. So a search with more thresholds has two lists of them.
#![allow(
    unsafe_code,
    reason = "the fastest search for a processor may be called on that processor only"
)]

use std::ops::Range;

use super::{LANES, Rows};
use crate::inference::native::footprint;
use crate::inference::native::numbers::NumberRows;
use crate::inference::native::one_hot::NO_CODE;
use crate::inference::native::parts::Part;
use crate::inference::native::trees::binning::{Binning, Edge, MOST_EDGES};
use crate::inference::native::trees::search::searcher;

/// Thresholds of a list.
pub(super) const MOST: usize = MOST_EDGES / 2;

/// The lists of all searches.
#[derive(Debug)]
pub(super) struct Lists {
    /// Of each search, and of one more: how many lists there are before it.
    before: Vec<u32>,
}

impl Lists {
    pub(super) fn of(binning: &Binning) -> Self {
        let mut before = vec![0];
        for count in binning.counts() {
            let lists = usize::from(count).div_ceil(MOST) as u32;
            before.push(before[before.len() - 1] + lists);
        }
        before.shrink_to_fit();
        Lists { before }
    }

    pub(super) fn count(&self) -> usize {
        self.before[self.before.len() - 1] as usize
    }

    /// The lists of a search.
    fn of_search(&self, search: usize) -> Range<usize> {
        self.before[search] as usize..self.before[search + 1] as usize
    }

    /// The list of a threshold, and what values beyond it exceed there.
    pub(super) fn find(&self, edge: Edge) -> (usize, u8) {
        let list = self.before[edge.search as usize] as usize + usize::from(edge.bin) / MOST;
        (list, edge.bin % MOST as u8)
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.before)
    }
}

/// From a bin in a search to that in one of its lists.
fn in_list(bin: u8, list: usize) -> u8 {
    bin.saturating_sub((list * MOST) as u8).min(MOST as u8)
}

#[derive(Debug)]
pub(super) struct BinnedRows {
    width: usize,
    count: usize,
    rows: Vec<Rows>,
}

/// A search, and the column of a part that it is about.
struct Placed {
    search: usize,
    column: usize,
}

impl BinnedRows {
    /// The last group is filled up with some bin or other. The parts must have all columns of the
    /// binning.
    pub(super) fn of(parts: &[Part<'_>], rows: usize, binning: &Binning, lists: &Lists) -> Self {
        let (width, count) = (lists.count() + 1, rows.div_ceil(LANES));
        let mut bins = BinnedRows {
            width,
            count,
            // What no list fills exceeds nothing.
            rows: vec![Rows([0; LANES]); width * count],
        };
        let mut first = 0;
        for part in parts {
            let end = first + part.columns();
            let theirs = |(search, column): (usize, usize)| {
                (first..end).contains(&column).then(|| Placed {
                    search,
                    column: column - first,
                })
            };
            let searches: Vec<Placed> = binning.columns().enumerate().filter_map(theirs).collect();
            match part {
                _ if searches.is_empty() => {}
                Part::Numbers(numbers) => bins.fill((binning, lists), numbers, &searches),
                Part::OneHot {
                    codes,
                    width,
                    categories,
                } => bins.mark((binning, lists), codes, *width, *categories, &searches),
            }
            first = end;
        }
        bins
    }

    fn fill(
        &mut self,
        (binning, lists): (&Binning, &Lists),
        numbers: &NumberRows<'_>,
        searches: &[Placed],
    ) {
        let search_all = searcher();
        let groups = self.rows.chunks_exact_mut(self.width);
        for (index, group) in groups.enumerate() {
            for placed in searches {
                let mut column = [0.0; LANES];
                numbers.read(placed.column, index * LANES, &mut column);
                // SAFETY: it was chosen for this processor.
                let bins = unsafe { search_all(binning, placed.search, &column) };
                let theirs = &mut group[lists.of_search(placed.search)];
                for (list, to) in theirs.iter_mut().enumerate() {
                    to.0 = bins.map(|bin| in_list(bin, list));
                }
            }
        }
    }

    fn mark(
        &mut self,
        (binning, lists): (&Binning, &Lists),
        codes: &[u32],
        width: usize,
        categories: usize,
        searches: &[Placed],
    ) {
        // Of each column, its lists with the bins of one.
        let mut of_columns = vec![(0, 0); width * categories];
        let (mut zeros, mut ones) = (Vec::new(), Vec::new());
        for placed in searches {
            let first = ones.len();
            for (value, list_bins) in [(0.0, &mut zeros), (1.0, &mut ones)] {
                let bin = binning.bin(placed.search, value);
                let theirs = lists.of_search(placed.search).enumerate();
                list_bins.extend(theirs.map(|(place, list)| (list, in_list(bin, place))));
            }
            let lists = &mut of_columns[placed.column];
            *lists = (if lists.1 == 0 { first } else { lists.0 }, ones.len());
        }
        let groups = self.rows.chunks_exact_mut(self.width);
        for (group, rows) in groups.zip(codes.chunks(LANES * width)) {
            for (list, bin) in &zeros {
                group[*list] = Rows([*bin; LANES]);
            }
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (offset, code) in row.iter().enumerate() {
                    if *code == NO_CODE {
                        continue;
                    }
                    let (first, end) = of_columns[offset * categories + *code as usize];
                    for (list, bin) in &ones[first..end] {
                        group[*list].0[lane] = *bin;
                    }
                }
            }
        }
    }

    /// Bins of a row: one a list, and the least of all.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn group(&self, index: usize) -> &[Rows] {
        &self.rows[index * self.width..(index + 1) * self.width]
    }
}

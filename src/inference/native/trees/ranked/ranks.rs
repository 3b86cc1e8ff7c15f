//! The ranks of rows among the thresholds of all branches, in groups, list by list. The last rank of
//! a row is that of nothing: it is 0 and exceeds no threshold, which leaves rely on.
//!
//! Ranks stay below 128, where bytes with and without a sign are the same: vectors compare the one
//! kind, scalars the other. So a search with more thresholds has two lists of them.
#![allow(
    unsafe_code,
    reason = "the fastest search for a processor may be called on that processor only"
)]

use std::ops::Range;

use super::{LANES, Rows};
use crate::inference::native::footprint;
use crate::inference::native::one_hot::NO_CODE;
use crate::inference::native::parts::Part;
use crate::inference::native::trees::cuts::{Cut, Cuts, MOST_CUTS};
use crate::inference::native::trees::search::searcher;

/// Thresholds of a list.
pub(super) const MOST: usize = MOST_CUTS / 2;

/// The lists of all searches.
#[derive(Debug)]
pub(super) struct Lists {
    /// Of each search, and of one more: how many lists there are before it.
    before: Vec<u32>,
}

impl Lists {
    pub(super) fn of(cuts: &Cuts) -> Self {
        let mut before = vec![0];
        for count in cuts.counts() {
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
    pub(super) fn find(&self, cut: Cut) -> (usize, u8) {
        let list = self.before[cut.search as usize] as usize + usize::from(cut.rank) / MOST;
        (list, cut.rank % MOST as u8)
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.before)
    }
}

/// From a rank in a search to that in one of its lists.
fn in_list(rank: u8, list: usize) -> u8 {
    rank.saturating_sub((list * MOST) as u8).min(MOST as u8)
}

#[derive(Debug)]
pub(super) struct Ranks {
    width: usize,
    count: usize,
    rows: Vec<Rows>,
}

/// A search, and the column of a part that it is about.
struct Placed {
    search: usize,
    column: usize,
}

impl Ranks {
    /// The last group is filled up with some rank or other. The parts must have all columns of the
    /// cuts.
    pub(super) fn of(parts: &[Part<'_>], rows: usize, cuts: &Cuts, lists: &Lists) -> Self {
        let (width, count) = (lists.count() + 1, rows.div_ceil(LANES));
        let mut ranks = Ranks {
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
            let searches: Vec<Placed> = cuts.columns().enumerate().filter_map(theirs).collect();
            match part {
                _ if searches.is_empty() => {}
                Part::Numbers { values, width } => {
                    ranks.fill((cuts, lists), values, *width, &searches);
                }
                Part::OneHot {
                    codes,
                    width,
                    categories,
                } => ranks.mark((cuts, lists), codes, *width, *categories, &searches),
            }
            first = end;
        }
        ranks
    }

    fn fill(
        &mut self,
        (cuts, lists): (&Cuts, &Lists),
        values: &[f32],
        width: usize,
        searches: &[Placed],
    ) {
        let search_all = searcher();
        let groups = self.rows.chunks_exact_mut(self.width);
        for (group, rows) in groups.zip(values.chunks(LANES * width)) {
            for placed in searches {
                let mut column = [0.0; LANES];
                for (value, row) in column.iter_mut().zip(rows.chunks_exact(width)) {
                    *value = row[placed.column];
                }
                // SAFETY: it was chosen for this processor.
                let ranks = unsafe { search_all(cuts, placed.search, &column) };
                let theirs = &mut group[lists.of_search(placed.search)];
                for (list, to) in theirs.iter_mut().enumerate() {
                    to.0 = ranks.map(|rank| in_list(rank, list));
                }
            }
        }
    }

    fn mark(
        &mut self,
        (cuts, lists): (&Cuts, &Lists),
        codes: &[u32],
        width: usize,
        categories: usize,
        searches: &[Placed],
    ) {
        // Of each column, its lists with the ranks of one.
        let mut of_columns = vec![(0, 0); width * categories];
        let (mut zeros, mut ones) = (Vec::new(), Vec::new());
        for placed in searches {
            let first = ones.len();
            for (value, list_ranks) in [(0.0, &mut zeros), (1.0, &mut ones)] {
                let rank = cuts.rank(placed.search, value);
                let theirs = lists.of_search(placed.search).enumerate();
                list_ranks.extend(theirs.map(|(place, list)| (list, in_list(rank, place))));
            }
            let lists = &mut of_columns[placed.column];
            *lists = (if lists.1 == 0 { first } else { lists.0 }, ones.len());
        }
        let groups = self.rows.chunks_exact_mut(self.width);
        for (group, rows) in groups.zip(codes.chunks(LANES * width)) {
            for (list, rank) in &zeros {
                group[*list] = Rows([*rank; LANES]);
            }
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (offset, code) in row.iter().enumerate() {
                    if *code == NO_CODE {
                        continue;
                    }
                    let (first, end) = of_columns[offset * categories + *code as usize];
                    for (list, rank) in &ones[first..end] {
                        group[*list].0[lane] = *rank;
                    }
                }
            }
        }
    }

    /// Ranks of a row: one a list, and the least of all.
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

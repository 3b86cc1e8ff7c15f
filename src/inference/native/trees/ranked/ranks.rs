//! The ranks of rows among the thresholds of all branches, in groups, list by list. The last rank of
//! a row is that of nothing: it is 0 and exceeds no threshold, which leaves rely on.
#![allow(
    unsafe_code,
    reason = "vector registers that not every processor has; one of their instructions counts \
              sixteen thresholds in a third of the time"
)]
#![allow(
    clippy::inline_always,
    reason = "the same code for several kinds of registers"
)]

use super::cuts::{BLOCK, Cuts};
use super::{LANES, Rows};
use crate::inference::native::ops::encode::NO_CODE;
use crate::inference::native::parts::Part;

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
    pub(super) fn of(parts: &[Part<'_>], rows: usize, cuts: &Cuts) -> Self {
        let (width, count) = (cuts.lists() + 1, rows.div_ceil(LANES));
        let mut ranks = Ranks {
            width,
            count,
            // What no list fills exceeds nothing.
            rows: vec![Rows([0; LANES]); width * count],
        };
        let fill = filler();
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
                // SAFETY: it was chosen for this processor.
                Part::Numbers { values, width } => unsafe {
                    fill(&mut ranks, cuts, values, *width, &searches);
                },
                Part::OneHot {
                    codes,
                    width,
                    categories,
                } => ranks.mark(cuts, codes, *width, *categories, &searches),
            }
            first = end;
        }
        ranks
    }

    fn mark(
        &mut self,
        cuts: &Cuts,
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
            zeros.extend(cuts.ranks(placed.search, 0.0));
            ones.extend(cuts.ranks(placed.search, 1.0));
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

type Filler = unsafe fn(&mut Ranks, &Cuts, &[f32], usize, &[Placed]);

/// The fastest for this processor.
fn filler() -> Filler {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt")
    {
        return avx2::fill;
    }
    fill_plain
}

fn fill_plain(ranks: &mut Ranks, cuts: &Cuts, values: &[f32], width: usize, searches: &[Placed]) {
    let exceeded =
        |block: &[f32; BLOCK], value: f32| block.iter().map(|cut| u8::from(value > *cut)).sum();
    fill(ranks, cuts, values, width, searches, exceeded);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        _CMP_GT_OQ, _mm256_cmp_ps, _mm256_loadu_ps, _mm256_movemask_ps, _mm256_set1_ps,
    };

    use super::{BLOCK, Cuts, Placed, Ranks};

    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn fill(
        ranks: &mut Ranks,
        cuts: &Cuts,
        values: &[f32],
        width: usize,
        searches: &[Placed],
    ) {
        let exceeded = |block: &[f32; BLOCK], value: f32| {
            let value = _mm256_set1_ps(value);
            let [first, second] = [0, 1].map(|half| {
                // SAFETY: a block is two registers.
                let cuts = unsafe { _mm256_loadu_ps(block.as_ptr().add(half * BLOCK / 2)) };
                _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(value, cuts))
            });
            (first | second << (BLOCK / 2)).count_ones() as u8
        };
        super::fill(ranks, cuts, values, width, searches, exceeded);
    }
}

#[inline(always)]
fn fill(
    ranks: &mut Ranks,
    cuts: &Cuts,
    values: &[f32],
    width: usize,
    searches: &[Placed],
    exceeded: impl Fn(&[f32; BLOCK], f32) -> u8,
) {
    let groups = ranks.rows.chunks_exact_mut(ranks.width);
    for (group, rows) in groups.zip(values.chunks(LANES * width)) {
        for placed in searches {
            let mut column = [0.0; LANES];
            for (value, row) in column.iter_mut().zip(rows.chunks_exact(width)) {
                *value = row[placed.column];
            }
            cuts.rank_all(placed.search, &column, group, &exceeded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cuts::CutsBuilder;
    use super::*;
    use crate::inference::native::trees::branch::View;

    #[test]
    fn every_filler_counts_the_thresholds_below() {
        let view = |column, nan_is_least| View {
            column,
            nan_is_least,
        };
        let mut cuts = CutsBuilder::default();
        let mut added = Vec::new();
        let mut add = |view, threshold| {
            cuts.add(view, threshold, added.len() as u32);
            added.push((view, threshold));
        };
        // One list, two of one search, two searches, and few with odd values.
        for (column, count) in [(0, 40), (1, 200), (2, 700)] {
            (0..count).for_each(|place| add(view(column, false), place as f32 / 8.0));
        }
        for threshold in [f32::NEG_INFINITY, -0.0, 0.0, 1.0, f32::INFINITY] {
            add(view(3, true), threshold);
        }
        let (cuts, places) = cuts.build(added.len());
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-40];
        let value = |place: usize| match place % 7 {
            0 => odd[place / 7 % odd.len()],
            _ => (place * 37 % 811) as f32 / 8.0 + (place % 3) as f32 / 100.0,
        };
        let (rows, width) = (150, 4);
        let values: Vec<f32> = (0..rows * width).map(value).collect();
        let part = Part::Numbers {
            values: &values,
            width,
        };
        let fast = Ranks::of(&[part], rows, &cuts);
        let mut plain = Ranks {
            rows: vec![Rows([0; LANES]); fast.rows.len()],
            ..fast
        };
        let searches: Vec<Placed> = (cuts.columns().enumerate())
            .map(|(search, column)| Placed { search, column })
            .collect();
        fill_plain(&mut plain, &cuts, &values, width, &searches);
        for row in 0..rows {
            for ((view, threshold), cut) in added.iter().zip(&places) {
                let value = values[row * width + view.column as usize];
                let goes_first = value <= *threshold || (view.nan_is_least && value.is_nan());
                for ranks in [&fast, &plain] {
                    let rank = ranks.group(row / LANES)[cut.list].0[row % LANES];
                    assert_eq!(rank <= cut.rank, goes_first, "{value} {threshold}");
                }
            }
        }
    }
}

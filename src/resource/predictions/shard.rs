//! Which rows of a table a shard of a run scores.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::vocabulary::Shard;

/// A bound moves to the end of a row group that is no farther away than this part of a shard: so no
/// shard is larger than the others by more than a quarter.
const MOVES_BY: usize = 8;

/// Some rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRows {
    /// The first of them.
    pub first: usize,
    /// How many.
    pub rows: usize,
    /// How many the table has.
    pub of: usize,
}

impl ShardRows {
    /// From the first to behind the last.
    pub fn range(self) -> Range<usize> {
        self.first..self.first.saturating_add(self.rows)
    }
}

/// Where shards of a table begin and end. All of them cover all rows, each once.
#[derive(Clone, Copy, Debug)]
pub struct ShardBounds<'a> {
    /// The shard.
    pub shard: Shard,
    /// Where the row groups of the file end, as far as it has any.
    pub groups: &'a [usize],
    /// Rows between two places at which it makes no difference to a score that a batch begins there.
    pub step: usize,
}

impl ShardBounds<'_> {
    /// Its rows of a table that has so many.
    pub fn rows(&self, of: usize) -> ShardRows {
        let first = self.bound(self.shard.number() - 1, of);
        let end = self.bound(self.shard.number(), of);
        ShardRows {
            first,
            rows: end - first,
            of,
        }
    }

    /// The end of the shard of this number, and the start of the next.
    fn bound(&self, number: u32, of: usize) -> usize {
        let (number, shards) = (number as usize, self.shard.of() as usize);
        // The ends of the table move to no row group.
        if number == 0 {
            return 0;
        }
        if number >= shards {
            return of;
        }
        // As many as of * number / shards, where that product may be more than a word holds.
        let even = of / shards * number + of % shards * number / shards;
        let reach = of / shards / MOVES_BY;
        let after = self.groups.partition_point(|end| *end < even);
        let near = [after.checked_sub(1), Some(after)];
        let near = near.into_iter().flatten();
        let near = near.filter_map(|place| self.groups.get(place).copied());
        let nearest = near.min_by_key(|end| end.abs_diff(even));
        let bound = nearest.filter(|end| end.abs_diff(even) <= reach);
        let bound = bound.unwrap_or(even);
        bound - bound % self.step.max(1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use proptest::prelude::*;

    use super::ShardBounds;
    use crate::vocabulary::Shard;

    fn bounds(of: usize, shards: u32, groups: &[usize], step: usize) -> Vec<(usize, usize)> {
        let rows = Shard::all(shards).map(|shard| {
            let bounds = ShardBounds {
                shard,
                groups,
                step,
            };
            let rows = bounds.rows(of);
            (rows.first, rows.rows)
        });
        rows.collect()
    }

    proptest! {
        #[test]
        fn shards_cover_every_row_once(
            of in 0_usize..3_000_000,
            shards in 1_u32..200,
            group in 1_usize..500_000,
            step in prop::sample::select(vec![1_usize, 16, 100_000]),
        ) {
            let groups: Vec<usize> = (1..=of / group).map(|g| g * group).collect();
            let mut next = 0;
            for (first, rows) in bounds(of, shards, &groups, step) {
                prop_assert_eq!(first, next);
                prop_assert!(first % step == 0 || first == of);
                prop_assert!(rows <= of / shards as usize * 5 / 4 + 2 * step);
                next = first + rows;
            }
            prop_assert_eq!(next, of);
        }
    }

    #[test]
    fn bounds_move_to_row_groups_that_are_near() {
        let groups = [48_000, 112_000, 160_000];
        assert_eq!(
            bounds(160_000, 3, &groups, 16),
            [(0, 48_000), (48_000, 64_000), (112_000, 48_000)]
        );
    }
}

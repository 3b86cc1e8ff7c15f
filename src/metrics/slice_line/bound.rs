//! The score, and the most that any part of a slice can score.

use super::{ALPHA, least_rows};

/// How far a bound may lie below the truth by rounding: nothing as near as that is left out.
const ROUNDING: f64 = 1e-9;

/// `alpha (mean error of the slice / mean error - 1) - (1 - alpha) (n / rows of the slice - 1)`, of the
/// sum of the slice's errors.
pub(super) fn score(all: All, rows: u64, errors: f64) -> f64 {
    score_of(all, rows as f64, errors)
}

fn score_of(all: All, rows: f64, errors: f64) -> f64 {
    let worse = (errors / rows) / all.mean - 1.0;
    let smaller = all.rows as f64 / rows - 1.0;
    ALPHA * worse - (1.0 - ALPHA) * smaller
}

/// All rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct All {
    /// How many.
    pub(super) rows: u64,
    /// Their mean error, above 0.
    pub(super) mean: f64,
}

/// What is known of a slice, or the least of what is known of the slices that it is a part of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extent {
    pub(super) rows: u64,
    pub(super) errors: f64,
    pub(super) largest: f64,
}

impl Extent {
    /// What is common to two slices is no more than this.
    pub(super) fn least(self, other: Self) -> Self {
        Self {
            rows: self.rows.min(other.rows),
            errors: self.errors.min(other.errors),
            largest: self.largest.min(other.largest),
        }
    }

    /// The most that a slice within this extent can score, with enough rows.
    pub(super) fn bound(self, all: All) -> f64 {
        let least = least_rows(all.rows);
        if self.rows < least || self.errors <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let (least, most) = (least as f64, self.rows as f64);
        // Up to here every row can have the largest error; beyond, the score rises or falls throughout.
        let turn = (self.errors / self.largest).clamp(least, most);
        let at = |rows: f64| score_of(all, rows, self.errors.min(rows * self.largest));
        at(least).max(at(turn)).max(at(most))
    }

    /// Can a slice within this extent score as much as `threshold`?
    pub(super) fn can_reach(self, all: All, threshold: f64) -> bool {
        self.bound(all) >= threshold - ROUNDING
    }
}

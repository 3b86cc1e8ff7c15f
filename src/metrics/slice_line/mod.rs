//! SliceLine: the rows of like features in which a model errs most, found exactly (Sagadeeva & Boehm,
//! SIGMOD 2021, doi 10.1145/3448016.3457323). A slice is a conjunction of at most three predicates
//! "this feature has this code" on different features; its score weighs how much larger the mean error
//! is in it against how few rows it has.
//!
//! | file | what it does |
//! |---|---|
//! | `binning` | a feature as codes |
//! | `row_sets` | rows as bit sets, the largest errors first |
//! | `bound` | the score, and the most that any part of a slice can score |
//! | `search` | every slice that can be among the best, level by level |
//! | `ranking` | the best with their ties, in order; which of them are the same rows |
//! | `significance` | how sure it is that a slice is worse than the other rows |

mod binning;
mod bound;
mod ranking;
mod row_sets;
mod search;
mod significance;

pub use binning::{Binned, bin_numbers};
pub use row_sets::MOST_BYTES;
pub use search::{Basic, Search};
pub use significance::{FALSE_FINDS, LEAST_EFFECT};

/// Weight of the error against the size in the score.
pub const ALPHA: f64 = 0.95;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// So many of the best slices; those that tie with the last are told, too.
    pub top: usize,
    /// The most predicates of a slice: 1, 2 or 3.
    pub depth: usize,
}

/// What a validation looks for.
pub const SCOPE: Scope = Scope { top: 10, depth: 3 };

/// The fewest rows of a slice of a table of so many: 30, and one in a hundred.
pub fn least_rows(rows: u64) -> u64 {
    rows.div_ceil(100).max(30)
}

/// The most bytes that are worked with for bit sets of the slices by one feature, of so many rows and
/// features: of more, those that promise least are not combined.
pub fn most_bytes(rows: u64, features: u64) -> u64 {
    // No feature has more than 100 slices: each is one row in a hundred.
    let sets = features.saturating_mul(100);
    let all = sets.saturating_mul(8 * rows.div_ceil(64));
    all.min(MOST_BYTES)
}

/// A feature's place, and one of its codes.
pub type Predicate = (usize, u16);

/// A slice and how the model does in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Its predicates, by rising feature.
    pub predicates: Vec<Predicate>,
    /// Rows in it.
    pub rows: u64,
    /// The sum of their errors.
    pub errors: f64,
    /// `alpha (mean error of the slice / mean error - 1) - (1 - alpha) (n / rows of the slice - 1)`.
    pub score: f64,
    /// One more than there are slices of a higher score.
    pub rank: usize,
    /// The place in the list of the first slice with exactly these rows, where that is another.
    pub same_rows: Option<usize>,
    /// The mean error in all other rows; none without any.
    pub rest_mean: Option<f64>,
    /// How much larger the mean error is than in all other rows, in a measure without unit: Cohen's h
    /// of two rates, else Cohen's d.
    pub effect: Option<f64>,
    /// The one-sided p-value of a larger error than in all other rows, times the number of slices that
    /// could have been found (Bonferroni), at most 1. Rates: Fisher's exact test; else Welch's t-test.
    pub p_adjusted: Option<f64>,
}

impl Slice {
    /// The mean error of its rows.
    pub fn mean(&self) -> f64 {
        self.errors / self.rows as f64
    }

    /// Is it worse than the rest by [`LEAST_EFFECT`] and more, and not by chance?
    pub fn is_weak(&self) -> bool {
        let is_sure = self.p_adjusted.is_some_and(|p| p <= FALSE_FINDS);
        is_sure && self.effect.is_some_and(|effect| effect >= LEAST_EFFECT)
    }
}

/// What a search has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Every slice that scores at least as much as the last that are asked for: score falling, then
    /// fewer predicates, then the predicates in order.
    pub slices: Vec<Slice>,
    /// The mean error over all rows.
    pub mean: f64,
    /// The fewest rows of a slice.
    pub least_rows: u64,
    /// Slices that could have been found: the conjunctions of predicates on different features each of
    /// which alone has enough rows. It does not depend on the errors, so no search can favour any.
    pub possible: f64,
    /// What the search left out for its limits; nothing where it is exact.
    pub left_out: LeftOut,
}

/// Where a search met a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Slices by one feature that were not combined with others, since their bit sets take too much
    /// memory.
    pub not_combined: u64,
    /// The number of predicates at which the search ended before its end, if it did.
    pub ended_at: Option<usize>,
}

impl LeftOut {
    /// Was nothing left out?
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

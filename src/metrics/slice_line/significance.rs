//! How sure it is that a slice is worse than the other rows. Of all slices that could have been found
//! the worst are told, so each p-value is multiplied by the number of all of them (Bonferroni; Dunn
//! 1961): the chance of telling even one slice that is no worse stays below [`FALSE_FINDS`], and with it
//! the false discovery rate.

use crate::metrics::hypothesis::{cohens_h, larger_mean_p_value, larger_rate_exact_p_value};
use crate::metrics::regression::standardised_difference;

/// The least effect of a slice that is flagged: a small one (Cohen 1988).
pub const LEAST_EFFECT: f64 = 0.2;

/// The chance of a slice among those flagged that is no worse than the rest.
pub const FALSE_FINDS: f64 = 0.05;

/// Rows, the sum of their errors and of the squares of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sums {
    pub(super) rows: u64,
    pub(super) errors: f64,
    pub(super) squares: f64,
}

impl Sums {
    fn without(self, part: Self) -> Self {
        Self {
            rows: self.rows - part.rows,
            errors: self.errors - part.errors,
            squares: self.squares - part.squares,
        }
    }

    pub(super) fn mean(self) -> Option<f64> {
        (self.rows > 0).then(|| self.errors / self.rows as f64)
    }

    /// Sample variance (ddof 1). None of fewer than two rows.
    fn variance(self) -> Option<f64> {
        let n = self.rows as f64;
        let squares = self.squares - self.errors * self.errors / n;
        (self.rows > 1).then(|| squares.max(0.0) / (n - 1.0))
    }
}

/// A slice held against the other rows.
pub(super) struct Comparison {
    pub(super) rest_mean: Option<f64>,
    pub(super) effect: Option<f64>,
    pub(super) p_value: Option<f64>,
}

/// Holds a slice against the other rows. `are_rates`: every error is 0 or 1.
pub(super) fn compare(slice: Sums, whole: Sums, are_rates: bool) -> Comparison {
    let rest = whole.without(slice);
    let rest_mean = rest.mean();
    if are_rates {
        let counts = |sums: Sums| (sums.errors as u64, sums.rows);
        let rates = slice.mean().zip(rest_mean);
        return Comparison {
            rest_mean,
            effect: rates.map(|(rate, other)| cohens_h(rate, other)),
            p_value: larger_rate_exact_p_value(counts(slice), counts(rest)),
        };
    }
    let moments = |sums: Sums| Some((sums.rows, sums.mean()?, sums.variance()?));
    let both = moments(slice).zip(moments(rest));
    let effect = both.and_then(|(a, b)| standardised_difference((a.1, a.2), (b.1, b.2)));
    Comparison {
        rest_mean,
        effect,
        p_value: both.and_then(|(a, b)| larger_mean_p_value(a, b)),
    }
}

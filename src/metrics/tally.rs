//! What is counted of some rows to tell whether the model errs more in them than in others: wrong
//! decisions, or losses.

use super::hypothesis::{cohens_h, larger_mean_p_value, larger_rate_p_value};
use super::regression::standardised_difference;

/// A count over rows that can be held against the same count over other rows.
pub trait Tally: Copy + Default {
    /// What it takes of a row.
    type Row: Copy;

    /// Counts a row.
    fn add(&mut self, row: Self::Row);

    /// The rows counted.
    fn rows(&self) -> u64;

    /// The count over all rows but those of `part`.
    #[must_use]
    fn without(&self, part: &Self) -> Self;

    /// The error rate, or the mean loss. `None` without rows, or where it is not finite.
    fn mean(&self) -> Option<f64>;

    /// How much larger the mean is than in other rows, in a measure without unit: 0.2 is small, 0.5
    /// medium, 0.8 large (Cohen 1988).
    fn effect(&self, other: &Self) -> Option<f64>;

    /// The one-sided p-value of the mean being larger than in other rows.
    fn p_value(&self, other: &Self) -> Option<f64>;

    /// The count over all of `rows`.
    fn of(rows: &[Self::Row]) -> Self {
        let mut all = Self::default();
        for row in rows {
            all.add(*row);
        }
        all
    }
}

/// Rows, and how many of them are decided wrongly. Effect: [`cohens_h`]; test:
/// [`larger_rate_p_value`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCount {
    /// Rows.
    pub rows: u64,
    /// Wrong ones.
    pub wrong: u64,
}

impl Tally for ErrorCount {
    type Row = bool;

    fn add(&mut self, is_wrong: bool) {
        self.rows += 1;
        self.wrong += u64::from(is_wrong);
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn without(&self, part: &Self) -> Self {
        Self {
            rows: self.rows - part.rows,
            wrong: self.wrong - part.wrong,
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.wrong as f64 / self.rows as f64)
    }

    fn effect(&self, other: &Self) -> Option<f64> {
        Some(cohens_h(self.mean()?, other.mean()?))
    }

    fn p_value(&self, other: &Self) -> Option<f64> {
        larger_rate_p_value((self.wrong, self.rows), (other.wrong, other.rows))
    }
}

/// Rows, and the sums of their losses and of the squares of these. Effect: the difference of the
/// means in pooled standard deviations, [`standardised_difference`]; test: [`larger_mean_p_value`]
/// (Chung et al. 2019, Slice Finder, take both).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossSum {
    /// Rows.
    pub rows: u64,
    /// Sum of their losses.
    pub sum: f64,
    /// Sum of the squares of their losses.
    pub squares: f64,
}

impl LossSum {
    /// Sample variance (ddof 1) of the losses. `None` of fewer than two rows.
    fn variance(&self) -> Option<f64> {
        let n = self.rows as f64;
        let squares = self.squares - self.sum * self.sum / n;
        (self.rows > 1).then(|| squares.max(0.0) / (n - 1.0))
    }

    fn moments(&self) -> Option<(f64, f64)> {
        Some((self.mean()?, self.variance()?))
    }
}

impl Tally for LossSum {
    type Row = f64;

    fn add(&mut self, loss: f64) {
        self.rows += 1;
        self.sum += loss;
        self.squares += loss * loss;
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn without(&self, part: &Self) -> Self {
        Self {
            rows: self.rows - part.rows,
            sum: self.sum - part.sum,
            squares: self.squares - part.squares,
        }
    }

    fn mean(&self) -> Option<f64> {
        let mean = self.sum / self.rows as f64;
        mean.is_finite().then_some(mean)
    }

    fn effect(&self, other: &Self) -> Option<f64> {
        standardised_difference(self.moments()?, other.moments()?)
    }

    fn p_value(&self, other: &Self) -> Option<f64> {
        let sample = |tally: &Self| Some((tally.rows, tally.mean()?, tally.variance()?));
        larger_mean_p_value(sample(self)?, sample(other)?)
    }
}

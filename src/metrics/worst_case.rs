//! The rows that the model gets most wrong. Accuracy and AUC say little on rows chosen by their error
//! (of two classes with the threshold 0.5 they are 0 while the rows are errors only): the mean loss,
//! the tail mean (CVaR; Rockafellar & Uryasev 2000), is the number to look at.

use super::classification::mean_of;
use super::order::sort_key;

/// Rows by falling residual, such as `|y - p|`; equal residuals by row number. NaN comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualOrder<'r> {
    residuals: &'r [f64],
    rows: Vec<u32>,
}

impl<'r> ResidualOrder<'r> {
    /// Sorts the rows once, O(n log n), for any number of levels. Residuals are not negative.
    ///
    /// # Panics
    /// If there are more rows than a `u32` can number.
    pub fn new(residuals: &'r [f64]) -> Self {
        assert!(
            u32::try_from(residuals.len()).is_ok(),
            "rows are numbered in u32"
        );
        let keyed = (0u32..).zip(residuals);
        let mut keyed: Vec<(u64, u32)> = keyed.map(|(row, r)| (!sort_key(*r), row)).collect();
        keyed.sort_unstable();
        Self {
            residuals,
            rows: keyed.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// The `floor(alpha n)` rows of the largest residual, worst first.
    ///
    /// # Panics
    /// If `alpha` does not lie in `[0, 1]`.
    pub fn worst(&self, alpha: f64) -> &[u32] {
        &self.rows[..self.cut(alpha)]
    }

    /// All rows but [`Self::worst`].
    ///
    /// # Panics
    /// If `alpha` does not lie in `[0, 1]`.
    pub fn rest(&self, alpha: f64) -> &[u32] {
        &self.rows[self.cut(alpha)..]
    }

    /// Mean residual of the worst rows: the tail mean. `None` without rows or where one is NaN.
    ///
    /// # Panics
    /// If `alpha` does not lie in `[0, 1]`.
    pub fn mean_residual(&self, alpha: f64) -> Option<f64> {
        let rows = self.worst(alpha);
        let residuals = rows.iter().map(|row| self.residuals[*row as usize]);
        mean_of(residuals.sum(), rows.len())
    }

    /// The smallest residual among the worst rows. `None` without rows.
    ///
    /// # Panics
    /// If `alpha` does not lie in `[0, 1]`.
    pub fn smallest_residual(&self, alpha: f64) -> Option<f64> {
        let last = self.worst(alpha).last()?;
        Some(self.residuals[*last as usize])
    }

    fn cut(&self, alpha: f64) -> usize {
        assert!((0.0..=1.0).contains(&alpha), "alpha is a share of the rows");
        (alpha * self.rows.len() as f64).floor() as usize
    }
}

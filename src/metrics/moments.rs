//! Mean and population standard deviation of a column. NaN marks a missing value and is left out.

/// Arithmetic mean of the values present, in the unit of the column. `None` where none is present.
pub fn mean(values: &[f64]) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0usize);
    for &value in values.iter().filter(|value| !value.is_nan()) {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

/// Population standard deviation (ddof 0) of the values present, in the unit of the column:
/// `sqrt(mean((x - mean(x))^2))`, in two passes. `None` where no value is present or an infinite
/// one makes it undefined.
pub fn population_std(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let (mut squares, mut count) = (0.0, 0usize);
    for &value in values.iter().filter(|value| !value.is_nan()) {
        squares += (value - centre) * (value - centre);
        count += 1;
    }
    let std = (squares / count as f64).sqrt();
    std.is_finite().then_some(std)
}

/// Where a column's values lie, and how far they are spread: what they are divided by to be compared
/// with those of other columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// See [`mean`].
    pub centre: Option<f64>,
    /// See [`population_std`].
    pub sigma: Option<f64>,
}

impl Scale {
    /// That of a whole column.
    pub fn of(values: &[f64]) -> Self {
        Self {
            centre: mean(values),
            sigma: population_std(values),
        }
    }

    /// A value in standard deviations from the mean; 0, as the mean has it, where it is missing or not
    /// finite, and where the column has no spread.
    pub fn standardised(&self, value: f64) -> f64 {
        let sigma = self.sigma.unwrap_or(0.0);
        let z = (value - self.centre.unwrap_or(0.0)) / sigma;
        if sigma > 0.0 && z.is_finite() { z } else { 0.0 }
    }
}

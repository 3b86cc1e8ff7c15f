//! How far predicted numbers lie from the true ones, in the unit of the target.

use super::classification::mean_of;

/// Root mean squared error `sqrt(mean((y - f)^2))`. `None` without rows or where a prediction is
/// NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn root_mean_squared_error(outcomes: &[f64], predicted: &[f64]) -> Option<f64> {
    mean_of(squared_errors(outcomes, predicted), outcomes.len()).map(f64::sqrt)
}

/// Mean absolute error `mean(|y - f|)`. `None` without rows or where a prediction is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn mean_absolute_error(outcomes: &[f64], predicted: &[f64]) -> Option<f64> {
    let sum = errors(outcomes, predicted).map(f64::abs).sum();
    mean_of(sum, outcomes.len())
}

/// Coefficient of determination `1 - sum((y - f)^2) / sum((y - mean(y))^2)` (scikit-learn's
/// `r2_score`). `None` where all outcomes are equal, without rows, or where a prediction is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn r_squared(outcomes: &[f64], predicted: &[f64]) -> Option<f64> {
    let residual = squared_errors(outcomes, predicted);
    let mean = mean_of(outcomes.iter().sum(), outcomes.len())?;
    let total: f64 = outcomes.iter().map(|y| (y - mean) * (y - mean)).sum();
    (total > 0.0 && !residual.is_nan()).then(|| 1.0 - residual / total)
}

fn errors<'a>(outcomes: &'a [f64], predicted: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    assert_eq!(outcomes.len(), predicted.len(), "one prediction an outcome");
    outcomes.iter().zip(predicted).map(|(y, f)| y - f)
}

fn squared_errors(outcomes: &[f64], predicted: &[f64]) -> f64 {
    errors(outcomes, predicted).map(|error| error * error).sum()
}

/// The three metrics that every dimension reports of a regression.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Performance {
    /// See [`root_mean_squared_error`].
    pub rmse: Option<f64>,
    /// See [`mean_absolute_error`].
    pub mae: Option<f64>,
    /// See [`r_squared`].
    pub r2: Option<f64>,
}

impl Performance {
    /// Measures predictions against outcomes.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn measure(outcomes: &[f64], predicted: &[f64]) -> Self {
        Self {
            rmse: root_mean_squared_error(outcomes, predicted),
            mae: mean_absolute_error(outcomes, predicted),
            r2: r_squared(outcomes, predicted),
        }
    }
}

/// Standardised mean difference of two groups, `(mean(a) - mean(b)) / sqrt((var(a) + var(b)) / 2)`
/// with sample variances (Cohen 1988; Austin 2009). `None` with fewer than two values in a group or
/// without any variance.
pub fn standardised_mean_difference(a: &[f64], b: &[f64]) -> Option<f64> {
    standardised_difference(sample_moments(a)?, sample_moments(b)?)
}

/// The same, of two groups' means and variances. `None` without any variance.
pub fn standardised_difference(a: (f64, f64), b: (f64, f64)) -> Option<f64> {
    let pooled = f64::midpoint(a.1, b.1).sqrt();
    (pooled > 0.0).then(|| (a.0 - b.0) / pooled)
}

/// Mean and sample variance (ddof 1).
fn sample_moments(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    let mean = mean_of(values.iter().sum(), n).filter(|_| n > 1)?;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some((mean, squares / (n - 1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.9.1: root_mean_squared_error, mean_absolute_error, r2_score.
    #[test]
    fn metrics_are_those_of_scikit_learn() {
        let found = Performance::measure(&[3.0, -0.5, 2.0, 7.0], &[2.5, 0.0, 2.0, 8.0]);
        for (found, expected) in [
            (found.rmse, 0.612_372_435_695_794_5),
            (found.mae, 0.5),
            (found.r2, 0.948_608_137_044_967_9),
        ] {
            let found = found.unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn what_is_undefined_is_none() {
        let equal = Performance::measure(&[2.0, 2.0], &[1.0, 3.0]);
        assert_eq!(equal.r2, None);
        assert_eq!(equal.rmse, Some(1.0));
        let nan = Performance::measure(&[1.0, 2.0], &[1.0, f64::NAN]);
        assert_eq!(nan, Performance::default());
        assert_eq!(Performance::measure(&[], &[]), Performance::default());
        assert_eq!(standardised_mean_difference(&[1.0], &[1.0, 2.0]), None);
    }

    /// numpy: means 3.5 and 7/3, sample variances 7 and 1/3.
    #[test]
    fn the_mean_difference_is_in_pooled_standard_deviations() {
        let found = standardised_mean_difference(&[1.0, 2.0, 4.0, 7.0], &[2.0, 2.0, 3.0]);
        assert!(
            found.is_some_and(|d| (d - 0.609_271_795_844_942_4).abs() < 1e-12),
            "{found:?}"
        );
    }
}

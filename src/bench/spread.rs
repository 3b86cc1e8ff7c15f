//! Repeats of one measurement, summed up.

use serde::Serialize;

/// The middle of some repeats, and how far apart they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// As many repeats are above as below.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of at least one value; `None` without any.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let upper = sorted.len() / 2;
        let lower = (sorted.len() - 1) / 2;
        Some(Self {
            median: f64::midpoint(sorted[lower], sorted[upper]),
            min,
            max,
        })
    }

    /// Of the quotients of pairs of measurements: pairs are taken side by side, so that a machine
    /// that slows down for a while slows both.
    pub fn of_ratios(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        Self::of(pairs.into_iter().map(|(a, b)| a / b))
    }
}

/// Between which of the sorted values the true median lies with 95% confidence or more, whatever
/// their distribution: the order statistics that leave out at most 2.5% of a fair coin's tosses at
/// either end. `None` for fewer than six values, which cannot tell.
pub(super) fn median_interval(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    let mut probability = 0.5_f64.powi(i32::try_from(n).ok()?);
    let (mut tail, mut left_out) = (0.0, 0);
    while tail + probability <= 0.025 {
        tail += probability;
        left_out += 1;
        probability *= (n - left_out + 1) as f64 / left_out as f64;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (left_out > 0).then(|| (sorted[left_out - 1], sorted[n - left_out]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]);
        let expected = Spread {
            median: 2.5,
            min: 1.0,
            max: 4.0,
        };
        assert_eq!(spread, Some(expected));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn the_interval_of_the_median_is_that_of_the_sign_test() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        // As in tables of the sign test: 20 values, the 6th and the 15th.
        assert_eq!(median_interval(&values), Some((6.0, 15.0)));
        assert_eq!(median_interval(&values[..6]), Some((1.0, 6.0)));
        assert_eq!(median_interval(&values[..5]), None);
        assert_eq!(median_interval(&[]), None);
    }

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        let spread = Spread::of_ratios([(2.0, 1.0), (20.0, 10.0)]);
        assert_eq!(spread.map(|s| (s.min, s.max)), Some((2.0, 2.0)));
    }
}

//! How far a column of an alternative dataset has moved from the base dataset's. Numeric columns
//! are read from [`NumericSample`] (sorted once, compared often), categorical ones from counts.

use super::hypothesis::{ChiSquare, chi_square};
use super::kolmogorov::ks_p_value;
use super::moments;
use super::order::sort_key;

/// Shares below this are raised to it in the PSI, without renormalising.
pub const PSI_SHARE_FLOOR: f64 = 1e-4;

/// From this PSI on a column counts as drifted (rule of thumb: below 0.1 none, above 0.25 large;
/// Lewis 1994, Siddiqi 2006).
pub const PSI_DRIFTED: f64 = 0.1;

/// From this PSI on it has drifted far.
pub const PSI_LARGE: f64 = 0.25;

/// A numeric column, sorted. NaN marks a missing value.
#[derive(Clone, Debug, PartialEq)]
pub struct NumericSample {
    sorted: Vec<f64>,
    missing: u64,
    std: Option<f64>,
}

impl NumericSample {
    /// Sorts the values present, O(n log n).
    pub fn new(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        sorted.sort_unstable_by_key(|&value| sort_key(value));
        Self {
            missing: (values.len() - sorted.len()) as u64,
            std: moments::population_std(values),
            sorted,
        }
    }

    /// Number of values present.
    pub fn present(&self) -> usize {
        self.sorted.len()
    }

    /// Number of values missing.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Population standard deviation (ddof 0) of the values present.
    pub fn std(&self) -> Option<f64> {
        self.std
    }

    /// The distinct 10 %, 20 %, ..., 90 % quantiles, rising (linear interpolation between order
    /// statistics, type 7 of Hyndman & Fan 1996, as numpy). An edge that equals the minimum stays:
    /// without it a column of mostly zeros would be one bin. Empty without values.
    pub fn decile_edges(&self) -> Vec<f64> {
        let mut edges: Vec<f64> = Vec::with_capacity(9);
        for decile in 1..10 {
            let Some(last) = self.sorted.len().checked_sub(1) else {
                break;
            };
            let (index, tenths) = (decile * last / 10, decile * last % 10);
            let low = self.sorted[index];
            let high = self.sorted[(index + 1).min(last)];
            let edge = interpolate(low, high, tenths as f64 / 10.0);
            if edges.last() != Some(&edge) {
                edges.push(edge);
            }
        }
        edges
    }

    /// Rows by bin: `(-inf, e1], (e1, e2], ..., (ek, inf)` for rising `edges`, and missing last.
    pub fn bin_counts(&self, edges: &[f64]) -> Vec<u64> {
        let mut counts = Vec::with_capacity(edges.len() + 2);
        let mut below = 0;
        for &edge in edges {
            let up_to = self.sorted.partition_point(|&value| value <= edge);
            counts.push((up_to - below) as u64);
            below = up_to;
        }
        counts.push((self.sorted.len() - below) as u64);
        counts.push(self.missing);
        counts
    }
}

// From the nearer end, as numpy does: the same edge to the last bit.
fn interpolate(low: f64, high: f64, fraction: f64) -> f64 {
    if low == high {
        low
    } else if fraction < 0.5 {
        low + (high - low) * fraction
    } else {
        high - (high - low) * (1.0 - fraction)
    }
}

/// Drift of one column. The first three compare shares of bins or categories.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnDrift {
    /// See [`population_stability_index`].
    pub psi: Option<f64>,
    /// See [`js_distance`].
    pub js_distance: Option<f64>,
    /// See [`total_variation`].
    pub total_variation: Option<f64>,
    /// See [`ks_statistic`]; `None` for a categorical column.
    pub ks: Option<f64>,
    /// See [`ks_p_value`]; `None` for a categorical column.
    pub ks_p_value: Option<f64>,
    /// See [`chi_square`]; `None` for a numeric column.
    pub chi_square: Option<ChiSquare>,
    /// See [`wasserstein_1`], in the unit of the column; `None` for a categorical column.
    pub wasserstein: Option<f64>,
    /// The same over the base's standard deviation; `None` also where that is 0.
    pub wasserstein_normed: Option<f64>,
}

impl ColumnDrift {
    /// The chance of samples that differ as much or more, if nothing has moved: by KS for numbers,
    /// by chi-square for categories.
    pub fn p_value(&self) -> Option<f64> {
        self.ks_p_value.or(self.chi_square.map(|test| test.p_value))
    }

    /// Has the column drifted by the rule of thumb, PSI of 0.1 or more? `None` without a PSI.
    pub fn is_drifted(&self) -> Option<bool> {
        self.psi.map(|psi| psi >= PSI_DRIFTED)
    }
}

/// Drift of a numeric column: shares over the decile bins of the base and a bin for missing values;
/// KS and Wasserstein over the values present.
pub fn numeric_drift(base: &NumericSample, alternative: &NumericSample) -> ColumnDrift {
    let edges = base.decile_edges();
    if edges.iter().any(|edge| edge.is_nan()) {
        return ColumnDrift::default();
    }
    let wasserstein = wasserstein_1(base, alternative);
    let ks = ks_statistic(base, alternative);
    ColumnDrift {
        ks,
        ks_p_value: ks.and_then(|d| ks_p_value(d, base.present(), alternative.present())),
        chi_square: None,
        wasserstein,
        wasserstein_normed: wasserstein
            .zip(base.std.filter(|&std| std > 0.0))
            .map(|(distance, std)| distance / std),
        ..categorical_drift(&base.bin_counts(&edges), &alternative.bin_counts(&edges))
    }
}

/// Drift of a categorical column from the rows of each category, in one common order (see
/// [`align_categories`]); missing values are a category of their own.
///
/// # Panics
/// If the slices differ in length.
pub fn categorical_drift(base: &[u64], alternative: &[u64]) -> ColumnDrift {
    ColumnDrift {
        psi: population_stability_index(base, alternative),
        js_distance: js_distance(base, alternative),
        total_variation: total_variation(base, alternative),
        chi_square: chi_square(base, alternative),
        ..ColumnDrift::default()
    }
}

/// Brings the categories of two datasets, each with its number of rows, into one common order: that
/// of the keys. A category which one side lacks gets 0 there. Keys may repeat; their rows add up.
pub fn align_categories<K: Ord>(base: &[(K, u64)], alternative: &[(K, u64)]) -> [Vec<u64>; 2] {
    let mut rows: Vec<(&K, [u64; 2])> = base
        .iter()
        .map(|(key, count)| (key, [*count, 0]))
        .chain(alternative.iter().map(|(key, count)| (key, [0, *count])))
        .collect();
    rows.sort_by_key(|&(key, _)| key);
    rows.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1[0] += next.1[0];
            kept.1[1] += next.1[1];
        }
        same
    });
    [0, 1].map(|side| rows.iter().map(|(_, counts)| counts[side]).collect())
}

/// Population stability index `sum (q - p) ln(q / p)` in nats, p the base's share of a bin, q the
/// alternative's, both raised to at least [`PSI_SHARE_FLOOR`] (Lewis 1994; Siddiqi 2006). `None`
/// where a side has no rows.
///
/// # Panics
/// If the slices differ in length.
pub fn population_stability_index(base: &[u64], alternative: &[u64]) -> Option<f64> {
    sum_over_shares(base, alternative, |p, q| {
        let (p, q) = (p.max(PSI_SHARE_FLOOR), q.max(PSI_SHARE_FLOOR));
        (q - p) * (q / p).ln()
    })
}

/// Jensen-Shannon distance `sqrt((KL(p|m) + KL(q|m)) / 2)`, `m = (p + q) / 2`, with logarithms to
/// base 2: from 0 (equal) to 1 (disjoint) (Lin 1991; Endres & Schindelin 2003). `None` where a side
/// has no rows.
///
/// # Panics
/// If the slices differ in length.
pub fn js_distance(base: &[u64], alternative: &[u64]) -> Option<f64> {
    let divergence = sum_over_shares(base, alternative, |p, q| {
        let middle = f64::midpoint(p, q);
        let term = |share: f64| {
            if share > 0.0 {
                share * (share / middle).ln()
            } else {
                0.0
            }
        };
        term(p) + term(q)
    })?;
    // Rounding may leave equal shares a hair below 0.
    Some((divergence.max(0.0) / 2.0 / std::f64::consts::LN_2).sqrt())
}

/// Total variation distance `sum |p - q| / 2` of the shares, from 0 to 1. `None` where a side has
/// no rows.
///
/// # Panics
/// If the slices differ in length.
pub fn total_variation(base: &[u64], alternative: &[u64]) -> Option<f64> {
    sum_over_shares(base, alternative, |p, q| (p - q).abs() / 2.0)
}

fn sum_over_shares(
    base: &[u64],
    alternative: &[u64],
    term: impl Fn(f64, f64) -> f64,
) -> Option<f64> {
    assert_eq!(base.len(), alternative.len(), "the same bins twice");
    let (n, m) = (base.iter().sum::<u64>(), alternative.iter().sum::<u64>());
    let share = |count: u64, total: u64| count as f64 / total as f64;
    let terms = base.iter().zip(alternative);
    (n > 0 && m > 0).then(|| terms.map(|(&p, &q)| term(share(p, n), share(q, m))).sum())
}

/// Two-sample Kolmogorov-Smirnov statistic `sup |F - G|` of the values present, from 0 to 1
/// (Kolmogorov 1933; Smirnov 1948). `None` where a side has no value.
pub fn ks_statistic(base: &NumericSample, alternative: &NumericSample) -> Option<f64> {
    let mut largest = 0.0f64;
    walk_distributions(base, alternative, |difference, _| {
        largest = largest.max(difference);
    })
    .then_some(largest)
}

/// Wasserstein-1 distance `integral |F - G| dx` of the values present, in the unit of the column
/// (Vallender 1974). `None` where a side has no value or an infinite one makes it undefined.
pub fn wasserstein_1(base: &NumericSample, alternative: &NumericSample) -> Option<f64> {
    let mut area = 0.0;
    walk_distributions(base, alternative, |difference, width| {
        area += difference * width;
    })
    .then_some(area)
    .filter(|area| area.is_finite())
}

/// Calls `step(|F - G|, width)` on each interval between neighbouring distinct values of both
/// samples, rising. False where a side is empty.
fn walk_distributions(
    base: &NumericSample,
    alternative: &NumericSample,
    mut step: impl FnMut(f64, f64),
) -> bool {
    let (a, b) = (&base.sorted, &alternative.sorted);
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let head = |i: usize, j: usize| match (a.get(i), b.get(j)) {
        (Some(&x), Some(&y)) => Some(x.min(y)),
        (x, y) => x.or(y).copied(),
    };
    let (mut i, mut j) = (0, 0);
    let mut upcoming = head(i, j);
    while let Some(value) = upcoming {
        while a.get(i).is_some_and(|&x| x <= value) {
            i += 1;
        }
        while b.get(j).is_some_and(|&y| y <= value) {
            j += 1;
        }
        upcoming = head(i, j);
        if let Some(next) = upcoming {
            let difference = i as f64 / a.len() as f64 - j as f64 / b.len() as f64;
            step(difference.abs(), next - value);
        }
    }
    true
}

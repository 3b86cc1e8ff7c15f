//! Split-conformal intervals around a predicted number, in the unit of the target. The quantile of
//! the scores is that of [`Calibration::quantile`](super::conformal::Calibration::quantile).

use super::classification::mean_of;
use super::conformal::GroupCoverage;

/// Scores of plain intervals: `|y - f|` (Papadopoulos et al. 2002; Lei et al. 2018).
///
/// # Panics
/// If the slices differ in length.
pub fn absolute_scores(outcomes: &[f64], predicted: &[f64]) -> Vec<f64> {
    assert_eq!(outcomes.len(), predicted.len(), "one prediction an outcome");
    let rows = outcomes.iter().zip(predicted);
    rows.map(|(y, f)| (y - f).abs()).collect()
}

/// Scores of intervals that are as wide as the row is hard, `|y - f| / max(scale, 1e-8)`
/// (Papadopoulos, Gammerman & Vovk 2008).
///
/// # Panics
/// If the slices differ in length.
pub fn normalised_scores(outcomes: &[f64], predicted: &[f64], scale: &[f64]) -> Vec<f64> {
    assert_eq!(outcomes.len(), scale.len(), "one scale an outcome");
    let absolute = absolute_scores(outcomes, predicted).into_iter();
    absolute
        .zip(scale)
        .map(|(s, scale)| s / floor(*scale))
        .collect()
}

/// A scale of zero would make an interval of no width.
fn floor(scale: f64) -> f64 {
    scale.max(1e-8)
}

/// Scores of conformalised quantile regression, `max(lower - y, y - upper)` (Romano, Patterson &
/// Candes 2019).
///
/// # Panics
/// If the slices differ in length.
pub fn quantile_scores(outcomes: &[f64], lower: &[f64], upper: &[f64]) -> Vec<f64> {
    assert_eq!(outcomes.len(), lower.len(), "one lower end an outcome");
    assert_eq!(outcomes.len(), upper.len(), "one upper end an outcome");
    let rows = outcomes.iter().zip(lower.iter().zip(upper));
    rows.map(|(y, (low, high))| (low - y).max(y - high))
        .collect()
}

/// `[f - q, f + q]` for every row.
pub fn absolute_intervals(predicted: &[f64], quantile: f64) -> Vec<[f64; 2]> {
    let around = |f: &f64| [f - quantile, f + quantile];
    predicted.iter().map(around).collect()
}

/// `[f - q scale, f + q scale]` for every row.
///
/// # Panics
/// If the slices differ in length.
pub fn normalised_intervals(predicted: &[f64], scale: &[f64], quantile: f64) -> Vec<[f64; 2]> {
    assert_eq!(predicted.len(), scale.len(), "one scale a row");
    let rows = predicted.iter().zip(scale);
    let around = |(f, scale): (&f64, &f64)| {
        let half = quantile * floor(*scale);
        [f - half, f + half]
    };
    rows.map(around).collect()
}

/// `[lower - q, upper + q]` for every row.
///
/// # Panics
/// If the slices differ in length.
pub fn quantile_intervals(lower: &[f64], upper: &[f64], quantile: f64) -> Vec<[f64; 2]> {
    assert_eq!(lower.len(), upper.len(), "two ends a row");
    let rows = lower.iter().zip(upper);
    rows.map(|(low, high)| [low - quantile, high + quantile])
        .collect()
}

/// How the intervals `[f - q, f + q]` of each group code turned out, with a quantile of its own for each
/// (without one they reach everywhere): see
/// [`conformal::group_coverage`](super::conformal::group_coverage). Intervals have no set sizes.
///
/// # Panics
/// If the slices differ in length.
pub fn group_coverage(
    outcomes: &[f64],
    predicted: &[f64],
    groups: &[u32],
    quantiles: &[Option<f64>],
) -> Vec<GroupCoverage> {
    assert_eq!(outcomes.len(), predicted.len(), "one prediction an outcome");
    assert_eq!(outcomes.len(), groups.len(), "one group an outcome");
    let mut counts = vec![(0, 0); quantiles.len()];
    for ((y, f), &group) in outcomes.iter().zip(predicted).zip(groups) {
        if let Some((rows, covered)) = counts.get_mut(group as usize) {
            let holds = quantiles[group as usize].is_none_or(|q| f - q <= *y && *y <= f + q);
            *rows += 1;
            *covered += u64::from(holds);
        }
    }
    let counts = counts.into_iter();
    counts
        .map(|(rows, covered)| GroupCoverage {
            rows,
            covered,
            set_sizes: Vec::new(),
            coverage: mean_of(covered as f64, rows as usize),
            mean_set_size: None,
        })
        .collect()
}

/// How intervals turned out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalQuality {
    /// Share of rows whose outcome lies in their interval, ends included. `None` without rows.
    pub coverage: Option<f64>,
    /// Mean width; an interval whose ends have crossed counts with a negative one. `None` without
    /// rows or where an end is NaN.
    pub mean_width: Option<f64>,
    /// Mean of `width + 2 / alpha * distance outside` (Winkler 1972; Gneiting & Raftery 2007).
    pub winkler: Option<f64>,
}

impl IntervalQuality {
    /// Judges the intervals at miscoverage `alpha`.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of(outcomes: &[f64], intervals: &[[f64; 2]], alpha: f64) -> Self {
        assert_eq!(outcomes.len(), intervals.len(), "one interval an outcome");
        let (mut covered, mut width, mut winkler) = (0_usize, 0.0, 0.0);
        for (y, [low, high]) in outcomes.iter().zip(intervals) {
            covered += usize::from(low <= y && y <= high);
            width += high - low;
            let outside = (low - y).max(y - high).max(0.0);
            winkler += high - low + 2.0 / alpha * outside;
        }
        let n = outcomes.len();
        Self {
            coverage: mean_of(covered as f64, n),
            mean_width: mean_of(width, n),
            winkler: mean_of(winkler, n),
        }
    }
}

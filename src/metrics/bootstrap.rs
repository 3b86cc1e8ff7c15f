//! Bootstrap intervals (Efron 1979) of metrics that follow from counts: what resampling the rows
//! would do to the counts of disjoint cells is a multinomial draw, so no row is ever copied.

use super::uniform::Draws;

/// A 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Rows of a stratum: those that are hits, and the others.
pub type Stratum = (u64, u64);

/// The least share of resamples in which a metric must be defined for it to have an interval.
const LEAST_DEFINED: f64 = 0.95;

/// The percentile intervals of `K` metrics of the counts of disjoint cells, over `repeats`
/// resamples. Seed and name choose the draws. A metric that is undefined in more than 5% of the
/// resamples has no interval.
pub fn count_intervals<const K: usize>(
    cells: &[u64],
    repeats: u32,
    (seed, name): (u64, &str),
    mut metrics: impl FnMut(&[u64]) -> [Option<f64>; K],
) -> [Option<Interval>; K] {
    let mut draws = Draws::new(seed, name);
    let mut resample = vec![0; cells.len()];
    let mut values: [Vec<f64>; K] = std::array::from_fn(|_| Vec::with_capacity(repeats as usize));
    for _ in 0..repeats {
        draw_counts(&mut draws, cells, &mut resample);
        for (values, value) in values.iter_mut().zip(metrics(&resample)) {
            values.extend(value.filter(|v| v.is_finite()));
        }
    }
    values.map(|values| percentile_interval(values, repeats))
}

/// As [`count_intervals`], of cells in pairs: the rows of a pair are resampled by themselves, so that
/// each keeps their number (a stratified bootstrap). The hits of a resampled stratum are one binomial draw.
pub fn stratified_intervals<const K: usize>(
    strata: &[Stratum],
    repeats: u32,
    (seed, name): (u64, &str),
    mut metrics: impl FnMut(&[Stratum]) -> [Option<f64>; K],
) -> [Option<Interval>; K] {
    let mut draws = Draws::new(seed, name);
    let mut resample = strata.to_vec();
    let mut values: [Vec<f64>; K] = std::array::from_fn(|_| Vec::with_capacity(repeats as usize));
    for _ in 0..repeats {
        for (own, resample) in strata.iter().zip(&mut resample) {
            let rows = own.0 + own.1;
            let share = own.0 as f64 / rows.max(1) as f64;
            let hits = draws.binomial(rows, share);
            *resample = (hits, rows - hits);
        }
        for (values, value) in values.iter_mut().zip(metrics(&resample)) {
            values.extend(value.filter(|v| v.is_finite()));
        }
    }
    values.map(|values| percentile_interval(values, repeats))
}

/// The 2.5% and 97.5% quantiles of the values that `repeats` resamples gave.
pub fn percentile_interval(mut values: Vec<f64>, repeats: u32) -> Option<Interval> {
    if values.is_empty() || (values.len() as f64) < LEAST_DEFINED * f64::from(repeats) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    Some(Interval {
        low: quantile(&values, 0.025),
        high: quantile(&values, 0.975),
    })
}

/// As many draws as the cells hold together, each cell as likely as its share: one binomial draw a
/// cell out of what is left.
pub(super) fn draw_counts(draws: &mut Draws, cells: &[u64], resample: &mut [u64]) {
    let mut left: u64 = cells.iter().sum();
    let mut mass = left;
    for (cell, count) in cells.iter().zip(resample) {
        let share = if mass == 0 {
            0.0
        } else {
            *cell as f64 / mass as f64
        };
        *count = draws.binomial(left, share);
        left -= *count;
        mass -= cell;
    }
}

/// The quantile of sorted values, between neighbours by straight lines (Hyndman & Fan 1996, type 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

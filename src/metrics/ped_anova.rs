//! PED-ANOVA (Watanabe, Bansal & Hutter 2023): which parameters matter for being among the best. For
//! each parameter, the Pearson divergence of where the best settings lie from where all lie, both
//! smoothed on a grid by kernels of Scott's width (1992), as Optuna 5 does it.

use super::axis::Axis;
use super::distributions::interval_chance;

/// Share of the settings that count as the best.
pub const BEST_SHARE: f64 = 0.1;

/// Settings below this number have too few among the best to tell anything.
pub const LEAST_TRIALS: usize = 50;

/// Points of a parameter's grid.
const MOST_POINTS: usize = 50;

/// Kernels no narrower than this keep nine tenths of their mass within a point of the grid.
const NARROWEST: f64 = 0.5 / 1.64;

/// Keeps the divergence finite where a density vanishes.
const FLOOR: f64 = 1e-12;

/// The importance of every parameter, adding up to 1; columns are as in [`super::forest::Trials`].
/// All are 0 where the best settings lie as all do. `None` where there are under [`LEAST_TRIALS`].
///
/// # Panics
/// If the columns differ in length from the scores or in number from the axes.
pub fn ped_anova(
    axes: &[Axis],
    columns: &[Vec<f64>],
    scores: &[f64],
    lower_is_better: bool,
) -> Option<Vec<f64>> {
    assert_eq!(axes.len(), columns.len(), "an axis a column");
    let rows = scores.len();
    assert!(
        columns.iter().all(|column| column.len() == rows),
        "one value a setting"
    );
    if rows < LEAST_TRIALS {
        return None;
    }
    let losses = scores.iter().map(|s| if lower_is_better { *s } else { -s });
    let losses: Vec<f64> = losses.collect();
    let mut sorted = losses.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let cutoff = sorted[(BEST_SHARE * rows as f64).ceil() as usize - 1];
    let is_best = |row: &usize| losses[*row] <= cutoff;
    let best: Vec<usize> = (0..rows).filter(is_best).collect();
    let divergence = |(axis, column): (&Axis, &Vec<f64>)| {
        if axis.is_single() {
            return 0.0;
        }
        let all = Density::new(*axis, column.iter().copied());
        let best = Density::new(*axis, best.iter().map(|row| column[*row]));
        let points = all.0.iter().zip(&best.0);
        points
            .map(|(all, best)| all * (best / all - 1.0).powi(2))
            .sum::<f64>()
    };
    let divergences: Vec<f64> = axes.iter().zip(columns).map(divergence).collect();
    let sum: f64 = divergences.iter().sum();
    let share = |divergence: &f64| if sum > 0.0 { divergence / sum } else { 0.0 };
    Some(divergences.iter().map(share).collect())
}

/// How often values fall on each point of a parameter's grid.
struct Density(Vec<f64>);

impl Density {
    fn new(axis: Axis, values: impl Iterator<Item = f64>) -> Self {
        let mut counts = vec![0.0; points(axis)];
        let (low, high) = axis.ends();
        let last = counts.len() - 1;
        let step = (high - low) / last as f64;
        for value in values {
            // Half way between two points goes to the lower one.
            let point = ((axis.place(value) - low) / step - 0.5).ceil();
            counts[(point.max(0.0) as usize).min(last)] += 1.0;
        }
        let smooth = match axis {
            Axis::Categories(_) => smooth_categories(&counts),
            Axis::Range { .. } => smooth_numbers(&counts),
        };
        Self(smooth.into_iter().map(|density| density + FLOOR).collect())
    }
}

fn points(axis: Axis) -> usize {
    match axis {
        Axis::Categories(count) => count,
        Axis::Range {
            low,
            high,
            whole: true,
            log,
        } => {
            let values = high - low + 1.0;
            let points = if log {
                values.log2().ceil() + 1.0
            } else {
                values
            };
            (points as usize).clamp(2, MOST_POINTS)
        }
        Axis::Range { .. } => MOST_POINTS,
    }
}

/// A kernel an observed category, which leaks evenly, and a flat prior of one observation's weight.
fn smooth_categories(counts: &[f64]) -> Vec<f64> {
    let observed = counts.iter().filter(|count| **count > 0.0).count();
    let kernels = observed as f64 + 1.0;
    let categories = counts.len() as f64;
    let all = counts.iter().sum::<f64>() + 1.0;
    let leak = 1.0 / kernels;
    let norm = 1.0 + categories * leak;
    let prior = 1.0 / categories / all;
    let spread = (all - 1.0) / all * leak / norm;
    let density = |count: &f64| prior + spread + count / all / norm;
    counts.iter().map(density).collect()
}

/// A normal kernel at each observed point, cut off at the ends of the grid, and a wide one in the
/// middle with one observation's weight.
fn smooth_numbers(counts: &[f64]) -> Vec<f64> {
    let observed = || counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
    let rows: f64 = counts.iter().sum();
    let width = scott_width(counts, rows);
    let last = (counts.len() - 1) as f64;
    let mut density = vec![0.0; counts.len()];
    let kernels = observed().map(|(point, count)| (point as f64, width, *count));
    let prior = (last / 2.0, last + 1.0, 1.0);
    for (centre, width, weight) in kernels.chain([prior]) {
        let chance =
            |from: f64, to: f64| interval_chance((from - centre) / width, (to - centre) / width);
        let inside = chance(-0.5, last + 0.5);
        for (point, density) in density.iter_mut().enumerate() {
            let point = point as f64;
            *density += weight / (rows + 1.0) * chance(point - 0.5, point + 0.5) / inside;
        }
    }
    density
}

fn scott_width(counts: &[f64], rows: f64) -> f64 {
    let observed = || counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
    let mean = observed().map(|(p, count)| p as f64 * count).sum::<f64>() / rows;
    let squares: f64 = observed()
        .map(|(p, count)| (p as f64 - mean).powi(2) * count)
        .sum();
    let deviation = (squares / (rows - 1.0).max(1.0)).sqrt();
    let mut cumulated = 0.0;
    let sums = observed().map(|(point, count)| {
        cumulated += count;
        (point, cumulated)
    });
    let sums: Vec<(usize, f64)> = sums.collect();
    let last = sums.len() - 1;
    let quarter = sums.partition_point(|(_, sum)| *sum < (rows / 4.0).floor());
    let three = sums.partition_point(|(_, sum)| *sum <= (rows * 3.0 / 4.0).floor());
    let range = sums[three.min(last)].0 as f64 - sums[quarter.min(last)].0 as f64;
    (1.059 * (range / 1.34).min(deviation) * rows.powf(-0.2)).max(NARROWEST)
}

//! Growing one tree by least squares.

use super::{DEEPEST, Extent, Leaf};
use crate::metrics::axis::Axis;

/// Where a box is cut in two: places up to the cut, or one category against the others.
struct Cut {
    axis: usize,
    at: f64,
    gain: f64,
}

/// The leaves of a tree grown on the rows of `sample`.
pub(super) fn leaves(
    axes: &[Axis],
    places: &[Vec<f64>],
    scores: &[f64],
    sample: Vec<usize>,
) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    let whole: Vec<Extent> = axes.iter().map(|axis| Extent::whole(*axis)).collect();
    let mut open = vec![(sample, whole, 0)];
    while let Some((mut rows, extents, depth)) = open.pop() {
        let cut = (depth < DEEPEST)
            .then(|| best_cut(axes, places, scores, &mut rows))
            .flatten();
        let Some(cut) = cut else {
            let sum: f64 = rows.iter().map(|row| scores[*row]).sum();
            leaves.push(Leaf {
                score: sum / rows.len() as f64,
                extents,
            });
            continue;
        };
        let is_left = |row: &usize| match axes[cut.axis] {
            Axis::Range { .. } => places[cut.axis][*row] <= cut.at,
            Axis::Categories(_) => places[cut.axis][*row] == cut.at,
        };
        let (left, right): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(is_left);
        let (left_part, right_part) = split(&extents[cut.axis], cut.at);
        let with = |part| {
            let mut extents = extents.clone();
            extents[cut.axis] = part;
            extents
        };
        let (left_extents, right_extents) = (with(left_part), with(right_part));
        open.push((right, right_extents, depth + 1));
        open.push((left, left_extents, depth + 1));
    }
    leaves
}

fn split(extent: &Extent, at: f64) -> (Extent, Extent) {
    match extent {
        Extent::Places(low, high) => (Extent::Places(*low, at), Extent::Places(at, *high)),
        Extent::Categories(members) => {
            let one = at as usize;
            let alone = (0..members.len()).map(|code| code == one).collect();
            let mut others = members.clone();
            others[one] = false;
            (Extent::Categories(alone), Extent::Categories(others))
        }
    }
}

/// The cut that lowers the sum of squares most; none where the scores or the settings are equal.
fn best_cut(axes: &[Axis], places: &[Vec<f64>], scores: &[f64], rows: &mut [usize]) -> Option<Cut> {
    let first = scores[*rows.first()?];
    if rows.iter().all(|row| scores[*row] == first) {
        return None;
    }
    // Less their mean, so that differences of large scores do not drown in rounding.
    let mean = rows.iter().map(|row| scores[*row]).sum::<f64>() / rows.len() as f64;
    let mut best: Option<Cut> = None;
    for (axis, places) in places.iter().enumerate() {
        rows.sort_unstable_by(|a, b| places[*a].total_cmp(&places[*b]).then(a.cmp(b)));
        let runs = rows.chunk_by(|a, b| places[*a] == places[*b]);
        let runs: Vec<(f64, f64, f64)> = runs
            .map(|run| {
                let sum = run.iter().map(|row| scores[*row] - mean).sum();
                (places[run[0]], run.len() as f64, sum)
            })
            .collect();
        let count: f64 = runs.iter().map(|(_, count, _)| count).sum();
        let total: f64 = runs.iter().map(|(.., sum)| sum).sum();
        let (mut left_count, mut left_sum) = (0.0, 0.0);
        for (index, (place, run_count, run_sum)) in runs.iter().enumerate() {
            let at = match axes[axis] {
                Axis::Range { .. } => {
                    left_count += run_count;
                    left_sum += run_sum;
                    let Some((next, ..)) = runs.get(index + 1) else {
                        break;
                    };
                    f64::midpoint(*place, *next)
                }
                Axis::Categories(_) if runs.len() < 2 => break,
                Axis::Categories(_) => {
                    (left_count, left_sum) = (*run_count, *run_sum);
                    *place
                }
            };
            let right_sum = total - left_sum;
            let gain =
                left_sum * left_sum / left_count + right_sum * right_sum / (count - left_count);
            if gain > best.as_ref().map_or(0.0, |best| best.gain) {
                best = Some(Cut { axis, at, gain });
            }
        }
    }
    best
}

//! The sum over every cell between thresholds: what no row can leave out. Where the thresholds of all
//! features that go together make few cells, it decides.

use super::{InputColumn, SumOfTrees, Tree, thresholds};

/// Cells, and trees looked at in them, beyond which a grid is not gone through.
const MOST_CELLS: usize = 2_000_000;
const MOST_LOOKS: usize = 100_000_000;

/// A value of a column, one for every cell between its thresholds.
pub(super) type Cell = (InputColumn, f32);

/// Two rows that differ in one column only, and the sums for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Drop {
    /// The lower value of the column, and the upper one.
    pub between: (f32, f32),
    /// The columns beside it that matter.
    pub others: Vec<Cell>,
    /// The sum of leaves for the lower value, and for the upper one: in the unit of the raw score.
    pub sums: (f64, f64),
}

/// What the cells have shown.
pub(super) enum Shown {
    /// No step is in the wrong direction.
    Monotone,
    /// The largest step in the wrong direction.
    Broken(Drop),
    /// There are too many cells.
    TooMany,
}

/// A value in every cell of these thresholds: below all, and from each on. Whole numbers where a cell
/// holds one, as people write them.
pub(super) fn representatives(thresholds: &[f32]) -> Vec<f32> {
    let Some(first) = thresholds.first() else {
        return vec![0.0];
    };
    let below = {
        let whole = first.ceil() - 1.0;
        if whole < *first {
            whole
        } else {
            first.next_down()
        }
    };
    let next = thresholds.iter().skip(1).copied().chain([f32::INFINITY]);
    let from = thresholds.iter().zip(next).map(|(from, end)| {
        let whole = from.ceil();
        if whole < end { whole } else { *from }
    });
    std::iter::once(below).chain(from).collect()
}

/// Goes through all cells of the features that go together with `feature` in the trees that split on
/// it: no other tree changes with it.
pub(super) fn search(sum: &SumOfTrees, feature: usize, rises: bool) -> Shown {
    let trees: Vec<&Tree> = sum
        .trees
        .iter()
        .filter(|t| t.features.contains(&feature))
        .collect();
    let mut others: Vec<usize> = trees
        .iter()
        .flat_map(|t| t.features.iter().copied())
        .collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|other| *other != feature);
    let cells = |feature: usize| representatives(&thresholds(trees.iter().copied(), feature));
    let own = cells(feature);
    let sides: Vec<Vec<f32>> = others.iter().map(|other| cells(*other)).collect();
    let all = sides
        .iter()
        .fold(own.len(), |all, side| all.saturating_mul(side.len()));
    if all > MOST_CELLS || all.saturating_mul(trees.len()) > MOST_LOOKS {
        return Shown::TooMany;
    }
    let width = others.last().map_or(0, |last| last + 1).max(feature + 1);
    let mut values = vec![0.0_f32; width];
    let mut places = vec![0; sides.len()];
    let mut worst: Option<(i128, Drop)> = None;
    loop {
        for ((other, side), place) in others.iter().zip(&sides).zip(&places) {
            values[*other] = side[*place];
        }
        let mut before: Option<(f32, i128)> = None;
        for value in &own {
            values[feature] = *value;
            let total: i128 = trees.iter().map(|tree| tree.leaf(|at| values[at])).sum();
            if let Some((lower, earlier)) = before {
                let wrong = if rises {
                    earlier - total
                } else {
                    total - earlier
                };
                if wrong > worst.as_ref().map_or(0, |(most, _)| *most) {
                    let at = others
                        .iter()
                        .filter_map(|o| Some((sum.alone(*o)?, values[*o])));
                    let drop = Drop {
                        between: (lower, *value),
                        others: at.collect(),
                        sums: (sum.unit.value(earlier), sum.unit.value(total)),
                    };
                    worst = Some((wrong, drop));
                }
            }
            before = Some((*value, total));
        }
        // The next cell of the others, as an odometer has it.
        let mut wheels = places.iter_mut().zip(&sides);
        let moved = wheels.any(|(place, side)| {
            *place += 1;
            if *place == side.len() {
                *place = 0;
                return false;
            }
            true
        });
        if !moved {
            break;
        }
    }
    match worst {
        Some((_, drop)) => Shown::Broken(drop),
        None => Shown::Monotone,
    }
}

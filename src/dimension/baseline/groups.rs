//! Both models on the rows of each protected group, and the gaps between the groups.

use super::super::fairness::count_gap_metrics;
use super::super::findings::Findings;
use super::super::intersections;
use super::super::outcome::Outcome;
use super::Moved;
use super::rows::{Rows, flips};
use crate::metrics::classification::Confusion;
use crate::metrics::fairness::count_gaps;
use crate::metrics::group_codes::Codes;
use crate::metrics::influence::Influence;
use crate::metrics::paired::change::Change;
use crate::metrics::paired::delong::auc_change;
use crate::metrics::paired::flips::Flips;
use crate::metrics::paired::means::{influence_change, mean_change};
use crate::metrics::paired::resample::count_changes;
use crate::resource::Attribute;
use crate::vocabulary::Dimension;

/// Gaps between more groups have no interval: each resample draws eight counts a group.
const MOST_GROUPS: usize = 100;
/// Counts of rows by label and both decisions.
const CELLS: usize = 8;

/// Which of the eight counts a row belongs to.
pub(super) fn cell(label: bool, was: bool, now: bool) -> usize {
    usize::from(label) | usize::from(was) << 1 | usize::from(now) << 2
}

/// What the eight counts say of the baseline, and of this run.
pub(super) fn confusions(cells: &[u64]) -> [Confusion; 2] {
    let mut both = [Confusion::default(); 2];
    for (at, count) in cells.iter().enumerate() {
        let label = at & 1 == 1;
        for (side, counts) in both.iter_mut().enumerate() {
            let is_positive = at >> (side + 1) & 1 == 1;
            *match (label, is_positive) {
                (true, true) => &mut counts.true_positives,
                (true, false) => &mut counts.false_negatives,
                (false, true) => &mut counts.false_positives,
                (false, false) => &mut counts.true_negatives,
            } += count;
        }
    }
    both
}

/// Adds what has moved in any group of any attribute and where two attributes meet, and between them.
pub(super) fn moved(rows: &Rows<'_>, moved: &mut Vec<Moved>) {
    let attributes = rows.inputs.resolved.protected().unwrap_or_default();
    let is_binary = matches!(rows.outcome, Outcome::Binary { .. });
    let pairs = if is_binary {
        intersections::of(attributes, &mut Findings::default())
    } else {
        // Of the other tasks pairs are not told.
        Vec::new()
    };
    let singles = attributes.iter();
    let singles = singles.map(|one| (&one.attribute, &one.codes as &dyn Codes));
    let crossed = pairs.iter();
    let crossed = crossed.map(|pair| (&pair.attribute, &pair.codes as &dyn Codes));
    for (attribute, codes) in singles.chain(crossed) {
        let places = places(attribute, codes);
        for (group, places) in attribute.groups.iter().zip(&places) {
            let prefix = format!("{}.{}.{group}", Dimension::Fairness, attribute.name);
            of_group(rows, places, &prefix, moved);
        }
        between(rows, attribute, codes, moved);
    }
}

/// The rows of each group.
fn places(attribute: &Attribute, codes: &dyn Codes) -> Vec<Vec<u32>> {
    let mut places = vec![Vec::new(); attribute.groups.len()];
    for row in 0..codes.rows() {
        if let Some(places) = places.get_mut(codes.code(row) as usize) {
            places.push(row as u32);
        }
    }
    places
}

fn of_group(rows: &Rows<'_>, places: &[u32], prefix: &str, moved: &mut Vec<Moved>) {
    let mut put = |metric: &str, change: Option<Change>| {
        moved.extend(change.map(|change| Moved {
            name: format!("{prefix}.{metric}"),
            change,
        }));
    };
    let pick =
        |scores: &[f64]| -> Vec<f64> { places.iter().map(|row| scores[*row as usize]).collect() };
    match &rows.outcome {
        Outcome::Binary { labels, threshold } => {
            let labels: Vec<bool> = places.iter().map(|row| labels[*row as usize]).collect();
            let (was, now) = (pick(rows.was), pick(&rows.now));
            let decided: Vec<(bool, bool)> = was
                .iter()
                .zip(&now)
                .map(|(was, now)| (*was >= rows.threshold_was, *now >= *threshold))
                .collect();
            let all = || labels.iter().zip(&decided);
            let right = all().map(|(label, (was, now))| (was == label, now == label));
            put("accuracy", Change::of_flips(Flips::of(right)));
            let selected = decided.iter().copied();
            put("selection_rate", Change::of_flips(Flips::of(selected)));
            for (metric, class) in [("tpr", true), ("fpr", false)] {
                let of_class = all().filter(|(label, _)| **label == class);
                let selected = of_class.map(|(_, decided)| *decided);
                put(metric, Change::of_flips(Flips::of(selected)));
            }
            put("auc", auc_change(&labels, &was, &now));
            let [ppv, npv] = predictive_values(rows, all(), prefix);
            put("ppv", ppv);
            put("npv", npv);
        }
        Outcome::Classes { classes, .. } => {
            let decisions = rows.decisions().unwrap_or_default();
            let of_group = || places.iter().filter_map(|row| decisions.get(*row as usize));
            put("accuracy", Change::of_flips(flips(of_group())));
            for class in 0..*classes {
                let name = rows.class(class);
                let selected = of_group().map(|d| (d.was == class, d.now == class));
                let change = Change::of_flips(Flips::of(selected));
                put(&format!("selection_rate.{name}"), change);
                let own = of_group().filter(|d| d.truth == class);
                put(&format!("tpr.{name}"), Change::of_flips(flips(own)));
            }
        }
        Outcome::Numbers(values) => {
            let outcomes = pick(values);
            let (was, now) = (pick(rows.was), pick(&rows.now));
            let errors = |scores: &[f64]| -> Vec<f64> {
                outcomes
                    .iter()
                    .zip(scores)
                    .map(|(y, f)| (y - f).abs())
                    .collect()
            };
            put("mae", mean_change(&errors(&was), &errors(&now)));
            put("mean_prediction", mean_change(&was, &now));
            let residuals = |scores: &[f64]| -> Vec<f64> {
                outcomes.iter().zip(scores).map(|(y, f)| f - y).collect()
            };
            put(
                "mean_residual",
                mean_change(&residuals(&was), &residuals(&now)),
            );
            for (metric, of) in [
                ("rmse", Influence::of_root_mean_squared_error as OfNumbers),
                ("r2", Influence::of_r_squared),
            ] {
                let both = of(&outcomes, &was).zip(of(&outcomes, &now));
                put(
                    metric,
                    both.and_then(|(was, now)| influence_change(&was, &now)),
                );
            }
        }
    }
}

/// A metric of predicted numbers by how each row moves it.
type OfNumbers = fn(&[f64], &[f64]) -> Option<Influence>;

/// The shares of rows that are what they are taken for, of either decision: both models decide so of
/// different rows, so whole rows are drawn.
fn predictive_values<'r>(
    rows: &Rows<'_>,
    of_group: impl Iterator<Item = (&'r bool, &'r (bool, bool))>,
    prefix: &str,
) -> [Option<Change>; 2] {
    let mut cells = [0u64; CELLS];
    for (label, (was, now)) in of_group {
        cells[cell(*label, *was, *now)] += 1;
    }
    let stream = format!("baseline {prefix} predictive values");
    count_changes(
        &cells,
        rows.repeats(),
        (rows.inputs.seed, &*stream),
        |cells| {
            let [was, now] = confusions(cells);
            [
                was.positive_predictive_value()
                    .zip(now.positive_predictive_value()),
                was.negative_predictive_value()
                    .zip(now.negative_predictive_value()),
            ]
        },
    )
}

fn between(rows: &Rows<'_>, attribute: &Attribute, codes: &dyn Codes, moved: &mut Vec<Moved>) {
    let Outcome::Binary { labels, threshold } = &rows.outcome else {
        return;
    };
    let groups = attribute.groups.len();
    if groups > MOST_GROUPS {
        return;
    }
    let mut cells = vec![0; groups * CELLS];
    for (row, label) in labels.iter().enumerate() {
        let group = codes.code(row) as usize;
        let (was, now) = (
            rows.was[row] >= rows.threshold_was,
            rows.now[row] >= *threshold,
        );
        if let Some(count) = cells.get_mut(group * CELLS + cell(*label, was, now)) {
            *count += 1;
        }
    }
    let name = &attribute.name;
    let stream = format!("baseline fairness {name}");
    let seed = (rows.inputs.seed, &*stream);
    let gaps = |cells: &[u64]| {
        let both: Vec<[Confusion; 2]> = cells.chunks_exact(CELLS).map(confusions).collect();
        let side = |side: usize| {
            let groups: Vec<Confusion> = both.iter().map(|both| both[side]).collect();
            count_gap_metrics(&count_gaps(&groups))
        };
        let mut now = side(1).into_iter();
        side(0).map(|(_, was)| was.zip(now.next()?.1))
    };
    let names = count_gap_metrics(&count_gaps(&[])).map(|(name, _)| name);
    let changes = count_changes(&cells, rows.repeats(), seed, gaps);
    for (metric, change) in names.into_iter().zip(changes) {
        moved.extend(change.map(|change| Moved {
            name: format!("fairness.{name}.{metric}"),
            change,
        }));
    }
}

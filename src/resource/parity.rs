//! The comparison of the validated model's scores with those that its training library gave.

use super::predictions::Predictions;
use super::table::{Column, MISSING, list};
use crate::event::Parity;
use crate::metrics::multi_class::most_likely;
use crate::metrics::parity::Differences;
use crate::vocabulary::Task;

/// A few rows that are far off: at most this share of all.
const FEW: f64 = 0.05;
/// Nearly all rows: at least this share.
const MOST: f64 = 0.5;
/// A column of whole numbers has fractions in at most this share of its rows.
const FEW_FRACTIONS: f64 = 0.2;
/// Further off than rounding alone gets.
const FAR: f64 = 1e-3;

/// The model and what it was fed, among which a cause is looked for.
pub(super) struct Fed<'a> {
    /// Has it trees?
    pub(super) has_trees: bool,
    /// The features, as far as they are here.
    pub(super) features: Vec<(&'a str, &'a Column)>,
}

/// Compares the scores row by row.
pub(super) fn compare(
    scores: &Predictions,
    expected: &Predictions,
    task: &Task,
    threshold: f64,
    fed: &Fed<'_>,
) -> Parity {
    let columns = scores.columns;
    let (scores, expected) = (scores.scores(), expected.scores());
    let differences = Differences::between(&scores, &expected, columns);
    Parity {
        rows: differences.rows,
        differing: differences.differing,
        largest: differences.largest,
        largest_row: differences.largest_row,
        flipped: flipped(&scores, &expected, columns, task, threshold),
        cause: in_the_rows(&Differences::rows_between(&scores, &expected, columns), fed)
            .or_else(|| cause(&differences, fed.has_trees).map(str::to_owned)),
    }
}

fn flipped(scores: &[f32], expected: &[f32], columns: usize, task: &Task, threshold: f64) -> u64 {
    let pairs = scores.chunks(columns).zip(expected.chunks(columns));
    let is_flipped = |(a, b): &(&[f32], &[f32])| match task {
        Task::Binary { .. } => {
            let decide = |row: &[f32]| row.first().map(|s| f64::from(*s) >= threshold);
            decide(a) != decide(b)
        }
        Task::MultiClass(_) => most_likely(a) != most_likely(b),
        Task::Regression => false,
    };
    pairs.filter(is_flipped).count() as u64
}

/// What just the rows that differ have in common.
fn in_the_rows(differing: &[usize], fed: &Fed<'_>) -> Option<String> {
    differing.first()?;
    let missing: Vec<&str> = fed
        .features
        .iter()
        .filter(|(_, column)| differing.iter().any(|row| is_missing(column, *row)))
        .map(|(name, _)| *name)
        .collect();
    let lacks = |row: &usize| {
        let mut features = fed.features.iter();
        features.any(|(_, column)| is_missing(column, *row))
    };
    if differing.iter().all(lacks) {
        return Some(format!(
            "every row that is off has a missing value ({}): the export takes missing values another \
             way than the library, or they are fed otherwise",
            list(&missing)
        ));
    }
    let broken = fed.features.iter().find(|(_, column)| {
        let Column::Numbers { values, .. } = column else {
            return false;
        };
        let has_fraction = |row: usize| {
            values
                .get(row)
                .is_some_and(|v| v.is_finite() && v.fract() != 0.0)
        };
        let fractions = (0..values.len()).filter(|row| has_fraction(*row)).count();
        let are_few = fractions as f64 <= FEW_FRACTIONS * values.len() as f64;
        are_few && differing.iter().all(|row| has_fraction(*row))
    });
    broken.map(|(name, _)| {
        format!(
            "every row that is off has a fraction in `{name}`, which holds whole numbers otherwise: codes \
             of categories, perhaps, which the library cuts and the export does not"
        )
    })
}

fn is_missing(column: &Column, row: usize) -> bool {
    match column {
        Column::Numbers { values, .. } => values.get(row).is_some_and(|value| value.is_nan()),
        Column::Texts { codes, .. } => codes.get(row) == Some(&MISSING),
    }
}

/// What usually makes differences of this pattern.
fn cause(differences: &Differences, has_trees: bool) -> Option<&'static str> {
    let share = differences.share().filter(|share| *share > 0.0)?;
    if share <= FEW && differences.largest >= FAR && has_trees {
        return Some(
            "a few rows that are far off, in a model of trees, are the mark of numbers that a scaler \
             or a cast before the trees rounds to float32: rows near a split go the other way. Train \
             on the rounded numbers, or export without the scaler, which trees do not need",
        );
    }
    (share >= MOST).then_some(
        "when most rows differ, it is another model or version, columns in another order, or \
         missing values that are fed otherwise",
    )
}

//! The comparison of the validated model's scores with those that its training library gave.

use super::predictions::Predictions;
use crate::event::Parity;
use crate::metrics::multi_class::most_likely;
use crate::metrics::parity::Differences;
use crate::vocabulary::Task;

/// A few rows that are far off: at most this share of all.
const FEW: f64 = 0.05;
/// Nearly all rows: at least this share.
const MOST: f64 = 0.5;
/// Further off than rounding alone gets.
const FAR: f64 = 1e-3;

/// Compares the scores row by row.
pub(super) fn compare(
    scores: &Predictions,
    expected: &Predictions,
    task: &Task,
    threshold: f64,
    has_trees: bool,
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
        cause: cause(&differences, has_trees).map(str::to_owned),
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

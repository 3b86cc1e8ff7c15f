//! The prediction sets of both models: whether they cover each row, and how large they are.
//!
//! A run tells its quantiles, and with them its scores make its sets again: what calibrated them is not
//! needed for that.

use super::super::findings::Findings;
use super::super::outcome::Outcome;
use super::super::preset::CONFORMAL_ALPHAS;
use super::super::{intersections, uncertainty};
use super::rows::Rows;
use super::{Held, Moved};
use crate::metrics::conformal::{binary_probabilities, is_in_set};
use crate::metrics::group_codes::Codes;
use crate::metrics::paired::change::Change;
use crate::metrics::paired::flips::Flips;
use crate::metrics::paired::means::mean_change;
use crate::resource::Attribute;
use crate::vocabulary::{Dimension, Task};

/// A row's set: does it hold the truth, and how many classes has it?
struct Set {
    holds: bool,
    size: f64,
}

/// Adds what has moved of the coverage of all rows, of each class and of each group.
pub(super) fn moved(rows: &Rows<'_>, held: &Held<'_>, moved: &mut Vec<Moved>) {
    let judged = uncertainty::judged(rows.inputs.catalogue, rows.inputs.seed, rows.outcome.rows());
    let judged: Vec<usize> = (0..rows.outcome.rows())
        .filter(|row| judged.as_ref().is_none_or(|judged| judged[*row]))
        .collect();
    for alpha in CONFORMAL_ALPHAS {
        let prefix = format!("{}.conformal.{alpha:?}", Dimension::Uncertainty);
        let quantile = format!("{prefix}.quantile");
        let quantiles = held.told_was(&quantile).zip(held.told_now(&quantile));
        if let Some((was, now)) = quantiles {
            let sets = [
                sets(&rows.outcome, rows.was, *was),
                sets(&rows.outcome, &rows.now, *now),
            ];
            Judged {
                rows,
                prefix,
                places: &judged,
                sets,
            }
            .report(moved);
        }
    }
}

/// The sets of both models at a level.
struct Judged<'a> {
    rows: &'a Rows<'a>,
    prefix: String,
    /// The rows that judge.
    places: &'a [usize],
    /// The baseline's, and this run's.
    sets: [Vec<Set>; 2],
}

impl Judged<'_> {
    fn report(&self, moved: &mut Vec<Moved>) {
        let mut put = |name: String, change: Option<Change>| {
            let name = format!("{}.{name}", self.prefix);
            moved.extend(change.map(|change| Moved { name, change }));
        };
        put("coverage".to_owned(), self.covered(|_| true));
        let classes = class_names(self.rows);
        if !classes.is_empty() {
            let sizes = |side: usize| -> Vec<f64> {
                self.places
                    .iter()
                    .map(|row| self.sets[side][*row].size)
                    .collect()
            };
            let sizes = mean_change(&sizes(0), &sizes(1));
            put("mean_set_size".to_owned(), sizes);
        }
        for (class, name) in classes.iter().enumerate() {
            let is_of_class = |row: usize| match &self.rows.outcome {
                Outcome::Binary { labels, .. } => usize::from(labels[row]) == class,
                Outcome::Classes { labels, .. } => labels[row] == class,
                Outcome::Numbers(_) => false,
            };
            put(format!("coverage.{name}"), self.covered(is_of_class));
        }
        let attributes = self.rows.inputs.resolved.protected().unwrap_or_default();
        let pairs = intersections::of(attributes, &mut Findings::default());
        let singles = attributes.iter();
        let singles = singles.map(|one| (&one.attribute, &one.codes as &dyn Codes));
        let crossed = pairs.iter();
        let crossed = crossed.map(|pair| (&pair.attribute, &pair.codes as &dyn Codes));
        for (Attribute { name, groups, .. }, codes) in singles.chain(crossed) {
            for (code, group) in groups.iter().enumerate() {
                let covered = self.covered(|row| codes.code(row) as usize == code);
                put(format!("coverage.{name}.{group}"), covered);
            }
        }
    }

    /// The change of the share of these rows whose set holds the truth.
    fn covered(&self, is_counted: impl Fn(usize) -> bool) -> Option<Change> {
        let [was, now] = &self.sets;
        let rows = self.places.iter().filter(|row| is_counted(**row));
        let rows = rows.map(|row| (was[*row].holds, now[*row].holds));
        Change::of_flips(Flips::of(rows))
    }
}

/// What the metrics of a class end with; none of numbers.
fn class_names(rows: &Rows<'_>) -> Vec<String> {
    match rows.inputs.catalogue.task() {
        Task::Binary { .. } => vec!["0".to_owned(), "1".to_owned()],
        Task::MultiClass(classes) => classes.clone(),
        Task::Regression => Vec::new(),
    }
}

/// The sets that a quantile makes of scores; of numbers, intervals around them.
fn sets(outcome: &Outcome, scores: &[f64], quantile: Option<f64>) -> Vec<Set> {
    let of_row = |(row, label): (&[f64], usize)| Set {
        holds: is_in_set(row[label], quantile),
        size: row.iter().filter(|p| is_in_set(**p, quantile)).count() as f64,
    };
    match outcome {
        Outcome::Binary { labels, .. } => {
            let probabilities = binary_probabilities(scores);
            let rows = probabilities.chunks_exact(2);
            let labels = labels.iter().map(|label| usize::from(*label));
            rows.zip(labels).map(of_row).collect()
        }
        Outcome::Classes { labels, classes } => {
            let rows = scores.chunks_exact(*classes);
            rows.zip(labels.iter().copied()).map(of_row).collect()
        }
        Outcome::Numbers(values) => {
            let rows = values.iter().zip(scores);
            let holds = |y: &f64, f: &f64| quantile.is_none_or(|q| f - q <= *y && *y <= f + q);
            let set = |(y, f)| Set {
                holds: holds(y, f),
                size: 1.0,
            };
            rows.map(set).collect()
        }
    }
}

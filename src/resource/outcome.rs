//! What the rows of a table turned out to be, whatever the task.

use super::catalogue::Catalogue;
use super::key::TableId;
use super::table::Table;
use crate::metrics::multi_class;
use crate::vocabulary::{Problem, Task};

/// The true answer of every row.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Of two classes.
    Binary {
        /// Is the row in the positive class?
        labels: Vec<bool>,
        /// From this score on, it is thought to be.
        threshold: f64,
    },
    /// Of several classes.
    Classes {
        /// The class of each row.
        labels: Vec<usize>,
        /// How many classes there are.
        classes: usize,
    },
    /// Numbers.
    Numbers(Vec<f64>),
}

impl Outcome {
    /// Which rows are decided wrongly; `None` for numbers, of which none is a decision.
    pub fn errors(&self, scores: &[f64]) -> Option<Vec<bool>> {
        match self {
            Self::Binary { labels, threshold } => {
                let rows = scores.iter().zip(labels);
                Some(
                    rows.map(|(s, label)| (*s >= *threshold) != *label)
                        .collect(),
                )
            }
            Self::Classes { labels, classes } => {
                let decisions = multi_class::decide(scores, *classes).into_iter();
                Some(
                    decisions
                        .zip(labels)
                        .map(|(d, label)| d != *label)
                        .collect(),
                )
            }
            Self::Numbers(_) => None,
        }
    }

    /// How wrong each row is: `|y - p|`, for several classes `1 - p` of the true one.
    pub fn residuals(&self, scores: &[f64]) -> Vec<f64> {
        let difference = |(truth, score): (f64, &f64)| (truth - score).abs();
        match self {
            Self::Binary { labels, .. } => {
                let labels = labels.iter().map(|label| f64::from(u8::from(*label)));
                labels.zip(scores).map(difference).collect()
            }
            Self::Classes { labels, classes } => {
                let rows = scores.chunks_exact(*classes).zip(labels);
                rows.map(|(row, label)| 1.0 - row[*label]).collect()
            }
            Self::Numbers(values) => values.iter().copied().zip(scores).map(difference).collect(),
        }
    }
}

impl Catalogue {
    /// What the rows of a table turned out to be, by its target. `dataset` has the target of the
    /// dataset, where that is at hand: its classes are known to the other tables.
    pub fn outcome(
        &self,
        id: &TableId,
        table: &Table,
        dataset: Option<&Table>,
    ) -> Result<Outcome, Problem> {
        let target = &self.experiment.dataset.target;
        let about_target = |error: Problem| error.in_column(target);
        Ok(match self.task() {
            Task::Binary { positive } => Outcome::Binary {
                labels: table
                    .labels(target, positive, &self.known_classes())
                    .or_else(|_| {
                        let known = self.classes_known_with(id, dataset);
                        table.labels(target, positive, &known)
                    })
                    .map_err(about_target)?,
                threshold: self.threshold(),
            },
            Task::MultiClass(classes) => Outcome::Classes {
                labels: table.class_labels(target, classes).map_err(about_target)?,
                classes: classes.len(),
            },
            Task::Regression => {
                Outcome::Numbers(table.outcome_numbers(target).map_err(about_target)?)
            }
        })
    }

    /// The classes that are known without the rows of a table, those of the dataset's rows included.
    fn classes_known_with(&self, id: &TableId, dataset: Option<&Table>) -> Vec<String> {
        let mut known = self.known_classes();
        if *id != TableId::Dataset
            && let Some(dataset) = dataset
            && let Ok(column) = dataset.spelt(&self.experiment.dataset.target)
        {
            known.extend(column.categories().0);
        }
        known
    }
}

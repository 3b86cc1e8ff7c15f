//! Both models on the same rows.

use std::collections::BTreeSet;

use super::super::outcome::Outcome;
use super::super::{Inputs, preset};
use super::{Held, Moved, groups};
use crate::metrics::calibration::{
    POSITIVE_CLASS_BINS, expected_calibration_error, maximum_calibration_error, reliability_bins,
};
use crate::metrics::classification::log_loss_of;
use crate::metrics::multi_class;
use crate::metrics::paired::change::Change;
use crate::metrics::paired::delong::{auc_change, macro_auc_change};
use crate::metrics::paired::flips::Flips;
use crate::metrics::paired::means::mean_change;
use crate::metrics::paired::resample::{count_changes, row_change};
use crate::metrics::regression::{r_squared, root_mean_squared_error};
use crate::resource::TableId;
use crate::vocabulary::{Dimension, Problem, Task};

/// Rows drawn in all, of a metric that must be computed anew for each resample: large tables are
/// drawn less often, and vary less.
const MOST_DRAWN: usize = 20_000_000;
const LEAST_REPEATS: u32 = 200;

/// What both models say of every row.
pub(super) struct Rows<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) outcome: Outcome,
    /// The baseline's scores.
    pub(super) was: &'a [f64],
    /// This run's.
    pub(super) now: Vec<f64>,
    /// Where the baseline's are cut, of two classes.
    pub(super) threshold_was: f64,
    dimensions: BTreeSet<Dimension>,
}

/// What a row is, and what both models take it for: 1 is the positive class of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) truth: usize,
    pub(super) was: usize,
    pub(super) now: usize,
}

impl Decision {
    pub(super) fn was_right(self) -> bool {
        self.was == self.truth
    }

    pub(super) fn is_right(self) -> bool {
        self.now == self.truth
    }
}

impl<'a> Rows<'a> {
    pub(super) fn of(
        held: &Held<'_>,
        inputs: &'a Inputs<'a>,
        was: &'a [f64],
    ) -> Result<Self, Problem> {
        let threshold = inputs.catalogue.threshold();
        let now = inputs.scores(TableId::Dataset)?;
        if was.len() != now.len() {
            return Err(Problem::new(format!(
                "the baseline has {} scores for the same rows, and this model {}",
                was.len(),
                now.len()
            )));
        }
        Ok(Self {
            outcome: inputs.outcome(&TableId::Dataset)?,
            now,
            was,
            threshold_was: held.baseline.threshold.unwrap_or(threshold),
            dimensions: held.metrics.keys().copied().collect(),
            inputs,
        })
    }

    /// What is decided of every row; none for numbers.
    pub(super) fn decisions(&self) -> Option<Vec<Decision>> {
        let decisions = |truth: Vec<usize>, was: Vec<usize>, now: Vec<usize>| {
            let rows = truth.into_iter().zip(was.into_iter().zip(now));
            let rows = rows.map(|(truth, (was, now))| Decision { truth, was, now });
            rows.collect()
        };
        match &self.outcome {
            Outcome::Binary { labels, threshold } => {
                let cut = |scores: &[f64], at: f64| {
                    scores.iter().map(|s| usize::from(*s >= at)).collect()
                };
                let truth = labels.iter().map(|label| usize::from(*label)).collect();
                let was = cut(self.was, self.threshold_was);
                Some(decisions(truth, was, cut(&self.now, *threshold)))
            }
            Outcome::Classes { labels, classes } => {
                let decide = |scores| multi_class::decide(scores, *classes);
                Some(decisions(
                    labels.clone(),
                    decide(self.was),
                    decide(&self.now),
                ))
            }
            Outcome::Numbers(_) => None,
        }
    }

    /// What a class is called.
    pub(super) fn class(&self, class: usize) -> String {
        match self.inputs.catalogue.task() {
            Task::Binary { positive } if class == 1 => positive.clone(),
            Task::Binary { positive } => format!("not {positive}"),
            Task::MultiClass(classes) => classes.get(class).cloned().unwrap_or_default(),
            Task::Regression => String::new(),
        }
    }

    /// Was this dimension run?
    pub(super) fn has(&self, dimension: Dimension) -> bool {
        self.dimensions.contains(&dimension)
    }

    pub(super) fn repeats(&self) -> u32 {
        preset::bootstrap_repeats(self.inputs.preset)
    }

    fn row_repeats(&self) -> u32 {
        let most = MOST_DRAWN / self.outcome.rows().max(1);
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.repeats().min(most.max(LEAST_REPEATS))
    }

    /// All metrics of which it is known row by row how they move.
    pub(super) fn moved(&self) -> Vec<Moved> {
        let measures = self.measures();
        let mut moved = Vec::new();
        let mut put = |dimension: Dimension, prefix: &str, names: &[&str]| {
            if !self.dimensions.contains(&dimension) {
                return;
            }
            let named = measures.iter().filter(|(name, _)| names.contains(name));
            moved.extend(named.map(|(name, change)| Moved {
                name: format!("{dimension}.{prefix}{name}"),
                change: change.clone(),
            }));
        };
        let performance = ["auc", "accuracy", "f1", "log_loss", "rmse", "mae", "r2"];
        put(Dimension::Robustness, "baseline.", &performance);
        put(Dimension::Resilience, "base.", &performance);
        let scores = ["brier", "log_loss", "ece", "mce", "rmse", "mae", "r2"];
        put(Dimension::Uncertainty, "", &scores);
        if self.dimensions.contains(&Dimension::Fairness) {
            groups::moved(self, &mut moved);
        }
        moved
    }

    fn measures(&self) -> Vec<(&'static str, Change)> {
        let flips = self.decisions().map(|decisions| flips(&decisions));
        let accuracy = flips.and_then(Change::of_flips);
        let measures = match &self.outcome {
            Outcome::Binary { labels, threshold } => {
                let log_loss = mean_change(
                    &losses(labels, self.was, log_loss_of),
                    &losses(labels, &self.now, log_loss_of),
                );
                vec![
                    ("auc", auc_change(labels, self.was, &self.now)),
                    ("accuracy", accuracy),
                    ("f1", self.f1_change(labels, *threshold)),
                    ("log_loss", log_loss),
                    (
                        "brier",
                        mean_change(
                            &losses(labels, self.was, brier_of),
                            &losses(labels, &self.now, brier_of),
                        ),
                    ),
                    (
                        "ece",
                        self.bin_change(labels, "ece", expected_calibration_error),
                    ),
                    (
                        "mce",
                        self.bin_change(labels, "mce", maximum_calibration_error),
                    ),
                ]
            }
            Outcome::Classes { labels, classes } => {
                let scores = (self.was, &*self.now);
                let losses = |scores: &[f64]| multi_class::row_log_losses(labels, scores, *classes);
                let log_loss = mean_change(&losses(self.was), &losses(&self.now));
                vec![
                    ("auc", macro_auc_change(labels, scores, *classes)),
                    ("accuracy", accuracy),
                    ("f1", self.macro_f1_change(labels, *classes)),
                    ("log_loss", log_loss),
                ]
            }
            Outcome::Numbers(values) => {
                let errors = |scores: &[f64]| -> Vec<f64> {
                    values
                        .iter()
                        .zip(scores)
                        .map(|(y, f)| (y - f).abs())
                        .collect()
                };
                vec![
                    (
                        "rmse",
                        self.number_change(values, "rmse", root_mean_squared_error),
                    ),
                    ("mae", mean_change(&errors(self.was), &errors(&self.now))),
                    ("r2", self.number_change(values, "r2", r_squared)),
                ]
            }
        };
        let known = measures.into_iter();
        known
            .filter_map(|(name, change)| Some((name, change?)))
            .collect()
    }

    fn f1_change(&self, labels: &[bool], threshold: f64) -> Option<Change> {
        let mut cells = [0u64; 8];
        let rows = labels.iter().zip(self.was.iter().zip(&self.now));
        for (label, (was, now)) in rows {
            cells[groups::cell(*label, *was >= self.threshold_was, *now >= threshold)] += 1;
        }
        let seed = (self.inputs.seed, "baseline f1");
        let [change] = count_changes(&cells, self.repeats(), seed, |cells| {
            let [was, now] = groups::confusions(cells);
            [was.f1().zip(now.f1())]
        });
        change
    }

    fn macro_f1_change(&self, labels: &[usize], classes: usize) -> Option<Change> {
        let decide = |scores| multi_class::decide(scores, classes);
        let (was, now) = (decide(self.was), decide(&self.now));
        self.row_change("macro f1", |rows| {
            let f1 = |decisions: &[usize]| {
                let mut counts = multi_class::Confusion::empty(classes);
                for row in rows {
                    counts.add(labels[*row as usize], decisions[*row as usize]);
                }
                counts.macro_f1()
            };
            f1(&was).zip(f1(&now))
        })
    }

    fn bin_change(
        &self,
        labels: &[bool],
        name: &str,
        of: impl Fn(&[crate::metrics::calibration::ReliabilityBin]) -> Option<f64>,
    ) -> Option<Change> {
        if !self.dimensions.contains(&Dimension::Uncertainty) {
            return None;
        }
        self.row_change(name, |rows| {
            let labels: Vec<bool> = rows.iter().map(|row| labels[*row as usize]).collect();
            let error = |scores: &[f64]| {
                let scores = picked(scores, rows);
                of(&reliability_bins(&labels, &scores, POSITIVE_CLASS_BINS)?)
            };
            error(self.was).zip(error(&self.now))
        })
    }

    fn number_change(
        &self,
        values: &[f64],
        name: &str,
        of: impl Fn(&[f64], &[f64]) -> Option<f64>,
    ) -> Option<Change> {
        self.row_change(name, |rows| {
            let truth = picked(values, rows);
            let error = |scores: &[f64]| of(&truth, &picked(scores, rows));
            error(self.was).zip(error(&self.now))
        })
    }

    fn row_change(
        &self,
        name: &str,
        metric: impl FnMut(&[u32]) -> Option<(f64, f64)>,
    ) -> Option<Change> {
        let stream = format!("baseline {name}");
        let seed = (self.inputs.seed, &*stream);
        row_change(self.outcome.rows(), self.row_repeats(), seed, metric)
    }
}

/// How many rows each side decides rightly.
pub(super) fn flips(decisions: &[Decision]) -> Flips {
    Flips::of(decisions.iter().map(|d| (d.was_right(), d.is_right())))
}

fn picked(values: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|row| values[*row as usize]).collect()
}

fn losses(labels: &[bool], scores: &[f64], loss: impl Fn(bool, f64) -> f64) -> Vec<f64> {
    let rows = labels.iter().zip(scores);
    rows.map(|(label, score)| loss(*label, *score)).collect()
}

fn brier_of(label: bool, score: f64) -> f64 {
    (score - f64::from(u8::from(label))).powi(2)
}

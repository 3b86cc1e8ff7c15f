//! How far a metric of a model has moved over the same rows.

use super::super::outcome::Outcome;
use super::super::preset;
use super::groups;
use super::rows::{Rows, flips};
use crate::metrics::calibration::{
    POSITIVE_CLASS_BINS, ReliabilityBin, TOP_LABEL_BINS, expected_calibration_error,
    maximum_calibration_error, reliability_bins,
};
use crate::metrics::classification::log_loss_of;
use crate::metrics::multi_class;
use crate::metrics::paired::change::Change;
use crate::metrics::paired::delong::{auc_change, macro_auc_change};
use crate::metrics::paired::means::mean_change;
use crate::metrics::paired::resample::{count_changes, row_change};
use crate::metrics::regression::{r_squared, root_mean_squared_error};

/// Rows drawn in all, of a metric that must be computed anew for each resample: large tables are
/// drawn less often, and vary less.
const MOST_DRAWN: usize = 20_000_000;
const LEAST_REPEATS: u32 = 200;

impl Rows<'_> {
    /// The change of a metric by its name; none where it is no metric of the task, or undefined.
    pub(super) fn change(&self, metric: &str) -> Option<Change> {
        match &self.outcome {
            Outcome::Binary { labels, threshold } => match metric {
                "auc" => auc_change(labels, self.was, &self.now),
                "accuracy" => self.accuracy_change(),
                "f1" => self.f1_change(labels, *threshold),
                "log_loss" => self.loss_change(labels, log_loss_of),
                "brier" => self.loss_change(labels, brier_of),
                "ece" => self.bin_change(labels, "ece", expected_calibration_error),
                "mce" => self.bin_change(labels, "mce", maximum_calibration_error),
                _ => None,
            },
            Outcome::Classes { labels, classes } => match metric {
                "auc" => macro_auc_change(labels, (self.was, &self.now), *classes),
                "accuracy" => self.accuracy_change(),
                "f1" => self.macro_f1_change(labels, *classes),
                "log_loss" => {
                    let losses = |s: &[f64]| multi_class::row_log_losses(labels, s, *classes);
                    mean_change(&losses(self.was), &losses(&self.now))
                }
                "brier" => {
                    let losses = |scores: &[f64]| -> Vec<f64> {
                        multi_class::row_brier_scores(labels, scores, *classes).collect()
                    };
                    mean_change(&losses(self.was), &losses(&self.now))
                }
                "ece_top_label" => {
                    self.top_label_change(labels, *classes, metric, expected_calibration_error)
                }
                "mce_top_label" => {
                    self.top_label_change(labels, *classes, metric, maximum_calibration_error)
                }
                _ => None,
            },
            Outcome::Numbers(values) => match metric {
                "rmse" => self.number_change(values, "rmse", root_mean_squared_error),
                "mae" => {
                    let errors = |scores: &[f64]| self.outcome.residuals(scores);
                    mean_change(&errors(self.was), &errors(&self.now))
                }
                "r2" => self.number_change(values, "r2", r_squared),
                _ => None,
            },
        }
    }

    /// Resamples of metrics that follow from counts.
    pub(super) fn repeats(&self) -> u32 {
        preset::bootstrap_repeats(self.inputs.preset)
    }

    fn row_repeats(&self) -> u32 {
        let most = MOST_DRAWN / self.outcome.rows().max(1);
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.repeats().min(most.max(LEAST_REPEATS))
    }

    fn accuracy_change(&self) -> Option<Change> {
        Change::of_flips(flips(&self.decisions()?))
    }

    fn loss_change(&self, labels: &[bool], loss: impl Fn(bool, f64) -> f64) -> Option<Change> {
        let losses = |scores: &[f64]| -> Vec<f64> {
            let rows = labels.iter().zip(scores);
            rows.map(|(label, score)| loss(*label, *score)).collect()
        };
        mean_change(&losses(self.was), &losses(&self.now))
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
        of: impl Fn(&[ReliabilityBin]) -> Option<f64>,
    ) -> Option<Change> {
        self.row_change(name, |rows| {
            let labels: Vec<bool> = rows.iter().map(|row| labels[*row as usize]).collect();
            let error = |scores: &[f64]| {
                let scores = picked(scores, rows);
                of(&reliability_bins(&labels, &scores, POSITIVE_CLASS_BINS)?)
            };
            error(self.was).zip(error(&self.now))
        })
    }

    /// Of the bins of the most likely class's score, by which such rows are right.
    fn top_label_change(
        &self,
        labels: &[usize],
        classes: usize,
        name: &str,
        of: impl Fn(&[ReliabilityBin]) -> Option<f64>,
    ) -> Option<Change> {
        let told = |scores: &[f64]| -> Vec<(bool, f64)> {
            let rows = scores.chunks_exact(classes).zip(labels);
            rows.map(|(row, label)| match multi_class::most_likely(row) {
                Some(winner) => (winner == *label, row[winner]),
                None => (false, f64::NAN),
            })
            .collect()
        };
        let (was, now) = (told(self.was), told(&self.now));
        self.row_change(name, |rows| {
            let error = |all: &[(bool, f64)]| {
                let drawn = rows.iter().map(|row| all[*row as usize]);
                let (right, scores): (Vec<bool>, Vec<f64>) = drawn.unzip();
                of(&reliability_bins(&right, &scores, TOP_LABEL_BINS)?)
            };
            error(&was).zip(error(&now))
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

fn picked(values: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|row| values[*row as usize]).collect()
}

fn brier_of(label: bool, score: f64) -> f64 {
    (score - f64::from(u8::from(label))).powi(2)
}

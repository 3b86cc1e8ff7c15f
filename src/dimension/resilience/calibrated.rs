//! Scores that are calibrated, and what is to be expected of rows by them.

use crate::dimension::Inputs;
use crate::dimension::outcome::{Measures, Outcome};
use crate::metrics::drift::{NumericSample, numeric_drift};
use crate::metrics::estimated_classes::{ClassCalibration, ExpectedClasses};
use crate::metrics::estimated_performance::Expected;
use crate::metrics::isotonic::Isotonic;
use crate::resource::TableId;
use crate::vocabulary::Problem;

/// What scores have turned out to mean on rows whose labels are known.
pub(super) struct Calibrated {
    pub(super) fit: Fit,
    pub(super) by: TableId,
    /// The scores that it was fitted on, by class; of two, those of the positive one.
    scores: Vec<NumericSample>,
}

pub(super) enum Fit {
    Two(Isotonic),
    Several(ClassCalibration),
}

impl Calibrated {
    /// None where a score is no number.
    pub(super) fn of(inputs: &Inputs<'_>, by: TableId) -> Result<Option<Self>, Problem> {
        let (outcome, scores) = (inputs.outcome(&by)?, inputs.scores(by.clone())?);
        let fit = match &outcome {
            Outcome::Binary { labels, .. } => Isotonic::fit(&scores, labels).map(Fit::Two),
            Outcome::Classes { labels, classes } => {
                ClassCalibration::fit(labels, &scores, *classes).map(Fit::Several)
            }
            Outcome::Numbers(_) => None,
        };
        let columns = outcome.columns();
        Ok(fit.map(|fit| Self {
            fit,
            by,
            scores: samples(&scores, columns),
        }))
    }

    /// Columns of scores.
    pub(super) fn columns(&self) -> usize {
        self.scores.len()
    }

    /// The chance of each score.
    pub(super) fn at(&self, scores: &[f64]) -> Vec<f64> {
        match &self.fit {
            Fit::Two(fit) => scores.iter().map(|score| fit.at(*score)).collect(),
            Fit::Several(fit) => fit.at(scores),
        }
    }

    /// What is to be expected of scores with these chances; no log loss of what are no probabilities.
    pub(super) fn expected(&self, scores: &[f64], chances: &[f64], cut: Cut) -> Measures {
        let measures = |auc, accuracy, log_loss: Option<f64>, of: &dyn Fn(Of) -> Option<f64>| {
            vec![
                ("auc", auc),
                ("accuracy", accuracy),
                ("f1", of(Expected::f1)),
                ("log_loss", log_loss.filter(|_| cut.is_chance)),
                ("precision", of(Expected::precision)),
                ("recall", of(Expected::recall)),
                ("specificity", of(Expected::specificity)),
            ]
        };
        match &self.fit {
            Fit::Two(_) => {
                let two = Expected::of(scores, chances, cut.threshold);
                measures(two.auc, two.accuracy(), two.log_loss, &|of| of(&two))
            }
            Fit::Several(_) => {
                let several = ExpectedClasses::of(scores, chances, self.scores.len());
                let auc = several.mean(|class| class.auc);
                let (accuracy, log_loss) = (several.accuracy, several.log_loss);
                measures(auc, accuracy, log_loss, &|of| several.mean(of))
            }
        }
    }

    /// How far the scores have moved from those that were calibrated: of the class that has moved most.
    pub(super) fn moved(&self, scores: &[f64]) -> Option<f64> {
        let now = samples(scores, self.scores.len());
        let both = self.scores.iter().zip(&now);
        let moved = both.map(|(was, now)| numeric_drift(was, now).psi);
        let moved: Vec<f64> = moved.collect::<Option<_>>()?;
        moved.into_iter().reduce(f64::max)
    }
}

/// A metric of what is expected.
type Of = fn(&Expected) -> Option<f64>;

/// How scores are read.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Of two classes.
    pub(super) threshold: f64,
    /// Are they probabilities?
    pub(super) is_chance: bool,
}

fn samples(scores: &[f64], columns: usize) -> Vec<NumericSample> {
    let column = |column: usize| -> Vec<f64> {
        scores
            .iter()
            .skip(column)
            .step_by(columns)
            .copied()
            .collect()
    };
    (0..columns)
        .map(|place| NumericSample::new(&column(place)))
        .collect()
}

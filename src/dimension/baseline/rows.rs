//! The same rows, and what two models say of each.

use super::super::Inputs;
use super::super::outcome::Outcome;
use crate::metrics::multi_class;
use crate::metrics::paired::flips::Flips;
use crate::vocabulary::{Problem, Task};

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
    /// Refuses scores of other rows. The baseline's are cut where this run's are, unless it has told.
    pub(super) fn of(
        inputs: &'a Inputs<'a>,
        outcome: Outcome,
        was: &'a [f64],
        now: Vec<f64>,
        threshold_was: Option<f64>,
    ) -> Result<Self, Problem> {
        if was.len() != now.len() {
            return Err(Problem::new(format!(
                "the baseline has {} scores for the same rows, and this model {}",
                was.len(),
                now.len()
            )));
        }
        let threshold = match &outcome {
            Outcome::Binary { threshold, .. } => *threshold,
            Outcome::Classes { .. } | Outcome::Numbers(_) => 0.0,
        };
        Ok(Self {
            inputs,
            outcome,
            was,
            now,
            threshold_was: threshold_was.unwrap_or(threshold),
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

    /// The same rows as the baseline's decisions make them, and its scores: what it erred in.
    pub(super) fn outcome_was(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        outcome.cut_at(self.threshold_was);
        outcome
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
}

/// How many rows each side decides rightly.
pub(super) fn flips<'d>(decisions: impl IntoIterator<Item = &'d Decision>) -> Flips {
    let decisions = decisions.into_iter();
    Flips::of(decisions.map(|d| (d.was_right(), d.is_right())))
}

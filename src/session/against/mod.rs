//! A run held against an earlier one, once its dimensions are over: its rows and scores are asked for like
//! anything else, and the baseline's scores are taken from the tiers below memory.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::driver::Driver;
use super::telling;
use super::workers::Report;
use crate::dimension::baseline::{Baseline, Held, compare, slice_columns};
use crate::dimension::{Inputs, Resolved};
use crate::engine::pool::contain_panic;
use crate::engine::{LoadError, Ticket};
use crate::event::{BaselineComparison, EventKind, GateResult, ScoredRows};
use crate::resource::source::content_of;
use crate::resource::{Key, Resource, TableId};
use crate::vocabulary::{Client, Dimension, Note, Owner, Problem};

/// For whom the rows are loaded.
const CLIENT: &str = "baseline";

/// How far the comparison of a run has come.
#[derive(Default)]
pub(super) enum Against {
    /// Its dimensions are not over.
    #[default]
    Ahead,
    /// Its rows and scores are on their way.
    Loading { ticket: Ticket, keys: Vec<Key> },
    /// The baseline's scores are on their way.
    Fetching {
        keys: Vec<Key>,
        values: Vec<Arc<Resource>>,
    },
    /// It is being made.
    Comparing,
    /// There is none, or it was told.
    Over,
}

impl Driver {
    /// Compares the run with its baseline, if it has one; true while that goes on.
    pub(super) fn hold_against_baseline(&mut self) -> bool {
        self.tell_scored();
        let Some(run) = self.run.as_mut().filter(|_| self.baseline.is_some()) else {
            return false;
        };
        if !matches!(run.against, Against::Ahead) || run.is_cancelled() {
            return false;
        }
        if run.scored_by.is_empty() {
            let why = "none of the dimensions of this run is about the model's scores";
            self.compare_with(Vec::new(), Vec::new(), Err(why.to_owned()));
            return true;
        }
        let mut keys = self.catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::predictions(
            self.catalogue.validated(),
            TableId::Dataset,
        ));
        let groups = run.scored_by.contains(&Dimension::Fairness);
        keys.extend(groups.then_some(Key::ProtectedAttributes(TableId::Dataset)));
        if run.scored_by.contains(&Dimension::Robustness) {
            keys.extend(slice_columns(&self.catalogue));
        }
        let mut seen = HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        let ticket = self.next_ticket();
        if let Some(run) = &mut self.run {
            let keys = keys.clone();
            run.against = Against::Loading { ticket, keys };
        }
        self.engine.acquire(ticket, owner(), keys);
        true
    }

    /// Tells what the model's scores stand for, where that is not known from before.
    fn tell_scored(&mut self) {
        let is_scored = self
            .run
            .as_ref()
            .is_some_and(|run| !run.scored_by.is_empty());
        let scored = is_scored.then(|| self.scored()).flatten();
        if scored.is_some() && scored != self.scored_told {
            self.scored_told.clone_from(&scored);
            if let Some(scored) = scored {
                self.emit(EventKind::RowsScored(Box::new(scored)));
            }
        }
    }

    fn scored(&self) -> Option<ScoredRows> {
        let key = Key::predictions(self.catalogue.validated(), TableId::Dataset);
        let path = &self.catalogue.experiment.dataset.path;
        Some(ScoredRows {
            scores: *self.engine.contents(&[key]).first()?,
            dataset: self.engine.content_of_file(path)?,
            rows: self
                .catalogue
                .schema(&TableId::Dataset)?
                .rows
                .map(|rows| rows as u64),
        })
    }

    /// The rows and scores of the run are there; false where somebody else has asked.
    pub(super) fn rows_to_compare(&mut self, ticket: Ticket, values: &[Arc<Resource>]) -> bool {
        let Some(keys) = self.loading_to_compare(ticket) else {
            return false;
        };
        let values = values.to_vec();
        let ours = self.scored();
        let why = self.baseline.as_ref().and_then(|baseline| {
            other_rows(
                baseline,
                &self.catalogue.experiment.dataset.target,
                ours.as_ref(),
            )
        });
        let wanted = self
            .baseline
            .as_ref()
            .and_then(|baseline| baseline.scored.as_ref());
        let wanted = wanted.map(|scored| scored.scores);
        match (why, wanted) {
            (Some(why), _) => self.compare_with(keys, values, Err(why)),
            (None, Some(wanted)) if ours.is_some_and(|ours| ours.scores == wanted) => {
                let same =
                    own_scores(&keys, &values).ok_or_else(|| "they are not there".to_owned());
                self.compare_with(keys, values, same);
            }
            (None, Some(wanted)) if self.below.is_some() => {
                if let Some(run) = &mut self.run {
                    run.against = Against::Fetching { keys, values };
                }
                if let Some(below) = &self.below {
                    below.ask_for_baseline(wanted);
                }
            }
            (None, _) => {
                let why = "the baseline's scores are kept on the disk or in a shared cache, and both \
                           are off";
                self.compare_with(keys, values, Err(why.to_owned()));
            }
        }
        true
    }

    /// The rows or the scores of the run cannot be had; false where somebody else has asked.
    pub(super) fn no_rows_to_compare(&mut self, ticket: Ticket, why: &str) -> bool {
        let is_own = self.loading_to_compare(ticket).is_some();
        if is_own {
            self.compare_with(Vec::new(), Vec::new(), Err(why.to_owned()));
        }
        is_own
    }

    fn loading_to_compare(&mut self, ticket: Ticket) -> Option<Vec<Key>> {
        let run = self.run.as_mut()?;
        match &mut run.against {
            Against::Loading { ticket: own, keys } if *own == ticket => Some(std::mem::take(keys)),
            _ => None,
        }
    }

    /// Takes the baseline's scores from below, or that they are not there.
    pub(super) fn baseline_scores(&mut self, scores: Option<Vec<f64>>) {
        let Some(run) = &mut self.run else {
            return;
        };
        if let Against::Fetching { keys, values } = &mut run.against {
            let (keys, values) = (std::mem::take(keys), std::mem::take(values));
            let scores = scores.ok_or_else(String::new);
            self.compare_with(keys, values, scores);
        }
    }

    /// Compares on a worker; an empty reason says that the baseline's scores are not kept.
    fn compare_with(
        &mut self,
        keys: Vec<Key>,
        values: Vec<Arc<Resource>>,
        scores: Result<Vec<f64>, String>,
    ) {
        let (Some(run), Some(baseline)) = (&mut self.run, self.baseline.clone()) else {
            return;
        };
        run.against = Against::Comparing;
        let metrics = run.found.clone();
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        let (preset, seed) = (self.settings.preset, self.settings.seed);
        let rows = self.scored().and_then(|scored| scored.rows);
        self.pool.spawn(move || {
            let has_rows = !keys.is_empty();
            let resolved = Resolved::new(keys, values);
            let result = contain_panic(|| {
                let inputs = Inputs {
                    catalogue: &catalogue,
                    preset,
                    seed,
                    resolved: &resolved,
                };
                let scores = scores.map_err(|why| match why.as_str() {
                    "" => not_kept(&baseline),
                    _ => why,
                });
                let held = Held {
                    baseline: &baseline,
                    scores,
                    metrics: &metrics,
                    rows,
                };
                let gates = &catalogue.experiment.baseline_gates;
                let found = compare(&held, has_rows.then_some(&inputs), gates);
                // What hinders a comparison of rows hinders none of the rest.
                let without = |problem: Problem| {
                    let scores = Err(problem.to_string());
                    compare(&Held { scores, ..held }, None, gates)
                };
                found.or_else(without).map_err(LoadError::Failed)
            });
            drop(resolved);
            let result = result.map_err(telling::problem);
            let _ = reports.send(Report::Compared(result.map(Box::new)));
        });
    }

    /// Gives the comparison up, if one goes on, and with it the run, which has nothing else to do.
    pub(super) fn stop_comparing(&mut self) -> bool {
        let Some(run) = &mut self.run else {
            return false;
        };
        if matches!(run.against, Against::Ahead | Against::Over) {
            return false;
        }
        let against = std::mem::replace(&mut run.against, Against::Over);
        run.cancel();
        if let Against::Loading { ticket, .. } = against {
            self.engine.cancel(ticket);
        }
        self.engine.release(&owner());
        self.next_dimension();
        true
    }

    /// The comparison is made.
    pub(super) fn compared(&mut self, result: Result<Box<BaselineComparison>, Problem>) {
        let Some(run) = &mut self.run else {
            return;
        };
        if !matches!(run.against, Against::Comparing) {
            return;
        }
        run.against = Against::Over;
        let found = result.unwrap_or_else(|problem| Box::new(self.not_compared(&problem)));
        self.emit(EventKind::BaselineCompared(found));
        self.engine.release(&owner());
        self.follow_effects();
        self.next_dimension();
    }
}

impl Driver {
    /// Nothing is known, so no gate passes.
    fn not_compared(&self, problem: &Problem) -> BaselineComparison {
        let gates = self.catalogue.experiment.baseline_gates.names();
        let failed = gates.map(|metric| GateResult {
            metric,
            value: None,
            min: None,
            max: None,
            passed: false,
        });
        BaselineComparison {
            name: self
                .baseline
                .as_ref()
                .map(|b| b.name.clone())
                .unwrap_or_default(),
            paired_rows: None,
            unpaired: Some(problem.to_string()),
            metrics: BTreeMap::new(),
            tables: BTreeMap::new(),
            notes: vec![Note::warning(format!("not compared: {problem}"))],
            gates: failed.collect(),
        }
    }
}

fn owner() -> Owner {
    Owner::Client {
        client: Client::from(CLIENT),
    }
}

fn own_scores(keys: &[Key], values: &[Arc<Resource>]) -> Option<Vec<f64>> {
    let mut all = keys.iter().zip(values);
    let (_, scores) = all.find(|(key, _)| matches!(key, Key::Predictions { .. }))?;
    Some(scores.as_predictions().ok()?.scores_f64())
}

/// What is other about the rows of the baseline; none where they are the same.
fn other_rows(baseline: &Baseline, target: &str, ours: Option<&ScoredRows>) -> Option<String> {
    let Some(theirs) = &baseline.scored else {
        return Some(
            "the baseline does not say what its scores are: it has asked for none".to_owned(),
        );
    };
    let Some(ours) = ours else {
        return Some("it is not known which rows this run has".to_owned());
    };
    if baseline.target != target {
        return Some(format!(
            "the baseline's target is `{}`, and that of this run `{target}`",
            baseline.target
        ));
    }
    if theirs.dataset != ours.dataset {
        let rows = match (theirs.rows, ours.rows) {
            (Some(theirs), Some(ours)) if theirs != ours => format!(", {theirs} rows and {ours}"),
            _ => String::new(),
        };
        return Some(format!(
            "the rows are others: the dataset's file is not the one of the baseline ({} then, {} \
             now{rows})",
            theirs.dataset.short(),
            ours.dataset.short()
        ));
    }
    None
}

/// Why the baseline's scores are not there, and what would bring them back.
fn not_kept(baseline: &Baseline) -> String {
    let words = "the baseline's scores are kept in no cache of this machine any more";
    let Some((path, content)) = &baseline.model_file else {
        return words.to_owned();
    };
    let shown = path.display();
    match content_of(path) {
        Some(now) if now == *content => {
            let again = baseline.experiment.as_ref().map_or_else(
                || "run the baseline again".to_owned(),
                |file| format!("`lazydebugger run {}`", file.display()),
            );
            format!(
                "{words}. Its model still lies at {shown} as it was: {again} with this cache scores its \
                 rows anew, and then they can be compared"
            )
        }
        Some(_) => format!("{words}, and {shown} holds another model by now"),
        None => format!("{words}, and its model is not at {shown} any more"),
    }
}

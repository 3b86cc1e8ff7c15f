//! A run held against an earlier one, once its dimensions are over: its rows and scores are asked for like
//! anything else, and the baseline's scores are taken from the tiers below memory.

mod further;
mod scored;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::driver::Driver;
use super::telling;
use super::workers::Report;
use crate::dimension::baseline::{Held, Moved, compare, slice_columns};
use crate::dimension::{Inputs, Resolved};
use crate::engine::pool::contain_panic;
use crate::engine::{LoadError, Ticket};
use crate::event::{BaselineComparison, EventKind, GateResult};
use crate::resource::{Key, Resource, TableId};
use crate::vocabulary::{Client, ContentId, Dimension, Note, Owner, Problem};
use further::FurtherParts;
use scored::{not_kept, other_rows};

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
    Fetching(Loaded),
    /// What was scored beside the dataset is compared, one part after the other.
    Further(Box<FurtherParts>),
    /// It is being made.
    Comparing,
    /// There is none, or it was told.
    Over,
}

/// What was asked for, and what it turned out to be.
#[derive(Clone, Default)]
pub(super) struct Loaded {
    keys: Vec<Key>,
    values: Vec<Arc<Resource>>,
}

impl Loaded {
    /// The scores that come first of it.
    fn scores(&self) -> Option<Vec<f64>> {
        let mut all = self.keys.iter().zip(&self.values);
        let (_, scores) = all.find(|(key, _)| matches!(key, Key::Predictions { .. }))?;
        Some(scores.as_predictions().ok()?.scores_f64())
    }
}

/// What is compared.
enum Compared {
    /// The baseline's scores for the rows, and what has moved beside these.
    Rows {
        loaded: Loaded,
        scores: Arc<Vec<f64>>,
        further: Vec<Moved>,
        unknown: usize,
    },
    /// Two samples, and why.
    Samples(Loaded, Unpaired),
}

/// Why rows are not compared one by one.
enum Unpaired {
    /// The baseline's scores are not kept.
    NotKept,
    Other(String),
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
            self.compare_samples(Loaded::default(), why);
            return true;
        }
        let mut keys = self.catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::predictions(
            self.catalogue.validated(),
            TableId::Dataset,
        ));
        let is_grouped = !self.catalogue.experiment.protected.is_empty();
        let by_group = [Dimension::Fairness, Dimension::Uncertainty];
        let groups = is_grouped && by_group.iter().any(|d| run.scored_by.contains(d));
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

    /// The rows and scores of the run are there; false where somebody else has asked.
    pub(super) fn rows_to_compare(&mut self, ticket: Ticket, values: &[Arc<Resource>]) -> bool {
        let Some(keys) = self.loading_to_compare(ticket) else {
            return self.further_to_compare(ticket, values);
        };
        let values = values.to_vec();
        let loaded = Loaded { keys, values };
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
            (Some(why), _) => self.compare_samples(loaded, &why),
            (None, Some(wanted)) if ours.is_some_and(|ours| ours.scores == wanted) => {
                match loaded.scores() {
                    Some(scores) => self.compare_further(loaded, scores),
                    None => self.compare_samples(loaded, "they are not there"),
                }
            }
            (None, Some(wanted)) if self.below.is_some() => {
                if let Some(run) = &mut self.run {
                    run.against = Against::Fetching(loaded);
                }
                if let Some(below) = &self.below {
                    below.ask_for_baseline(vec![wanted]);
                }
            }
            (None, _) => {
                let why = "the baseline's scores are kept on the disk or in a shared cache, and both \
                           are off";
                self.compare_samples(loaded, why);
            }
        }
        true
    }

    /// The rows or the scores of the run cannot be had; false where somebody else has asked.
    pub(super) fn no_rows_to_compare(&mut self, ticket: Ticket, why: &str) -> bool {
        if self.no_further_to_compare(ticket) {
            return true;
        }
        let is_own = self.loading_to_compare(ticket).is_some();
        if is_own {
            self.compare_samples(Loaded::default(), why);
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

    /// Takes the baseline's scores from below, in the order that they were asked for; none where one of
    /// them is not there. What a run asked for that was given up is passed over.
    pub(super) fn baseline_scores(&mut self, asked: &[ContentId], scores: Option<Vec<Vec<f64>>>) {
        let wanted = self
            .baseline
            .as_ref()
            .and_then(|baseline| baseline.scored.as_ref())
            .map(|scored| scored.scores);
        let Some(run) = &mut self.run else {
            return;
        };
        match &mut run.against {
            Against::Fetching(loaded) if asked.first().copied() == wanted => {
                let loaded = std::mem::take(loaded);
                match scores.and_then(|scores| scores.into_iter().next()) {
                    Some(scores) => self.compare_further(loaded, scores),
                    None => self.compare_with(Compared::Samples(loaded, Unpaired::NotKept)),
                }
            }
            Against::Further(parts) if parts.has_asked_for(asked) => self.further_scores(scores),
            _ => {}
        }
    }

    fn compare_samples(&mut self, loaded: Loaded, why: &str) {
        let why = Unpaired::Other(why.to_owned());
        self.compare_with(Compared::Samples(loaded, why));
    }

    /// Compares on a worker.
    fn compare_with(&mut self, compared: Compared) {
        let (Some(run), Some(baseline)) = (&mut self.run, self.baseline.clone()) else {
            return;
        };
        run.against = Against::Comparing;
        let metrics = run.found.clone();
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        let (preset, seed) = (self.settings.preset, self.settings.seed);
        let rows = self.scored().and_then(|scored| scored.rows);
        self.pool.spawn(move || {
            let (loaded, scores, further, unknown) = match compared {
                Compared::Rows {
                    loaded,
                    scores,
                    further,
                    unknown,
                } => (loaded, Ok(scores), further, unknown),
                Compared::Samples(loaded, why) => (loaded, Err(why), Vec::new(), 0),
            };
            let has_rows = !loaded.keys.is_empty();
            let resolved = Resolved::new(loaded.keys, loaded.values);
            let result = contain_panic(|| {
                let inputs = Inputs {
                    catalogue: &catalogue,
                    preset,
                    seed,
                    resolved: &resolved,
                };
                let held = Held {
                    baseline: &baseline,
                    scores: scores.map_err(|why| match why {
                        Unpaired::NotKept => not_kept(&baseline),
                        Unpaired::Other(why) => why,
                    }),
                    metrics: &metrics,
                    rows,
                    further,
                    unknown,
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
        match against {
            Against::Loading { ticket, .. } => self.engine.cancel(ticket),
            Against::Further(parts) => self.stop_further(&parts),
            _ => {}
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

//! What was scored beside the dataset - rows under disturbance, other tables, other models -, one part after
//! the other: what one takes goes before the next comes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::driver::Driver;
use super::super::telling;
use super::super::workers::Report;
use super::{Against, Compared, Loaded};
use crate::dimension::baseline::{Further, Moved, parts};
use crate::dimension::{Inputs, Resolved};
use crate::engine::pool::contain_panic;
use crate::engine::{LoadError, Ticket};
use crate::resource::Resource;
use crate::vocabulary::{Client, ContentId, Owner, Problem};

/// For whom the scores of a part are loaded.
const CLIENT: &str = "baseline, beside the dataset";

/// The parts that are still to come, and what those before have shown.
pub(in crate::session) struct FurtherParts {
    /// The dataset's rows.
    rows: Loaded,
    /// The baseline's scores for them.
    scores: Arc<Vec<f64>>,
    waiting: VecDeque<Further>,
    /// The one that is being compared.
    part: Option<(Further, Step)>,
    moved: Vec<Moved>,
    /// Those of which the baseline's scores are not there.
    unknown: usize,
}

impl FurtherParts {
    /// Are these the scores that it waits for?
    pub(super) fn has_asked_for(&self, contents: &[ContentId]) -> bool {
        let part = self.part.as_ref();
        part.is_some_and(|(part, step)| {
            matches!(step, Step::Fetching(_)) && part.wanted() == contents
        })
    }
}

enum Step {
    /// This run's scores are on their way.
    Loading(Ticket),
    /// The baseline's are.
    Fetching(Vec<Arc<Resource>>),
    Computing,
}

impl Driver {
    /// Begins with what was scored beside the dataset; its rows are there.
    pub(super) fn compare_further(&mut self, rows: Loaded, scores: Vec<f64>) {
        let ours = self.scored();
        let (Some(run), Some(baseline), Some(ours)) = (&mut self.run, &self.baseline, ours) else {
            return;
        };
        let preset = self.settings.preset;
        let (waiting, unknown) = parts(&self.catalogue, preset, &run.found, (&ours, baseline));
        run.against = Against::Further(Box::new(FurtherParts {
            rows,
            scores: Arc::new(scores),
            waiting: waiting.into(),
            part: None,
            moved: Vec::new(),
            unknown,
        }));
        self.next_further();
    }

    fn further(&mut self) -> Option<&mut FurtherParts> {
        match &mut self.run.as_mut()?.against {
            Against::Further(parts) => Some(&mut **parts),
            _ => None,
        }
    }

    /// Goes on with the next part; after the last, all is compared.
    fn next_further(&mut self) {
        self.engine.release(&owner());
        let ticket = self.next_ticket();
        let Some(parts) = self.further() else {
            return;
        };
        if let Some(part) = parts.waiting.pop_front() {
            let keys = part.keys().cloned().collect();
            parts.part = Some((part, Step::Loading(ticket)));
            self.engine.acquire(ticket, owner(), keys);
            return;
        }
        let compared = Compared::Rows {
            loaded: std::mem::take(&mut parts.rows),
            scores: std::mem::take(&mut parts.scores),
            further: std::mem::take(&mut parts.moved),
            unknown: parts.unknown,
        };
        self.compare_with(compared);
    }

    /// A part cannot be compared; the others can.
    fn skip_further(&mut self) {
        if let Some(parts) = self.further() {
            parts.unknown += 1;
        }
        self.next_further();
    }

    /// This run's scores of a part are there; false where somebody else has asked.
    pub(super) fn further_to_compare(&mut self, ticket: Ticket, values: &[Arc<Resource>]) -> bool {
        let Some((part, step)) = self.further().and_then(|parts| parts.part.as_mut()) else {
            return false;
        };
        if !matches!(step, Step::Loading(own) if *own == ticket) {
            return false;
        }
        *step = Step::Fetching(values.to_vec());
        let (scores, wanted) = (part.scores().to_vec(), part.wanted().to_vec());
        if self.engine.contents(&scores) == wanted {
            // Nobody need ask for what is here.
            let own = values.iter().take(scores.len());
            let own = own.map(|value| Some(value.as_predictions().ok()?.scores_f64()));
            self.further_scores(own.collect());
        } else if let Some(below) = &self.below {
            below.ask_for_baseline(wanted);
        } else {
            self.skip_further();
        }
        true
    }

    /// This run's scores of a part cannot be had; false where somebody else has asked.
    pub(super) fn no_further_to_compare(&mut self, ticket: Ticket) -> bool {
        let part = self.further().and_then(|parts| parts.part.as_ref());
        let is_own =
            part.is_some_and(|(_, step)| matches!(step, Step::Loading(own) if *own == ticket));
        if is_own {
            self.skip_further();
        }
        is_own
    }

    /// Takes the baseline's scores of a part, or that they are not there.
    pub(super) fn further_scores(&mut self, scores: Option<Vec<Vec<f64>>>) {
        let baseline = self.baseline.clone();
        let threshold = baseline.and_then(|baseline| baseline.threshold);
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        let (preset, seed) = (self.settings.preset, self.settings.seed);
        let Some(parts) = self.further() else {
            return;
        };
        let Some((part, step)) = &mut parts.part else {
            return;
        };
        let Step::Fetching(values) = step else {
            return;
        };
        let values = std::mem::take(values);
        *step = Step::Computing;
        let Some(scores) = scores else {
            self.skip_further();
            return;
        };
        let part = part.clone();
        let rows = parts.rows.clone();
        let calm = parts.scores.clone();
        self.pool.spawn(move || {
            let keys = rows.keys.into_iter().chain(part.keys().cloned());
            let values = rows.values.into_iter().chain(values);
            let resolved = Resolved::new(keys.collect(), values.collect());
            let result = contain_panic(|| {
                let inputs = Inputs {
                    catalogue: &catalogue,
                    preset,
                    seed,
                    resolved: &resolved,
                };
                let moved = part.moved(&inputs, threshold, &calm, &scores);
                moved.map_err(LoadError::Failed)
            });
            drop(resolved);
            let _ = reports.send(Report::PartCompared(result.map_err(telling::problem)));
        });
    }

    /// A part is compared.
    pub(in crate::session) fn part_compared(&mut self, result: Result<Vec<Moved>, Problem>) {
        let Some(parts) = self.further() else {
            return;
        };
        if !matches!(parts.part, Some((_, Step::Computing))) {
            return;
        }
        parts.part = None;
        match result {
            Ok(moved) => {
                parts.moved.extend(moved);
                self.next_further();
            }
            Err(_) => self.skip_further(),
        }
        self.follow_effects();
    }

    /// Gives them up.
    pub(super) fn stop_further(&mut self, parts: &FurtherParts) {
        if let Some((_, Step::Loading(ticket))) = &parts.part {
            self.engine.cancel(*ticket);
        }
        self.engine.release(&owner());
    }
}

fn owner() -> Owner {
    Owner::Client {
        client: Client::from(CLIENT),
    }
}

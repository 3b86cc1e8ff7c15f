//! Outcomes that earlier sessions have left: before a run loads anything, it asks whether what each of
//! its dimensions would find is known already.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::below::Answer;
use super::driver::Driver;
use super::identity::Identity;
use super::outcome::found;
use super::run::Run;
use crate::dimension::{self, Findings};
use crate::engine::{Ticket, Workload as _};
use crate::event::{EventKind, KeptOutcome};
use crate::resource::{Catalogue, Key, TableId};
use crate::vocabulary::{Dimension, Owner, ResourceName, TierLookup, TierName};

/// An outcome that was kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recalled {
    pub(super) findings: Findings,
    pub(super) tier: TierName,
    /// How long ago it was found, in seconds.
    pub(super) age_seconds: u64,
    /// How long that took.
    pub(super) seconds: f64,
}

/// What a run has asked of outcomes that were kept.
#[derive(Default)]
pub(super) struct Recalls {
    /// Dimensions whose contents are being told.
    identifying: BTreeMap<Ticket, Identifying>,
    /// Dimensions of which tiers have been asked.
    asked: BTreeMap<Dimension, (Identity, Vec<Key>)>,
    /// What was found.
    found: BTreeMap<Dimension, Found>,
    /// The request that tells what the validated model's scores stand for.
    identifying_scores: Option<Ticket>,
    scores: Scores,
}

/// Whether the validated model's scores are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scores {
    /// Nobody has asked.
    #[default]
    Unknown,
    Asked,
    Kept,
    Absent,
}

type ContentKey = crate::vocabulary::ContentId;

/// An outcome that was kept, and what it stands for.
struct Found {
    recalled: Recalled,
    identity: Identity,
    keys: Vec<Key>,
}

struct Identifying {
    dimension: Dimension,
    keys: Vec<Key>,
    catalogue: Arc<Catalogue>,
}

impl Recalls {
    fn is_over(&self) -> bool {
        self.identifying.is_empty() && self.asked.is_empty()
    }

    /// Are the validated model's scores for the dataset kept? Then nobody need open it for them.
    pub(super) fn are_scores_kept(&self) -> bool {
        self.scores == Scores::Kept
    }

    pub(super) fn has(&self, dimension: Dimension) -> bool {
        self.found.contains_key(&dimension)
    }

    fn take(&mut self, dimension: Dimension) -> Option<Found> {
        self.found.remove(&dimension)
    }

    /// The requests that are open.
    pub(super) fn tickets(&self) -> Vec<Ticket> {
        let identifying = self.identifying.keys().copied();
        identifying.chain(self.identifying_scores).collect()
    }
}

/// The name of an outcome where resources have theirs.
pub(super) fn name_of(dimension: Dimension) -> ResourceName {
    ResourceName::from(format!("outcome:{dimension}").as_str())
}

/// Findings as bytes; none where they would not come back as they are.
pub(super) fn to_bytes(findings: &Findings) -> Option<Vec<u8>> {
    let bytes = serde_json::to_vec(&Body { findings }).ok()?;
    (from_bytes(&bytes)? == *findings).then_some(bytes)
}

/// The findings that the bytes were made of.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Findings> {
    let body: OwnedBody = serde_json::from_slice(bytes).ok()?;
    Some(body.findings)
}

#[derive(Serialize)]
struct Body<'f> {
    findings: &'f Findings,
}

#[derive(Deserialize)]
struct OwnedBody {
    findings: Findings,
}

impl Driver {
    /// Asks what the dimensions of the run stand for, to use what is known of them; false when there
    /// is nobody to ask, or nothing to ask about.
    pub(super) fn recall(&mut self) -> bool {
        let is_wanted = self.run.as_ref().is_some_and(|run| !run.is_anew());
        if self.below.is_none() || self.part.is_some() || !is_wanted {
            return false;
        }
        let waiting = self.run.as_ref().map(Run::bound_dimensions);
        let mut requests = Vec::new();
        for dimension in waiting.unwrap_or_default() {
            if let Ok(keys) = self.planner.needs(dimension) {
                requests.push((self.next_ticket(), dimension, keys));
            }
        }
        let catalogue = self.catalogue.clone();
        let Some(run) = self.run.as_mut().filter(|_| !requests.is_empty()) else {
            return false;
        };
        run.begin_recalling();
        for (ticket, dimension, keys) in &requests {
            let identifying = Identifying {
                dimension: *dimension,
                keys: keys.clone(),
                catalogue: catalogue.clone(),
            };
            run.recalls.identifying.insert(*ticket, identifying);
        }
        for (ticket, dimension, keys) in requests {
            self.engine.identify(ticket, Owner::from(dimension), keys);
        }
        true
    }

    /// It is known what a dimension of the run stands for: what was found of that is asked for.
    pub(super) fn identified(&mut self, ticket: Ticket) {
        let Some(run) = &mut self.run else {
            return;
        };
        if run
            .recalls
            .identifying_scores
            .take_if(|t| *t == ticket)
            .is_some()
        {
            self.scores_identified();
            return;
        }
        let Some(identifying) = run.recalls.identifying.remove(&ticket) else {
            return;
        };
        let Identifying {
            dimension,
            keys,
            catalogue,
        } = identifying;
        if !self.check_parts(&keys) {
            return;
        }
        let Some(run) = &mut self.run else {
            return;
        };
        // What became known meanwhile may make it something else.
        if Arc::ptr_eq(&catalogue, &self.catalogue)
            && let Some(below) = &self.below
        {
            let settings = &self.settings;
            let identity = Identity::of(dimension, &catalogue, settings, &keys, &self.engine);
            below.ask_for_outcome(dimension, identity.clone());
            run.recalls.asked.insert(dimension, (identity, keys));
        }
        self.go_on_if_recalled();
    }

    /// Takes what a tier has of an outcome.
    pub(super) fn outcome_found(
        &mut self,
        dimension: Dimension,
        id: ContentKey,
        answer: &Answer,
        recalled: Option<Recalled>,
    ) {
        let read = match &answer.lookup {
            TierLookup::Hit { bytes, .. } => *bytes,
            TierLookup::Miss(_) => 0,
        };
        self.emit(EventKind::TierAsked {
            name: name_of(dimension),
            tier: answer.tier,
            lookup: answer.lookup.clone(),
            seconds: answer.seconds,
        });
        self.trace_change(&answer.lookup);
        let Some(run) = &mut self.run else {
            return;
        };
        let asked = run.recalls.asked.get(&dimension);
        if asked.is_none_or(|(asked, _)| asked.id != id) {
            return;
        }
        if let Some((identity, keys)) = run.recalls.asked.remove(&dimension)
            && let Some(recalled) = recalled
        {
            let name = name_of(dimension);
            self.recalled
                .push((name, identity.id, identity.named_parts()));
            let found = Found {
                recalled,
                identity,
                keys,
            };
            run.recalls.found.insert(dimension, found);
            self.emit(EventKind::TierRead {
                name: name_of(dimension),
                tier: answer.tier,
                bytes: read,
                // The answer came with it.
                seconds: 0.0,
            });
        }
        self.go_on_if_recalled();
    }

    fn go_on_if_recalled(&mut self) {
        let Some(run) = self.run.as_ref().filter(|run| run.is_recalling()) else {
            return;
        };
        if !run.recalls.is_over() {
            return;
        }
        let waiting = run.bound_dimensions();
        let is_all_known = waiting.iter().all(|dimension| run.recalls.has(*dimension));
        match run.recalls.scores {
            Scores::Unknown
                if !is_all_known && !run.shows_only() && !self.catalogue.is_precomputed() =>
            {
                self.ask_for_scores();
            }
            Scores::Asked => {}
            _ => self.set_up(),
        }
    }

    /// Asks whether the validated model's scores are kept: a strategy that loads the model first need
    /// not do so then.
    fn ask_for_scores(&mut self) {
        let ticket = self.next_ticket();
        if let Some(run) = &mut self.run {
            run.recalls.scores = Scores::Asked;
            run.recalls.identifying_scores = Some(ticket);
        }
        let owner = Owner::Strategy;
        self.engine.identify(ticket, owner, vec![self.scores_key()]);
    }

    fn scores_key(&self) -> Key {
        Key::predictions(self.catalogue.validated(), TableId::Dataset)
    }

    fn scores_identified(&mut self) {
        let key = self.scores_key();
        match (self.engine.contents(&[key]).first(), &self.below) {
            (Some(content), Some(below)) => below.ask_for_scores(*content),
            _ => self.scores_found(false),
        }
    }

    /// Takes whether the validated model's scores are kept.
    pub(super) fn scores_found(&mut self, kept: bool) {
        if let Some(run) = &mut self.run
            && run.recalls.scores == Scores::Asked
        {
            run.recalls.scores = if kept { Scores::Kept } else { Scores::Absent };
            self.go_on_if_recalled();
        }
    }

    /// Asks whether the experiment is as it was when its results were kept, to show them at once. Nothing
    /// is read for it but what is kept.
    pub(super) fn look_for_results(&self) {
        if let Some(below) = self.below.as_ref().filter(|_| self.watches_files) {
            let files = self.catalogue.files().map(|path| {
                let key = Key::File(path.into());
                (self.catalogue.name(&key), path.to_owned())
            });
            below.ask_for_results(files.collect());
        }
    }

    /// Takes the dimensions of which results are kept for the files as they are.
    pub(super) fn results_found(&mut self, dimensions: &[Dimension]) {
        if self.run.is_none() && self.runs == 0 && !dimensions.is_empty() {
            self.run = Some(Run::to_show(dimensions));
            self.bind_run();
        }
    }

    /// Goes on with those dimensions only of which results are known.
    pub(super) fn show_what_is_known(&mut self) {
        if let Some(run) = &mut self.run {
            let recalls = &run.recalls;
            run.waiting.retain(|dimension| recalls.has(*dimension));
            self.next_dimension();
        }
    }

    /// Gives up showing what is known: somebody asks for more.
    pub(super) fn stop_showing(&mut self) {
        let Some(run) = self.run.take_if(|run| run.shows_only()) else {
            return;
        };
        for ticket in run.recalls.tickets() {
            self.engine.cancel(ticket);
        }
        self.stop_asking_for_run();
    }

    /// Ends a dimension of the run with what was found of it before; true when it goes on with
    /// something else, because a file has changed.
    pub(super) fn finish_recalled(&mut self, dimension: Dimension) -> bool {
        let recalls = self.run.as_mut().map(|run| &mut run.recalls);
        let Some(known) = recalls.and_then(|recalls| recalls.take(dimension)) else {
            return false;
        };
        let Found {
            recalled,
            identity,
            keys,
        } = known;
        let started = Instant::now();
        self.emit(EventKind::DimensionStarted {
            dimension,
            resources: keys.len(),
        });
        match self.check_versions(dimension, &keys) {
            Ok(true) => return true,
            Ok(false) => {}
            Err(problem) => {
                let outcome = super::outcome::broken(dimension, problem, started);
                self.finish_dimension(dimension, outcome);
                return true;
            }
        }
        self.note_versions(dimension, &keys);
        let Recalled {
            mut findings,
            tier,
            age_seconds,
            seconds,
        } = recalled;
        let gates = self.catalogue.experiment.gates_of(dimension.name());
        let gates = dimension::judge(dimension, gates, &mut findings);
        let mut outcome = found(findings, gates, started, false);
        outcome.rests_on = identity.parts;
        outcome.kept = Some(KeptOutcome {
            tier,
            age_seconds,
            seconds,
        });
        self.finish_dimension(dimension, outcome);
        true
    }
}

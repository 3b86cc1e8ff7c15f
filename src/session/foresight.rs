//! What earlier selections say of the next run, and what it pays to load ahead for it. Nothing is loaded
//! here.

use std::collections::HashMap;

use super::planner::Planner;
use super::remembered::scope;
use crate::demand_forecast::{
    Continuation, Distribution, Evidence, Forecaster, MARGIN, Outlook, Selection, Stake, pays,
};
use crate::engine::Workload as _;
use crate::engine::graph::closure;
use crate::event::{DemandForecast, Opinion, PlannedPrefetch, PredictorShare};
use crate::history::Selections;
use crate::resource::Key;
use crate::vocabulary::Dimension;

/// Where a resource would be put that is loaded ahead.
pub(super) enum Place {
    /// It is there already.
    Taken,
    /// In the place of these, or of none.
    Of(Vec<Key>),
    /// There is none for it.
    Missing,
}

/// What has been learnt of an experiment's users.
pub(super) struct Foresight {
    forecaster: Forecaster,
    continuation: Continuation,
    /// How long nothing is under way before a run, as it was before: the middle of all times.
    usual_idle_seconds: Option<f64>,
    /// Runs of this session.
    runs: usize,
}

impl Foresight {
    /// By what is remembered of an experiment.
    pub(super) fn of(experiment: &str, past: &Selections) -> Self {
        let mut selections = Vec::new();
        let mut waits = Vec::new();
        let mut sessions: Vec<(u64, usize)> = Vec::new();
        for one in past.of(experiment) {
            let selection: Selection = one.dimensions.iter().copied().collect();
            let runs = usize::from(!selection.is_empty());
            match sessions
                .iter_mut()
                .find(|(session, _)| *session == one.session)
            {
                Some((_, so_far)) => *so_far += runs,
                None => sessions.push((one.session, runs)),
            }
            if runs > 0 {
                selections.push(selection);
                waits.push(one.waited_seconds);
            }
        }
        waits.sort_by(f64::total_cmp);
        Self {
            forecaster: Forecaster::of(selections),
            continuation: Continuation::of(sessions.into_iter().map(|(_, runs)| runs)),
            usual_idle_seconds: waits.get(waits.len() / 2).copied(),
            runs: 0,
        }
    }

    /// These are run now.
    pub(super) fn learn(&mut self, dimensions: &[Dimension]) {
        self.forecaster.learn(dimensions.iter().copied().collect());
        self.runs += 1;
    }

    /// Runs of this session.
    pub(super) fn runs(&self) -> usize {
        self.runs
    }

    /// Selections that it has learnt from.
    pub(super) fn learnt(&self) -> usize {
        self.forecaster.learnt()
    }

    /// Is it worth being listened to?
    pub(super) fn is_open(&self) -> bool {
        self.forecaster.gate().is_open()
    }

    /// What it says of the next selection.
    pub(super) fn outlook(&self) -> Outlook {
        self.forecaster.outlook()
    }

    /// What it pays to load ahead or to keep where `next` is expected and `open` dimensions have no
    /// results, the surest first and inputs before what is made from them.
    pub(super) fn paying(
        &self,
        planner: &Planner,
        next: &Distribution,
        open: &[Dimension],
        place: impl Fn(&Key) -> Place,
    ) -> Vec<(Key, Stake)> {
        let another_run = self.continuation.probability(self.runs);
        let needed_by = needed_by(planner, open);
        let probability = |key: &Key| {
            let dimensions = needed_by.get(key).copied().unwrap_or_default();
            another_run * next.of_any(dimensions)
        };
        let seconds = planner.known_seconds();
        let declared = planner.declared().iter();
        let mut keys: Vec<&Key> = declared
            .filter(|key| needed_by.contains_key(*key))
            .collect();
        keys.sort_by(|one, other| probability(other).total_cmp(&probability(one)));
        let mut idle = self.usual_idle_seconds.unwrap_or(f64::INFINITY);
        let mut paying = Vec::new();
        for key in keys {
            let Some(load_seconds) = seconds.get(key).copied() else {
                continue;
            };
            // What is there already takes no time of the lanes.
            let (hidden_seconds, takes, gone) = match place(key) {
                Place::Taken => (load_seconds, 0.0, Vec::new()),
                Place::Of(gone) => (load_seconds.min(idle), load_seconds, gone),
                Place::Missing => continue,
            };
            let harm = gone.iter().map(|gone| {
                let again = seconds.get(gone).copied().unwrap_or(0.0);
                probability(gone) * again
            });
            let stake = Stake {
                probability: probability(key),
                hidden_seconds,
                load_seconds,
                harm_seconds: harm.sum(),
            };
            if pays(&stake) {
                idle = (idle - takes).max(0.0);
                paying.push((key.clone(), stake));
            }
        }
        paying
    }

    /// All of it, with what is loaded ahead.
    pub(super) fn forecast(
        &self,
        outlook: &Outlook,
        ahead: Vec<PlannedPrefetch>,
    ) -> DemandForecast {
        let of = |d: &Dimension| (*d, outlook.mixture.of_dimension(*d));
        let predictors = outlook.shares.iter().map(|share| PredictorShare {
            predictor: share.predictor,
            weight: share.weight,
            opinions: Dimension::ALL
                .iter()
                .zip(&share.evidence)
                .map(|(d, evidence)| opinion(share.distribution.of_dimension(*d), evidence))
                .collect(),
        });
        DemandForecast {
            selections: self.learnt(),
            gain: self.forecaster.gate().gain(),
            margin: MARGIN,
            is_open: self.is_open(),
            another_run: self.continuation.probability(self.runs),
            dimensions: Dimension::ALL.iter().map(of).collect(),
            predictors: predictors.collect(),
            ahead,
        }
    }
}

/// What a session with a screen would expect that begins now, its memory empty, and what it would load
/// ahead; none where nothing has been run before.
pub fn demand_forecast(planner: &Planner) -> Option<DemandForecast> {
    let (experiment, _) = scope(&planner.catalogue.experiment);
    let foresight = Foresight::of(&experiment.to_string(), &planner.history.selections);
    if foresight.learnt() == 0 {
        return None;
    }
    let outlook = foresight.outlook();
    let open: Vec<Dimension> = Dimension::ALL
        .into_iter()
        .filter(|d| planner.needs(*d).is_ok())
        .collect();
    let settings = &planner.catalogue.experiment.engine;
    let room = settings.memory_budget_bytes.unwrap_or(u64::MAX);
    let place = |key: &Key| {
        if planner.catalogue.estimated_bytes(key) <= Some(room) {
            Place::Of(Vec::new())
        } else {
            Place::Missing
        }
    };
    let paying = if settings.prefetch && foresight.is_open() {
        foresight.paying(planner, &outlook.mixture, &open, place)
    } else {
        Vec::new()
    };
    let ahead = planned(planner, paying.iter());
    Some(foresight.forecast(&outlook, ahead))
}

/// Loads ahead by name.
pub(super) fn planned<'a>(
    planner: &Planner,
    paying: impl Iterator<Item = &'a (Key, Stake)>,
) -> Vec<PlannedPrefetch> {
    let planned = paying.map(|(key, stake)| PlannedPrefetch {
        name: planner.catalogue.name(key),
        probability: stake.probability,
        hidden_seconds: stake.hidden_seconds,
        load_seconds: stake.load_seconds,
        harm_seconds: stake.harm_seconds,
    });
    planned.collect()
}

/// The dimensions of these that would load each resource.
fn needed_by(planner: &Planner, open: &[Dimension]) -> HashMap<Key, Selection> {
    let mut needed_by: HashMap<Key, Vec<Dimension>> = HashMap::new();
    for dimension in open {
        let keys = planner.roots(*dimension);
        for key in closure(&*planner.catalogue, &keys).unwrap_or_default() {
            needed_by.entry(key).or_default().push(*dimension);
        }
    }
    let needed_by = needed_by.into_iter();
    needed_by
        .map(|(key, dimensions)| (key, dimensions.into_iter().collect()))
        .collect()
}

fn opinion(probability: f64, evidence: &Evidence) -> Opinion {
    let after = evidence.after.iter();
    Opinion {
        probability,
        was_selected: evidence.was_selected,
        after: after
            .map(|selection| selection.dimensions().collect())
            .collect(),
        times: evidence.times,
        followed: evidence.followed,
    }
}

//! Loading ahead, while nobody waits: what earlier selections say will be needed, where they say
//! anything and where it pays.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use super::driver::Driver;
use crate::demand_forecast::{
    Continuation, Evidence, Forecaster, MARGIN, Outlook, Selection, Stake, WINDOW, pays,
};
use crate::engine::graph::closure;
use crate::engine::{LoadError, LoadFailure, Ticket, Workload as _};
use crate::event::{DemandForecast, EventKind, Opinion, PlannedPrefetch, PredictorShare};
use crate::history::{PastSelection, Selections};
use crate::resource::Key;
use crate::vocabulary::{Dimension, Owner, Strategy};

/// More likely than not: how columns are taken is chosen for these.
const LIKELY: f64 = 0.5;

/// What is loaded ahead, and what speaks for it.
pub(super) struct Ahead {
    /// Names the experiment in the history.
    experiment: String,
    /// Names this session there.
    session: u64,
    forecaster: Forecaster,
    continuation: Continuation,
    /// How long nothing is under way before a run, as it was before: the middle of all times.
    usual_idle_seconds: Option<f64>,
    /// Since when nothing is.
    idle_since: Instant,
    /// Runs of this session.
    runs: usize,
    /// Dimensions whose results stand: a run finds them, and loads nothing.
    known: [bool; Dimension::ALL.len()],
    /// What is still to be loaded ahead; none: that is to be thought over.
    queue: Option<VecDeque<Key>>,
    under_way: HashMap<Ticket, Key>,
    /// What could not be loaded.
    failed: HashSet<Key>,
    /// The user has cleared something: nothing is loaded before the next run.
    is_paused: bool,
    told: Option<DemandForecast>,
}

impl Ahead {
    /// By what is remembered of an experiment.
    pub(super) fn of(experiment: String, session: u64, past: &Selections) -> Self {
        let mut selections = Vec::new();
        let mut waits = Vec::new();
        let mut sessions: Vec<(u64, usize)> = Vec::new();
        for one in past.of(&experiment) {
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
            experiment,
            session,
            forecaster: Forecaster::of(selections),
            continuation: Continuation::of(sessions.into_iter().map(|(_, runs)| runs)),
            usual_idle_seconds: waits.get(waits.len() / 2).copied(),
            idle_since: Instant::now(),
            runs: 0,
            known: [false; Dimension::ALL.len()],
            queue: None,
            under_way: HashMap::new(),
            failed: HashSet::new(),
            is_paused: false,
            told: None,
        }
    }

    /// What pays is to be thought over: something has changed that it hangs on.
    pub(super) fn think_over(&mut self) {
        self.queue = None;
    }

    /// A dimension's results stand from now on, or do not any more.
    pub(super) fn note_results(&mut self, dimension: Dimension, stand: bool) {
        self.known[dimension as usize] = stand;
    }

    /// Files or settings have changed: no results stand.
    pub(super) fn forget_results(&mut self) {
        self.known = [false; Dimension::ALL.len()];
        self.think_over();
    }

    /// Nothing is under way any more.
    pub(super) fn run_ended(&mut self) {
        self.idle_since = Instant::now();
        self.is_paused = false;
        self.think_over();
    }

    /// Was this one of its requests?
    pub(super) fn answered(&mut self, ticket: Ticket) -> bool {
        self.under_way.remove(&ticket).is_some()
    }
}

impl Driver {
    /// Dimensions are run: earlier and later forecasts learn from it.
    pub(super) fn remember_selection(&mut self, dimensions: &[Dimension]) {
        let waited = self.ahead.idle_since.elapsed().as_secs_f64();
        self.record_selection(dimensions.to_vec(), waited);
        self.ahead
            .forecaster
            .learn(dimensions.iter().copied().collect());
        self.ahead.runs += 1;
        self.ahead.think_over();
    }

    /// The session ends: one in which nothing was run tells that, too.
    pub(super) fn remember_idle_session(&mut self) {
        if self.ahead.runs == 0 && self.watches_files {
            let waited = self.ahead.idle_since.elapsed().as_secs_f64();
            self.record_selection(Vec::new(), waited);
        }
    }

    fn record_selection(&mut self, dimensions: Vec<Dimension>, waited: f64) {
        let (experiment, session) = (self.ahead.experiment.clone(), self.ahead.session);
        let past = PastSelection::now(experiment, session, dimensions, waited);
        self.planner.history.selections.record(past);
    }

    /// Dimensions that are likely to be run next, where history teaches that.
    pub(super) fn likely_dimensions(&self) -> Vec<Dimension> {
        if !self.settings.prefetch || !self.watches_files || !self.ahead.forecaster.gate().is_open()
        {
            return Vec::new();
        }
        let next = self.ahead.forecaster.outlook().mixture;
        let all = Dimension::ALL.into_iter();
        all.filter(|d| next.of_dimension(*d) > LIKELY).collect()
    }

    /// Stops loading ahead, until the next run is over; false when nothing was.
    pub(super) fn stop_prefetching(&mut self) -> bool {
        self.ahead.is_paused = true;
        self.ahead.under_way.clear();
        let was_under_way = self.engine.is_prefetching();
        self.engine.stop_prefetching();
        was_under_way
    }

    /// Something that was to be loaded ahead could not be; false when it was another request.
    pub(super) fn prefetch_failed(&mut self, ticket: Ticket, failure: &LoadFailure) -> bool {
        let Some(key) = self.ahead.under_way.remove(&ticket) else {
            return false;
        };
        if failure.error != LoadError::Cancelled {
            self.ahead.failed.insert(key);
        }
        true
    }

    /// Loads ahead what comes next, if nobody waits for anything.
    pub(super) fn prefetch_next(&mut self) {
        let is_idle = self.settings.prefetch
            && self.watches_files
            && !self.ahead.is_paused
            && self.run.is_none()
            && self.preloads.is_empty()
            && self.is_understood()
            && !self.is_asking();
        // What is answered at once leaves nothing to wait for.
        while is_idle && !self.engine.is_loading() {
            if self.ahead.queue.is_none() {
                self.choose_what_to_prefetch();
                self.follow_effects();
            }
            let Some(key) = self.ahead.queue.as_mut().and_then(VecDeque::pop_front) else {
                return;
            };
            if !self.engine.is_resident(&key) && self.engine.would_go_for(&key).is_some() {
                let ticket = self.next_ticket();
                self.ahead.under_way.insert(ticket, key.clone());
                self.engine.prefetch(ticket, key);
                self.follow_effects();
            }
        }
    }

    /// Decides what pays, and tells it where that is new. What was loaded ahead and does not pay any
    /// more is let go.
    fn choose_what_to_prefetch(&mut self) {
        let outlook = self.ahead.forecaster.outlook();
        let is_open = self.ahead.forecaster.gate().is_open();
        let chosen = if is_open {
            self.paying(&outlook)
        } else {
            Vec::new()
        };
        let kept: Vec<Key> = chosen.iter().map(|(key, _)| key.clone()).collect();
        self.engine.release_all_but(&Owner::Prefetch, &kept);
        let ahead: Vec<PlannedPrefetch> = chosen
            .iter()
            .filter(|(key, _)| !self.engine.is_resident(key))
            .map(|(key, stake)| PlannedPrefetch {
                name: self.catalogue.name(key),
                probability: stake.probability,
                hidden_seconds: stake.hidden_seconds,
                load_seconds: stake.load_seconds,
                harm_seconds: stake.harm_seconds,
            })
            .collect();
        self.ahead.queue = Some(kept.into());
        if is_open || self.ahead.forecaster.learnt() >= WINDOW {
            let forecast = self.forecast_of(&outlook, is_open, ahead);
            if self.ahead.told.as_ref() != Some(&forecast) {
                self.ahead.told = Some(forecast.clone());
                self.emit(EventKind::DemandForecast(Box::new(forecast)));
            }
        }
    }

    /// What it pays to load ahead or to keep, the surest first and inputs before what is made from them.
    fn paying(&mut self, outlook: &Outlook) -> Vec<(Key, Stake)> {
        let selected: Selection = self.selected_dimensions().into_iter().collect();
        // Under `adaptive` what is selected counts before it is run.
        let next = match self.settings.strategy {
            Strategy::Adaptive if !selected.is_empty() => outlook.mixture.given(selected),
            _ => outlook.mixture,
        };
        let another_run = self.ahead.continuation.probability(self.ahead.runs);
        let needed_by = self.needed_by();
        let probability = |key: &Key| {
            let dimensions = needed_by.get(key).copied().unwrap_or_default();
            another_run * next.of_any(dimensions)
        };
        let seconds = self.planner.known_seconds();
        let needed = |key: &&Key| needed_by.contains_key(*key) && !self.ahead.failed.contains(*key);
        let mut keys: Vec<&Key> = self.planner.declared().iter().filter(needed).collect();
        keys.sort_by(|one, other| probability(other).total_cmp(&probability(one)));
        let mut idle = self.ahead.usual_idle_seconds.unwrap_or(f64::INFINITY);
        let mut paying = Vec::new();
        for key in keys {
            let Some(load_seconds) = seconds.get(key).copied() else {
                continue;
            };
            let is_resident = self.engine.is_resident(key);
            let gone = if is_resident {
                Vec::new()
            } else {
                match self.engine.would_go_for(key) {
                    Some(gone) => gone,
                    None => continue,
                }
            };
            let harm = gone.iter().map(|gone| {
                let again = seconds.get(gone).copied().unwrap_or(0.0);
                probability(gone) * again
            });
            let stake = Stake {
                probability: probability(key),
                hidden_seconds: if is_resident {
                    load_seconds
                } else {
                    load_seconds.min(idle)
                },
                load_seconds,
                harm_seconds: harm.sum(),
            };
            if pays(&stake) {
                if !is_resident {
                    idle = (idle - load_seconds).max(0.0);
                }
                paying.push((key.clone(), stake));
            }
        }
        paying
    }

    /// The dimensions that would load each resource: those whose results are not known.
    fn needed_by(&self) -> HashMap<Key, Selection> {
        let mut needed_by: HashMap<Key, Vec<Dimension>> = HashMap::new();
        for dimension in Dimension::ALL {
            let is_open = !self.ahead.known[dimension as usize]
                && self.unavailable[dimension as usize].is_none();
            if is_open {
                let keys = self.planner.roots(dimension);
                for key in closure(&*self.catalogue, &keys).unwrap_or_default() {
                    needed_by.entry(key).or_default().push(dimension);
                }
            }
        }
        let needed_by = needed_by.into_iter();
        needed_by
            .map(|(key, dimensions)| (key, dimensions.into_iter().collect()))
            .collect()
    }

    /// What the present selection uses is never evicted for what is loaded ahead.
    pub(super) fn protect_selection(&mut self) {
        let selected = self.selected_dimensions().into_iter();
        let keys: Vec<Key> = selected.flat_map(|d| self.planner.roots(d)).collect();
        let keys = closure(&*self.catalogue, &keys).unwrap_or_default();
        self.engine.protect(keys);
        self.ahead.think_over();
    }

    fn forecast_of(
        &self,
        outlook: &Outlook,
        is_open: bool,
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
            selections: self.ahead.forecaster.learnt(),
            gain: self.ahead.forecaster.gate().gain(),
            margin: MARGIN,
            is_open,
            another_run: self.ahead.continuation.probability(self.ahead.runs),
            dimensions: Dimension::ALL.iter().map(of).collect(),
            predictors: predictors.collect(),
            ahead,
        }
    }
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

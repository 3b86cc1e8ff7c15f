//! Loading ahead, while nobody waits: what earlier selections say will be needed, where they say
//! anything and where it pays.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use super::driver::Driver;
use super::foresight::{Foresight, Place, planned};
use crate::demand_forecast::{Outlook, Selection, Stake, WINDOW};
use crate::engine::graph::closure;
use crate::engine::{LoadError, LoadFailure, Ticket};
use crate::event::{DemandForecast, EventKind};
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
    foresight: Foresight,
    /// Since when nothing is.
    idle_since: Instant,
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
        Self {
            foresight: Foresight::of(&experiment, past),
            experiment,
            session,
            idle_since: Instant::now(),
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
        self.ahead.foresight.learn(dimensions);
        self.ahead.think_over();
    }

    /// The session ends: one in which nothing was run tells that, too.
    pub(super) fn remember_idle_session(&mut self) {
        if self.ahead.foresight.runs() == 0 && self.watches_files {
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
        if !self.settings.prefetch || !self.watches_files || !self.ahead.foresight.is_open() {
            return Vec::new();
        }
        let next = self.ahead.foresight.outlook().mixture;
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
        let outlook = self.ahead.foresight.outlook();
        let is_open = self.ahead.foresight.is_open();
        let chosen = if is_open {
            self.paying(&outlook)
        } else {
            Vec::new()
        };
        let kept: Vec<Key> = chosen.iter().map(|(key, _)| key.clone()).collect();
        self.engine.release_all_but(&Owner::Prefetch, &kept);
        let absent = chosen
            .iter()
            .filter(|(key, _)| !self.engine.is_resident(key));
        let ahead = planned(&self.planner, absent);
        self.ahead.queue = Some(kept.into());
        if is_open || self.ahead.foresight.learnt() >= WINDOW {
            let forecast = self.ahead.foresight.forecast(&outlook, ahead);
            if self.ahead.told.as_ref() != Some(&forecast) {
                self.ahead.told = Some(forecast.clone());
                self.emit(EventKind::DemandForecast(Box::new(forecast)));
            }
        }
    }

    /// What it pays to load ahead or to keep.
    fn paying(&self, outlook: &Outlook) -> Vec<(Key, Stake)> {
        let selected: Selection = self.selected_dimensions().into_iter().collect();
        // Under `adaptive` what is selected counts before it is run.
        let next = match self.settings.strategy {
            Strategy::Adaptive if !selected.is_empty() => outlook.mixture.given(selected),
            _ => outlook.mixture,
        };
        let is_open = |d: &Dimension| {
            !self.ahead.known[*d as usize] && self.unavailable[*d as usize].is_none()
        };
        let open: Vec<Dimension> = Dimension::ALL.into_iter().filter(is_open).collect();
        let place = |key: &Key| {
            if self.ahead.failed.contains(key) {
                Place::Missing
            } else if self.engine.is_resident(key) {
                Place::Taken
            } else {
                let gone = self.engine.would_go_for(key);
                gone.map_or(Place::Missing, Place::Of)
            }
        };
        let foresight = &self.ahead.foresight;
        foresight.paying(&self.planner, &next, &open, place)
    }

    /// What the present selection uses is never evicted for what is loaded ahead.
    pub(super) fn protect_selection(&mut self) {
        let selected = self.selected_dimensions().into_iter();
        let keys: Vec<Key> = selected.flat_map(|d| self.planner.roots(d)).collect();
        let keys = closure(&*self.catalogue, &keys).unwrap_or_default();
        self.engine.protect(keys);
        self.ahead.think_over();
    }
}

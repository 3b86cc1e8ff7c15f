//! How long things took: from the start of the process to what a user waits for; and what loading in
//! parallel gained, the loads of a run against the clock and the longest chain of loads that had to
//! wait for each other.

use std::collections::{BTreeSet, HashMap};

use super::{Ledger, LoadSpan, SpanEnd};
use crate::vocabulary::ResourceName;

/// From the start of the process to what a user waits for, of the last run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timings {
    /// Until the experiment was understood.
    pub understood_seconds: Option<f64>,
    /// Time in which at least one file was being hashed; part of the others.
    pub identify_seconds: f64,
    /// Until the first dimension began to compute.
    pub setup_seconds: Option<f64>,
    /// Until the first dimension ended that was not cancelled.
    pub first_result_seconds: Option<f64>,
    /// Until the last event.
    pub total_seconds: f64,
}

impl Timings {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let run = ledger.runs.last();
        let since_start = |t: f64| ledger.process_seconds + t;
        Self {
            understood_seconds: ledger.understood_at.map(since_start),
            identify_seconds: ledger.identifying.seconds(ledger.now),
            setup_seconds: run.and_then(|run| run.first_computing_at).map(since_start),
            first_result_seconds: run.and_then(|run| run.first_result_at).map(since_start),
            total_seconds: since_start(ledger.now),
        }
    }
}

/// How long at least one of several things of a kind was under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Busy {
    under_way: usize,
    since: f64,
    seconds: f64,
}

impl Busy {
    pub(super) fn begin(&mut self, t: f64) {
        if self.under_way == 0 {
            self.since = t;
        }
        self.under_way += 1;
    }

    /// One that began has ended.
    pub(super) fn end(&mut self, t: f64) {
        self.under_way = self.under_way.saturating_sub(1);
        if self.under_way == 0 {
            self.seconds += t - self.since;
        }
    }

    fn seconds(&self, now: f64) -> f64 {
        match self.under_way {
            0 => self.seconds,
            _ => self.seconds + now - self.since,
        }
    }
}

/// The finished loads of the last run, in time.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadTimes {
    /// How many there were.
    pub loads: usize,
    /// All of them one after another, where what was made in one pass counts once.
    pub sum_seconds: f64,
    /// Time in which at least one was under way.
    pub wall_seconds: f64,
    /// The longest chain of loads each of which needed the one before it.
    pub critical_path: Vec<ResourceName>,
    /// How long that chain took: with any number of workers, loading takes no less.
    pub critical_path_seconds: f64,
}

impl LoadTimes {
    /// How many times faster than one after another.
    pub fn speedup(&self) -> f64 {
        self.sum_seconds / self.wall_seconds
    }

    /// The most that [`LoadTimes::speedup`] could have been.
    pub fn speedup_bound(&self) -> f64 {
        self.sum_seconds / self.critical_path_seconds
    }

    /// None when the last run loaded nothing.
    pub(super) fn of(ledger: &Ledger) -> Option<Self> {
        let began = ledger.runs.last()?.started_at;
        let in_run = ledger.spans.iter().filter(|s| s.started_at >= began);
        let loads: Vec<(&LoadSpan, f64)> = in_run.filter_map(|s| Some((s, finished(s)?))).collect();
        // What one worker makes in one pass takes its time once.
        let workers: BTreeSet<usize> = loads.iter().map(|(span, _)| span.worker).collect();
        let of_worker = |worker| {
            let its = loads.iter().filter(move |(span, _)| span.worker == worker);
            covered(its.map(|(span, end)| (span.started_at, *end)))
        };
        let sum_seconds: f64 = workers.into_iter().map(of_worker).sum();
        if sum_seconds <= 0.0 {
            return None;
        }
        let wall_seconds = covered(loads.iter().map(|(span, end)| (span.started_at, *end)));
        let (critical_path, critical_path_seconds) = longest_chain(ledger, &loads);
        Some(Self {
            loads: loads.len(),
            sum_seconds,
            wall_seconds,
            critical_path,
            critical_path_seconds,
        })
    }
}

/// Time in which at least one of these was under way; they are by start time.
fn covered(spans: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut seconds = 0.0;
    let mut until = f64::NEG_INFINITY;
    for (start, end) in spans {
        seconds += (end - start.max(until)).max(0.0);
        until = until.max(end);
    }
    seconds
}

fn finished(span: &LoadSpan) -> Option<f64> {
    let (end, how) = span.ended?;
    (how == SpanEnd::Finished).then_some(end)
}

/// `loads` are by start time; a load needs the loads of its inputs that ended last before it.
fn longest_chain(ledger: &Ledger, loads: &[(&LoadSpan, f64)]) -> (Vec<ResourceName>, f64) {
    let mut latest: HashMap<&ResourceName, usize> = HashMap::new();
    // Seconds of the longest chain that ends in each load, and the load before it.
    let mut chains: Vec<(f64, Option<usize>)> = Vec::with_capacity(loads.len());
    for (at, (span, end)) in loads.iter().enumerate() {
        let resource = ledger.resource(&span.name);
        let inputs = resource.into_iter().flat_map(|r| &r.inputs);
        let loaded = inputs.filter_map(|input| latest.get(input).copied());
        let before = loaded
            .filter(|i| loads[*i].1 <= span.started_at)
            .max_by(|a, b| chains[*a].0.total_cmp(&chains[*b].0));
        let so_far = before.map_or(0.0, |i| chains[i].0);
        chains.push((so_far + end - span.started_at, before));
        latest.insert(&span.name, at);
    }
    let ends = 0..chains.len();
    let last = ends.max_by(|a, b| chains[*a].0.total_cmp(&chains[*b].0));
    let mut path = Vec::new();
    let mut next = last;
    while let Some(at) = next {
        path.push(loads[at].0.name.clone());
        next = chains[at].1;
    }
    path.reverse();
    (path, last.map_or(0.0, |at| chains[at].0))
}

//! What the log amounts to at this moment.

use super::{Ledger, LoadTimes, RunRecord, Timings};
use crate::vocabulary::{Choice, Dimension, Owner, Strategy};

impl Ledger {
    /// The dimensions that are selected, in running order.
    pub fn selected(&self) -> Vec<Dimension> {
        Dimension::ALL
            .into_iter()
            .filter(|d| self.dimension(*d).selected)
            .collect()
    }

    /// The dimensions whose results are out of date, since files that they rest on have changed.
    pub fn out_of_date(&self) -> Vec<Dimension> {
        let all = Dimension::ALL.into_iter();
        all.filter(|d| !self.dimension(*d).changed_files().is_empty())
            .collect()
    }

    /// The gates on dimensions that have no result, by metric.
    pub fn unjudged_gates(&self) -> impl Iterator<Item = (&str, Dimension)> {
        let gates = self.experiment.iter().flat_map(|e| &e.gates);
        gates.filter_map(|metric| {
            let dimension = Choice::named(metric.split('.').next()?)?;
            let is_judged = self.dimension(dimension).outcome.is_some();
            (!is_judged).then_some((metric.as_str(), dimension))
        })
    }

    /// The gates on how far a run is from its baseline, where it was held against none.
    pub fn unjudged_baseline_gates(&self) -> impl Iterator<Item = &str> {
        let gates = self.experiment.iter().flat_map(|e| &e.gates);
        let of_baseline = gates.filter(|metric| metric.starts_with("baseline."));
        of_baseline
            .map(String::as_str)
            .filter(|_| self.baseline.is_none())
    }

    /// Is there a plan to speak of: is anything selected, or does a run go on?
    pub fn has_plan(&self) -> bool {
        self.active_run().is_some() || self.dimensions.iter().any(|d| d.selected)
    }

    /// The run that goes on, if one does.
    pub fn active_run(&self) -> Option<&RunRecord> {
        self.runs.last().filter(|r| r.is_active())
    }

    /// Is anything under way: a run, or a load that the user asked for?
    pub fn is_busy(&self) -> bool {
        self.active_run().is_some() || self.resources.iter().any(|r| r.state.is_under_way())
    }

    /// The strategy at this moment.
    pub fn strategy(&self) -> Strategy {
        self.settings
            .as_ref()
            .map(|s| s.strategy)
            .unwrap_or_default()
    }

    /// The loads of the last run against the clock; none when it loaded nothing.
    pub fn load_times(&self) -> Option<LoadTimes> {
        LoadTimes::of(self)
    }

    /// How long it took from the start of the process to what a user waits for.
    pub fn timings(&self) -> Timings {
        Timings::of(self)
    }

    /// How far a running dimension's loads have come: resident ones of those it asked for.
    pub fn loads_done(&self, dimension: Dimension) -> (usize, usize) {
        let record = self.dimension(dimension);
        let owner = Owner::from(dimension);
        let held = self.resources.iter().filter(|r| r.owners.contains(&owner));
        let done = held.filter(|r| r.is_resident()).count();
        (done.min(record.requested), record.requested)
    }
}

//! How far a load is that counts rows, and how long a run still takes.

use std::collections::BTreeMap;

use crate::display;
use crate::event::{Basis, PlannedLoad};
use crate::ledger::{DimensionState, Ledger, LoadSpan, ResourceRecord, ResourceState};
use crate::vocabulary::ResourceName;

/// A load of which less than this has passed tells nothing of the rest.
const TELLING_SECONDS: f64 = 0.2;

/// How far a load under way is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Rows done.
    pub done: u64,
    /// Of rows in all.
    pub total: u64,
    /// How long the rest takes at the same pace, in seconds; none as long as that cannot be told.
    pub left_seconds: Option<f64>,
}

impl Progress {
    /// Of a load at this time, where it counts rows.
    pub fn of(resource: &ResourceRecord, now: f64) -> Option<Self> {
        let ResourceState::Loading { done, total } = resource.state else {
            return None;
        };
        let passed = resource.load_started_at.map(|began| now - began);
        let pace = passed.filter(|passed| *passed >= TELLING_SECONDS && done > 0);
        let left = total.saturating_sub(done) as f64;
        (total > 0).then(|| Self {
            done,
            total,
            left_seconds: pace.map(|passed| passed / done as f64 * left),
        })
    }

    /// The rows, such as `1,200,000 of 10,000,000 rows`.
    pub fn rows(self) -> String {
        let (done, total) = (display::count(self.done), display::count(self.total));
        format!("{done} of {total} rows")
    }

    /// The time left, such as `2.1 s left`.
    pub fn left(self) -> Option<String> {
        let seconds = self.left_seconds?;
        Some(format!("{} left", display::clock(seconds)))
    }

    /// Both.
    pub fn words(self) -> String {
        match self.left() {
            Some(left) => format!("{}, {left}", self.rows()),
            None => self.rows(),
        }
    }
}

/// From this share of its loads on, a run's own pace tells more than the plan; before, in proportion.
const TELLING_SHARE: f64 = 0.2;

/// A load that takes longer than foreseen is never taken for more than this done.
const MOST_DONE: f64 = 0.95;

/// How long the loads of the run that goes on still take, in seconds: by the plan, if that rests on what
/// loads took before, and the more of them are done the more by the run's own pace. None where neither
/// is known, or where nothing is left to load.
pub fn run_left_seconds(ledger: &Ledger, now: f64) -> Option<f64> {
    let run = ledger.active_run().filter(|run| !run.cancelling)?;
    let mut plans = ledger.plans.iter().flat_map(|plans| &plans.forecasts);
    let plan = plans.find(|plan| plan.strategy == ledger.strategy())?;
    let spans = ledger.spans.iter().rev();
    let of_run = spans.take_while(|span| span.started_at >= run.started_at);
    let begun: BTreeMap<&ResourceName, &LoadSpan> = of_run.map(|span| (&span.name, span)).collect();
    let (mut done, mut rest) = (0.0, 0.0);
    for load in &plan.schedule {
        let seconds = load.end - load.start;
        let share = match begun.get(&load.name) {
            Some(span) if span.ended.is_some() => 1.0,
            Some(span) => share_done(ledger, span, seconds, now),
            None if is_to_come(ledger, load) => 0.0,
            None => continue,
        };
        done += seconds * share;
        rest += seconds * (1.0 - share);
    }
    if rest <= 0.0 {
        return None;
    }
    let elapsed = now - run.started_at;
    let is_known = plan.basis != Basis::Unknown && plan.load_seconds_sum > 0.0;
    let by_plan = is_known.then(|| plan.load_seconds * rest / plan.load_seconds_sum);
    let trust = (done / (done + rest) / TELLING_SHARE).min(1.0);
    let by_pace = (done > 0.0 && elapsed >= TELLING_SECONDS).then(|| elapsed * rest / done);
    match (by_plan, by_pace) {
        (Some(by_plan), Some(by_pace)) => Some(by_plan + (by_pace - by_plan) * trust),
        (None, Some(by_pace)) => (trust >= 1.0).then_some(by_pace),
        (by_plan, None) => by_plan,
    }
}

/// The time left, such as `~2.1 s left`.
pub fn run_left_words(ledger: &Ledger, now: f64) -> Option<String> {
    let seconds = run_left_seconds(ledger, now)?;
    Some(format!("~{} left", display::clock(seconds)))
}

/// How much of a load under way is done: by its rows, or else by the time that it was thought to take.
fn share_done(ledger: &Ledger, span: &LoadSpan, seconds: f64, now: f64) -> f64 {
    let resource = ledger.resource(&span.name);
    let share = match resource.map(|resource| &resource.state) {
        Some(ResourceState::Loading { done, total }) if *total > 0 => *done as f64 / *total as f64,
        _ if seconds > 0.0 => (now - span.started_at) / seconds,
        _ => 0.0,
    };
    share.clamp(0.0, MOST_DONE)
}

/// Will the run still load it?
fn is_to_come(ledger: &Ledger, load: &PlannedLoad) -> bool {
    let is_there = |resource: &ResourceRecord| resource.is_resident();
    let is_asked = load.asked_by.is_none_or(|dimension| {
        let state = ledger.dimension(dimension).state;
        matches!(state, DimensionState::Waiting | DimensionState::Loading)
    });
    is_asked && !ledger.resource(&load.name).is_some_and(is_there)
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn rows_and_time_are_told_together() {
        let progress = Progress {
            done: 1_200_000,
            total: 10_000_000,
            left_seconds: None,
        };
        assert_eq!(progress.words(), "1,200,000 of 10,000,000 rows");
        let left_seconds = Some(2.14);
        let progress = Progress {
            left_seconds,
            ..progress
        };
        assert_eq!(progress.words(), "1,200,000 of 10,000,000 rows, 2.1 s left");
    }
}

//! Settings that were proposed by what was measured: what was promised of them, and what came of it.

use super::Ledger;
use crate::event::{Promise, Tuning};

/// A proposal that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunedRecord {
    /// What was applied, with what was promised.
    pub tuning: Tuning,
    /// What came of it in the first whole run since; none before that.
    pub came: Option<Promise>,
}

impl Ledger {
    pub(super) fn tuned_by(&mut self, tuning: &Tuning) {
        self.tuned = Some(TunedRecord {
            tuning: tuning.clone(),
            came: None,
        });
    }

    /// A run is over: holds the first whole one against what was promised.
    pub(super) fn hold_against_promise(&mut self, is_whole: bool) {
        let tuned = self.tuned.as_ref();
        if !is_whole || tuned.is_none_or(|tuned| tuned.came.is_some()) {
            return;
        }
        let loads = self.load_times();
        let saved = self.runs.last().map(|run| run.cache.seconds_saved);
        let micros = |seconds: f64| (seconds * 1e6).round() as u64;
        let came = Promise {
            load_us: loads.map(|loads| micros(loads.wall_seconds)),
            peak_bytes: Some(self.memory.peak_estimated_bytes),
            saved_us: saved.map(micros),
        };
        if let Some(tuned) = &mut self.tuned {
            tuned.came = Some(came);
        }
    }
}

//! A dimension as the log tells it.

use crate::event::{DimensionOutcome, DimensionStatus};

/// Where a dimension stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DimensionState {
    /// It has not run, or its last run is over.
    #[default]
    Idle,
    /// It is part of the run that goes on, and its turn is still to come.
    Waiting,
    /// Its resources are being loaded.
    Loading,
    /// Its metrics are being computed.
    Computing,
}

impl DimensionState {
    /// Is it loading or computing?
    pub fn is_running(self) -> bool {
        matches!(self, Self::Loading | Self::Computing)
    }
}

/// A dimension: selected or not, where it stands, what it found last.
#[derive(Clone, Debug, Default)]
pub struct DimensionRecord {
    /// Is it selected?
    pub selected: bool,
    /// Where it stands.
    pub state: DimensionState,
    /// When its present or last run began, in seconds since the session began.
    pub started_at: f64,
    /// How many resources its present or last run asked for.
    pub requested: usize,
    /// What it found last.
    pub outcome: Option<DimensionOutcome>,
    /// Why it cannot be answered for this experiment.
    pub unavailable: Option<String>,
}

impl DimensionRecord {
    pub(super) fn start(&mut self, t: f64, resources: usize) {
        self.state = DimensionState::Loading;
        self.started_at = t;
        self.requested = resources;
    }

    pub(super) fn finish(&mut self, outcome: &DimensionOutcome) {
        self.state = DimensionState::Idle;
        // A cancelled rerun takes nothing away: the results of the run before still hold.
        let keeps_results = outcome.status == DimensionStatus::Cancelled && self.outcome.is_some();
        if !keeps_results {
            self.outcome = Some(outcome.clone());
        }
    }
}

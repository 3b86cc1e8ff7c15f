//! The runs as the log tells them.

use super::{DimensionState, Ledger, LookupCounts};
use crate::event::EventKind;
use crate::vocabulary::{Dimension, Strategy};

/// A run of one or more dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Number of the run, from 1.
    pub run: u32,
    /// Its dimensions, in order.
    pub dimensions: Vec<Dimension>,
    /// When it began, in seconds since the session began.
    pub started_at: f64,
    /// The dimension that began last.
    pub latest: Option<Dimension>,
    /// When its first dimension began to compute: its setup was over.
    pub first_computing_at: Option<f64>,
    /// When its first dimension ended that was not cancelled.
    pub first_result_at: Option<f64>,
    /// How long it took; none while it goes on.
    pub seconds: Option<f64>,
    /// Was it cancelled?
    pub cancelled: bool,
    /// Has the user asked to stop?
    pub cancelling: bool,
    /// What its requests found in the prediction cache.
    pub cache: LookupCounts,
    /// Was everything loaded first because the strategy could not make its plan?
    pub fallback: Option<FallbackRecord>,
}

impl RunRecord {
    /// Is it still going on?
    pub fn is_active(&self) -> bool {
        self.seconds.is_none()
    }
}

/// A strategy that could not make its plan, so that all was loaded first.
#[derive(Clone, Debug, PartialEq)]
pub struct FallbackRecord {
    /// When, in seconds since the session began.
    pub t: f64,
    /// The strategy.
    pub strategy: Strategy,
    /// Why it could not.
    pub reason: String,
}

impl Ledger {
    pub(super) fn apply_to_runs(&mut self, t: f64, kind: &EventKind) {
        match kind {
            EventKind::FellBackToEager { strategy, reason } => {
                if let Some(run) = self.runs.last_mut() {
                    run.fallback = Some(FallbackRecord {
                        t,
                        strategy: *strategy,
                        reason: reason.clone(),
                    });
                }
            }
            EventKind::RunStarted { run, dimensions } => {
                for dimension in dimensions {
                    self.dimension_mut(*dimension).state = DimensionState::Waiting;
                }
                self.runs.push(RunRecord {
                    run: *run,
                    dimensions: dimensions.clone(),
                    started_at: t,
                    latest: None,
                    first_computing_at: None,
                    first_result_at: None,
                    seconds: None,
                    cancelled: false,
                    cancelling: false,
                    cache: LookupCounts::default(),
                    fallback: None,
                });
            }
            EventKind::RunFinished {
                seconds, cancelled, ..
            } => {
                if let Some(run) = self.runs.last_mut() {
                    run.seconds = Some(*seconds);
                    run.cancelled = *cancelled;
                    run.cancelling = false;
                }
            }
            EventKind::CancelRequested => {
                if let Some(run) = self.runs.last_mut() {
                    run.cancelling = run.is_active();
                }
            }
            _ => {}
        }
    }
}

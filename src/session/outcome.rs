//! What becomes of a dimension, in the words of the log.

use std::collections::BTreeMap;
use std::time::Instant;

use super::telling;
use crate::dimension::Findings;
use crate::engine::LoadFailure;
use crate::event::{DimensionOutcome, DimensionStatus, Failure, GateResult};
use crate::vocabulary::{Dimension, Problem};

/// The outcome of a dimension that has been computed and judged.
pub(super) fn found(
    findings: Findings,
    gates: Vec<GateResult>,
    started: Instant,
    warm: bool,
) -> DimensionOutcome {
    let status = if gates.iter().all(|g| g.passed) {
        DimensionStatus::Ok
    } else {
        DimensionStatus::Failed
    };
    let headline = findings.headline.and_then(|(words, metric)| {
        let value = findings.metrics.get(&metric).copied().flatten()?;
        Some((words, value))
    });
    DimensionOutcome {
        warm,
        headline,
        score: findings.score,
        metrics: findings.metrics,
        tables: findings.tables,
        figures: findings.figures,
        notes: findings.notes,
        gates,
        ..ended(status, started)
    }
}

/// The outcome of a dimension whose request could not be met.
pub(super) fn failed(
    dimension: Dimension,
    failure: &LoadFailure,
    started: Instant,
) -> DimensionOutcome {
    let mut outcome = broken(dimension, telling::problem(failure.error.clone()), started);
    if let Some(error) = &mut outcome.error {
        error.chain.clone_from(&failure.chain);
    }
    outcome
}

/// The outcome of a dimension that something stands against.
pub(super) fn broken(dimension: Dimension, problem: Problem, started: Instant) -> DimensionOutcome {
    let mut outcome = ended(DimensionStatus::Error, started);
    outcome.error = Some(Failure {
        dimension,
        chain: Vec::new(),
        problem,
    });
    outcome
}

/// An outcome without results.
pub(super) fn ended(status: DimensionStatus, started: Instant) -> DimensionOutcome {
    DimensionOutcome {
        status,
        seconds: started.elapsed().as_secs_f64(),
        warm: false,
        kept: None,
        rests_on: Vec::new(),
        metrics: BTreeMap::new(),
        headline: None,
        score: None,
        tables: BTreeMap::new(),
        figures: Vec::new(),
        notes: Vec::new(),
        gates: Vec::new(),
        error: None,
    }
}

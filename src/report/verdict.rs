//! How each dimension that was asked for ended, and what that makes of the whole.

use crate::event::{DimensionOutcome, DimensionStatus, GateResult};
use crate::ledger::Ledger;
use crate::vocabulary::{Dimension, Note};

/// A dimension that ran or was to run.
pub(super) struct Verdict<'l> {
    pub(super) dimension: Dimension,
    pub(super) status: DimensionStatus,
    /// What it found, if it came to an end.
    pub(super) outcome: Option<&'l DimensionOutcome>,
    /// Why it cannot be answered.
    pub(super) unavailable: Option<&'l str>,
    /// What went wrong.
    pub(super) error: Option<String>,
}

impl<'l> Verdict<'l> {
    fn of(ledger: &'l Ledger, dimension: Dimension) -> Option<Self> {
        let record = ledger.dimension(dimension);
        let run = ledger
            .runs
            .iter()
            .rfind(|run| run.dimensions.contains(&dimension));
        let outcome = record.outcome.as_ref();
        let unavailable = record.unavailable.as_deref();
        let asked = run.is_some() || (unavailable.is_some() && record.selected);
        let (status, error) = match (outcome, run) {
            (Some(outcome), _) => (
                outcome.status,
                outcome.error.as_ref().map(ToString::to_string),
            ),
            (None, _) if !asked => return None,
            (None, _) if unavailable.is_some() => (DimensionStatus::NotApplicable, None),
            (None, Some(run)) if run.cancelled => (DimensionStatus::Cancelled, None),
            (None, _) => (
                DimensionStatus::Error,
                Some("the run did not come to its end".to_owned()),
            ),
        };
        Some(Self {
            dimension,
            status,
            outcome,
            unavailable: unavailable.filter(|_| outcome.is_none()),
            error,
        })
    }

    /// What a reader must know.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        let notes = self.outcome.map_or(&[][..], |outcome| &outcome.notes);
        let unavailable = self.unavailable.map(Note::info);
        unavailable.into_iter().chain(notes.iter().cloned())
    }

    pub(super) fn gates(&self) -> &'l [GateResult] {
        self.outcome.map_or(&[], |outcome| &outcome.gates)
    }
}

/// The dimensions that ran or were to run, in running order.
pub(super) fn verdicts(ledger: &Ledger) -> Vec<Verdict<'_>> {
    let all = Dimension::ALL.into_iter();
    all.filter_map(|dimension| Verdict::of(ledger, dimension))
        .collect()
}

/// 0: all is well; 1: a gate failed; 2: something could not run; 130: the run was cancelled.
pub fn exit_code(ledger: &Ledger) -> u8 {
    let Some(run) = ledger.runs.last() else {
        return 2;
    };
    if run.cancelled {
        return 130;
    }
    let verdicts = verdicts(ledger);
    let any = |status| verdicts.iter().any(|verdict| verdict.status == status);
    if run.is_active() || any(DimensionStatus::Error) {
        return 2;
    }
    let gate_failed = verdicts
        .iter()
        .flat_map(Verdict::gates)
        .any(|gate| !gate.passed);
    u8::from(gate_failed || any(DimensionStatus::Failed))
}

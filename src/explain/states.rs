//! Where resources, dimensions and the session stand.

use super::Tone;
use crate::display;
use crate::event::{DimensionOutcome, DimensionStatus};
use crate::ledger::{DimensionRecord, DimensionState, Ledger};
use crate::ledger::{Planned, ResourceRecord, ResourceState};
use crate::vocabulary::{Dimension, ResourceKind, TierLookup};

/// Where a resource stands, as people tell it apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResourceStanding {
    /// In memory, and made from something that has changed since.
    Stale,
    /// In memory.
    Resident,
    /// A load waits.
    Queued,
    /// A load is under way; how far, where it counts rows.
    Loading(Option<f64>),
    /// Rows are being scored; how far, where that is told.
    Scoring(Option<f64>),
    /// Its last load failed.
    Failed,
    /// Its last load was stopped.
    Cancelled,
    /// Its last load was stopped since another one failed.
    GivenUp,
    /// It was in memory; what became of it, in a word.
    Gone(&'static str),
    /// It loads before the first dimension.
    LoadsFirst,
    /// It loads when a dimension asks for it.
    OnDemand,
    /// What is selected does not need it.
    Avoided,
    /// It is not loaded: what needs it takes it from its file, batch by batch.
    Streamed,
    /// It is not loaded, and nothing is planned.
    NotLoaded,
}

impl ResourceStanding {
    /// Where a resource of this log stands.
    pub fn of(resource: &ResourceRecord, ledger: &Ledger) -> Self {
        match &resource.state {
            _ if resource.is_stale() => Self::Stale,
            ResourceState::Resident => Self::Resident,
            ResourceState::Queued => Self::Queued,
            ResourceState::Loading { done, total } => {
                let share = (*total > 0).then(|| *done as f64 / *total as f64);
                if is_scored(resource) {
                    Self::Scoring(share)
                } else {
                    Self::Loading(share)
                }
            }
            ResourceState::Failed(_) => Self::Failed,
            ResourceState::Cancelled => Self::Cancelled,
            ResourceState::GivenUp(_) => Self::GivenUp,
            ResourceState::Gone(_) => Self::Gone(resource.state.name()),
            ResourceState::Absent => match resource.planned {
                Planned::First => Self::LoadsFirst,
                Planned::Later => Self::OnDemand,
                Planned::Avoided if resource.way.is_some_and(|way| way.is_streamed()) => {
                    Self::Streamed
                }
                Planned::Avoided if ledger.has_plan() => Self::Avoided,
                Planned::Avoided => Self::NotLoaded,
            },
        }
    }

    /// In words.
    pub fn words(self) -> String {
        let words = match self {
            Self::Stale => "stale",
            Self::Resident => "resident",
            Self::Queued => "queued",
            Self::Loading(Some(share)) => {
                return format!("loading {:>4}", display::percent(share));
            }
            Self::Loading(None) => "loading",
            Self::Scoring(Some(share)) => {
                return format!("scoring {:>4}", display::percent(share));
            }
            Self::Scoring(None) => "scoring",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::GivenUp => "given up",
            Self::Gone(word) => word,
            Self::LoadsFirst => "loads first",
            Self::OnDemand => "on demand",
            Self::Avoided => "avoided",
            Self::Streamed => "streamed",
            Self::NotLoaded => "not loaded",
        };
        words.to_owned()
    }
}

/// Are its rows scored, and not read from where they were kept?
fn is_scored(resource: &ResourceRecord) -> bool {
    let is_below = matches!(resource.below, Some((_, TierLookup::Hit { .. })));
    resource.kind == ResourceKind::Predictions && !is_below
}

/// Where a dimension stands, as people tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DimensionStanding {
    /// Its turn is still to come.
    Waiting,
    /// It waits for its loads.
    Loading,
    /// It computes.
    Computing,
    /// Its results rest on files that have changed since.
    Stale,
    /// It has its results.
    Good,
    /// It has its results, and some of them warn: how many.
    Warned(usize),
    /// It has its results, and none of them warns, but bars of its pictures are flagged: how many.
    Flagged(usize),
    /// It has its results, and its gates passed.
    GatesPassed {
        /// How many.
        all: usize,
        /// Does something in its results warn all the same?
        warns: bool,
    },
    /// It has its results, and not all of its gates passed.
    GatesFailed {
        /// How many did.
        passed: usize,
        /// Of how many.
        all: usize,
    },
    /// It could not finish.
    Failed,
    /// It was stopped.
    Cancelled,
    /// It cannot be answered for this experiment.
    NotApplicable,
    /// It is selected and has not run.
    Selected,
    /// It has not run.
    NotRun,
}

impl DimensionStanding {
    /// Where a dimension stands.
    pub fn of(record: &DimensionRecord) -> Self {
        match (record.state, &record.outcome) {
            (DimensionState::Waiting, _) => Self::Waiting,
            (DimensionState::Loading, _) => Self::Loading,
            (DimensionState::Computing, _) => Self::Computing,
            (DimensionState::Idle, Some(_)) if !record.changed_files().is_empty() => Self::Stale,
            (DimensionState::Idle, Some(outcome)) => Self::ended(outcome),
            (DimensionState::Idle, None) if record.unavailable.is_some() => Self::NotApplicable,
            (DimensionState::Idle, None) if record.selected => Self::Selected,
            (DimensionState::Idle, None) => Self::NotRun,
        }
    }

    fn ended(outcome: &DimensionOutcome) -> Self {
        let all = outcome.gates.len();
        let passed = all - outcome.failed_gates();
        let (warnings, flagged) = (outcome.warnings().count(), outcome.flagged_bars());
        match outcome.status {
            DimensionStatus::Ok if all > 0 => Self::GatesPassed {
                all,
                warns: warnings + flagged > 0,
            },
            DimensionStatus::Ok => match (warnings, flagged) {
                (0, 0) => Self::Good,
                (0, flagged) => Self::Flagged(flagged),
                (warnings, _) => Self::Warned(warnings),
            },
            DimensionStatus::Failed => Self::GatesFailed { passed, all },
            DimensionStatus::Error => Self::Failed,
            DimensionStatus::Cancelled => Self::Cancelled,
            DimensionStatus::NotApplicable => Self::NotApplicable,
        }
    }

    /// In words.
    pub fn words(self) -> String {
        let words = match self {
            Self::Waiting => "waiting",
            Self::Loading => "loading",
            Self::Computing => "computing",
            Self::Stale => "stale",
            Self::Good => "ok",
            Self::Warned(warnings) => return counted(warnings, "warning"),
            Self::Flagged(flagged) => return format!("{flagged} flagged"),
            Self::GatesPassed { all, .. } => return format!("{all}/{all} gates"),
            Self::GatesFailed { passed, all } => return format!("{passed}/{all} gates"),
            Self::Failed => "error",
            Self::Cancelled => "cancelled",
            Self::NotApplicable => "n/a",
            Self::Selected => "selected",
            Self::NotRun => "not run",
        };
        words.to_owned()
    }
}

/// What warns in a dimension's results: notes, and flagged bars of pictures.
pub fn warning_words(outcome: &DimensionOutcome) -> Vec<String> {
    let (warnings, flagged) = (outcome.warnings().count(), outcome.flagged_bars());
    let warnings = (warnings > 0).then(|| counted(warnings, "warning"));
    let flagged = (flagged > 0).then(|| format!("{flagged} flagged"));
    warnings.into_iter().chain(flagged).collect()
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// The worst of what the results of all dimensions show, as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worst {
    /// So many dimensions could not finish.
    Errors(usize),
    /// So many gates failed.
    GatesFailed(usize),
    /// So many loads failed.
    LoadsFailed(usize),
    /// The last run was stopped.
    Cancelled,
    /// The results of so many dimensions rest on files that have changed since.
    Stale(usize),
    /// There are so many warnings.
    Warnings(usize),
    /// So many bars of pictures are flagged.
    Flagged(usize),
    /// There is nothing to complain of.
    Nothing,
}

impl Worst {
    /// The worst of all.
    pub fn of(ledger: &Ledger) -> Self {
        let records = Dimension::ALL.map(|dimension| ledger.dimension(dimension));
        let outcomes = records.map(|record| record.outcome.as_ref());
        let outcomes = || outcomes.iter().flatten();
        let sum = |count: fn(&DimensionOutcome) -> usize| -> usize {
            outcomes().map(|outcome| count(outcome)).sum()
        };
        let is_error = |o: &DimensionOutcome| usize::from(o.status == DimensionStatus::Error);
        let failed = |r: &&ResourceRecord| matches!(r.state, ResourceState::Failed(_));
        let cancelled = ledger.runs.last().is_some_and(|run| run.cancelled);
        // What stands first is worst.
        let worst = [
            Self::Errors(sum(is_error)),
            Self::GatesFailed(sum(DimensionOutcome::failed_gates)),
            Self::LoadsFailed(ledger.resources().iter().filter(failed).count()),
            if cancelled {
                Self::Cancelled
            } else {
                Self::Nothing
            },
            Self::Stale(ledger.out_of_date().len()),
            Self::Warnings(sum(|outcome| outcome.warnings().count())),
            Self::Flagged(sum(DimensionOutcome::flagged_bars)),
        ];
        let mut worst = worst.into_iter();
        worst.find(|worst| worst.is_any()).unwrap_or(Self::Nothing)
    }

    fn is_any(self) -> bool {
        match self {
            Self::Errors(count)
            | Self::GatesFailed(count)
            | Self::LoadsFailed(count)
            | Self::Stale(count)
            | Self::Warnings(count)
            | Self::Flagged(count) => count > 0,
            Self::Cancelled => true,
            Self::Nothing => false,
        }
    }

    /// What that means for whoever looks.
    pub fn tone(self) -> Tone {
        match self {
            Self::Errors(_) | Self::GatesFailed(_) | Self::LoadsFailed(_) => Tone::Bad,
            Self::Cancelled | Self::Stale(_) | Self::Warnings(_) | Self::Flagged(_) => {
                Tone::Warning
            }
            Self::Nothing => Tone::Good,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Errors(errors) => counted(errors, "error"),
            Self::GatesFailed(gates) => format!("{} failed", counted(gates, "gate")),
            Self::LoadsFailed(loads) => format!("{} failed", counted(loads, "load")),
            Self::Cancelled => "cancelled".to_owned(),
            Self::Stale(dimensions) => format!("{dimensions} stale"),
            Self::Warnings(warnings) => counted(warnings, "warning"),
            Self::Flagged(bars) => format!("{bars} flagged"),
            Self::Nothing => "done".to_owned(),
        }
    }
}

/// Where the session stands, with the seconds that its run has taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SessionStanding {
    /// Nothing has run.
    Ready,
    /// Something is loaded because the user asked for it.
    Loading,
    /// A run goes on.
    Running(f64),
    /// A run is being stopped.
    Cancelling(f64),
    /// No run goes on any more. The worst that is known decides how that looks.
    Ended(Worst, f64),
}

impl SessionStanding {
    /// Where the session stands at a time, in seconds since it began.
    pub fn of(ledger: &Ledger, now: f64) -> Self {
        match (ledger.active_run(), ledger.runs.last()) {
            (Some(run), _) => {
                let elapsed = (now - run.started_at).max(0.0);
                if run.cancelling {
                    Self::Cancelling(elapsed)
                } else {
                    Self::Running(elapsed)
                }
            }
            (None, _) if ledger.is_busy() => Self::Loading,
            (None, None) => Self::Ready,
            (None, Some(run)) => Self::Ended(Worst::of(ledger), run.seconds.unwrap_or_default()),
        }
    }

    /// In words.
    pub fn words(self) -> String {
        match self {
            Self::Ready => "ready".to_owned(),
            Self::Loading => "loading".to_owned(),
            Self::Running(elapsed) => format!("running {:>6}", display::clock(elapsed)),
            Self::Cancelling(elapsed) => format!("cancelling {:>6}", display::clock(elapsed)),
            Self::Ended(worst, took) => {
                format!("{} {:>6}", worst.words(), display::seconds(took))
            }
        }
    }
}

/// How much is loaded, and how much need not be; before the first run, what it would load. A dot
/// stands between the parts.
pub fn totals(ledger: &Ledger, dot: &str) -> String {
    let all = ledger.resources();
    let is_avoided = |r: &&ResourceRecord| r.loads == 0 && r.planned == Planned::Avoided;
    let is_planned = |r: &&ResourceRecord| r.planned != Planned::Avoided;
    let count_of = all.len();
    if ledger.runs.is_empty() && all.iter().any(|r| is_planned(&r)) {
        let (planned, bytes) = sum(all.iter().filter(is_planned));
        let (_, spared) = sum(all.iter().filter(is_avoided));
        return format!("plan: {planned} of {count_of} {dot} ~{bytes} {dot} avoids ~{spared}");
    }
    let (loaded, held) = sum(all.iter().filter(|r| r.is_resident()));
    let stale = all.iter().filter(|r| r.is_stale()).count();
    if stale > 0 {
        return format!("{loaded} of {count_of} held {dot} {held} {dot} {stale} stale");
    }
    let (avoided, spared) = sum(all.iter().filter(is_avoided));
    if avoided == 0 || ledger.runs.is_empty() {
        return format!("{loaded} of {count_of} held {dot} {held}");
    }
    format!("{loaded} of {count_of} held {dot} {held} {dot} {avoided} avoided, ~{spared}")
}

/// How many they are, and their bytes.
fn sum<'a>(resources: impl Iterator<Item = &'a ResourceRecord>) -> (usize, String) {
    let (count, bytes) = resources.fold((0, 0), |(count, bytes), resource| {
        (count + 1, bytes + resource.bytes_or_estimate().unwrap_or(0))
    });
    (count, display::bytes(bytes))
}

//! What happened last that is worth a sentence, with all that the sentence rests on.

use super::{Ledger, ResourceRecord};
use crate::event::{Command, DimensionStatus, EventKind};
use crate::vocabulary::{
    ClearedBy, Dimension, Note, Owner, Preset, Problem, ReleaseCause, ResourceName, Severity,
    Strategy,
};

/// Something worth a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The session began.
    Opened,
    /// The experiment cannot be validated as it stands.
    Refused,
    /// A run began: its number.
    RunStarted(u32),
    /// A run ended.
    RunFinished {
        /// Its number.
        run: u32,
        /// How long it took.
        seconds: f64,
        /// Was it stopped?
        cancelled: bool,
        /// Its dimensions in which a gate failed.
        gates_failed: Vec<Dimension>,
    },
    /// The user asked to stop.
    Cancelling,
    /// The user asked to free memory.
    Cleared(Clearing),
    /// A load failed.
    LoadFailed {
        /// Of what.
        name: ResourceName,
        /// Of what it failed.
        problem: Problem,
    },
    /// A dimension could not finish.
    DimensionFailed {
        /// Which one.
        dimension: Dimension,
        /// Of what it failed.
        problem: Problem,
    },
    /// A file changed.
    FileChanged {
        /// Which one.
        file: String,
        /// Is it again what it was when what is in memory was made of it?
        is_restored: bool,
    },
    /// What runs a model is not what its header promised.
    BackendChanged(ResourceName),
    /// The strategy is now this one.
    StrategyChanged(Strategy),
    /// The prediction cache may hold so many bytes now.
    CacheResized(u64),
    /// Resources may take so many bytes together now; none: no limit.
    BudgetChanged(Option<u64>),
    /// Runs are so thorough now.
    PresetChanged(Preset),
    /// A strategy could not make its plan, so that all is loaded first.
    FellBack {
        /// The strategy.
        strategy: Strategy,
        /// Why it could not.
        reason: String,
    },
    /// Something else that a user should read.
    Noted(Note),
}

/// What became of a command to free memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// The command.
    pub by: ClearedBy,
    /// How many resources it could have freed.
    pub held: usize,
    /// Is there more, on which the session rests?
    pub session_rests: bool,
    /// How many it freed.
    pub freed: usize,
    /// Their bytes.
    pub freed_bytes: u64,
}

impl Clearing {
    /// How many stay since something under way needs them.
    pub const fn kept(&self) -> usize {
        self.held.saturating_sub(self.freed)
    }
}

/// The last thing that is worth a sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewsRecord {
    /// How many there have been, this one included.
    pub number: u64,
    /// What it is; none before the first.
    pub last: Option<News>,
}

impl News {
    fn severity(&self) -> Severity {
        match self {
            Self::Refused | Self::LoadFailed { .. } | Self::DimensionFailed { .. } => {
                Severity::Error
            }
            Self::FellBack { .. } | Self::FileChanged { .. } => Severity::Warning,
            Self::Noted(note) => note.severity,
            _ => Severity::Info,
        }
    }
}

impl Ledger {
    /// Takes note of what is worth a sentence, once the event has been folded.
    pub(super) fn follow_news(&mut self, kind: &EventKind) {
        let news = match kind {
            EventKind::SessionOpened { .. } => News::Opened,
            EventKind::SessionRefused { .. } => News::Refused,
            EventKind::RunStarted { run, .. } => News::RunStarted(*run),
            EventKind::RunFinished {
                run,
                seconds,
                cancelled,
            } => {
                let gates_failed = self.gates_failed_in_last_run();
                // What went wrong in the run is worth more than that it ended.
                let worst = self.news.last.as_ref().map(News::severity);
                let is_outdone = match worst {
                    Some(Severity::Error) => true,
                    Some(Severity::Warning) => !cancelled && gates_failed.is_empty(),
                    _ => false,
                };
                if is_outdone {
                    return;
                }
                News::RunFinished {
                    run: *run,
                    seconds: *seconds,
                    cancelled: *cancelled,
                    gates_failed,
                }
            }
            EventKind::CancelRequested => News::Cancelling,
            EventKind::CommandGiven { command } => match self.clearing(command) {
                Some(clearing) => News::Cleared(clearing),
                None => return,
            },
            EventKind::Released { name, cause, .. } => {
                self.count_freed(name, cause);
                return;
            }
            EventKind::LoadFailed { name, problem } => News::LoadFailed {
                name: name.clone(),
                problem: problem.clone(),
            },
            EventKind::DimensionFinished { dimension, outcome } => match &outcome.error {
                Some(failure) => News::DimensionFailed {
                    dimension: *dimension,
                    problem: failure.problem.clone(),
                },
                None => return,
            },
            EventKind::ContentChanged { name, file, .. } => News::FileChanged {
                file: file.clone(),
                is_restored: self.resource(name).is_none_or(|r| r.change.is_none()),
            },
            EventKind::BackendChanged { name, .. } => News::BackendChanged(name.clone()),
            EventKind::StrategyChanged { strategy } => News::StrategyChanged(*strategy),
            EventKind::CacheResized { bytes } => News::CacheResized(*bytes),
            EventKind::MemoryBudgetChanged { bytes } => News::BudgetChanged(*bytes),
            EventKind::PresetChanged { preset } => News::PresetChanged(*preset),
            EventKind::FellBackToEager { strategy, reason } => News::FellBack {
                strategy: *strategy,
                reason: reason.clone(),
            },
            EventKind::Noted(note) => News::Noted(note.clone()),
            _ => return,
        };
        self.news.number += 1;
        self.news.last = Some(news);
    }

    fn gates_failed_in_last_run(&self) -> Vec<Dimension> {
        let dimensions = self.runs.last().map_or(&[][..], |run| &run.dimensions);
        let has_failed = |dimension: &&Dimension| {
            let outcome = self.dimension(**dimension).outcome.as_ref();
            outcome.is_some_and(|o| o.status == DimensionStatus::Failed)
        };
        dimensions.iter().filter(has_failed).copied().collect()
    }

    /// What a command to free memory begins with.
    fn clearing(&self, command: &Command) -> Option<Clearing> {
        let resources = self.resources.iter();
        let (by, held) = match command {
            Command::ClearAll => (
                ClearedBy::ClearAll,
                resources.filter(|r| r.is_spare()).count(),
            ),
            Command::ClearCache => (
                ClearedBy::ClearCache,
                resources
                    .filter(|r| r.owners.contains(&Owner::Cache))
                    .count(),
            ),
            _ => return None,
        };
        Some(Clearing {
            by,
            held,
            session_rests: self
                .resources
                .iter()
                .any(|r| r.is_resident() && !r.is_spare()),
            freed: 0,
            freed_bytes: 0,
        })
    }

    fn count_freed(&mut self, name: &ResourceName, cause: &ReleaseCause) {
        let (Some(News::Cleared(clearing)), ReleaseCause::Cleared { by }) =
            (self.news.last.as_mut(), cause)
        else {
            return;
        };
        if clearing.by == *by {
            let resource = self.index.get(name).map(|place| &self.resources[*place]);
            let bytes = resource.and_then(ResourceRecord::bytes_or_estimate);
            clearing.freed += 1;
            clearing.freed_bytes += bytes.unwrap_or(0);
        }
    }
}

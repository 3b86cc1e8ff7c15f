//! `--auto-tune`: settings by what the last session of the same experiment has measured.

use std::thread;

use clap::Args;

use super::output;
use crate::event::{EventKind, Tuning};
use crate::experiment::Experiment;
use crate::explain::tuning::{promise_words, proposal_words};
use crate::kept_sessions::{KeptSessions, Summary};
use crate::ledger::Ledger;
use crate::log::file;
use crate::what_if::{Curves, Recorded, propose};

/// Arguments of commands with a session.
#[derive(Args)]
pub(super) struct TuneArgs {
    /// Set cache size, strategy, columns and threads by what the last session of this experiment that is
    /// kept has measured
    #[arg(long)]
    auto_tune: bool,
}

impl TuneArgs {
    /// Sets the experiment as is proposed, and tells what is promised; none where nothing is.
    pub(super) fn apply(&self, experiment: &mut Experiment) -> Option<Tuning> {
        if !self.auto_tune {
            return None;
        }
        let Some(tuning) = proposed(&experiment.name) else {
            output::note(
                "note: --auto-tune: no session of this experiment is kept that has run; nothing is set",
            );
            return None;
        };
        let engine = &mut experiment.engine;
        engine.cache_bytes = tuning.cache_bytes.unwrap_or(engine.cache_bytes);
        engine.strategy = tuning.strategy.unwrap_or(engine.strategy);
        engine.columns = tuning.columns.unwrap_or(engine.columns);
        // The session may have been one of a larger machine.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = tuning.threads.map(|threads| threads.min(cores));
        engine.threads = threads.unwrap_or(engine.threads);
        output::note(&format!(
            "note: auto-tuned: {}; promised: {}",
            proposal_words(&tuning),
            promise_words(&tuning.promise)
        ));
        for reason in &tuning.reasons {
            output::note(&format!("note: {reason}"));
        }
        Some(tuning)
    }
}

/// What the last session proposes that has run this experiment to an end.
fn proposed(experiment: &str) -> Option<Tuning> {
    let kept = KeptSessions::in_data_folder()?.list().into_iter();
    let mut of_experiment = kept.filter(|session| {
        let summary = Summary::of(&session.path);
        summary.is_some_and(|s| s.experiment == experiment && s.runs > 0 && !s.is_running)
    });
    of_experiment.find_map(|session| {
        let log = file::read(&session.path).ok()?.log;
        let mut ledger = Ledger::default();
        let mut has_run = false;
        for event in log.subscribe().waiting() {
            has_run |= matches!(
                event.kind,
                EventKind::RunFinished {
                    cancelled: false,
                    ..
                }
            );
            ledger.apply(&event);
        }
        let curves = Curves::of(&Recorded::of(log.subscribe().waiting()));
        let enough = curves.as_ref();
        let enough = enough.and_then(|curves| Some((curves.enough.as_ref()?, &curves.totals)));
        propose(&ledger, enough).filter(|_| has_run)
    })
}

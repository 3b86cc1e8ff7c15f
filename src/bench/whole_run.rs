//! Dimensions of an experiment, run in a fresh session with cold caches.

use std::path::PathBuf;
use std::time::Instant;

use super::problem;
use crate::event::{Command, EventKind};
use crate::experiment::Experiment;
use crate::ledger::Ledger;
use crate::session::{SESSION_THREAD, Session};
use crate::vocabulary::{Dimension, Problems};

/// A run, and what it took.
pub(super) struct WholeRun {
    /// From the session's opening to the end of the run.
    pub(super) seconds: f64,
    /// From the session's opening until everything that the strategy loads first is there.
    pub(super) setup_seconds: f64,
    /// What the session's own thread worked of that once the experiment was bound to its files;
    /// unknown where the system does not tell.
    pub(super) bookkeeping_seconds: Option<f64>,
    /// The fold of its events.
    pub(super) ledger: Ledger,
}

impl WholeRun {
    /// Runs all dimensions of an experiment; an error of one is one of the run.
    pub(super) fn of(experiment: Experiment) -> Result<Self, Problems> {
        Self::of_dimensions(experiment, &Dimension::ALL)
    }

    /// Runs these dimensions of an experiment; an error of one is one of the run.
    pub(super) fn of_dimensions(
        experiment: Experiment,
        dimensions: &[Dimension],
    ) -> Result<Self, Problems> {
        let started = Instant::now();
        let (session, mut events) = Session::open(experiment).map_err(problem)?;
        for dimension in dimensions {
            session.send(Command::ToggleDimension(*dimension));
        }
        session.send(Command::RunSelected);
        let mut ledger = Ledger::default();
        let mut setup_seconds = 0.0;
        let mut bound = None;
        for event in &mut events {
            ledger.apply(&event);
            match event.kind {
                EventKind::PlanMade { .. } if bound.is_none() => {
                    bound = processor_seconds(SESSION_THREAD);
                }
                EventKind::SetupFinished { .. } => setup_seconds = started.elapsed().as_secs_f64(),
                EventKind::RunFinished { .. } => break,
                _ => {}
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let bookkeeping_seconds = processor_seconds(SESSION_THREAD)
            .zip(bound)
            .map(|(now, before)| now - before);
        if let Some(refusal) = &ledger.refused {
            return Err(Problems(refusal.problems.clone()));
        }
        let mut outcomes = Dimension::ALL
            .iter()
            .filter_map(|dimension| ledger.dimension(*dimension).outcome.as_ref());
        if let Some(error) = outcomes.find_map(|outcome| outcome.error.as_ref()) {
            return Err(problem(error).into());
        }
        Ok(Self {
            seconds,
            setup_seconds,
            bookkeeping_seconds,
            ledger,
        })
    }
}

/// What this process's thread of a name has worked, by Linux's scheduler.
pub(super) fn processor_seconds(thread: &str) -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let mut tasks = tasks.filter_map(|task| Some(task.ok()?.path()));
    let is_it = |task: &PathBuf| {
        let name = std::fs::read_to_string(task.join("comm"));
        name.is_ok_and(|name| name.trim_end() == thread)
    };
    let times = std::fs::read_to_string(tasks.find(is_it)?.join("schedstat")).ok()?;
    let nanoseconds: f64 = times.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

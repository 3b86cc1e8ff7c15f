//! A session driven by a test: commands in, and the fold of what follows.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lazydebugger::event::{Command, DimensionOutcome, DimensionStatus, Event, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::history::History;
use lazydebugger::ledger::{Ledger, RunRecord};
use lazydebugger::log::Subscription;
use lazydebugger::session::{Earlier, Session};
use lazydebugger::vocabulary::{Dimension, Lookup, Owner};
use serde_json::Value;

/// Longer than anything here takes; a session that is silent for so long hangs.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn sample_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult")
}

pub(crate) fn bundled() -> Experiment {
    Experiment::from_file(&sample_data().join("experiment.toml")).unwrap()
}

pub(crate) struct Driven {
    session: Session,
    events: Subscription,
    pub(crate) ledger: Ledger,
    pub(crate) log: Vec<Event>,
}

impl Driven {
    pub(crate) fn open(experiment: Experiment) -> Self {
        Self::of(Session::open(experiment).unwrap())
    }

    /// A session that goes on with what earlier ones have left.
    pub(crate) fn open_with(experiment: Experiment, earlier: Earlier) -> Self {
        Self::of(Session::open_with(experiment, earlier).unwrap())
    }

    /// A session that has run these dimensions.
    pub(crate) fn after(experiment: Experiment, dimensions: &[Dimension]) -> Self {
        let mut driven = Self::open(experiment);
        driven.run(dimensions);
        driven
    }

    /// A session that watches its files.
    pub(crate) fn watching(experiment: Experiment) -> Self {
        let history = History::of_this_session();
        Self::of(Session::open_watching(experiment, history).unwrap())
    }

    /// The same, by a history.
    pub(crate) fn watching_with(experiment: Experiment, history: History) -> Self {
        Self::of(Session::open_watching(experiment, history).unwrap())
    }

    /// Ends the session, and waits until it has.
    pub(crate) fn close(self) {
        drop(self.session);
    }

    fn of((session, events): (Session, Subscription)) -> Self {
        Self {
            session,
            events,
            ledger: Ledger::default(),
            log: Vec::new(),
        }
    }

    /// Holds a metric against a reference value; `--nocapture` shows the two side by side, how far
    /// apart they are, and how far they may be.
    pub(crate) fn equals(&self, dimension: Dimension, name: &str, expected: &Value, within: f64) {
        match (self.metric(dimension, name), expected.as_f64()) {
            (None, None) if expected.is_null() => {
                println!("{dimension}.{name}\tundefined\tundefined");
            }
            (Some(found), Some(expected)) => {
                let difference = (found - expected).abs();
                println!("{dimension}.{name}\t{found}\t{expected}\t{difference:.1e}\t{within:.1e}");
                assert!(
                    difference <= within,
                    "{dimension}.{name}: {found} differs from {expected}"
                );
            }
            other => panic!("{dimension}.{name}: {other:?}"),
        }
    }

    pub(crate) fn send(&self, command: Command) {
        self.session.send(command);
    }

    /// Folds events up to and including the first that `last` accepts.
    pub(crate) fn until(&mut self, mut last: impl FnMut(&EventKind) -> bool) {
        loop {
            let event = self.events.next_within(PATIENCE);
            let event = event.expect("the session goes on");
            self.ledger.apply(&event);
            self.log.push(Event::clone(&event));
            if self.log.last().is_some_and(|event| last(&event.kind)) {
                return;
            }
        }
    }

    /// Runs these dimensions, whatever was selected before, and waits for the end.
    pub(crate) fn run(&mut self, dimensions: &[Dimension]) -> &RunRecord {
        self.begin(dimensions);
        self.finish_run()
    }

    /// Begins to run these dimensions, whatever was selected before.
    pub(crate) fn begin(&mut self, dimensions: &[Dimension]) {
        for dimension in Dimension::ALL {
            let wanted = dimensions.contains(&dimension);
            if self.ledger.dimension(dimension).selected != wanted {
                self.send(Command::ToggleDimension(dimension));
                self.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
            }
        }
        self.send(Command::RunSelected);
    }

    pub(crate) fn finish_run(&mut self) -> &RunRecord {
        self.until(|kind| matches!(kind, EventKind::RunFinished { .. }));
        self.ledger.runs.last().unwrap()
    }

    /// What was loaded since the log was so long, files that were read to be known left out, in the
    /// order in which that began.
    pub(crate) fn loaded_since(&self, event: usize) -> Vec<String> {
        let started = self.log[event..].iter().filter_map(|e| match &e.kind {
            EventKind::LoadStarted { name, .. } => Some(name.to_string()),
            _ => None,
        });
        started.filter(|name| !name.starts_with("file:")).collect()
    }

    /// What went wrong in a dimension that has run, in words.
    pub(crate) fn error(&self, dimension: Dimension) -> String {
        let outcome = self.outcome(dimension);
        assert_eq!(outcome.status, DimensionStatus::Error, "{outcome:?}");
        outcome.error.as_ref().unwrap().to_string()
    }

    /// What a dimension that has run found.
    pub(crate) fn outcome(&self, dimension: Dimension) -> &DimensionOutcome {
        self.ledger.dimension(dimension).outcome.as_ref().unwrap()
    }

    pub(crate) fn metric(&self, dimension: Dimension, name: &str) -> Option<f64> {
        let value = self.outcome(dimension).metrics.get(name);
        *value.unwrap_or_else(|| panic!("{dimension} has no metric {name}"))
    }

    /// What the requests for a resource found, in order; those of loads that need it as their input
    /// left out.
    pub(crate) fn lookups(&self, name: &str) -> Vec<Lookup> {
        let all = self.ledger.lookups.iter();
        let asked = all.filter(|l| !matches!(l.by, Owner::Load { .. }));
        asked
            .filter(|l| &*l.name.0 == name)
            .map(|l| l.lookup.clone())
            .collect()
    }
}

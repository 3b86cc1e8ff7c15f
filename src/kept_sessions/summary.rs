//! What became of a session, from the few lines of its log that tell it.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::Path;

use crate::event::{DimensionStatus, EventKind};
use crate::files;
use crate::log::file::Reader;
use crate::vocabulary::Dimension;

/// The events that tell it.
const KINDS: [&str; 4] = [
    "run_started",
    "run_finished",
    "dimension_finished",
    "session_refused",
];

/// What became of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The experiment's name.
    pub experiment: String,
    /// Runs that began.
    pub runs: usize,
    /// What its dimensions came to, as far as they did.
    pub dimensions: BTreeMap<Dimension, DimensionStatus>,
    /// Gates that failed of the dimensions as they stand.
    pub gates_failed: usize,
    /// Is it the log of a run that is not over, or that was killed?
    pub is_running: bool,
    /// Was the last run stopped?
    pub is_cancelled: bool,
    /// Could the experiment not be validated?
    pub is_refused: bool,
}

impl Summary {
    /// Of the log at this path; none where it is no log of this version.
    pub fn of(path: &Path) -> Option<Self> {
        let source = BufReader::new(files::open(path).ok()?);
        let mut reader = Reader::new(&path.display().to_string(), source).ok()?;
        let mut summary = Self {
            experiment: reader.header().experiment.clone(),
            ..Self::default()
        };
        let mut gates = BTreeMap::new();
        while let Ok(Some(kind)) = reader.next_of(&KINDS) {
            summary.take(kind, &mut gates);
        }
        summary.gates_failed = gates.into_values().sum();
        Some(summary)
    }

    fn take(&mut self, kind: EventKind, gates: &mut BTreeMap<Dimension, usize>) {
        match kind {
            EventKind::RunStarted { .. } => {
                self.runs += 1;
                self.is_running = true;
                self.is_cancelled = false;
            }
            EventKind::RunFinished { cancelled, .. } => {
                self.is_running = false;
                self.is_cancelled = cancelled;
            }
            EventKind::SessionRefused { .. } => {
                self.is_refused = true;
                self.is_running = false;
            }
            EventKind::DimensionFinished { dimension, outcome } => {
                let failed = outcome.gates.iter().filter(|gate| !gate.passed).count();
                gates.insert(dimension, failed);
                self.dimensions.insert(dimension, outcome.status);
            }
            _ => {}
        }
    }
}

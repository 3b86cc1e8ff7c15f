//! What names stood for in a recorded session, from the few lines of it that tell.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;

use crate::cli::output::Failure;
use crate::disk_cache::NamedParts;
use crate::event::EventKind;
use crate::files;
use crate::log::file::Reader;
use crate::vocabulary::{ContentId, Problem};

/// What names stood for.
pub(super) struct Recorded {
    /// The experiment's name.
    pub(super) experiment: String,
    /// What resources stood for when they were last asked for.
    pub(super) contents: HashMap<String, ContentId>,
    /// What outcomes rested on.
    pub(super) outcomes: HashMap<String, NamedParts>,
}

impl Recorded {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let file = files::open(path)
            .map_err(|error| Failure::from(Problem::new(error.to_string()).in_file(path)))?;
        let name = path.display().to_string();
        let mut reader = Reader::new(&name, BufReader::new(file)).map_err(Failure::input)?;
        let mut recorded = Self {
            experiment: reader.header().experiment.clone(),
            contents: HashMap::new(),
            outcomes: HashMap::new(),
        };
        let tells = ["requested", "dimension_finished"];
        while let Some(kind) = reader.next_of(&tells).map_err(Failure::input)? {
            match kind {
                EventKind::Requested { name, content, .. } => {
                    recorded.contents.insert(name.0.to_string(), content);
                }
                EventKind::DimensionFinished { dimension, outcome }
                    if !outcome.rests_on.is_empty() =>
                {
                    let name = format!("outcome:{dimension}");
                    recorded.outcomes.insert(name, outcome.rests_on);
                }
                _ => {}
            }
        }
        Ok(recorded)
    }
}

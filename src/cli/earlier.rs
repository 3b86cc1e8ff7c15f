//! What earlier sessions have left, for the commands that go on with it.

use std::sync::Arc;

use super::output::{self, Failure};
use crate::disk_cache::{self, DiskCache};
use crate::experiment::Experiment;
use crate::history::History;
use crate::session::Earlier;
use crate::shared_cache::{Secrets, SharedCache};

/// What earlier sessions have left for this experiment. That there is no disk cache is told, and no
/// reason to stop.
pub(super) fn earlier(experiment: &Experiment) -> Result<Earlier, Failure> {
    let opened = SharedCache::open(&experiment.cache.shared, &Secrets::of_environment())?;
    for note in &opened.notes {
        output::note(&format!("note: {note}"));
    }
    Ok(Earlier {
        history: History::in_data_folder(),
        disk: disk(experiment),
        shared: opened.cache,
        ..Earlier::default()
    })
}

fn disk(experiment: &Experiment) -> Option<Arc<DiskCache>> {
    let path = disk_cache::place().filter(|_| experiment.cache.disk)?;
    match DiskCache::open(&path, experiment.cache.disk_bytes) {
        Ok(disk) => Some(Arc::new(disk)),
        Err(problem) => {
            output::note(&format!("note: {problem}"));
            None
        }
    }
}

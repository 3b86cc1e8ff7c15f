//! Loading for commands that have nothing to watch, with a line of progress.

use std::sync::Mutex;

use super::output::{Failure, ProgressLine};
use crate::resource::directly::{self, Loaded};
use crate::resource::{Catalogue, Key};

/// Loads these resources and all that they are made from.
pub(super) fn load(catalogue: &mut Catalogue, wanted: &[Key]) -> Result<Loaded, Failure> {
    let line = Mutex::new(ProgressLine::new());
    let progress = |done: u64, total: u64| {
        if let Ok(mut line) = line.lock() {
            line.show(&format!("{done} of {total} rows"));
        }
    };
    let loaded = directly::load(catalogue, wanted, &progress).map_err(Failure::from);
    if let Ok(mut line) = line.lock() {
        line.clear();
    }
    loaded
}

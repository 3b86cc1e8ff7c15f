//! Loading resources without a session: one after the other, with a line of progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::output::{Failure, ProgressLine};
use super::runtime;
use crate::engine::graph::closure;
use crate::engine::{CancelToken, LoadContext, Workload};
use crate::resource::{Catalogue, Key, Resource};

/// Offers to fetch ONNX Runtime where the validated model needs it and it is missing.
pub(super) fn see_to_runtime(catalogue: &Catalogue) -> Result<(), Failure> {
    let validated = catalogue.validated();
    let model = catalogue.models().filter(|(id, _)| **id == validated);
    match catalogue.missing_runtime(model) {
        Some(missing) if missing.error.can_be_installed() => runtime::offer(&missing.to_string()),
        Some(missing) => Err(Failure::input(missing)),
        None => Ok(()),
    }
}

/// Loads these resources and all that they are made from.
pub(super) fn load(
    catalogue: &Catalogue,
    wanted: &[Key],
) -> Result<HashMap<Key, Arc<Resource>>, Failure> {
    let line = Mutex::new(ProgressLine::new());
    let progress = |done: u64, total: u64| {
        if let Ok(mut line) = line.lock() {
            line.show(&format!("{done} of {total} rows"));
        }
    };
    let context = LoadContext {
        cancel: CancelToken::default(),
        progress: &progress,
    };
    let mut loaded: HashMap<Key, Arc<Resource>> = HashMap::new();
    // Inputs come before what is made from them.
    for key in closure(catalogue, wanted).map_err(Failure::input)? {
        let inputs = catalogue.inputs(&key);
        let inputs = inputs.iter().filter_map(|input| loaded.get(input).cloned());
        let resource = catalogue.load(&key, &inputs.collect::<Vec<_>>(), &context);
        let resource = resource.map_err(Failure::input)?.value;
        loaded.insert(key, Arc::new(resource));
    }
    if let Ok(mut line) = line.lock() {
        line.clear();
    }
    Ok(loaded)
}

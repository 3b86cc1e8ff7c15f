//! The hyperparameter variants: their names, parameters, and models or scores.

use super::file;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::experiment::{Sweep, Variant};
use crate::resource::catalogue::length;
use crate::resource::{Catalogue, Key, Resource, read_sweep};
use crate::vocabulary::Problem;

/// Files up to this size are not worth counting exactly.
const SMALL: u64 = 1 << 20;
const TREE_BYTES_PER_BYTE: u64 = 12;

pub(in crate::resource) fn inputs(catalogue: &Catalogue) -> Vec<Key> {
    let path = catalogue.experiment.hyperparameters.as_deref();
    path.map(file).into_iter().collect()
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue) -> Recipe {
    let recipe = Recipe::new("hyperparameters");
    match catalogue.experiment.trials_metric.as_deref() {
        Some(metric) => recipe.with("metric", metric),
        None => recipe,
    }
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue) -> Option<u64> {
    let length = length(catalogue.experiment.hyperparameters.as_deref()?)?;
    // The tree of a large file is many times as large as the file.
    let more = length
        .saturating_sub(SMALL)
        .saturating_mul(TREE_BYTES_PER_BYTE);
    Some(length.saturating_add(more))
}

pub(in crate::resource) fn load(catalogue: &Catalogue) -> Result<Loaded<Resource>, LoadError> {
    let path = catalogue.experiment.hyperparameters.as_ref();
    let path = path.ok_or_else(|| Problem::new("the experiment names no hyperparameters"))?;
    let metric = catalogue.experiment.trials_metric.as_deref();
    let sweep = if let Ok(source) = catalogue.files.source(path) {
        read_sweep(&source, metric)?
    } else {
        // What cannot be opened is told with its own words.
        let sweep = Sweep::from_file(path);
        sweep.map_err(|errors| Problem::new(errors.in_one_line()))?
    };
    let variants = sweep.variants.len();
    let parameters: usize = sweep.variants.iter().map(|v| v.parameters.len()).sum();
    // Names and values of a few letters each: what a table of them takes, not counted exactly.
    let bytes = (variants * size_of::<Variant>() + parameters * 64) as u64;
    Ok(Loaded {
        bytes,
        mapped_bytes: 0,
        exact: false,
        detail: format!("{variants} variants"),
        value: Resource::Sweep(sweep),
    })
}

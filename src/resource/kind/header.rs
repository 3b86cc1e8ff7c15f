//! What a model's file says of itself, read without its weights.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exactly;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::inference::{self, Coverage, Header};
use crate::resource::numbers::gone_from;
use crate::resource::source::Source;
use crate::resource::{Catalogue, ModelId, Resource};
use crate::vocabulary::Problem;

pub(in crate::resource) fn recipe(catalogue: &Catalogue, id: &ModelId) -> Recipe {
    let recipe = Recipe::new("header");
    let recipe = match catalogue.score_output(id) {
        Some(output) => recipe.with("score output", output),
        None => recipe,
    };
    match catalogue.model_path(id) {
        Ok(path) => recipe.stamped(path),
        Err(_) => recipe,
    }
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    id: &ModelId,
) -> Result<Loaded<Resource>, LoadError> {
    let path = catalogue.model_path(id)?;
    let source = catalogue.files.source(path)?;
    let failed = |error: inference::InferenceError| Problem::new(error.to_string());
    if source.is_folder() || source.bytes().is_ok_and(|bytes| bytes == 0) {
        return Err(inference::inspect(path)
            .err()
            .map_or_else(|| Problem::new("not a model").in_file(path), failed)
            .into());
    }
    let map = source.map();
    let map = map.map_err(|error| Problem::new(error.to_string()).in_file(path))?;
    let header = inference::read_header_for(path, &map, catalogue.score_output(id));
    map.check().map_err(|gone| gone_from(path, gone))?;
    let header = header.map_err(failed)?;
    let signature = &header.signature;
    let runs = match &header.coverage {
        Coverage::Native => "native",
        Coverage::Uncovered { .. } => "not native",
    };
    let detail = format!(
        "{} inputs, {} operators, {runs}",
        signature.inputs.len(),
        signature.node_count
    );
    let bytes = size(&header);
    Ok(exactly(Resource::Header(Arc::new(header)), bytes, detail))
}

/// The files beside a model that hold its weights; none where it has none, or is none.
pub fn weight_files(path: &Path) -> Vec<PathBuf> {
    let map = Source::open(path).map(|source| source.map());
    match map {
        Ok(Ok(map)) => inference::weight_files(path, &map),
        _ => Vec::new(),
    }
}

/// Names are what grows with a model.
fn size(header: &Header) -> u64 {
    let inputs: usize = header.signature.inputs.iter().map(|i| i.name.len()).sum();
    (size_of::<Header>() + inputs + header.signature.inputs.len() * 64) as u64
}

//! Facts as JSON. Whatever does not come back as it was is not kept.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::experiment::{Sweep, VariantSource};
use crate::resource::Catalogue;

pub(super) fn to_bytes<T: Serialize + DeserializeOwned + PartialEq>(fact: &T) -> Option<Vec<u8>> {
    let bytes = serde_json::to_vec(fact).ok()?;
    let restored: T = serde_json::from_slice(&bytes).ok()?;
    (restored == *fact).then_some(bytes)
}

pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// Variants name their models' files, which are told from the folder of the file that lists them: they
/// hold in that folder only.
#[derive(PartialEq, Serialize, Deserialize)]
struct PlacedSweep {
    file: PathBuf,
    sweep: Sweep,
}

/// The file that lists the variants, in full; none where they name no files.
fn file_of(catalogue: &Catalogue, sweep: &Sweep) -> Option<PathBuf> {
    let mut variants = sweep.variants.iter();
    if !variants.any(|variant| matches!(variant.source, VariantSource::Model(_))) {
        return Some(PathBuf::new());
    }
    catalogue.experiment.hyperparameters.clone()
}

pub(super) fn sweep_to_bytes(catalogue: &Catalogue, sweep: &Sweep) -> Option<Vec<u8>> {
    to_bytes(&PlacedSweep {
        file: file_of(catalogue, sweep)?,
        sweep: sweep.clone(),
    })
}

pub(super) fn sweep_from_bytes(catalogue: &Catalogue, bytes: &[u8]) -> Option<Sweep> {
    let placed: PlacedSweep = from_bytes(bytes)?;
    let is_here = file_of(catalogue, &placed.sweep)? == placed.file;
    is_here.then_some(placed.sweep)
}

//! Facts as JSON. Whatever does not come back as it was is not kept.

use std::path::{Path, PathBuf};

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

/// Variants name their models' files. Those in the folder of the file that lists them are told from
/// there, and hold for that file only: it may name others in full.
#[derive(PartialEq, Serialize, Deserialize)]
struct PlacedSweep {
    /// The file that lists them, in full.
    file: PathBuf,
    sweep: Sweep,
}

/// The folder of the file that lists the variants, as the experiment spells it, and the file in full.
fn place(catalogue: &Catalogue) -> Option<(PathBuf, PathBuf)> {
    let file = catalogue.experiment.hyperparameters.as_deref()?;
    let folder = file.parent().unwrap_or(Path::new(""));
    Some((folder.to_owned(), std::path::absolute(file).ok()?))
}

/// The sweep with other names for its models' files.
fn renamed(mut sweep: Sweep, rename: impl Fn(&Path) -> PathBuf) -> Sweep {
    for variant in &mut sweep.variants {
        if let VariantSource::Model(path) = &mut variant.source {
            *path = rename(path);
        }
    }
    sweep
}

pub(super) fn sweep_to_bytes(catalogue: &Catalogue, sweep: &Sweep) -> Option<Vec<u8>> {
    let (folder, file) = place(catalogue)?;
    let sweep = renamed(sweep.clone(), |path| {
        path.strip_prefix(&folder).unwrap_or(path).to_owned()
    });
    to_bytes(&PlacedSweep { file, sweep })
}

pub(super) fn sweep_from_bytes(catalogue: &Catalogue, bytes: &[u8]) -> Option<Sweep> {
    let (folder, file) = place(catalogue)?;
    let placed: PlacedSweep = from_bytes(bytes)?;
    (placed.file == file).then(|| renamed(placed.sweep, |path| folder.join(path)))
}

//! Who is to run a model: settled from its file, before anything is opened.

use std::path::Path;

use super::error::InferenceError;
use super::signature::Signature;
use super::{file, inspect, native};
use crate::event::{Backend, BackendChoice, RunsOn};

/// What a model's file tells.
#[derive(Debug)]
pub struct Inspected {
    /// What the model takes and gives.
    pub signature: Signature,
    /// What is to run it; an error where it was asked for natively and is not covered.
    pub backend: Result<BackendChoice, InferenceError>,
}

/// As [`inspect()`](super::inspect()), and settles what is to run the model. Whether the native backend
/// covers it is known once its graph has been built and tried, so this takes as long as opening it
/// natively; the file is read once.
pub fn inspect_and_choose(path: &Path, backend: Backend) -> Result<Inspected, InferenceError> {
    let bytes = file::read(path)?;
    let signature = inspect::inspect(path, &bytes, None)?;
    let backend = choose(path, &bytes, &signature, backend);
    Ok(Inspected { signature, backend })
}

fn choose(
    path: &Path,
    bytes: &[u8],
    signature: &Signature,
    backend: Backend,
) -> Result<BackendChoice, InferenceError> {
    let asked_for = |runs_on| Ok(BackendChoice::AskedFor { runs_on });
    match backend {
        Backend::OnnxRuntime => asked_for(RunsOn::OnnxRuntime),
        Backend::Native => match native::coverage_of(bytes, signature) {
            Ok(()) => asked_for(RunsOn::Native),
            Err(reasons) => Err(InferenceError::Uncovered {
                path: path.into(),
                reason: reasons.join("; "),
            }),
        },
        Backend::Auto => Ok(match native::coverage_of(bytes, signature) {
            Ok(()) => BackendChoice::Covered,
            Err(what) => BackendChoice::Uncovered { what },
        }),
    }
}

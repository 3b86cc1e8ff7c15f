//! Who is to run a model: settled from its file, before anything is opened.

use std::path::Path;

use super::error::InferenceError;
use super::header::{Coverage, Header};
use super::signature::Signature;
use super::{MemoryFigure, file, inspect, native, onnx_runtime};
use crate::vocabulary::{Backend, BackendChoice, RunsOn};

/// What is to run a model, by what its header promises; an error where it was asked for natively and
/// is not covered.
pub fn choose(
    path: &Path,
    header: &Header,
    backend: Backend,
) -> Result<BackendChoice, InferenceError> {
    let what = match &header.coverage {
        Coverage::Native => None,
        Coverage::Uncovered { what } => Some(what),
    };
    match (backend, what) {
        (Backend::OnnxRuntime, _) => Ok(BackendChoice::AskedFor {
            runs_on: RunsOn::OnnxRuntime,
        }),
        (Backend::Native, None) => Ok(BackendChoice::AskedFor {
            runs_on: RunsOn::Native,
        }),
        (Backend::Native, Some(what)) => Err(InferenceError::Uncovered {
            path: path.into(),
            reason: what.join("; "),
        }),
        (Backend::Auto, None) => Ok(BackendChoice::Covered),
        (Backend::Auto, Some(what)) => Ok(BackendChoice::Uncovered { what: what.clone() }),
    }
}

/// What a model's file tells.
#[derive(Debug)]
pub struct Inspected {
    /// What the model takes and gives.
    pub signature: Signature,
    /// What is to run it; an error where it was asked for natively and is not covered.
    pub backend: Result<BackendChoice, InferenceError>,
    /// What it will take in memory there.
    pub memory: MemoryFigure,
}

/// As [`inspect()`](super::inspect()), and settles what is to run the model. Whether the native backend
/// covers it is known once its graph has been built and tried, so this takes as long as opening it
/// natively; the file is read once.
pub fn inspect_and_choose(path: &Path, backend: Backend) -> Result<Inspected, InferenceError> {
    let bytes = file::read(path)?;
    let model = file::parse(path, &bytes)?;
    let signature = inspect::signature(path, &model, bytes.len(), None)?;
    let estimate = onnx_runtime::estimated_memory(&signature);
    let asked_for = |runs_on| Ok(BackendChoice::AskedFor { runs_on });
    let coverage = || native::memory(&model.graph, &signature);
    let (backend, memory) = match backend {
        Backend::OnnxRuntime => (asked_for(RunsOn::OnnxRuntime), estimate),
        Backend::Native => match coverage() {
            Ok(memory) => (asked_for(RunsOn::Native), memory),
            Err(reasons) => {
                let uncovered = InferenceError::Uncovered {
                    path: path.into(),
                    reason: reasons.join("; "),
                };
                (Err(uncovered), estimate)
            }
        },
        Backend::Auto => match coverage() {
            Ok(memory) => (Ok(BackendChoice::Covered), memory),
            Err(what) => (Ok(BackendChoice::Uncovered { what }), estimate),
        },
    };
    Ok(Inspected {
        signature,
        backend,
        memory,
    })
}

//! Who is to run a model: settled from its header, before anything is opened.

use std::path::Path;

use super::error::InferenceError;
use super::header::{Coverage, Header};
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

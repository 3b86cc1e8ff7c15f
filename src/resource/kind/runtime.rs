//! The library that runs what is not run natively: found and opened once a model needs it.

use super::exactly;
use crate::engine::{LoadError, Loaded};
use crate::inference::{self, OpenOptions, runtime};
use crate::resource::Resource;
use crate::vocabulary::{Problem, RunsOn};

/// What a problem names as what would help, when the library could be fetched.
pub const RUNTIME: &str = "runtime";

pub(in crate::resource) fn load() -> Result<Loaded<Resource>, LoadError> {
    if let Err(error) = runtime::find() {
        let problem = Problem::new(error.to_string());
        return Err(if error.can_be_installed() {
            problem.setting(RUNTIME).into()
        } else {
            problem.into()
        });
    }
    let identity = inference::engine_identity(RunsOn::OnnxRuntime, OpenOptions::default().threads);
    let detail = identity.clone();
    let mut loaded = exactly(Resource::Runtime(identity), 0, detail);
    loaded.exact = false;
    Ok(loaded)
}

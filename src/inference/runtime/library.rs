//! The one library of the process: opened when the first model is, and never closed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::ep::{CUDA, ExecutionProvider as _};
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::SessionBuilder;

use super::places::{Surroundings, Usable, first_usable_here, usable_after};
use super::{Candidate, FINE_VERSIONS, Outcome, Place, version};
use crate::inference::error::InferenceError;

/// An opened library.
pub(in crate::inference) struct Library {
    environment: Environment,
    /// `ONNX Runtime 1.31.1`
    pub(in crate::inference) name: String,
    /// Where it was found.
    pub(in crate::inference) path: PathBuf,
}

/// A failed attempt leaves it empty, so that the next one may follow an installation. Whoever holds
/// the lock needs nobody else to go on, so waiting for it cannot deadlock a pool of workers.
static OPENED: Mutex<Option<Arc<Library>>> = Mutex::new(None);

/// The library, opened now if it has not been.
pub(in crate::inference) fn open() -> Result<Arc<Library>, InferenceError> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = opened.as_ref() {
        return Ok(Arc::clone(library));
    }
    let library = Arc::new(open_first()?);
    *opened = Some(Arc::clone(&library));
    Ok(library)
}

/// The name that [`open`]'s library has or will have.
pub(in crate::inference) fn expected_name() -> String {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    match opened.as_ref() {
        Some(library) => library.name.clone(),
        None => first_usable_here()
            .map_or_else(|_| "ONNX Runtime".into(), |usable| name_of(&usable.path)),
    }
}

/// Tries one place after the other, since only opening tells whether a file is what its name says.
fn open_first() -> Result<Library, InferenceError> {
    let mut failures = Vec::new();
    let mut usable = first_usable_here()?;
    loop {
        let outcome = match open_at(&usable) {
            Ok(library) => return Ok(library),
            Err(Refusal::Final(error)) => return Err(error),
            Err(Refusal::Unfit(outcome)) => outcome,
        };
        let place = usable.place;
        failures.push(Candidate {
            place,
            version: version::of_library(&usable.path),
            path: Some(usable.path),
            outcome,
        });
        usable = usable_after(&Surroundings::real(), Some(place), &failures)?;
    }
}

enum Refusal {
    /// Another place may do better.
    Unfit(Outcome),
    /// Nothing else may be tried.
    Final(InferenceError),
}

fn open_at(usable: &Usable) -> Result<Library, Refusal> {
    let path = &usable.path;
    let builder = ort::init_from(path).map_err(|error| refusal(usable, error))?;
    let environment = builder
        .with_telemetry(false)
        // Its messages would go to the terminal that the program draws on.
        .with_logger(Arc::new(|_, _, _, _, _| {}))
        .build()
        .map_err(|error| {
            Refusal::Final(InferenceError::RuntimeStart {
                path: path.clone(),
                reason: error.to_string(),
            })
        })?;
    environment.set_log_level(LogLevel::Fatal);
    Ok(Library {
        environment,
        name: name_of(path),
        path: path.clone(),
    })
}

fn refusal(usable: &Usable, error: LoadDynamicError) -> Refusal {
    let outcome = match error {
        LoadDynamicError::BadVersion { version_str, .. } => {
            Outcome::WrongVersion { found: version_str }
        }
        LoadDynamicError::Dlopen { error, .. } => {
            Outcome::NotFound(format!("cannot be loaded: {}", with_sources(&error)))
        }
        other => Outcome::NotFound(format!("is not ONNX Runtime: {other}")),
    };
    if usable.place != Place::Variable {
        return Refusal::Unfit(outcome);
    }
    Refusal::Final(InferenceError::RuntimeSetting {
        path: usable.path.clone(),
        reason: match outcome {
            Outcome::WrongVersion { found } => {
                format!("has version {found}, and {FINE_VERSIONS} is needed")
            }
            other => other.to_string(),
        },
    })
}

/// The loader's own words stand behind its error, not in it.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// By the version, or, where nothing tells it, by what else sets one library apart from another.
fn name_of(path: &Path) -> String {
    version::of_library(path).map_or_else(
        || {
            let bytes = path.metadata().map_or(0, |metadata| metadata.len());
            format!("ONNX Runtime ({}, {bytes} bytes)", path.display())
        },
        |version| format!("ONNX Runtime {version}"),
    )
}

impl Library {
    /// Can it run models on CUDA devices?
    pub(in crate::inference) fn has_cuda() -> bool {
        CUDA::is_available().unwrap_or(false)
    }

    /// Settings for a session that uses this many threads; they spin while they wait, or sleep.
    pub(in crate::inference) fn session_builder(
        &self,
        threads: usize,
        spinning: bool,
    ) -> ort::Result<SessionBuilder> {
        Ok(Session::builder(&self.environment)?
            .with_intra_threads(threads.max(1))?
            .with_inter_threads(1)?
            .with_intra_op_spinning(spinning)?
            .with_log_level(LogLevel::Fatal)?)
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

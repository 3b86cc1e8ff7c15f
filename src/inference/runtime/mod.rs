//! Finding, opening and installing the ONNX Runtime library.
//!
//! Nothing here opens the library until a model is opened: finding it means looking at folders.

mod install;
pub(super) mod library;
mod places;
mod python;
mod version;

use std::fmt;
use std::path::PathBuf;

use super::error::InferenceError;
use crate::vocabulary::Device;
pub use install::{InstallStep, install, install_size};
pub(in crate::inference) use places::Surroundings;
pub use version::FINE_VERSIONS;

/// Where the library is looked for, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The environment variable `ORT_DYLIB_PATH`.
    Variable,
    /// The folder of the program itself.
    BesideExecutable,
    /// The folder where [`install()`] puts it.
    DataFolder,
    /// The `onnxruntime` package of the Python on the PATH.
    Python,
    /// The folders of the system's loader.
    SystemLoader,
}

impl Place {
    /// All of them, in order.
    pub const ALL: [Place; 5] = [
        Place::Variable,
        Place::BesideExecutable,
        Place::DataFolder,
        Place::Python,
        Place::SystemLoader,
    ];
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Variable => "ORT_DYLIB_PATH",
            Place::BesideExecutable => "beside the executable",
            Place::DataFolder => "data folder",
            Place::Python => "Python's onnxruntime package",
            Place::SystemLoader => "system loader",
        })
    }
}

/// What one place gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it was looked for.
    pub place: Place,
    /// The library, where there is one.
    pub path: Option<PathBuf>,
    /// Its version, where its name or its package tells.
    pub version: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Why a candidate is used or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This is the one.
    Used,
    /// There is none here, for this reason.
    NotFound(String),
    /// It is set and cannot be right; nothing after it is tried.
    Wrong(String),
    /// It is too old: see [`FINE_VERSIONS`].
    WrongVersion {
        /// Its version.
        found: String,
    },
    /// It would do, but an earlier place has one.
    Skipped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Used => f.write_str("used"),
            Outcome::NotFound(reason) | Outcome::Wrong(reason) => f.write_str(reason),
            Outcome::WrongVersion { found } => {
                write!(f, "version {found} is too old ({FINE_VERSIONS} is fine)")
            }
            Outcome::Skipped => f.write_str("not needed: an earlier place has one"),
        }
    }
}

/// Looks in every place and tells what was found there and why it is used or not. Opens nothing;
/// starts Python only if nothing else tells where its packages are and no earlier place has one.
pub fn search() -> Vec<Candidate> {
    places::search(&Surroundings::real())
}

/// Whether a library is likely to be there, or else why not. It takes a few milliseconds at most
/// where an early place has it, and opens nothing.
pub fn find() -> Result<(), InferenceError> {
    places::first_usable_here().map(|_| ())
}

/// As [`find`], without the reason.
pub fn is_available() -> bool {
    find().is_ok()
}

/// Opens the library now and gives its name and version: the proof that it works.
pub fn open_now() -> Result<String, InferenceError> {
    library::open().map(|library| library.name.clone())
}

/// Refuses a device that the library has no provider for. It opens the library.
pub fn check_device(device: Device) -> Result<(), InferenceError> {
    let library = library::open()?;
    if device == Device::Cpu || library::Library::has_cuda() {
        return Ok(());
    }
    Err(InferenceError::NoProvider {
        engine: library.name.clone(),
        device,
    })
}

/// Where [`install()`] puts the library, and where it is looked for as [`Place::DataFolder`].
pub fn data_folder() -> Option<PathBuf> {
    Surroundings::real().data_folder
}

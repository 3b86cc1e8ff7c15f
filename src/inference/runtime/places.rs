//! Looks for the library in the places where it may be.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::error::InferenceError;
use super::{Candidate, FINE_VERSIONS, Outcome, Place, python, version};
use crate::data_folder::data_folder;
use crate::files;

/// Longer than any list of folders.
const MOST_SETTINGS_BYTES: u64 = 1 << 20;

static FOUND: Mutex<Option<Usable>> = Mutex::new(None);

/// What the search looks at, so that tests can give it something else.
#[derive(Debug, Clone, Default)]
pub(in crate::inference) struct Surroundings {
    /// `ORT_DYLIB_PATH`; an empty value is no value.
    pub(super) variable: Option<PathBuf>,
    pub(super) executable_folder: Option<PathBuf>,
    pub(in crate::inference) data_folder: Option<PathBuf>,
    pub(super) path: OsString,
    pub(super) python_path: OsString,
    pub(super) home: Option<PathBuf>,
    pub(super) loader_folders: Vec<PathBuf>,
}

impl Surroundings {
    pub(in crate::inference) fn real() -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        Surroundings {
            variable: variable("ORT_DYLIB_PATH").map(PathBuf::from),
            executable_folder: env::current_exe()
                .ok()
                .and_then(|program| program.canonicalize().ok())
                .and_then(|program| program.parent().map(PathBuf::from)),
            // A library is never taken from the folder that the program happens to be started in.
            data_folder: data_folder()
                .filter(|folder| folder.is_absolute())
                .map(|folder| folder.join("runtime")),
            path: variable("PATH").unwrap_or_default(),
            python_path: variable("PYTHONPATH").unwrap_or_default(),
            home: dirs::home_dir().filter(|folder| folder.is_absolute()),
            loader_folders: loader_folders(),
        }
    }
}

/// A library that may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Usable {
    pub(super) place: Place,
    pub(super) path: PathBuf,
}

/// The first library that can be used here, remembered once there is one: asking Python takes time.
pub(super) fn first_usable_here() -> Result<Usable, InferenceError> {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(usable) = found.as_ref() {
        return Ok(usable.clone());
    }
    let usable = first_usable(&Surroundings::real())?;
    *found = Some(usable.clone());
    Ok(usable)
}

/// What every place gives.
pub(super) fn search(surroundings: &Surroundings) -> Vec<Candidate> {
    let mut is_settled = false;
    Place::ALL
        .iter()
        .map(|place| {
            // Python is only started where its answer still matters.
            let mut candidate = look(*place, surroundings, !is_settled);
            if is_settled && candidate.outcome == Outcome::Used {
                candidate.outcome = Outcome::Skipped;
            }
            is_settled |= matches!(candidate.outcome, Outcome::Used | Outcome::Wrong(_));
            candidate
        })
        .collect()
}

/// The first library that can be used, without looking any further.
pub(super) fn first_usable(surroundings: &Surroundings) -> Result<Usable, InferenceError> {
    usable_after(surroundings, None, &[])
}

/// The next library that can be used after a place whose library would not open. `failures` are
/// candidates that looked fine and were not; they explain the error when nothing is left.
pub(super) fn usable_after(
    surroundings: &Surroundings,
    after: Option<Place>,
    failures: &[Candidate],
) -> Result<Usable, InferenceError> {
    let start = after.map_or(0, |after| {
        Place::ALL
            .iter()
            .position(|place| *place == after)
            .map_or(0, |index| index + 1)
    });
    let mut tried = failures.to_vec();
    for place in &Place::ALL[start..] {
        let candidate = look(*place, surroundings, true);
        match (&candidate.outcome, &candidate.path) {
            (Outcome::Used, Some(path)) => {
                return Ok(Usable {
                    place: *place,
                    path: path.clone(),
                });
            }
            (Outcome::Wrong(reason), _) => {
                return Err(InferenceError::RuntimeSetting {
                    path: surroundings.variable.clone().unwrap_or_default(),
                    reason: reason.clone(),
                });
            }
            _ => tried.push(candidate),
        }
    }
    Err(nothing_usable(&tried))
}

fn nothing_usable(tried: &[Candidate]) -> InferenceError {
    for candidate in tried {
        if let (Outcome::WrongVersion { found }, Some(path)) = (&candidate.outcome, &candidate.path)
        {
            return InferenceError::RuntimeVersion {
                path: path.clone(),
                found: found.clone(),
                wanted: FINE_VERSIONS.into(),
            };
        }
    }
    let reasons: Vec<String> = tried
        .iter()
        .map(|candidate| format!("{}: {}", candidate.place, candidate.outcome))
        .collect();
    InferenceError::RuntimeMissing {
        tried: reasons.join("; "),
    }
}

fn look(place: Place, surroundings: &Surroundings, may_start_python: bool) -> Candidate {
    let found = match place {
        Place::Variable => match &surroundings.variable {
            None => Err(Outcome::NotFound("not set".into())),
            Some(path) => check_setting(path).map_err(Outcome::Wrong),
        },
        Place::BesideExecutable => in_folder(surroundings.executable_folder.as_deref()),
        Place::DataFolder => in_data_folder(surroundings.data_folder.as_deref()),
        Place::Python => {
            python::find_library(surroundings, may_start_python).map_err(Outcome::NotFound)
        }
        Place::SystemLoader => surroundings
            .loader_folders
            .iter()
            .find_map(|folder| library_in(folder))
            .ok_or_else(|| Outcome::NotFound("none in the loader's folders".into())),
    };
    let path = match found {
        Ok(path) => path,
        Err(outcome) => {
            return Candidate {
                place,
                path: None,
                version: None,
                outcome,
            };
        }
    };
    let version = version::of_library(&path);
    let outcome = match &version {
        Some(found) if version::is_too_old(found) && place == Place::Variable => Outcome::Wrong(
            format!("has version {found}, and {FINE_VERSIONS} is needed"),
        ),
        Some(found) if version::is_too_old(found) => Outcome::WrongVersion {
            found: found.clone(),
        },
        _ => Outcome::Used,
    };
    Candidate {
        place,
        path: Some(path),
        version,
        outcome,
    }
}

/// A library that somebody named has to be there: the reasons continue "which ...".
fn check_setting(path: &Path) -> Result<PathBuf, String> {
    if !path.is_absolute() {
        return Err("depends on the folder that the program is started in; \
                    set it to an absolute path"
            .into());
    }
    if path.is_file() {
        return Ok(path.into());
    }
    if path.is_dir() {
        return Err(match library_in(path) {
            Some(library) => format!("is a folder; set it to the file {}", library.display()),
            None => "is a folder, and has no ONNX Runtime library in it".into(),
        });
    }
    Err("does not exist".into())
}

fn in_folder(folder: Option<&Path>) -> Result<PathBuf, Outcome> {
    let folder = folder.ok_or_else(|| Outcome::NotFound("the folder is not known".into()))?;
    library_in(folder).ok_or_else(|| Outcome::NotFound(format!("none in {}", folder.display())))
}

/// Each version that was installed has its own folder in the data folder.
fn in_data_folder(folder: Option<&Path>) -> Result<PathBuf, Outcome> {
    let folder = folder.ok_or_else(|| Outcome::NotFound("the folder is not known".into()))?;
    let libraries = folder
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .filter_map(|entry| library_in(&entry.path()));
    newest(libraries.chain(library_in(folder)))
        .ok_or_else(|| Outcome::NotFound(format!("none in {}", folder.display())))
}

/// The newest library that lies directly in a folder.
pub(super) fn library_in(folder: &Path) -> Option<PathBuf> {
    let entries = folder.read_dir().ok()?.flatten();
    newest(
        entries
            .filter(|entry| is_library(&entry.file_name()))
            .map(|entry| entry.path())
            .filter(|path| path.is_file()),
    )
}

fn newest(libraries: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    libraries.max_by_key(|path| {
        let version = version::of_library(path).unwrap_or_default();
        (version::order(&version), path.clone())
    })
}

fn is_library(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    if cfg!(target_os = "windows") {
        name.eq_ignore_ascii_case("onnxruntime.dll")
    } else if cfg!(target_os = "macos") {
        // Providers are called `libonnxruntime_providers_...`.
        name.starts_with("libonnxruntime.") && Path::new(name).extension() == Some("dylib".as_ref())
    } else {
        name.starts_with("libonnxruntime.so")
    }
}

/// Where the system's loader looks, as far as files tell: the variable, its configuration, and the
/// usual folders.
fn loader_folders() -> Vec<PathBuf> {
    let variable = if cfg!(target_os = "windows") {
        "PATH"
    } else if cfg!(target_os = "macos") {
        "DYLD_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    };
    let mut folders: Vec<PathBuf> = env::var_os(variable)
        .iter()
        .flat_map(env::split_paths)
        .filter(|folder| folder.is_absolute())
        .collect();
    let configured = Path::new("/etc/ld.so.conf.d").read_dir();
    for file in configured.into_iter().flatten().flatten() {
        let text = files::read_text(&file.path(), MOST_SETTINGS_BYTES).unwrap_or_default();
        folders.extend(
            text.lines()
                .map(str::trim)
                .filter(|line| line.starts_with('/'))
                .map(PathBuf::from),
        );
    }
    folders.extend(
        [
            "/usr/local/lib",
            "/usr/lib",
            "/lib",
            "/usr/lib64",
            "/lib64",
            "/opt/homebrew/lib",
        ]
        .map(PathBuf::from),
    );
    folders
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;

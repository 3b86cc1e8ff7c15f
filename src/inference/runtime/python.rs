//! Finds the library in the `onnxruntime` package of the Python on the PATH.
//!
//! Where a Python keeps its packages is told by the folders around it; starting it takes tens of
//! milliseconds, and is left for those that are scripts (pyenv, asdf) and tell nothing.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::places::{Surroundings, library_in};
use crate::{child, files};

const NAMES: [&str; 2] = ["python3", "python"];
/// Longer than a cold start from a slow disk.
const START_LIMIT: Duration = Duration::from_secs(5);
/// Longer than any settings of an environment.
const MOST_SETTINGS_BYTES: u64 = 1 << 20;
/// Finds the package without importing it.
const WHERE_IS_IT: &str = "import importlib.util as u; s = u.find_spec('onnxruntime'); \
    print(list(s.submodule_search_locations)[0] if s else '')";

/// The library, or why there is none.
pub(super) fn find_library(
    surroundings: &Surroundings,
    may_start: bool,
) -> Result<PathBuf, String> {
    let python = on_path(surroundings).ok_or("no python3 on the PATH")?;
    let packages = packages_of(&python, surroundings);
    let library = packages
        .folders
        .iter()
        .find_map(|folder| library_in(&folder.join("onnxruntime").join("capi")));
    if let Some(library) = library {
        return Ok(library);
    }
    let lacks = || format!("{} has no onnxruntime package", python.display());
    if packages.is_complete {
        return Err(lacks());
    }
    if !may_start {
        return Err("not looked for: an earlier place has one".into());
    }
    let package = ask(&python)?;
    // What is not absolute was found through the working folder.
    if !package.is_absolute() {
        return Err(lacks());
    }
    library_in(&package.join("capi"))
        .ok_or_else(|| format!("{} holds no library", package.display()))
}

/// The Python that the user's shell would start.
pub(super) fn on_path(surroundings: &Surroundings) -> Option<PathBuf> {
    let suffix = env::consts::EXE_SUFFIX;
    env::split_paths(&surroundings.path)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| NAMES.map(|name| folder.join(format!("{name}{suffix}"))))
        .find(|file| file.is_file())
}

/// The folders of packages around a Python.
#[derive(Debug, Default)]
struct Packages {
    folders: Vec<PathBuf>,
    /// Whether the interpreter's own folder is among them: otherwise only it can tell.
    is_complete: bool,
}

/// Where this Python looks for packages, in its order, as far as folders tell.
fn packages_of(python: &Path, surroundings: &Surroundings) -> Packages {
    let here = env::current_dir().and_then(|here| here.canonicalize()).ok();
    let is_here = |folder: &Path| folder.canonicalize().ok() == here;
    let mut folders: Vec<PathBuf> = env::split_paths(&surroundings.python_path)
        .filter(|folder| folder.is_absolute() && !is_here(folder))
        .collect();
    let prefix = python.parent().and_then(Path::parent);
    let environment = prefix
        .map(|prefix| prefix.join("pyvenv.cfg"))
        .and_then(|settings| files::read_text(&settings, MOST_SETTINGS_BYTES).ok());
    let mut own = Vec::new();
    if let (Some(prefix), Some(settings)) = (prefix, &environment) {
        own.extend(packages_under(prefix));
        if !sees_system_packages(settings) {
            folders.extend(own);
            return Packages {
                folders,
                is_complete: true,
            };
        }
    }
    if let Some(home) = &surroundings.home {
        folders.extend(packages_under(&home.join(".local")));
    }
    let real = python.canonicalize().ok();
    let base = real
        .as_deref()
        .and_then(Path::parent)
        .and_then(Path::parent);
    for prefix in base.into_iter().chain(prefix) {
        own.extend(packages_under(prefix));
        // Debian's own Python also looks here.
        if prefix == Path::new("/usr") {
            own.extend(packages_under(Path::new("/usr/local")));
        }
    }
    let is_complete = !own.is_empty() && !is_script(python);
    folders.extend(own);
    Packages {
        folders,
        is_complete,
    }
}

fn sees_system_packages(pyvenv: &str) -> bool {
    pyvenv.lines().any(|line| {
        line.split_once('=').is_some_and(|(key, value)| {
            key.trim() == "include-system-site-packages" && value.trim() == "true"
        })
    })
}

fn packages_under(prefix: &Path) -> Vec<PathBuf> {
    let mut folders = vec![prefix.join("Lib").join("site-packages")];
    for library in ["lib", "lib64"] {
        let entries = prefix.join(library).read_dir();
        let mut versions: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"python3"))
            .map(|entry| entry.path())
            .collect();
        versions.sort();
        for version in versions {
            folders.extend(["site-packages", "dist-packages"].map(|name| version.join(name)));
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

fn is_script(file: &Path) -> bool {
    let mut start = [0; 2];
    files::open(file)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == *b"#!")
}

/// A Python that takes nothing from the folder it is started in, and nothing from its environment.
pub(super) fn isolated(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg("-I");
    command
}

/// Asks Python itself where the package is. It gets a few seconds, then it is ended.
fn ask(python: &Path) -> Result<PathBuf, String> {
    let mut command = isolated(python);
    command.args(["-c", WHERE_IS_IT]);
    let ended = child::run(command, START_LIMIT, START_LIMIT, &mut || {})
        .map_err(|error| format!("{} {error}", python.display()))?;
    if ended.status.success() {
        Ok(PathBuf::from(ended.output.trim()))
    } else {
        Err(format!("{} failed ({})", python.display(), ended.status))
    }
}

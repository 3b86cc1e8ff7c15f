//! Brings the library from the Python package index, checks it, and puts it into the data folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::super::error::InferenceError;
use super::places::{Surroundings, library_in};
use super::python;
use crate::child::{self, Scratch, Unended};
use crate::files;

const VERSION: &str = "1.31.1";
/// From one look at what has arrived to the next.
const EVERY: Duration = Duration::from_millis(100);
/// For a slow line: 27 kB a second.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(15);
const UNPACK_LIMIT: Duration = Duration::from_mins(2);
/// How folders of installations begin that are under way.
const INSTALLING: &str = ".installing-";
/// Held while an installation is under way; who holds it may sweep what others left behind.
const LOCK: &str = ".installing.lock";
const KEPT_BESIDE: [&str; 2] = ["LICENSE", "ThirdPartyNotices.txt"];

/// A wheel of the `onnxruntime` package on PyPI. The library in it does not depend on the version
/// of Python in its name, so one wheel a system is enough, and its digest can be written down here.
/// The digests are those of the files that PyPI serves for `onnxruntime` 1.31.1.
#[derive(Debug, PartialEq, Eq)]
struct Wheel {
    os: &'static str,
    arch: &'static str,
    platform: &'static str,
    bytes: u64,
    sha256: &'static str,
}

const WHEELS: [Wheel; 3] = [
    Wheel {
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        bytes: 23_753_652,
        sha256: "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        bytes: 21_413_526,
        sha256: "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        platform: "macosx_14_0_arm64",
        bytes: 20_871_676,
        sha256: "60b6b69bfe580eab576cacc5d132a0e9cf2a37fcfd18d46dd191042b1d1ed0d7",
    },
];

/// How far an installation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallStep {
    /// Bytes that have arrived, of how many.
    Downloading {
        /// So far; 0 as long as nothing tells.
        bytes: u64,
        /// In the end.
        total: u64,
    },
    /// Comparing the digest with the one that this program expects.
    Checking,
    /// Taking the library out of the package.
    Unpacking,
    /// The library is in its place.
    Done,
}

/// What will be downloaded, in bytes: for the question whether to do it. `None` where there is no
/// package for this system.
pub fn install_size() -> Option<u64> {
    wheel_for(std::env::consts::OS, std::env::consts::ARCH).map(|wheel| wheel.bytes)
}

/// Downloads ONNX Runtime with `python3 -m pip download`, checks its digest and puts the library
/// into the data folder, all or nothing. Gives the library's path.
pub fn install(progress: &mut dyn FnMut(InstallStep)) -> Result<PathBuf, InferenceError> {
    install_into(&Surroundings::real(), progress)
}

fn install_into(
    surroundings: &Surroundings,
    progress: &mut dyn FnMut(InstallStep),
) -> Result<PathBuf, InferenceError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let wheel = wheel_for(os, arch).ok_or_else(|| {
        failed(
            format!("there is no package for {os} on {arch}"),
            "install ONNX Runtime yourself and set ORT_DYLIB_PATH to its library file",
        )
    })?;
    let python = python::on_path(surroundings).ok_or_else(|| {
        failed(
            "there is no python3 on the PATH, and the download goes through its pip",
            "install Python 3, or set ORT_DYLIB_PATH to a library that you have",
        )
    })?;
    let folder = surroundings.data_folder.as_deref().ok_or_else(|| {
        failed(
            "the home folder is not known, so there is no place to put it",
            "set LAZYDEBUGGER_DATA_DIR to a folder",
        )
    })?;
    let at = |error: std::io::Error| unwritable(folder, &error);
    fs::create_dir_all(folder).map_err(at)?;
    let _alone = alone(folder).map_err(at)?;
    let scratch = Scratch::inside(folder, INSTALLING).map_err(at)?;
    let scratch = scratch.path();
    let file = download(&python, wheel, scratch, progress)?;
    progress(InstallStep::Checking);
    check(&file, wheel)?;
    progress(InstallStep::Unpacking);
    let ready = unpack(&python, &file, scratch)?;
    let target = folder.join(format!("onnxruntime-{VERSION}"));
    put_in_place(&ready, &target, scratch)?;
    let library = library_in(&target).ok_or_else(|| {
        failed(
            "the package holds no library",
            "try again, or set ORT_DYLIB_PATH",
        )
    })?;
    progress(InstallStep::Done);
    Ok(library)
}

fn wheel_for(os: &str, arch: &str) -> Option<&'static Wheel> {
    WHEELS
        .iter()
        .find(|wheel| wheel.os == os && wheel.arch == arch)
}

fn failed(reason: impl Into<String>, remedy: impl Into<String>) -> InferenceError {
    InferenceError::Install {
        reason: reason.into(),
        remedy: remedy.into(),
    }
}

fn unwritable(folder: &Path, error: &std::io::Error) -> InferenceError {
    failed(
        format!("{} cannot be written: {error}", folder.display()),
        "make room there, or set LAZYDEBUGGER_DATA_DIR to another folder",
    )
}

/// Waits until no other installation is under way in the folder, and removes what killed ones left.
fn alone(folder: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(false);
    let lock = options.open(folder.join(LOCK))?;
    lock.lock()?;
    for entry in folder.read_dir()?.flatten() {
        let name = entry.file_name();
        let is_left_over = name.as_encoded_bytes().starts_with(INSTALLING.as_bytes());
        if is_left_over {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(lock)
}

fn download(
    python: &Path,
    wheel: &Wheel,
    scratch: &Path,
    progress: &mut dyn FnMut(InstallStep),
) -> Result<PathBuf, InferenceError> {
    let total = wheel.bytes;
    progress(InstallStep::Downloading { bytes: 0, total });
    let target = scratch.join("download");
    let mut command = python::isolated(python);
    command
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--no-deps",
        ])
        .args(["--disable-pip-version-check", "--only-binary=:all:"])
        .args([
            "--implementation",
            "cp",
            "--python-version",
            "3.11",
            "--abi",
            "cp311",
        ])
        .args([
            "--platform",
            wheel.platform,
            "--retries",
            "2",
            "--timeout",
            "20",
        ])
        .arg(format!("onnxruntime=={VERSION}"))
        .arg("--dest")
        .arg(&target)
        // pip collects the bytes in a temporary folder first: there they can be counted.
        .env("TMPDIR", scratch)
        .env("PIP_REQUIRE_VIRTUALENV", "0");
    let ended = child::run(command, DOWNLOAD_LIMIT, EVERY, &mut || {
        progress(InstallStep::Downloading {
            bytes: bytes_under(scratch).min(total),
            total,
        });
    })
    .map_err(|error| match error {
        Unended::Start(_) => failed(
            format!("{} {error}", python.display()),
            "check the Python on the PATH",
        ),
        Unended::TooSlow(limit) => failed(
            format!("pip was not done within {} minutes", limit.as_secs() / 60),
            "check the network, or set ORT_DYLIB_PATH to a library that you have",
        ),
    })?;
    if !ended.status.success() {
        return Err(explain_pip(&ended.errors));
    }
    progress(InstallStep::Downloading {
        bytes: total,
        total,
    });
    let file = target.read_dir().ok().and_then(|entries| {
        entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
    });
    file.ok_or_else(|| failed("pip has downloaded no package", "try again"))
}

fn bytes_under(folder: &Path) -> u64 {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_under(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn explain_pip(errors: &str) -> InferenceError {
    let signs = |words: &[&str]| words.iter().any(|word| errors.contains(word));
    let last = errors
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it gave no reason");
    if signs(&["No module named pip"]) {
        return failed(
            "the Python on the PATH has no pip",
            "install pip (`python3 -m ensurepip`, or the package python3-pip), then try again",
        );
    }
    let no_network = [
        "Failed to establish a new connection",
        "NewConnectionError",
        "Temporary failure in name resolution",
        "ConnectTimeoutError",
        "Max retries exceeded",
        "ProxyError",
        "Network is unreachable",
        "Read timed out",
    ];
    if signs(&no_network) {
        return failed(
            "the package index could not be reached",
            "check the network, or set ORT_DYLIB_PATH to a library that you have",
        );
    }
    if signs(&["No space left on device"]) {
        return failed("the disk is full", "make room, then try again");
    }
    failed(
        format!("pip failed: {last}"),
        "update pip (`python3 -m pip install --upgrade pip`), or set ORT_DYLIB_PATH to a library that you have",
    )
}

fn check(file: &Path, wheel: &Wheel) -> Result<(), InferenceError> {
    let unreadable = |error: std::io::Error| {
        failed(
            format!("{} cannot be read: {error}", file.display()),
            "try again",
        )
    };
    let mut digest = Sha256::new();
    let mut input = files::open(file).map_err(unreadable)?;
    std::io::copy(&mut input, &mut digest).map_err(unreadable)?;
    let found = format!("{:x}", digest.finalize());
    if found == wheel.sha256 {
        return Ok(());
    }
    Err(failed(
        format!(
            "the downloaded package is not the expected one (SHA-256 {found} instead of {})",
            wheel.sha256
        ),
        "nothing was installed; check which package index pip is set to",
    ))
}

/// Takes the library and its licences out of the package, into a folder of their own.
fn unpack(python: &Path, file: &Path, scratch: &Path) -> Result<PathBuf, InferenceError> {
    let broken = |reason: String| {
        failed(
            format!("the package could not be unpacked: {reason}"),
            "try again",
        )
    };
    let whole = scratch.join("whole");
    let mut command = python::isolated(python);
    command.args(["-m", "zipfile", "-e"]).arg(file).arg(&whole);
    let ended = child::run(command, UNPACK_LIMIT, EVERY, &mut || {})
        .map_err(|error| broken(format!("{} {error}", python.display())))?;
    if !ended.status.success() {
        return Err(broken(ended.errors.trim().to_owned()));
    }
    let package = whole.join("onnxruntime");
    let library = library_in(&package.join("capi"))
        .ok_or_else(|| broken("there is no library in it".into()))?;
    let ready = scratch.join("ready");
    let keep = |from: &Path| {
        let name = from.file_name().unwrap_or_default();
        fs::rename(from, ready.join(name)).map_err(|error| broken(error.to_string()))
    };
    fs::create_dir(&ready).map_err(|error| broken(error.to_string()))?;
    keep(&library)?;
    for name in KEPT_BESIDE {
        let licence = package.join(name);
        if licence.is_file() {
            keep(&licence)?;
        }
    }
    Ok(ready)
}

/// Replaces what is there: whoever installs again has a reason to.
fn put_in_place(ready: &Path, target: &Path, scratch: &Path) -> Result<(), InferenceError> {
    if target.exists() {
        fs::rename(target, scratch.join("replaced")).map_err(|error| unwritable(target, &error))?;
    }
    fs::rename(ready, target).map_err(|error| unwritable(target, &error))
}

#[cfg(test)]
#[path = "install_tests.rs"]
mod tests;

//! The bundled Adult experiment: from the checkout, or unpacked from the program itself.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use crate::data_folder::data_folder;

/// Why the bundled experiment cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BundledError {
    /// There is no folder to unpack it to.
    #[error("no folder for data is known; set LAZYDEBUGGER_DATA_DIR to one that can be written")]
    NoDataFolder,
    /// It cannot be written.
    #[error("the bundled experiment cannot be unpacked to `{}`: {error}; \
             set LAZYDEBUGGER_DATA_DIR to a folder that can be written", path.display())]
    Write {
        /// The file that failed.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../sample_data/adult/", $name)))),*]
    };
}

/// The files of the bundled experiment, by their path within it.
const FILES: &[(&str, &[u8])] = embedded![
    "experiment.toml",
    "adult_test.parquet",
    "adult_calib.parquet",
    "adult_shifted.parquet",
    "random_forest.onnx",
    "xgboost.onnx",
    "logistic_regression.onnx",
    "sweep.json",
    "sweep/rf_e005_d04_l01.onnx",
    "sweep/rf_e005_d04_l25.onnx",
    "sweep/rf_e005_d08_l01.onnx",
    "sweep/rf_e005_d08_l25.onnx",
    "sweep/rf_e020_d04_l01.onnx",
    "sweep/rf_e020_d04_l25.onnx",
    "sweep/rf_e020_d08_l01.onnx",
    "sweep/rf_e020_d08_l25.onnx",
    "sweep/rf_e060_d04_l01.onnx",
    "sweep/rf_e060_d04_l25.onnx",
    "sweep/rf_e060_d08_l01.onnx",
    "sweep/rf_e060_d08_l25.onnx",
];

/// The bundled experiment's file: that of the checkout when the current folder is inside one, else
/// the one in [`data_folder`], unpacked there when it is not there yet.
pub fn bundled() -> Result<PathBuf, BundledError> {
    let here = env::current_dir().unwrap_or_default();
    let in_checkout = here
        .ancestors()
        .map(|folder| folder.join("sample_data/adult/experiment.toml"))
        .find(|path| path.is_file());
    match in_checkout {
        Some(path) => Ok(path),
        None => unpack_bundled(&data_folder().ok_or(BundledError::NoDataFolder)?),
    }
}

/// Writes those files of the bundled experiment that `data_folder` lacks; names its main file.
///
/// Each file appears whole or not at all, so that programs started together do not meet halves.
pub fn unpack_bundled(data_folder: &Path) -> Result<PathBuf, BundledError> {
    // Files of another build are another folder's, so that two versions never mix.
    let folder = data_folder.join(format!("sample_data-{}", digest()));
    for (name, bytes) in FILES {
        let path = folder.join(name);
        if !path.is_file() {
            write_whole(&path, bytes).map_err(|error| BundledError::Write { path, error })?;
        }
    }
    Ok(folder.join("experiment.toml"))
}

/// Names the embedded files by what is in them.
fn digest() -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in FILES {
        hasher.update(name.as_bytes()).update(bytes);
    }
    hasher.finalize().to_hex()[..12].to_owned()
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_added_extension(format!("{}.part", process::id()));
    let written = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // The error that matters is that of the write; a left-over part is never read.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

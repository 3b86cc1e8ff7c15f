//! The bundled Adult experiment: from the checkout, or unpacked from the program itself.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::data_folder::data_folder;
use crate::files;

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

/// The bundled experiment's file: that of the checkout which the program was built from, when the
/// current folder is inside it, else the one in [`data_folder`], unpacked there.
///
/// No other folder is trusted: whoever can put files above the current one, as in a shared folder
/// for temporary files, would choose what is run.
pub fn bundled() -> Result<PathBuf, BundledError> {
    match checkout() {
        Some(path) => Ok(path),
        None => unpack_bundled(&data_folder().ok_or(BundledError::NoDataFolder)?),
    }
}

/// In the checkout that the program was built from, where we are in it. On another machine somebody
/// else may have a folder of that name: what is in it must be what was built.
fn checkout() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().ok()?;
    let here = env::current_dir().and_then(|here| here.canonicalize());
    let folder = checkout.join("sample_data/adult");
    let is_ours = here.is_ok_and(|here| here.starts_with(&checkout))
        && FILES
            .iter()
            .all(|(name, bytes)| is_intact(&folder.join(name), bytes));
    is_ours.then(|| folder.join("experiment.toml"))
}

/// Writes those files of the bundled experiment that `data_folder` lacks, or that are not what they
/// should be; names its main file.
///
/// Each file appears whole or not at all, so that programs started together do not meet halves.
pub fn unpack_bundled(data_folder: &Path) -> Result<PathBuf, BundledError> {
    // Files of another build are another folder's, so that two versions never mix.
    let folder = data_folder.join(format!("sample_data-{}", digest()));
    for (name, bytes) in FILES {
        let path = folder.join(name);
        if !is_intact(&path, bytes) {
            write(&path, bytes).map_err(|error| BundledError::Write { path, error })?;
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

/// Is this a file of ours, by all of its bytes? A link would lead to somebody else's.
fn is_intact(path: &Path, bytes: &[u8]) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file && files::read_whole(path, bytes.len() as u64).is_ok_and(|found| found == bytes)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        files::sweep(folder);
    }
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        fs::remove_file(path)?;
    }
    files::write_whole(path, bytes)
}

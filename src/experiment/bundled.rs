//! The bundled Adult experiment: from the checkout, or unpacked from the program itself.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::read::GzDecoder;

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

/// A file of the bundled experiment, as the build has packed it.
struct BundledFile {
    /// Its path within the experiment.
    name: &'static str,
    /// Bytes, unpacked.
    length: u64,
    /// BLAKE3 of these.
    digest: [u8; 32],
    /// The bytes by gzip.
    packed: &'static [u8],
}

#[allow(clippy::unreadable_literal, reason = "the build script writes it")]
const FILES: &[BundledFile] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

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
        && FILES.iter().all(|file| file.is_intact_in(&folder));
    is_ours.then(|| folder.join("experiment.toml"))
}

/// Writes those files of the bundled experiment that `data_folder` lacks, or that are not what they
/// should be; names its main file.
///
/// Each file appears whole or not at all, so that programs started together do not meet halves.
pub fn unpack_bundled(data_folder: &Path) -> Result<PathBuf, BundledError> {
    // Files of another build are another folder's, so that two versions never mix.
    let folder = data_folder.join(format!("sample_data-{}", digest()));
    for file in FILES {
        if !file.is_intact_in(&folder) {
            let path = folder.join(file.name);
            let written = file.unpack().and_then(|bytes| write(&path, &bytes));
            written.map_err(|error| BundledError::Write { path, error })?;
        }
    }
    Ok(folder.join("experiment.toml"))
}

/// Names the files by what is in them.
fn digest() -> String {
    let mut hasher = blake3::Hasher::new();
    for file in FILES {
        hasher.update(file.name.as_bytes()).update(&file.digest);
    }
    hasher.finalize().to_hex()[..12].to_owned()
}

impl BundledFile {
    /// Is it in a folder, by all of its bytes? A link would lead to somebody else's.
    fn is_intact_in(&self, folder: &Path) -> bool {
        let path = folder.join(self.name);
        let is_file = |found: fs::Metadata| found.is_file() && found.len() == self.length;
        fs::symlink_metadata(&path).is_ok_and(is_file)
            && digest_of(&path, self.length).is_ok_and(|found| found == self.digest)
    }

    fn unpack(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        GzDecoder::new(self.packed).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// BLAKE3 of a file's first bytes, and of one more if there is one.
fn digest_of(path: &Path, length: u64) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(files::open(path)?.take(length + 1))?;
    Ok(*hasher.finalize().as_bytes())
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

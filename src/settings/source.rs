//! The text of an experiment's file, or why the file cannot be one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::near::nearest;
use super::problem::FileProblem;
use crate::files;

/// Longer than anybody writes.
const MOST_EXPERIMENT_BYTES: u64 = 16 << 20;

/// The text of `path`, which is to be an experiment.
pub(crate) fn experiment_text(path: &Path) -> Result<String, FileProblem> {
    if path.is_dir() {
        let inside = path.join("experiment.toml");
        let inside = inside.is_file().then_some(inside);
        return Err(FileProblem::Folder { inside });
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match extension.to_ascii_lowercase().as_str() {
        "onnx" => Err(FileProblem::Model),
        "parquet" | "csv" | "arrow" | "feather" => Err(FileProblem::Table),
        "jsonl" | "zst" => Err(FileProblem::Trace),
        _ => text(path),
    }
}

/// The text of `path`, whatever it is, without a byte order mark.
fn text(path: &Path) -> Result<String, FileProblem> {
    decoded(content(path, MOST_EXPERIMENT_BYTES)?)
}

/// The bytes of `path`, whatever it is, if it has at most `limit` of them.
pub(crate) fn content(path: &Path, limit: u64) -> Result<Vec<u8>, FileProblem> {
    files::read_whole(path, limit).map_err(|error| match error.kind() {
        ErrorKind::NotFound => FileProblem::NotFound {
            near: sibling(path),
        },
        ErrorKind::IsADirectory => FileProblem::Folder { inside: None },
        _ => FileProblem::Unreadable(error.to_string()),
    })
}

/// Bytes as text, without a byte order mark.
pub(crate) fn decoded(bytes: Vec<u8>) -> Result<String, FileProblem> {
    let text = String::from_utf8(bytes).map_err(|_| FileProblem::NotUtf8)?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// A file beside `path` with the same extension and nearly the same name.
fn sibling(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    let folder = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let names: Vec<String> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension() == path.extension())
        .collect();
    let name = path.file_name()?.to_str()?;
    let near = nearest(name, names.iter().map(String::as_str))?;
    Some(parent.join(near))
}

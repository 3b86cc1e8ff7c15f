//! Reads a model file, and says in words what is wrong with one that is not a model.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::error::InferenceError;
use super::onnx::{ExternalData, Model, WireError};
use crate::files;

/// Protobuf's own limit: a longer ONNX file cannot exist.
const MAX_FILE_BYTES: u64 = 2 << 30;
/// Enough to recognise what a file is.
const HEAD_BYTES: usize = 512;
/// Characters of a name that are shown.
const MAX_SHOWN: usize = 80;
const LFS_MAGIC: &[u8] = b"version https://git-lfs";

/// The whole file, after the checks that need no understanding of ONNX.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, InferenceError> {
    let refused = |error: std::io::Error| unreadable(path, &error);
    let metadata = std::fs::metadata(path).map_err(refused)?;
    if metadata.is_dir() {
        return Err(InferenceError::IsFolder { path: path.into() });
    }
    let mut file = files::open(path).map_err(refused)?;
    check_length(path, metadata.len())?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.by_ref()
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(refused)?;
    refuse_impostors(path, &head)?;
    let mut bytes = head;
    bytes.reserve_exact((metadata.len() as usize).saturating_sub(bytes.len()));
    // One byte beyond the limit is enough to see that a file has grown while it was read.
    file.take(MAX_FILE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(refused)?;
    Ok(bytes)
}

/// The model in the bytes, with a graph, or why they are none.
pub(super) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<Model<'a>, InferenceError> {
    let not_onnx = |found: &str| InferenceError::NotOnnx {
        path: path.into(),
        found: found.into(),
    };
    match Model::parse(bytes) {
        Ok(model) if !model.has_graph && model.ir_version.is_none() => {
            Err(not_onnx("it holds no graph"))
        }
        // Cut off between two parts: what came last, the graph or its operator sets, is missing.
        Ok(model) if !model.has_graph => Err(InferenceError::Truncated {
            path: path.into(),
            bytes: bytes.len() as u64,
        }),
        Ok(model) => Ok(model),
        Err(WireError::Truncated) if starts_like_onnx(bytes) => Err(InferenceError::Truncated {
            path: path.into(),
            bytes: bytes.len() as u64,
        }),
        Err(_) if starts_like_onnx(bytes) => Err(damaged(path)),
        Err(_) => Err(not_onnx("its content is some other binary format")),
    }
}

/// The error for a file that stops making sense somewhere inside.
pub(super) fn damaged(path: &Path) -> InferenceError {
    InferenceError::NotOnnx {
        path: path.into(),
        found: "it begins like one, but its content is damaged".into(),
    }
}

/// Checks that every file with weights is there, the model's own and long enough; gives their bytes
/// in total.
pub(super) fn check_external_data(
    path: &Path,
    parts: &[ExternalData<'_>],
) -> Result<u64, InferenceError> {
    let mut ends: BTreeMap<&str, u64> = BTreeMap::new();
    for part in parts {
        let end = ends.entry(part.location).or_default();
        *end = part.end.max(*end);
    }
    let mut total = 0;
    for (location, needed) in ends {
        let outside = || InferenceError::ExternalDataOutside {
            path: path.into(),
            location: brief(location),
        };
        if !names_what_is_below(location) {
            return Err(outside());
        }
        let data = beside(path, location);
        let Ok(metadata) = std::fs::metadata(&data) else {
            return Err(InferenceError::ExternalDataMissing {
                path: path.into(),
                missing: data,
            });
        };
        if !is_beside(path, &data) {
            return Err(outside());
        }
        // Whoever runs the model would wait for a pipe.
        if !metadata.is_file() {
            return Err(InferenceError::Unreadable {
                path: data,
                reason: "it is neither a file nor a link to one".into(),
            });
        }
        if metadata.len() < needed {
            return Err(InferenceError::ExternalDataTruncated {
                path: path.into(),
                data,
                bytes: metadata.len(),
                needed,
            });
        }
        total += metadata.len();
    }
    Ok(total)
}

/// What the files are called that the parts are in, each once.
pub(super) fn locations<'a>(parts: &[ExternalData<'a>]) -> BTreeSet<&'a str> {
    parts.iter().map(|part| part.location).collect()
}

/// A file that a model of this path names as one with its weights.
pub(super) fn beside(path: &Path, location: &str) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(location)
}

fn names_what_is_below(location: &str) -> bool {
    let mut parts = Path::new(location).components();
    parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Is a file in the folder of the model, links followed? Download caches keep both as links into one
/// store of theirs: then it is in that of the model's own file.
fn is_beside(path: &Path, data: &Path) -> bool {
    let Ok(data) = data.canonicalize() else {
        return false;
    };
    let is_in = |folder: &Path| folder.canonicalize().is_ok_and(|f| data.starts_with(f));
    let named = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    is_in(named)
        || path
            .canonicalize()
            .is_ok_and(|model| model.parent().is_some_and(is_in))
}

/// The beginning of a name: a file's can be as long as the file.
pub(super) fn brief(name: &str) -> String {
    match name.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

/// The content of a file with weights: a copy, which stays as it is whatever becomes of the file.
pub(super) fn read_external_data(path: &Path, location: &str) -> Result<Arc<[u8]>, InferenceError> {
    let data = beside(path, location);
    let bytes = files::read_whole(&data, u64::MAX - 1);
    let bytes = bytes.map_err(|error| unreadable(&data, &error))?;
    Ok(bytes.into())
}

fn unreadable(path: &Path, error: &std::io::Error) -> InferenceError {
    match error.kind() {
        ErrorKind::NotFound => InferenceError::NotFound { path: path.into() },
        _ => InferenceError::Unreadable {
            path: path.into(),
            reason: error.to_string(),
        },
    }
}

fn check_length(path: &Path, bytes: u64) -> Result<(), InferenceError> {
    if bytes > MAX_FILE_BYTES {
        return Err(InferenceError::TooLarge {
            path: path.into(),
            bytes,
            limit: MAX_FILE_BYTES,
        });
    }
    Ok(())
}

/// The checks of [`read`], for the content of a file that somebody else has read.
pub(super) fn check_content(path: &Path, bytes: &[u8]) -> Result<(), InferenceError> {
    check_length(path, bytes.len() as u64)?;
    refuse_impostors(path, &bytes[..bytes.len().min(HEAD_BYTES)])
}

fn refuse_impostors(path: &Path, head: &[u8]) -> Result<(), InferenceError> {
    if head.is_empty() {
        return Err(InferenceError::Empty { path: path.into() });
    }
    if head.starts_with(LFS_MAGIC) {
        return Err(InferenceError::LfsPointer {
            path: path.into(),
            size: String::from_utf8_lossy(head)
                .lines()
                .find_map(|line| line.strip_prefix("size ")?.trim().parse().ok()),
        });
    }
    let known = [
        (
            &b"PK\x03\x04"[..],
            "a zip archive (a PyTorch checkpoint, perhaps)",
        ),
        (b"\x1f\x8b", "a gzip archive; unpack it"),
        (b"\x89HDF", "an HDF5 file (a Keras model, perhaps)"),
        (b"\x80\x04\x95", "a Python pickle"),
        (b"\x80\x05\x95", "a Python pickle"),
        (b"PAR1", "a Parquet file"),
        (b"ARROW1", "an Arrow file"),
    ];
    let found = known
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, what)| (*what).to_owned())
        .or_else(|| text_in(head));
    match found {
        Some(found) => Err(InferenceError::NotOnnx {
            path: path.into(),
            found,
        }),
        None => Ok(()),
    }
}

/// What a file of text looks like. A protobuf of any length has control characters in its head.
fn text_in(head: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_text = !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let start = text.trim_start().to_ascii_lowercase();
    if !is_text {
        None
    } else if start.starts_with("<!doctype html") || start.starts_with("<html") {
        Some("an HTML page (a download that went wrong, perhaps)".into())
    } else if start.starts_with('{') || start.starts_with('[') {
        Some("JSON text".into())
    } else {
        Some("plain text".into())
    }
}

/// Every ONNX writer begins with `ir_version`, or, rarely, with the producer's name or an operator set.
fn starts_like_onnx(bytes: &[u8]) -> bool {
    match bytes {
        [0x08, version, ..] => *version < 0x40,
        [0x12 | 0x3a | 0x42, ..] => true,
        [first] => *first == 0x08,
        _ => false,
    }
}

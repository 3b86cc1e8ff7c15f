//! The verdicts that are known: of this process, and of this machine, in a file in the data folder. It
//! is an aid: where it cannot be read or written, models are tried once more.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;
use crate::data_folder::data_folder;
use crate::files;
use crate::vocabulary::ContentId;

const FILE: &str = "onnxruntime_trials.json";
/// The version of the file.
const SCHEMA: u32 = 1;
/// Verdicts in the file; the oldest go first.
const MOST: usize = 4096;
/// Longer than a file of so many.
const MOST_BYTES: u64 = 2 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Trials {
    onnxruntime_trials: u32,
    trials: Vec<Trial>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Trial {
    model: ContentId,
    verdict: Verdict,
}

/// Those of this process.
static KNOWN: Mutex<BTreeMap<ContentId, Verdict>> = Mutex::new(BTreeMap::new());

/// Where they are kept.
pub(super) fn file() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join(FILE))
}

/// The verdict on a model, if it is known.
pub(super) fn find(id: ContentId) -> Option<Verdict> {
    if let Some(verdict) = known().get(&id) {
        return Some(*verdict);
    }
    let trials = file().and_then(|path| read(&path)).unwrap_or_default();
    let mut newest_first = trials.trials.iter().rev();
    let trial = newest_first.find(|trial| trial.model == id)?;
    known().insert(id, trial.verdict);
    Some(trial.verdict)
}

/// Keeps a verdict.
pub(super) fn keep(id: ContentId, verdict: Verdict) {
    let mut known = known();
    known.insert(id, verdict);
    // One after the other: whoever writes has read what the last has written.
    if let Some(path) = file() {
        let trial = Trial { model: id, verdict };
        let _ = write(&path, trial);
    }
}

fn known() -> MutexGuard<'static, BTreeMap<ContentId, Verdict>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(path: &Path) -> Option<Trials> {
    let text = files::read_text(path, MOST_BYTES).ok()?;
    serde_json::from_str(&text).ok()
}

fn write(path: &Path, trial: Trial) -> std::io::Result<()> {
    let mut all = read(path).unwrap_or_default();
    // A newer program's file is none of ours to write.
    if all.onnxruntime_trials > SCHEMA {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        files::sweep(folder);
    }
    all.onnxruntime_trials = SCHEMA;
    all.trials.retain(|other| other.model != trial.model);
    all.trials.push(trial);
    let surplus = all.trials.len().saturating_sub(MOST);
    all.trials.drain(..surplus);
    let mut text = serde_json::to_string(&all)?;
    text.push('\n');
    files::write_whole(path, text.as_bytes())
}

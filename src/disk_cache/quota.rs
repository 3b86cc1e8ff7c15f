//! The quota: how many bytes all entries may take, and which of them go first.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::folder::{Folder, Listed, Place};
use super::record::Record;
use super::{MOST_RECORD_BYTES, read};
use crate::files::disk_bytes;
use crate::vocabulary::ContentId;

/// The most that is taken unless somebody says otherwise.
const DEFAULT_BYTES: u64 = 2_000_000_000;
/// Of the disk, no more than one part in so many.
const PART_OF_DISK: u64 = 20;
/// What a file takes at least, and in steps of what: most file systems give whole blocks.
const BLOCK: u64 = 4096;
/// Room is made for this share of the quota at a time, so that not every write has to.
const STEP: f64 = 0.1;
/// Writes after which it is looked what others have written.
const LOOK_EVERY: u32 = 64;
/// A body without a record may be one whose record is about to be written.
const ORPHANED_AFTER: Duration = Duration::from_hours(1);

/// 2 GB, or a twentieth of the disk where that is less.
pub fn default_quota(path: &Path) -> u64 {
    let disk = disk_bytes(path).map_or(u64::MAX, |bytes| bytes / PART_OF_DISK);
    DEFAULT_BYTES.min(disk)
}

/// What a file of so many bytes takes.
pub(super) fn on_disk(bytes: u64) -> u64 {
    bytes.max(1).next_multiple_of(BLOCK)
}

/// What was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries.
    pub entries: u64,
    /// Bytes of all files that are gone.
    pub bytes: u64,
}

/// What all files take, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Usage {
    bytes: u64,
    /// Writes until it is looked again.
    writes_left: u32,
}

impl Usage {
    /// Gives entries up until so many bytes more are within the quota.
    pub(super) fn make_room(&mut self, folder: &Folder, bytes: u64, quota: u64) {
        if self.writes_left == 0 {
            self.bytes = folder.list().iter().map(|file| file.bytes).sum();
            self.writes_left = LOOK_EVERY;
        }
        self.writes_left -= 1;
        if self.bytes.saturating_add(bytes) <= quota {
            return;
        }
        let step = (quota as f64 * STEP) as u64;
        let wanted = quota.saturating_sub(bytes).min(quota.saturating_sub(step));
        let (_, left) = prune(folder, wanted);
        self.bytes = left;
    }

    pub(super) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
    }
}

/// An entry with all that goes with it.
struct Candidate {
    record: Listed,
    digest: Option<ContentId>,
    /// The larger, the sooner it goes.
    weight: f64,
}

/// Gives entries up until all files take at most `wanted` bytes: what was given up, and what they take
/// then. The oldest use goes first, weighed by the seconds that a byte saves.
pub(super) fn prune(folder: &Folder, wanted: u64) -> (Pruned, u64) {
    let listed = folder.list();
    let mut left: u64 = listed.iter().map(|file| file.bytes).sum();
    let mut pruned = Pruned::default();
    let mut remove = |file: &Listed, left: &mut u64| {
        if fs::remove_file(&file.path).is_ok() {
            pruned.bytes += file.bytes;
            pruned.entries += u64::from(file.place == Place::Record);
            *left = left.saturating_sub(file.bytes);
        }
    };
    let now = SystemTime::now();
    let (aside, listed): (Vec<Listed>, Vec<Listed>) = listed
        .into_iter()
        .partition(|file| file.place == Place::Aside);
    for file in &aside {
        if left > wanted {
            remove(file, &mut left);
        }
    }
    let (records, others): (Vec<Listed>, Vec<Listed>) = listed
        .into_iter()
        .partition(|file| file.place == Place::Record);
    let bodies: HashMap<ContentId, Listed> = others
        .into_iter()
        .filter(|file| file.place == Place::Body)
        .filter_map(|file| Some((file.id?, file)))
        .collect();
    let mut users: HashMap<ContentId, usize> = HashMap::new();
    let mut candidates = Vec::new();
    for record in records {
        let found = record.id.and_then(|id| {
            let (bytes, _) = read(&record.path, MOST_RECORD_BYTES).ok()??;
            Record::from_bytes(&bytes, id).ok()?
        });
        let digest = found.as_ref().and_then(Record::digest);
        let body = digest.and_then(|digest| bodies.get(&digest));
        if let Some(digest) = digest {
            *users.entry(digest).or_default() += 1;
        }
        let bytes = record.bytes + body.map_or(0, |body| body.bytes);
        let age = now.duration_since(record.used).unwrap_or_default();
        let saved = found.map_or(0.0, |found| found.entry.seconds);
        let saved_a_byte = saved.max(1e-9) / bytes as f64;
        candidates.push(Candidate {
            weight: (age.as_secs_f64() + 1.0) / saved_a_byte,
            record,
            digest,
        });
    }
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    for candidate in &candidates {
        if left <= wanted {
            break;
        }
        remove(&candidate.record, &mut left);
        let Some(digest) = candidate.digest else {
            continue;
        };
        let users = users.entry(digest).or_default();
        *users = users.saturating_sub(1);
        if let Some(body) = bodies.get(&digest).filter(|_| *users == 0) {
            remove(body, &mut left);
        }
    }
    let used: HashSet<ContentId> = users
        .into_iter()
        .filter_map(|(digest, users)| (users > 0).then_some(digest))
        .collect();
    for (digest, body) in &bodies {
        let age = now.duration_since(body.used).unwrap_or_default();
        if !used.contains(digest) && age > ORPHANED_AFTER {
            remove(body, &mut left);
        }
    }
    (pruned, left)
}

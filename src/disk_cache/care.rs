//! What a user can do with all entries: list, verify, prune, clear.

use std::collections::HashMap;
use std::fs;
use std::time::SystemTime;

use super::folder::Place;
use super::record::Record;
use super::{DiskCache, MOST_RECORD_BYTES, Pruned, quota, read};
use crate::engine::tier::{Tier, TierEntry, TierError};
use crate::vocabulary::ContentId;

/// An entry as it is listed.
#[derive(Clone, Debug)]
pub struct ListedEntry {
    /// The key under which it is kept.
    pub key: ContentId,
    /// What is known of it.
    pub entry: TierEntry,
    /// Bytes that it takes on the disk.
    pub bytes: u64,
    /// When it was last used.
    pub used: SystemTime,
}

/// What all files take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Entries.
    pub entries: u64,
    /// Entries that failed their check and were set aside.
    pub aside: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// What became of verifying all entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Entries that are what was written.
    pub whole: u64,
    /// Entries that were not, and why: they are set aside.
    pub damaged: Vec<(ContentId, String)>,
    /// Entries whose bodies are gone: they are forgotten.
    pub without_body: u64,
}

impl DiskCache {
    /// What all files take.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for file in self.folder.list() {
            usage.bytes += file.bytes;
            usage.entries += u64::from(file.place == Place::Record);
            usage.aside += u64::from(file.place == Place::Aside);
        }
        usage
    }

    /// All entries, the last used first. Those that cannot be read are left out.
    pub fn entries(&self) -> Vec<ListedEntry> {
        let listed = self.folder.list();
        let bodies = listed.iter().filter(|file| file.place == Place::Body);
        let bodies: HashMap<ContentId, u64> = bodies
            .filter_map(|body| Some((body.id?, body.bytes)))
            .collect();
        let records = listed.iter().filter(|file| file.place == Place::Record);
        let mut entries: Vec<ListedEntry> = records
            .filter_map(|file| {
                let key = file.id?;
                let (bytes, _) = read(&file.path, MOST_RECORD_BYTES).ok()??;
                let record = Record::from_bytes(&bytes, key).ok()??;
                let body = record.digest().and_then(|digest| bodies.get(&digest));
                Some(ListedEntry {
                    key,
                    bytes: file.bytes + body.copied().unwrap_or(0),
                    used: file.used,
                    entry: record.entry,
                })
            })
            .collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        entries
    }

    /// Reads every entry. What is not as it was written is set aside.
    pub fn verify(&self) -> Verified {
        let mut verified = Verified::default();
        let records = self.folder.list().into_iter();
        for file in records.filter(|file| file.place == Place::Record) {
            let Some(key) = file.id else {
                // None of ours has such a name.
                let _ = fs::remove_file(&file.path);
                continue;
            };
            match Tier::read(self, key) {
                Ok(Some(_)) => verified.whole += 1,
                Ok(None) => verified.without_body += 1,
                Err(TierError::Corrupt(damage)) => verified.damaged.push((key, damage)),
                Err(error) => verified.damaged.push((key, error.to_string())),
            }
        }
        verified
    }

    /// Gives up entries until all take at most so many bytes.
    pub fn prune(&self, bytes: u64) -> Pruned {
        quota::prune(&self.folder, bytes).0
    }

    /// Forgets everything.
    pub fn clear(&self) -> Pruned {
        let mut cleared = Pruned::default();
        for file in self.folder.list() {
            if fs::remove_file(&file.path).is_ok() {
                cleared.bytes += file.bytes;
                cleared.entries += u64::from(file.place == Place::Record);
            }
        }
        cleared
    }
}

//! The disk tier: plain files in the user's data folder.
//!
//! ```text
//! v1/ac/ab/KEY       records: what an entry is, and its body where that is small; written last
//! v1/cas/cd/DIGEST   larger bodies, by the digest of their bytes
//! v1/tmp/            what is being written
//! v1/aside/          entries that failed their check
//! v1/lease/          who makes what at this moment, by locks
//! v1/seen/           what each experiment's resources stood for when they were last asked for
//! ```
//!
//! Everything is made in `tmp` and renamed, so nobody ever sees half of it, and what a crash leaves
//! fails its check. Entries never change: readers and writers of any number of processes need no lock.
//! Whatever is wrong with an entry makes it a miss, and never an error of what was asked for.

mod care;
mod folder;
mod lease;
mod quota;
mod record;
mod seen;

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

pub use care::{ListedEntry, Usage as FolderUsage, Verified};
pub use quota::{Pruned, default_quota};
pub(crate) use record::{Body, Record};
pub use seen::{NamedParts, Seen, SeenContent, SeenName};

use crate::data_folder::data_folder;
use crate::engine::tier::{Tier, TierEntry, TierError};
use crate::files::{self, Map, Output, open_private};
use crate::vocabulary::{ContentId, Problem};
use folder::Folder;
use quota::Usage;

/// Bodies up to this size are in their records: one file to open, and not two.
const SMALL_BODY: usize = 16 << 10;
/// More than any record has.
const MOST_RECORD_BYTES: u64 = 4 << 20;
/// More than any body has: predictions of a billion rows.
const MOST_BODY_BYTES: u64 = 16 << 30;

/// A folder of entries.
pub struct DiskCache {
    folder: Folder,
    quota: u64,
    usage: Mutex<Usage>,
}

/// Where the disk tier lies: `LAZYDEBUGGER_CACHE_DIR`, else `cache` in the data folder. None where that
/// is empty, and where no data folder is known.
pub fn place() -> Option<PathBuf> {
    match std::env::var_os("LAZYDEBUGGER_CACHE_DIR") {
        Some(folder) => (!folder.is_empty()).then(|| folder.into()),
        None => Some(data_folder()?.join("cache")),
    }
}

impl DiskCache {
    /// Opens the folder, which is made where there is none. `quota` is the most bytes it may take.
    pub fn open(path: &Path, quota: Option<u64>) -> Result<Self, Problem> {
        let folder = Folder::open(path).map_err(|error| {
            let cause = format!("no disk cache here: {error}");
            Problem::new(cause).in_file(path)
        })?;
        Ok(Self {
            quota: quota.unwrap_or_else(|| default_quota(path)),
            folder,
            usage: Mutex::default(),
        })
    }

    /// The most bytes that it may take.
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.root()
    }

    fn record(&self, id: ContentId) -> Result<Option<Record>, TierError> {
        let path = self.folder.record(id);
        let Some((bytes, file)) = read(&path, MOST_RECORD_BYTES).or_else(|e| self.odd(id, &e))?
        else {
            return Ok(None);
        };
        match Record::from_bytes(&bytes, id) {
            Ok(found) => {
                if found.is_some() {
                    note_use(&file);
                }
                Ok(found)
            }
            Err(damage) => Err(self.damaged(id, damage)),
        }
    }

    /// What a file that cannot be read means.
    fn odd<T>(&self, id: ContentId, error: &io::Error) -> Result<Option<T>, TierError> {
        match error.kind() {
            ErrorKind::NotFound => Ok(None),
            // A link, a folder, a pipe: none of ours has made that.
            ErrorKind::InvalidInput
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::FileTooLarge => Err(self.damaged(id, error.to_string())),
            _ if error.raw_os_error() == Some(libc::ELOOP) => {
                Err(self.damaged(id, "a link stands in its place".to_owned()))
            }
            _ => Err(TierError::Down(error.to_string())),
        }
    }

    /// An entry that is not what was written is set aside, so that it is asked for only once.
    fn damaged(&self, id: ContentId, damage: String) -> TierError {
        self.folder.set_aside(id);
        TierError::Corrupt(damage)
    }

    fn body(&self, id: ContentId, record: Record) -> Result<Option<Vec<u8>>, TierError> {
        let digest = match record.body {
            Body::Here(bytes) => return Ok(Some(bytes)),
            Body::Apart(digest) => digest,
        };
        let path = self.folder.body(digest);
        let Some((bytes, _)) = read(&path, MOST_BODY_BYTES).or_else(|e| self.odd(id, &e))? else {
            // It was given up between the two looks.
            let _ = self.remove(id);
            return Ok(None);
        };
        if digest_of(&bytes) == digest && bytes.len() as u64 == record.entry.body_bytes {
            return Ok(Some(bytes));
        }
        let _ = std::fs::remove_file(path);
        Err(self.damaged(id, "its body is not what was written".to_owned()))
    }

    /// An entry with a body in a file of its own, mapped and checked; none where there is no such entry.
    /// The file is never written to again: whoever clears it away leaves the map as it is.
    pub fn read_mapped(&self, id: ContentId) -> Result<Option<(TierEntry, Map)>, TierError> {
        let Some(record) = self.record(id)? else {
            return Ok(None);
        };
        let Some(digest) = record.digest() else {
            return Ok(None);
        };
        let path = self.folder.body(digest);
        let opened = open_private(&path)
            .and_then(|file| Map::of(&file))
            .map(Some);
        let Some(map) = opened.or_else(|error| self.odd(id, &error))? else {
            // It was given up between the two looks.
            let _ = self.remove(id);
            return Ok(None);
        };
        let is_whole = map.len() as u64 == record.entry.body_bytes && digest_of(&map) == digest;
        if is_whole && map.check().is_ok() {
            return Ok(Some((record.entry, map)));
        }
        let _ = std::fs::remove_file(path);
        Err(self.damaged(id, "its body is not what was written".to_owned()))
    }

    fn keep(&self, id: ContentId, entry: &TierEntry, body: &[u8]) -> io::Result<()> {
        let is_small = body.len() <= SMALL_BODY;
        let digest = (!is_small).then(|| digest_of(body));
        if let Some(digest) = digest {
            let path = self.folder.body(digest);
            let there = std::fs::symlink_metadata(&path);
            if !there.is_ok_and(|there| there.is_file() && there.len() == body.len() as u64) {
                self.folder.write(&path, body)?;
            }
        }
        let record = Record {
            entry: entry.clone(),
            body: match digest {
                Some(digest) => Body::Apart(digest),
                None => Body::Here(body.to_vec()),
            },
        };
        self.folder
            .write(&self.folder.record(id), &record.to_bytes(id)?)
    }
}

impl Tier for DiskCache {
    fn find(&self, id: ContentId) -> Result<Option<TierEntry>, TierError> {
        Ok(self.record(id)?.map(|record| record.entry))
    }

    fn read(&self, id: ContentId) -> Result<Option<Vec<u8>>, TierError> {
        match self.record(id)? {
            Some(record) => self.body(id, record),
            None => Ok(None),
        }
    }

    fn write(&self, id: ContentId, entry: &TierEntry, body: &[u8]) -> Result<(), TierError> {
        let bytes = quota::on_disk(body.len() as u64 + record::most_overhead(entry));
        if bytes > self.quota {
            return Err(TierError::Refused("it is larger than the quota".to_owned()));
        }
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.make_room(&self.folder, bytes, self.quota);
        self.keep(id, entry, body)
            .map_err(|error| TierError::Down(error.to_string()))?;
        usage.add(bytes);
        Ok(())
    }

    fn remove(&self, id: ContentId) -> Result<bool, TierError> {
        match std::fs::remove_file(self.folder.record(id)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(TierError::Down(error.to_string())),
        }
    }
}

fn digest_of(bytes: &[u8]) -> ContentId {
    ContentId::new(*blake3::hash(bytes).as_bytes())
}

/// The bytes of a file of ours, with the file.
fn read(path: &Path, limit: u64) -> io::Result<Option<(Vec<u8>, File)>> {
    let mut file = open_private(path)?;
    let length = file.metadata()?.len();
    if length > limit {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    Read::by_ref(&mut file)
        .take(limit)
        .read_to_end(&mut bytes)?;
    Ok(Some((bytes, file)))
}

/// The quota gives up first what was used longest ago. A folder that cannot be written to is fine.
fn note_use(file: &File) {
    let _ = file.set_modified(SystemTime::now());
}

/// Writes a file of ours whole.
fn write_private(temporary: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut output = Output::private(temporary, target)?;
    output.write_all(bytes)?;
    // What a crash leaves half written fails its check: no run waits for the disk.
    output.finish_soon()
}

/// Removes what processes that were killed had begun.
fn sweep(temporary: &Path) {
    files::sweep(temporary);
}

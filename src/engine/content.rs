//! Content ids: what a thing is, never where it lies. Files are identified by their bytes, derived
//! things by what they are made from and how.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::workload::Recipe;
use crate::vocabulary::ContentId;

/// Goes into every derived id: raised when the meaning of a stored value changes.
const VALUE_SCHEMA: u32 = 1;

/// A file this young may still be written to within the clock's resolution, so its stamp proves
/// nothing.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// The id of what `recipe` makes from its files and inputs, given their ids.
pub fn derive(recipe: &Recipe, files: &[ContentId], inputs: &[ContentId]) -> ContentId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&VALUE_SCHEMA.to_le_bytes());
    // Lengths keep the parts apart, so that no two recipes share a byte string.
    hasher.update(&(recipe.operation.len() as u64).to_le_bytes());
    hasher.update(recipe.operation.as_bytes());
    for parts in [files, inputs] {
        hasher.update(&(parts.len() as u64).to_le_bytes());
        for part in parts {
            hasher.update(part.as_bytes());
        }
    }
    ContentId::new(*hasher.finalize().as_bytes())
}

/// The id of a file's bytes.
pub fn of_file(path: &Path) -> io::Result<ContentId> {
    let mut hasher = blake3::Hasher::new();
    // Read, not mapped: a mapped file that is cut short meanwhile kills the process.
    hasher.update_reader(File::open(path)?)?;
    Ok(ContentId::new(*hasher.finalize().as_bytes()))
}

/// What tells cheaply that a file is the one that was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (device, inode) = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let (device, inode) = (0, 0);
        Self {
            device,
            inode,
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// The stamp of a file as it is now; none when it cannot be told.
    pub(super) fn now(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|m| Self::of(&m))
    }

    fn is_settled(&self) -> bool {
        let age = self
            .modified
            .and_then(|m| SystemTime::now().duration_since(m).ok());
        age.is_some_and(|age| age >= SETTLED_AFTER)
    }
}

/// A file's id, with the stamp under which it was read.
#[derive(Clone, Copy, Debug)]
pub struct FileId {
    stamp: Stamp,
    /// Was the file old enough for its stamp to tell of later changes?
    settled: bool,
    id: ContentId,
}

impl FileId {
    /// Reads the whole file.
    pub fn read(path: &Path) -> io::Result<Self> {
        let stamp = Stamp::of(&fs::metadata(path)?);
        let settled = stamp.is_settled();
        let id = of_file(path)?;
        Ok(Self { stamp, settled, id })
    }

    /// The id of the file's bytes.
    pub fn content(&self) -> ContentId {
        self.id
    }
}

/// Ids of files already read.
#[derive(Debug, Default)]
pub struct FileIds {
    known: HashMap<PathBuf, FileId>,
    epoch: u64,
}

impl FileIds {
    /// The id of a file, if it can be told without reading it.
    pub fn get(&self, path: &Path) -> Option<ContentId> {
        let known = self.known.get(path).filter(|known| known.settled)?;
        self.is_unchanged(path).then_some(known.id)
    }

    /// Does the file still look as it did when it was read?
    pub fn is_unchanged(&self, path: &Path) -> bool {
        let now = Stamp::now(path);
        now.is_some() && now == self.stamp(path)
    }

    /// The stamp under which a file was last read.
    pub(super) fn stamp(&self, path: &Path) -> Option<Stamp> {
        self.known.get(path).map(|known| known.stamp)
    }

    /// The id under which a file was last read, changed since or not.
    pub fn last(&self, path: &Path) -> Option<ContentId> {
        self.known.get(path).map(|known| known.id)
    }

    /// Goes up whenever the id of some file becomes another one: while it stays, so does all that
    /// follows from ids.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Remembers what was read.
    pub fn insert(&mut self, path: PathBuf, id: FileId) {
        let before = self.known.insert(path, id);
        self.epoch += u64::from(before.is_none_or(|before| before.id != id.id));
    }

    /// Forgets a file that cannot be read any more.
    pub fn forget(&mut self, path: &Path) {
        self.epoch += u64::from(self.known.remove(path).is_some());
    }
}

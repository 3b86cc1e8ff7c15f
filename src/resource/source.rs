//! Files that resources are read from. Each is opened once and stays open while it is the same: what
//! is hashed, looked up and loaded of it is then one and the same file, whatever takes its name.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::engine::{FileId, Stamp};
use crate::files::{self, Map};
use crate::vocabulary::{ContentId, Problem};

/// Files that are kept open at a time.
const MOST_OPEN: usize = 64;
/// A file this young may still be written to within the clock's resolution, so its stamp proves
/// nothing.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// A model; sweeps and the like have limits of their own.
const MOST_WHOLE_BYTES: u64 = 2 << 30;
/// Bytes that are hashed at a time.
const HASH_BLOCK: usize = 1 << 20;

/// The stamp of a file as it is now; none when there is nothing to see.
pub fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|metadata| stamp_of(&metadata))
}

/// What a file holds now, of which nothing is kept; none where it cannot be read.
pub fn content_of(path: &Path) -> Option<ContentId> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(files::open(path).ok()?).ok()?;
    Some(ContentId::new(*hasher.finalize().as_bytes()))
}

/// Is a file old enough for its stamp to tell of later changes?
pub(super) fn is_settled(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_old_enough(metadata.modified().ok()))
}

/// Was a file last written long enough ago? A time to come proves nothing.
fn is_old_enough(modified: Option<SystemTime>) -> bool {
    let age = modified.and_then(|m| SystemTime::now().duration_since(m).ok());
    age.is_some_and(|age| age >= SETTLED_AFTER)
}

fn stamp_of(metadata: &Metadata) -> Stamp {
    #[cfg(unix)]
    let (device, inode, changed_ns) = {
        use std::os::unix::fs::MetadataExt;
        let seconds = metadata.ctime().saturating_mul(1_000_000_000);
        let changed_ns = seconds.saturating_add(metadata.ctime_nsec());
        (metadata.dev(), metadata.ino(), changed_ns)
    };
    #[cfg(not(unix))]
    let (device, inode, changed_ns) = (0, 0, 0);
    Stamp {
        device,
        inode,
        bytes: metadata.len(),
        modified: metadata.modified().ok(),
        changed_ns,
    }
}

/// An open file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, as the experiment names it.
    pub path: PathBuf,
    file: Arc<File>,
}

impl Source {
    /// Opens a file for one reader.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let file = match files::open(path) {
            // Opening a folder does no harm, and whoever reads it says what was wanted in its place.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => File::open(path),
            opened => opened,
        };
        let file = file.map_err(|error| cannot_open(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
        })
    }

    /// Its bytes where they lie: pages are read when they are looked at.
    pub(super) fn map(&self) -> io::Result<Map> {
        Map::of(&self.file)
    }

    /// Its length.
    pub fn bytes(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }

    /// What tells whether it is written to: its length and when it was last written. Other names for it
    /// change nothing of that.
    pub(super) fn version(&self) -> io::Result<(u64, Option<SystemTime>)> {
        let metadata = self.file.metadata()?;
        Ok((metadata.len(), metadata.modified().ok()))
    }

    /// Is it a folder?
    pub(super) fn is_folder(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.is_dir())
    }

    /// A reader with a place of its own.
    pub fn reader(&self) -> SourceReader {
        SourceReader {
            file: self.file.clone(),
            place: 0,
        }
    }

    /// All of its bytes, where they are no more than the largest file that is read whole can have.
    pub(super) fn read_whole(&self) -> io::Result<Vec<u8>> {
        let too_large = || Err(io::ErrorKind::FileTooLarge.into());
        let expected = self.bytes()?;
        if expected > MOST_WHOLE_BYTES {
            return too_large();
        }
        let mut bytes = Vec::with_capacity(expected.try_into().unwrap_or(0));
        let mut reader = self.reader().take(MOST_WHOLE_BYTES + 1);
        if reader.read_to_end(&mut bytes)? as u64 > MOST_WHOLE_BYTES {
            return too_large();
        }
        Ok(bytes)
    }

    /// Reads the whole of it to know what it is.
    pub fn identify(&self) -> io::Result<FileId> {
        loop {
            let before = stamp_of(&self.file.metadata()?);
            let mut hasher = blake3::Hasher::new();
            let mut reader = self.reader();
            let mut block = vec![0; HASH_BLOCK];
            loop {
                // Read, not mapped: a mapped file that is cut short meanwhile kills the process.
                match reader.read(&mut block)? {
                    0 => break,
                    bytes => hasher.update(&block[..bytes]),
                };
            }
            if stamp_of(&self.file.metadata()?) == before {
                return Ok(FileId {
                    stamp: before,
                    settled: is_old_enough(before.modified),
                    content: ContentId::new(*hasher.finalize().as_bytes()),
                });
            }
        }
    }
}

fn cannot_open(path: &Path, error: &io::Error) -> Problem {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => Problem::new("no such file").remedy("check the path"),
        io::ErrorKind::PermissionDenied => Problem::new("permission to read it is missing"),
        _ => Problem::new(error.to_string()),
    };
    problem.in_file(path)
}

/// Reads an open file from a place of its own, so that several can read it side by side.
#[derive(Debug)]
pub struct SourceReader {
    file: Arc<File>,
    place: u64,
}

impl SourceReader {
    /// Bytes before its place.
    pub(super) fn place(&self) -> u64 {
        self.place
    }
}

impl Read for SourceReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let bytes = std::os::unix::fs::FileExt::read_at(&*self.file, to, self.place)?;
        #[cfg(windows)]
        let bytes = std::os::windows::fs::FileExt::seek_read(&*self.file, to, self.place)?;
        self.place += bytes as u64;
        Ok(bytes)
    }
}

impl Seek for SourceReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(step) => self.place.checked_add_signed(step),
            SeekFrom::End(step) => self.file.metadata()?.len().checked_add_signed(step),
        };
        let before_start =
            || io::Error::new(io::ErrorKind::InvalidInput, "before the file's start");
        self.place = place.ok_or_else(before_start)?;
        Ok(self.place)
    }
}

/// The files of an experiment that are open.
#[derive(Debug, Default)]
pub struct OpenFiles {
    open: Mutex<HashMap<PathBuf, (Stamp, Arc<File>)>>,
    /// How each was when it was first used.
    first: Mutex<HashMap<PathBuf, Option<Stamp>>>,
}

impl OpenFiles {
    /// Notes how a file is before it is used, if nobody has yet.
    pub(super) fn note(&self, path: &Path) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if !first.contains_key(path) {
            first.insert(path.to_owned(), stamp(path));
        }
    }

    /// A file that is not as it was when it was first used.
    pub(super) fn changed(&self) -> Option<PathBuf> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = first.iter();
        let changed = files.find(|(path, seen)| **seen != stamp(path));
        changed.map(|(path, _)| path.clone())
    }

    /// The file that has this name now: the one that is open already, if it still is that one.
    pub fn source(&self, path: &Path) -> Result<Source, Problem> {
        self.note(path);
        let now = fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
        let now = stamp_of(&now);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = open.get(path).filter(|(stamp, _)| *stamp == now) {
            return Ok(Source {
                path: path.to_owned(),
                file: file.clone(),
            });
        }
        let source = Source::open(path)?;
        if open.len() >= MOST_OPEN {
            open.clear();
        }
        let stamp = source.file.metadata().map(|metadata| stamp_of(&metadata));
        if let Ok(stamp) = stamp {
            open.insert(path.to_owned(), (stamp, source.file.clone()));
        }
        Ok(source)
    }
}

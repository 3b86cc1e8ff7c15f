//! The folder: what lies where, and what is in it.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{sweep, write_private};
use crate::files::{create_private_folder, set_aside};
use crate::vocabulary::ContentId;

/// The version of the layout: another one lies beside it.
const VERSION: &str = "v1";
/// Damaged entries that are kept for whoever wants to look at them.
const MOST_ASIDE: usize = 16;

/// What a file of the folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The record of an entry.
    Record,
    /// A body in a file of its own.
    Body,
    /// An entry that failed its check.
    Aside,
    /// What names stood for.
    Seen,
}

/// A file of the folder.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// What it is.
    pub(super) place: Place,
    /// Where it lies.
    pub(super) path: PathBuf,
    /// The key or digest that it is named by, if it is.
    pub(super) id: Option<ContentId>,
    /// Bytes that it takes on the disk.
    pub(super) bytes: u64,
    /// When it was last used.
    pub(super) used: SystemTime,
}

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        if let Some(parent) = root.parent() {
            fs::create_dir_all(parent)?;
        }
        // Where the whole folder lies is the user's to say, by a link too.
        if !root.is_dir() {
            create_private_folder(root)?;
        }
        let root = root.canonicalize()?;
        let others_may_write = fs::metadata(&root)?.mode() & 0o022 != 0;
        if others_may_write {
            return Err(io::Error::new(
                ErrorKind::PermissionDenied,
                "others may write to it, and so plant results in it: take that from them \
                 (chmod go-w)",
            ));
        }
        let folder = Self { root };
        match folder.make_folders() {
            // What is there can be read, though nothing can be added.
            Err(error) if is_read_only(&error) => {}
            made => made?,
        }
        sweep(&folder.temporary());
        Ok(folder)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn version(&self) -> PathBuf {
        self.root.join(VERSION)
    }

    fn temporary(&self) -> PathBuf {
        self.version().join("tmp")
    }

    fn named(&self, kind: &str, id: ContentId) -> PathBuf {
        let name = digits(id);
        self.version().join(kind).join(&name[..2]).join(&name)
    }

    pub(super) fn record(&self, id: ContentId) -> PathBuf {
        self.named("ac", id)
    }

    pub(super) fn body(&self, digest: ContentId) -> PathBuf {
        self.named("cas", digest)
    }

    pub(super) fn seen(&self, id: ContentId) -> PathBuf {
        self.version().join("seen").join(digits(id))
    }

    /// The file that is locked for an entry, in a folder that is there.
    pub(super) fn lease(&self, id: ContentId) -> io::Result<PathBuf> {
        let folder = self.version().join("lease");
        create_private_folder(&folder)?;
        Ok(folder.join(digits(id)))
    }

    /// Writes a file in its place, and makes the folders that are missing.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.write_once(path, bytes) {
            // A folder stands in its place: none of ours has made that.
            Err(error) if error.kind() == ErrorKind::IsADirectory => self.set_away(path),
            // Somebody has cleared all of it meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create_private_folder(&self.root)?;
                self.make_folders()?;
                if let Some(kind) = path.parent().and_then(Path::parent) {
                    create_private_folder(kind)?;
                }
            }
            written => return written,
        }
        self.write_once(path, bytes)
    }

    fn write_once(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        create_private_folder(path.parent().unwrap_or(&self.root))?;
        write_private(&self.temporary(), path, bytes)
    }

    fn make_folders(&self) -> io::Result<()> {
        for below in ["", "ac", "cas", "tmp", "aside", "seen"] {
            create_private_folder(&self.version().join(below))?;
        }
        Ok(())
    }

    pub(super) fn set_aside(&self, id: ContentId) {
        self.set_away(&self.record(id));
    }

    fn set_away(&self, path: &Path) {
        let aside = self.version().join("aside");
        let full = fs::read_dir(&aside).is_ok_and(|entries| entries.count() >= MOST_ASIDE);
        let to = aside.join(path.file_name().unwrap_or_default());
        if full || set_aside(path, &to).is_err() {
            let _ = fs::remove_file(path);
        }
    }

    /// All files of it.
    pub(super) fn list(&self) -> Vec<Listed> {
        let mut listed = Vec::new();
        for (kind, place) in [("ac", Place::Record), ("cas", Place::Body)] {
            for folder in entries(&self.version().join(kind)) {
                if folder.1.is_dir() {
                    let files = entries(&folder.0).into_iter();
                    listed.extend(files.map(|(path, found)| describe(place, path, &found)));
                }
            }
        }
        listed.extend(self.list_in("aside", Place::Aside));
        listed.extend(self.list_in("seen", Place::Seen));
        listed
    }

    /// What is remembered of names.
    pub(super) fn list_seen(&self) -> Vec<Listed> {
        self.list_in("seen", Place::Seen).collect()
    }

    fn list_in(&self, kind: &str, place: Place) -> impl Iterator<Item = Listed> + use<> {
        let files = entries(&self.version().join(kind)).into_iter();
        files.map(move |(path, found)| describe(place, path, &found))
    }
}

fn entries(folder: &Path) -> Vec<(PathBuf, Metadata)> {
    let is_own = fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    let entries = fs::read_dir(folder).ok().filter(|_| is_own);
    let entries = entries.into_iter().flatten().flatten();
    let with_metadata = entries.filter_map(|entry| {
        let path = entry.path();
        let found = fs::symlink_metadata(&path).ok()?;
        Some((path, found))
    });
    with_metadata.collect()
}

fn describe(place: Place, path: PathBuf, found: &Metadata) -> Listed {
    let name = path.file_name().and_then(|name| name.to_str());
    Listed {
        place,
        id: name.and_then(|name| name.parse().ok()),
        bytes: super::quota::on_disk(found.len()),
        used: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        path,
    }
}

fn digits(id: ContentId) -> String {
    let text = id.to_string();
    let digits = text.strip_prefix("blake3:");
    digits.map_or_else(|| text.clone(), str::to_owned)
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
    )
}

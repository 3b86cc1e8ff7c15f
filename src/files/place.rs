//! Which file a path leads to, whatever it is called.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// As many links as the system itself follows.
const MOST_LINKS: usize = 40;

/// Where the bytes of an output go.
#[derive(Debug)]
pub(super) enum Place {
    /// To a file, there or not: links are followed to their end.
    File(PathBuf),
    /// To somebody who takes bytes as they come: a pipe, a device, an open descriptor.
    Stream(PathBuf),
}

impl Place {
    /// Of a path; `-` is the standard output.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stream("/dev/stdout".into()));
        }
        let mut at = path.to_owned();
        for _ in 0..MOST_LINKS {
            // What these links say is no path (`pipe:[1]`), or a file that somebody else has open.
            if is_of_the_system(&at) {
                return Ok(Self::Stream(at));
            }
            match fs::read_link(&at) {
                Ok(to) => at = folder_of(&at).join(to),
                Err(_) => return Ok(Self::by_kind(at)),
            }
        }
        Err(io::Error::from_raw_os_error(libc::ELOOP))
    }

    fn by_kind(path: PathBuf) -> Self {
        match fs::symlink_metadata(&path) {
            Ok(found) if !found.is_file() && !found.is_dir() => Self::Stream(path),
            _ => Self::File(path),
        }
    }
}

fn is_of_the_system(path: &Path) -> bool {
    let Ok(path) = std::path::absolute(path) else {
        return false;
    };
    path.starts_with("/proc") || path.starts_with("/dev") && !path.starts_with("/dev/shm")
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What sets a file apart from all others, there or not.
#[derive(PartialEq, Eq)]
enum Identity {
    /// Its device and its number there.
    There(u64, u64),
    /// The same of its folder, and its name in it.
    New(u64, u64, OsString),
}

fn identity(path: &Path) -> io::Result<Identity> {
    let (Place::File(path) | Place::Stream(path)) = Place::of(path)?;
    match fs::metadata(&path) {
        Ok(found) => Ok(Identity::There(found.dev(), found.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = fs::metadata(folder_of(&path))?;
            let name = path.file_name().unwrap_or_default().to_owned();
            Ok(Identity::New(folder.dev(), folder.ino(), name))
        }
        Err(error) => Err(error),
    }
}

/// Do both lead to one file, by whatever links? Files that cannot be looked at are told by name.
pub fn is_same(a: &Path, b: &Path) -> bool {
    match (identity(a), identity(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

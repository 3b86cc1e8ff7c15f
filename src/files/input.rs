//! Opening what is to be read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Why something with a name is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is a folder.
    #[error("this is a folder; name a file in it")]
    Folder,
    /// It is no file at all: reading it may wait for ever, or never end.
    #[error("this is {0}, and only regular files are read; save it as a file first")]
    NoFile(&'static str),
    /// It is longer than a file of its kind can be.
    #[error("it has {bytes} bytes, more than the {limit} that a file of its kind can have")]
    TooLarge {
        /// Its length, as far as it was looked at.
        bytes: u64,
        /// The most.
        limit: u64,
    },
}

impl From<Unreadable> for io::Error {
    fn from(why: Unreadable) -> Self {
        let kind = match why {
            Unreadable::Folder => ErrorKind::IsADirectory,
            Unreadable::NoFile(_) => ErrorKind::InvalidInput,
            Unreadable::TooLarge { .. } => ErrorKind::FileTooLarge,
        };
        Self::new(kind, why)
    }
}

/// Opens a regular file, or a link to one. Anything else is refused before it is opened.
pub fn open(path: &Path) -> io::Result<File> {
    check(&fs::metadata(path)?)?;
    // Should a pipe take its name in this moment, opening does not wait for a writer.
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// The bytes of a regular file that has at most `limit` of them.
pub fn read_whole(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = |bytes| Err(Unreadable::TooLarge { bytes, limit }.into());
    let expected = file.metadata()?.len();
    if expected > limit {
        return too_large(expected);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    // It may grow while it is read, and files of the system tell no length.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return too_large(bytes.len() as u64);
    }
    Ok(bytes)
}

/// The text of a regular file that has at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let bytes = read_whole(path, limit)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

fn check(metadata: &Metadata) -> Result<(), Unreadable> {
    let kind = metadata.file_type();
    if kind.is_file() {
        Ok(())
    } else if kind.is_dir() {
        Err(Unreadable::Folder)
    } else if kind.is_fifo() {
        Err(Unreadable::NoFile("a pipe"))
    } else if kind.is_socket() {
        Err(Unreadable::NoFile("a socket"))
    } else {
        Err(Unreadable::NoFile("a device"))
    }
}

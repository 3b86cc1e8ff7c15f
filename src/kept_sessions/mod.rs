//! The logs of the last sessions, kept in the data folder without being asked: one file a session, by
//! number, as `--trace` would have written it, for its user alone.
//!
//! Nothing that goes wrong here is an error of the session: a log that cannot be kept is not kept.
//! Any number of processes share the folder: a number is taken by making its file.

mod sink;
mod summary;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use sink::KeptSink;
pub use summary::Summary;

use crate::data_folder::data_folder;
use crate::files::{Output, create_private_folder};

/// Its name in the data folder.
const FOLDER: &str = "sessions";
/// How its files end.
const ENDING: &str = ".jsonl";
/// Sessions that are kept; the oldest go first.
pub const MOST_SESSIONS: usize = 20;
/// What all logs may take together.
pub const MOST_BYTES: u64 = 100_000_000;
/// A log that grows beyond this ends there.
const MOST_BYTES_OF_ONE: u64 = MOST_BYTES / 2;
/// Numbers that are tried where other sessions begin at the same time.
const ATTEMPTS: u64 = 64;

/// The folder of the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSessions {
    folder: PathBuf,
}

/// A log that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// Counts up from 1; none is given twice as long as any is kept.
    pub number: u64,
    /// Where the log lies.
    pub path: PathBuf,
    /// Bytes of it.
    pub bytes: u64,
    /// When it last grew.
    pub written: SystemTime,
}

impl KeptSessions {
    /// Those of the user; none where no data folder is known.
    pub fn in_data_folder() -> Option<Self> {
        data_folder().map(|folder| Self::at(folder.join(FOLDER)))
    }

    /// Those in a folder, which need not be there.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All of them, the last first.
    pub fn list(&self) -> Vec<KeptSession> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let found = entries.filter_map(|entry| {
            let number = number_of(entry.file_name().to_str()?)?;
            let found = entry.metadata().ok()?;
            found.is_file().then(|| KeptSession {
                number,
                path: entry.path(),
                bytes: found.len(),
                written: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            })
        });
        let mut all: Vec<KeptSession> = found.collect();
        all.sort_unstable_by_key(|session| std::cmp::Reverse(session.number));
        all
    }

    /// The log of a number.
    pub fn find(&self, number: u64) -> Option<KeptSession> {
        let mut all = self.list().into_iter();
        all.find(|session| session.number == number)
    }

    /// Begins the next log. Those that there is no room for beside it go.
    pub fn begin(&self) -> io::Result<KeptSink> {
        if let Some(parent) = self.folder.parent() {
            fs::create_dir_all(parent)?;
        }
        create_private_folder(&self.folder)?;
        let last = self.list().first().map_or(0, |session| session.number);
        for number in last + 1..=last + ATTEMPTS {
            match Output::private_live(&self.folder.join(format!("{number}{ENDING}"))) {
                Ok(output) => {
                    self.make_room(number, 0);
                    return Ok(KeptSink::new(self.clone(), number, output));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("too many sessions begin at once"))
    }

    /// Gives up the oldest logs until those of all sessions are no more than are kept, with so many
    /// bytes to come; never the one with this number.
    fn make_room(&self, number: u64, to_come: u64) {
        let mut bytes = to_come;
        for (place, session) in self.list().into_iter().enumerate() {
            // Once it is too much, all that is older goes, however small.
            bytes += session.bytes;
            if (place >= MOST_SESSIONS || bytes > MOST_BYTES) && session.number != number {
                let _ = fs::remove_file(session.path);
            }
        }
    }
}

fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_plain)
}

//! The one writer of files.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::place::{Place, folder_of};

/// How unfinished files are called: with the process that makes them, and what nobody can guess.
const UNFINISHED: &str = ".lazydebugger-";
const UNFINISHED_END: &str = ".part";
/// The mode of a new file, before the user's mask.
const NEW_FILE: u32 = 0o666;

/// The mode of a file that is for its owner alone.
const PRIVATE_FILE: u32 = 0o600;

/// Files that are being written, for a process that must end now.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// Is the process about to end? Read and written while [`OPEN`] is held.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// A file that is being written. It takes its place when it is finished; dropped before that, it is
/// gone, and what was there is there still.
#[derive(Debug)]
pub struct Output {
    file: File,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Beside the file that it will replace.
    Beside {
        unfinished: PathBuf,
        target: PathBuf,
    },
    /// In its place from the beginning: there was no file.
    Live,
    /// Goes to somebody who takes bytes as they come.
    Stream,
}

impl Output {
    /// Begins a file that is seen when it is whole.
    pub fn create(path: &Path) -> io::Result<Self> {
        match Place::of(path)? {
            Place::File(target) => Self::beside(target),
            Place::Stream(path) => Self::stream(&path),
        }
    }

    /// Begins a file that can be followed as it grows, and that is worth something when it is cut
    /// short. A file that is there already is replaced at the end, as by [`Output::create`].
    pub fn live(path: &Path) -> io::Result<Self> {
        match Place::of(path)? {
            Place::Stream(path) => Self::stream(&path),
            Place::File(target) => match options(NEW_FILE).open(&target) {
                Ok(file) => Ok(Self {
                    file,
                    state: State::Live,
                }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::beside(target),
                Err(error) => Err(error),
            },
        }
    }

    /// As [`Output::live`], of a file that only the user can read. Whatever has that name already is an
    /// error, a link too.
    pub fn private_live(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: options(PRIVATE_FILE).open(path)?,
            state: State::Live,
        })
    }

    /// Begins a file that only the user can read, in `folder`, which is on the disk of `target`: there
    /// it is seen when it is whole. A link that has taken the name of the target is replaced, and never
    /// followed.
    pub fn private(folder: &Path, target: &Path) -> io::Result<Self> {
        let (file, unfinished) = create_unfinished(folder, PRIVATE_FILE)?;
        let target = target.to_owned();
        Ok(Self {
            file,
            state: State::Beside { unfinished, target },
        })
    }

    /// Does somebody take its bytes as they come?
    pub fn is_stream(&self) -> bool {
        matches!(self.state, State::Stream)
    }

    fn stream(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: OpenOptions::new().write(true).open(path)?,
            state: State::Stream,
        })
    }

    fn beside(target: PathBuf) -> io::Result<Self> {
        let old = match fs::metadata(&target) {
            Ok(old) if old.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(old) => Some(old),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mode = old.as_ref().map(|old| old.mode() & 0o7777);
        let (file, unfinished) = create_unfinished(folder_of(&target), mode.unwrap_or(NEW_FILE))?;
        let output = Self {
            file,
            state: State::Beside { unfinished, target },
        };
        if let (Some(old), Some(mode)) = (old, mode) {
            // Only the owner of all files may give one away; whoever is not keeps it as his own.
            let _ = fchown(&output.file, Some(old.uid()), Some(old.gid()));
            output.file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(output)
    }

    /// Puts the file in its place, whole, without waiting for the disk: for what can be made again.
    pub fn finish_soon(mut self) -> io::Result<()> {
        self.file.flush()?;
        match &self.state {
            State::Stream | State::Live => Ok(()),
            State::Beside { unfinished, target } => fs::rename(unfinished, target),
        }
    }

    /// Puts the file in its place, once it is on the disk: whatever happens to the machine, there is a
    /// whole file, the old one or this one.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        match &self.state {
            State::Stream => Ok(()),
            State::Live => self.file.sync_all(),
            State::Beside { unfinished, target } => {
                self.file.sync_all()?;
                fs::rename(unfinished, target)
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let State::Beside { unfinished, .. } = &self.state {
            // After a rename there is nothing of that name.
            let _ = fs::remove_file(unfinished);
            open_files().remove(unfinished);
        }
    }
}

/// Writes a file as a whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut output = Output::create(path)?;
    output.write_all(bytes)?;
    output.finish()
}

/// Why a file could not be written; nothing that is there is touched to find out.
pub fn check(path: &Path) -> io::Result<()> {
    let Place::File(target) = Place::of(path)? else {
        // Opening a pipe or a device may wait, or be seen.
        return Ok(());
    };
    match OpenOptions::new().append(true).open(&target) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    Output::beside(target).map(drop)
}

/// Removes what is being written, for a process that ends without coming to the end of it. From now
/// on nothing is begun any more: other threads may go on for a moment.
pub fn remove_unfinished() {
    let mut open = open_files();
    IS_ENDING.store(true, Ordering::Relaxed);
    for path in std::mem::take(&mut *open) {
        let _ = fs::remove_file(path);
    }
}

/// Removes from a folder of ours what processes that were killed had begun in it.
pub fn sweep(folder: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(process_of);
        if process.is_some_and(|process| !is_alive(process)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process that a name of an unfinished file tells.
fn process_of(name: &str) -> Option<u32> {
    let rest = name
        .strip_prefix(UNFINISHED)?
        .strip_suffix(UNFINISHED_END)?;
    rest.split('-').next()?.parse().ok()
}

/// Where nothing tells, a process is taken to live.
fn is_alive(process: u32) -> bool {
    !Path::new("/proc/self").exists() || Path::new("/proc").join(process.to_string()).exists()
}

fn create_unfinished(folder: &Path, mode: u32) -> io::Result<(File, PathBuf)> {
    loop {
        let unguessable = RandomState::new().hash_one(folder);
        let process = std::process::id();
        let name = format!("{UNFINISHED}{process}-{unguessable:016x}{UNFINISHED_END}");
        let path = folder.join(name);
        // Held while the file comes to be: no file is made that the last sweep has missed.
        let mut open = open_files();
        if IS_ENDING.load(Ordering::Relaxed) {
            return Err(io::Error::other("the process is ending"));
        }
        match options(mode).open(&path) {
            Ok(file) => {
                open.insert(path.clone());
                return Ok((file, path));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// For a file that nobody has made.
fn options(mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    options
}

fn open_files() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Programs that we start: each in a process group of its own, in an empty folder of ours, with a
//! limit of time. What one leaves behind ends with it.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(5);
/// The end of what a program says: its last words tell most.
const HEARD_BYTES: u64 = 64 << 10;

/// The process groups that are running, for a process that must end now.
static RUNNING: Mutex<BTreeSet<libc::pid_t>> = Mutex::new(BTreeSet::new());

/// What came of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// The end of its standard output.
    pub(crate) output: String,
    /// The end of its standard error.
    pub(crate) errors: String,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unended {
    /// It did not start.
    #[error("did not start: {0}")]
    Start(#[from] io::Error),
    /// It was ended.
    #[error("did not answer within {} s", .0.as_secs())]
    TooSlow(Duration),
}

/// A folder that nobody else can have made or can look into; gone when dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Among the temporary files.
    pub(crate) fn new() -> io::Result<Self> {
        Self::inside(&std::env::temp_dir(), "lazydebugger-")
    }

    /// In this folder, with a name that begins like this.
    pub(crate) fn inside(folder: &Path, begins: &str) -> io::Result<Self> {
        // Programs that run elsewhere are given paths in it.
        let folder = std::path::absolute(folder)?;
        loop {
            let unguessable = RandomState::new().hash_one(&folder);
            let path = folder.join(format!("{begins}{unguessable:016x}"));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a program to its end in an empty folder, and calls `tick` every `every` while it works. It
/// writes to files and not to pipes: whoever it leaves behind can hold a pipe open for ever.
pub(crate) fn run(
    mut command: Command,
    limit: Duration,
    every: Duration,
    tick: &mut dyn FnMut(),
) -> Result<Ended, Unended> {
    let scratch = Scratch::new()?;
    let empty = scratch.path().join("empty");
    fs::create_dir(&empty)?;
    let (output, errors) = (scratch.path().join("output"), scratch.path().join("errors"));
    command
        .current_dir(&empty)
        .stdin(Stdio::null())
        .stdout(new_file(&output)?)
        .stderr(new_file(&errors)?)
        .process_group(0);
    let started = Instant::now();
    let mut child = command.spawn()?;
    let _group = Group::of(child.id());
    let mut ticked = started;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            end(child.id().cast_signed());
            let _ = child.wait();
            return Err(Unended::TooSlow(limit));
        }
        if ticked.elapsed() >= every {
            ticked = Instant::now();
            tick();
        }
        thread::sleep(POLL.min(every));
    };
    Ok(Ended {
        status,
        output: last_words(&output)?,
        errors: last_words(&errors)?,
    })
}

/// A process group, for as long as it is looked after.
#[derive(Debug)]
pub(crate) struct Group(libc::pid_t);

impl Group {
    /// That of a process that was started as the first of its group.
    pub(crate) fn of(leader: u32) -> Self {
        let id = leader.cast_signed();
        running().insert(id);
        Self(id)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        end(self.0);
        running().remove(&self.0);
    }
}

/// Ends all programs that are running, for a process that ends without waiting for them.
pub(crate) fn end_all() {
    for group in std::mem::take(&mut *running()) {
        end(group);
    }
}

/// Ends all processes of a group at once.
fn end(group: libc::pid_t) {
    #[allow(
        unsafe_code,
        reason = "the standard library ends single processes only"
    )]
    // SAFETY: plain numbers; a group that is gone is an error that needs no answer. The group is
    // that of a program that we started, so it is neither ours (0) nor everybody's (-1).
    unsafe {
        libc::kill(-group, libc::SIGKILL);
    }
}

fn running() -> MutexGuard<'static, BTreeSet<libc::pid_t>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

fn last_words(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(HEARD_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(HEARD_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    const NEVER: Duration = Duration::from_mins(1);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn it_runs_in_an_empty_folder_of_ours() {
        let ended = run(shell("pwd; ls -A; echo b >&2"), NEVER, POLL, &mut || {}).unwrap();
        let mut lines = ended.output.lines();
        let folder = PathBuf::from(lines.next().unwrap());
        assert!(
            folder.ends_with("empty") && lines.next().is_none(),
            "{ended:?}"
        );
        assert_eq!(ended.errors, "b\n");
        assert!(!folder.exists());
    }

    #[test]
    fn what_it_leaves_behind_ends_with_it() {
        let script = "sleep 1000 & echo $!";
        let ended = run(shell(script), NEVER, POLL, &mut || {}).unwrap();
        let left_behind = Path::new("/proc").join(ended.output.trim()).join("stat");
        // The signal is under way, and then its parent may have yet to notice.
        let deadline = Instant::now() + NEVER;
        loop {
            let state = fs::read_to_string(&left_behind).unwrap_or_default();
            if state.is_empty() || state.contains(") Z ") {
                break;
            }
            assert!(Instant::now() < deadline, "{state}");
            thread::yield_now();
        }
    }

    #[test]
    fn it_is_ended_when_its_time_is_up() {
        let limit = Duration::from_millis(50);
        let outcome = run(shell("sleep 1000"), limit, POLL, &mut || {});
        assert!(matches!(outcome, Err(Unended::TooSlow(_))), "{outcome:?}");
    }
}

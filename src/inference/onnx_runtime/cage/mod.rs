//! A graph that is new to this machine is opened, and given a made-up row, in a process of its own
//! first, with limits of memory, time and stack: ONNX Runtime computes a part of it while it opens it,
//! cannot be told to stop, and takes the process along when it breaks.
//!
//! What came of it is kept by the content of the model, so that it is paid for once. The process is
//! this program again, as [`answer`] knows it; programs without that open models as they are.

mod inside;
mod limits;
mod verdict;
mod verdicts;
mod working;

use std::env;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::child::{self, Ended, Unended};
use crate::files;
use crate::inference::error::InferenceError;
use crate::inference::runtime::library::Library;
use crate::inference::signature::Signature;
use crate::inference::{OpenOptions, weight_files};
use crate::vocabulary::ContentId;
pub(super) use inside::MANY_ROWS;
use inside::Said;
use limits::Limits;
use verdict::{Stage, Verdict};
pub(super) use working::{MOST_AT_ONCE, WorkingMemory};

/// How the program is asked for a trial.
const COMMAND: &str = "__try-model";
/// To be raised when trials change.
const SCHEMA: &str = "onnxruntime trial 3";
/// The time on the clock, for each second of computing that it may take: the machine may be busy.
const PATIENCE: u32 = 8;
/// Bytes of weights that are hashed at a time.
const HASH_BLOCK: usize = 1 << 20;
/// What the standard library says of a thread whose stack is used up, and of memory that is.
const STACK_IS_USED_UP: &str = "has overflowed its stack";
const MEMORY_IS_USED_UP: &str = "memory allocation of";

/// Can this program be asked for trials?
static ANSWERS: AtomicBool = AtomicBool::new(false);

/// For the first line of `main` of a program that opens models of others: from then on those that ONNX
/// Runtime runs are tried in a process of their own, and this is where that process does so and ends.
pub fn answer() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == COMMAND) {
        // It opens the model itself: a trial is not tried.
        inside::serve(&arguments.collect::<Vec<OsString>>());
    }
    ANSWERS.store(true, Ordering::Relaxed);
}

/// What a model of so many bytes may take on the clock to score as many rows as a trial does.
pub(super) fn patience(file_bytes: u64) -> Duration {
    Duration::from_secs(Limits::of(file_bytes).seconds) * PATIENCE
}

/// What a model is for its trials, and with this library; none if its files cannot be read.
pub(super) fn id(
    path: &Path,
    bytes: &[u8],
    signature: &Signature,
    library: &Library,
) -> Option<ContentId> {
    if !ANSWERS.load(Ordering::Relaxed) {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(SCHEMA.as_bytes());
    add(library.name.as_bytes());
    for output in signature
        .score_outputs
        .iter()
        .chain(&signature.label_output)
    {
        add(output.as_bytes());
    }
    add(bytes);
    for file in weight_files(path, bytes) {
        add(&content(&file)?);
    }
    Some(ContentId::new(*hasher.finalize().as_bytes()))
}

fn content(path: &Path) -> Option<[u8; 32]> {
    let mut file = files::open(path).ok()?;
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; HASH_BLOCK];
    loop {
        match file.read(&mut block).ok()? {
            0 => return Some(*hasher.finalize().as_bytes()),
            bytes => hasher.update(&block[..bytes]),
        };
    }
}

/// Refuses a model that ONNX Runtime cannot be given, by what is known of it, or else by a trial; what
/// memory one that it can be given takes to score.
pub(super) fn admit(
    path: &Path,
    id: Option<ContentId>,
    signature: &Signature,
    options: &OpenOptions,
    library: &Library,
) -> Result<WorkingMemory, InferenceError> {
    if !ANSWERS.load(Ordering::Relaxed) {
        return Ok(WorkingMemory::default());
    }
    let known = id.and_then(verdicts::find);
    let limits = Limits::of(signature.file_bytes);
    let verdict = known.or_else(|| {
        let verdict = try_out(path, limits, options, library)?;
        if let Some(id) = id.filter(|_| verdict.lasts()) {
            verdicts::keep(id, verdict);
        }
        Some(verdict)
    });
    match verdict {
        None => Ok(WorkingMemory::default()),
        Some(Verdict::Fine { working }) => Ok(working),
        Some(verdict) => Err(InferenceError::Untamed {
            path: path.into(),
            engine: library.name.clone(),
            what: verdict.in_words(),
            remembered: verdicts::file().filter(|_| verdict.lasts()),
        }),
    }
}

/// `None` where nothing was found out: no process could be started, or the model was refused in words,
/// as it will be here.
fn try_out(
    path: &Path,
    limits: Limits,
    options: &OpenOptions,
    library: &Library,
) -> Option<Verdict> {
    let mut command = Command::new(this_program()?);
    command
        .arg(COMMAND)
        .args(limits.arguments())
        .arg(std::path::absolute(path).ok()?)
        .args(&options.output)
        // The one that is open here; the working folder is another.
        .env("ORT_DYLIB_PATH", &library.path);
    let on_the_clock = Duration::from_secs(limits.seconds) * PATIENCE;
    match child::run(command, on_the_clock, Duration::MAX, &mut || {}) {
        Ok(ended) => judge(&ended, limits),
        Err(Unended::TooSlow(_)) => Some(Verdict::Stuck),
        Err(Unended::Start(_)) => None,
    }
}

fn this_program() -> Option<PathBuf> {
    let running = Path::new("/proc/self/exe");
    // It is there still when a newer program has taken its name.
    if running.exists() {
        return Some(running.into());
    }
    env::current_exe().ok()
}

fn judge(ended: &Ended, limits: Limits) -> Option<Verdict> {
    let said = Said::of(&ended.output);
    let stage = said.stage;
    let Some(signal) = ended.status.signal() else {
        return match said.refusal {
            Some(reason) if limits::is_out_of_memory(reason) => Some(Verdict::NoMemory {
                stage,
                bytes: limits.memory,
            }),
            None if ended.status.success() => Some(Verdict::Fine {
                working: said.working,
            }),
            _ => None,
        };
    };
    Some(match signal {
        // It came to an end with a row: of many it may be slow.
        libc::SIGXCPU if stage == Stage::Batch => Verdict::Fine {
            working: said.working,
        },
        libc::SIGXCPU => Verdict::Endless {
            stage,
            seconds: limits.seconds,
        },
        _ if ended.errors.contains(STACK_IS_USED_UP) => Verdict::NoStack { stage },
        _ if ended.errors.contains(MEMORY_IS_USED_UP) => Verdict::NoMemory {
            stage,
            bytes: limits.memory,
        },
        libc::SIGSEGV | libc::SIGBUS | libc::SIGABRT | libc::SIGFPE | libc::SIGILL => {
            Verdict::Crashed { stage, signal }
        }
        _ => Verdict::Ended { signal },
    })
}

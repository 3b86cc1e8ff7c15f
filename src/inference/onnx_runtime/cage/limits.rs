//! What a trial may take. Systems that have no such limits (macOS has none of memory) leave them out;
//! the time on the clock, which the parent keeps, holds everywhere.

use std::ffi::{OsStr, OsString};

/// The stack of the thread that tries: less than the workers have, which have used some of theirs.
pub(super) const STACK_BYTES: usize = 7 << 18;
/// Seconds of computing for a small model; ONNX Runtime opens one in a few milliseconds.
const LEAST_SECONDS: u64 = 5;
/// Bytes of a file that take a second more.
const BYTES_A_SECOND: u64 = 2 << 20;
/// Memory for a small model, the program's and the library's own included.
const LEAST_MEMORY: u64 = 4 << 30;
/// Memory for each byte of a file: sessions of tree ensembles take 13 while they are opened.
const MEMORY_A_BYTE: u64 = 20;
/// Seconds between the polite limit and the hard one.
const GRACE_SECONDS: u64 = 2;

/// What one trial may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Of computing.
    pub(super) seconds: u64,
    /// Bytes of memory that it may ask for.
    pub(super) memory: u64,
}

impl Limits {
    /// For a model of so many bytes.
    pub(super) fn of(file_bytes: u64) -> Self {
        Self {
            seconds: LEAST_SECONDS + file_bytes / BYTES_A_SECOND,
            memory: LEAST_MEMORY.saturating_add(file_bytes.saturating_mul(MEMORY_A_BYTE)),
        }
    }

    /// As arguments of the process that tries.
    pub(super) fn arguments(self) -> [OsString; 2] {
        [self.seconds, self.memory].map(|number| number.to_string().into())
    }

    /// From such arguments.
    pub(super) fn of_arguments(seconds: &OsStr, memory: &OsStr) -> Option<Self> {
        let number = |argument: &OsStr| argument.to_str()?.parse().ok();
        Some(Self {
            seconds: number(seconds)?,
            memory: number(memory)?,
        })
    }

    /// Holds this process to them, from now on.
    pub(super) fn impose(self) {
        let hard_seconds = self.seconds + GRACE_SECONDS;
        limit(libc::RLIMIT_CPU, self.seconds, hard_seconds);
        limit(libc::RLIMIT_AS, self.memory, self.memory);
        // What is left of a model that breaks is of use to nobody.
        limit(libc::RLIMIT_CORE, 0, 0);
    }
}

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = libc::c_int;

/// Lowers a limit; a lower one stays.
fn limit(resource: Resource, soft: u64, hard: u64) {
    let mut now = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    #[allow(unsafe_code, reason = "limits of resources have no safe binding")]
    // SAFETY: the structure is ours and whole; the system reads it or fills it, and keeps no pointer.
    // What fails leaves the limit as it was.
    unsafe {
        if libc::getrlimit(resource, &raw mut now) == 0 {
            now.rlim_max = now.rlim_max.min(hard);
            now.rlim_cur = now.rlim_cur.min(soft).min(now.rlim_max);
            libc::setrlimit(resource, &raw const now);
        }
    }
}

/// Does a library's error say that there was no memory?
pub(super) fn is_out_of_memory(reason: &str) -> bool {
    ["bad_alloc", "bad allocation", "Failed to allocate memory"]
        .iter()
        .any(|words| reason.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_grow_with_the_file_and_pass_as_arguments() {
        let small = Limits::of(10_000);
        let large = Limits::of(200 << 20);
        assert!(small.seconds < large.seconds && small.memory < large.memory);
        let [seconds, memory] = large.arguments();
        assert_eq!(Limits::of_arguments(&seconds, &memory), Some(large));
        assert_eq!(Limits::of_arguments(&seconds, "much".as_ref()), None);
    }
}

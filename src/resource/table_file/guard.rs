//! A guard around the readers of table formats, which panic on some damaged bytes: a panic becomes
//! an error, and prints nothing.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use polars_error::PolarsError;

use crate::vocabulary::Problem;

/// Before what is said of a file of which something does not decode.
pub(super) const IS_DAMAGED: &str = ": the file is damaged";

thread_local! {
    /// How many guards this thread is within.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// What was guarded panicked.
#[derive(Debug)]
pub(super) struct Panicked;

/// Runs `work`, all of it on this thread; a panic in it is an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    quieten();
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|_| Panicked)
}

/// Why the columns of a file cannot be read.
pub(super) enum Fault {
    /// The file is damaged, or not the whole of one.
    Damaged,
    /// It is sound, and not what is wanted.
    Unfit(Problem),
}

impl Fault {
    /// In words, where the file's own are `damaged`.
    pub(super) fn told(self, damaged: impl FnOnce() -> Problem) -> Problem {
        match self {
            Self::Damaged => damaged(),
            Self::Unfit(problem) => problem,
        }
    }
}

impl From<PolarsError> for Fault {
    fn from(_: PolarsError) -> Self {
        Self::Damaged
    }
}

/// Runs a reader, all of it on this thread; a panic in it says that the file is damaged.
pub(super) fn guarded_read<T>(read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    guarded(read).unwrap_or(Err(Fault::Damaged))
}

/// Panics within a guard are told by whoever has set it.
fn quieten() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.get() == 0 {
                next(info);
            }
        }));
    });
}

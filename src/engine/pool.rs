//! The worker pool: runs loads and computations, and turns a panic into an error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::workload::LoadError;
use crate::vocabulary::Problem;

/// A fixed number of worker threads.
pub struct Pool(rayon::ThreadPool);

impl Pool {
    /// Starts `threads` workers.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|lane| format!("worker-{lane}"))
            .build()
            .map(Self)
    }

    /// Runs a task on a free worker; it must not wait for another task.
    pub fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        self.0.spawn(task);
    }
}

/// Runs `work`; a panic in it becomes an error.
pub fn contain_panic<T>(work: impl FnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
    contained(work)
        .unwrap_or_else(|message| Err(Problem::new(format!("internal error: {message}")).into()))
}

/// Runs `work`; a panic in it becomes its message.
pub fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panic_message(&*panic).to_owned())
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("panic without a message")
}

//! ONNX Runtime stops at no time of its own: a graph may loop for ever on what a row holds, though it
//! did not on the made-up rows of its trial. A thread beside the session stops a run that takes too long.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Stops runs that go on for longer than they were given. One run at a time.
pub(super) struct Deadline {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Until when the run that is under way may go on.
    until: Option<Instant>,
    /// Was it stopped?
    is_stopped: bool,
    /// When the thread looks again by itself, if it ever does: for what ends later it need not be woken.
    looks_at: Option<Instant>,
    is_over: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deadline {
    /// `stop` ends the run that is under way, from another thread.
    pub(super) fn new(stop: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let watched = Arc::clone(&shared);
        thread::Builder::new()
            .name("deadline".to_owned())
            .spawn(move || watch(&watched, &stop))?;
        Ok(Self { shared })
    }

    /// Runs `work`, and tells whether it was stopped.
    pub(super) fn hold<T>(&self, limit: Duration, work: impl FnOnce() -> T) -> (T, bool) {
        {
            let mut state = self.shared.state();
            let until = Instant::now() + limit;
            state.until = Some(until);
            state.is_stopped = false;
            if state.looks_at.is_none_or(|looks_at| until < looks_at) {
                self.shared.changed.notify_one();
            }
        }
        let made = work();
        let mut state = self.shared.state();
        state.until = None;
        (made, state.is_stopped)
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_one();
    }
}

fn watch(shared: &Shared, stop: &impl Fn()) {
    let mut state = shared.state();
    while !state.is_over {
        let now = Instant::now();
        let Some(until) = state.until else {
            state.looks_at = None;
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        if until > now {
            state.looks_at = Some(until);
            let waited = shared.changed.wait_timeout(state, until - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        } else {
            state.until = None;
            state.is_stopped = true;
            stop();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_takes_too_long_is_stopped_and_nothing_else_is() {
        let (stop, stopped) = mpsc::channel();
        let deadline = Deadline::new(move || stop.send(()).unwrap()).unwrap();
        let long = Duration::from_mins(10);
        let short = Duration::from_millis(1);
        let endless = || stopped.recv().unwrap();
        for _ in 0..3 {
            assert_eq!(deadline.hold(long, || 7), (7, false));
            assert_eq!(deadline.hold(short, endless), ((), true));
        }
        assert_eq!(deadline.hold(long, || 8), (8, false));
        assert!(stopped.try_recv().is_err());
    }
}

//! A server behind its breaker: nobody waits for it longer than is said, whatever it does.
//!
//! Every call runs on a thread of its own. One that is late is left to itself, with the connection that
//! it has: it ends when its sockets give up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::breaker::{Admission, Breaker};
use super::pace::Pace;
use super::server::{ANSWER, Fault, Pulse, Server};
use crate::engine::tier::TierError;

/// A server behind its breaker.
pub(super) struct Guarded {
    server: Arc<dyn Server>,
    breaker: Arc<Mutex<Breaker>>,
    pace: Mutex<Pace>,
}

impl Guarded {
    pub(super) fn new(server: Arc<dyn Server>) -> Self {
        Self {
            server,
            breaker: Arc::default(),
            pace: Mutex::default(),
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it is not asked, if it is not.
    pub(super) fn reason(&self) -> Option<String> {
        self.breaker().reason().map(str::to_owned)
    }

    /// How long so many bytes will take, in seconds.
    pub(super) fn expected(&self, bytes: u64) -> f64 {
        self.pace().expected(bytes)
    }

    /// What it gave would have taken so many seconds to make.
    pub(super) fn saved(&self, seconds: f64) {
        if let Ok(time) = Duration::try_from_secs_f64(seconds) {
            self.breaker().saved(time);
        }
    }

    /// Has the server do something that moves so many bytes. `whole` is the longest that it may take as
    /// long as bytes come; without any, it may take [`ANSWER`].
    pub(super) fn call<T: Send + 'static>(
        &self,
        whole: Duration,
        moved: impl Fn(&T) -> u64,
        work: impl FnOnce(&dyn Server, &Pulse) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, TierError> {
        self.charge(true, whole, moved, work)
    }

    /// As [`Guarded::call`], where nobody waits for the answer: a slow one costs nothing.
    pub(super) fn call_unattended<T: Send + 'static>(
        &self,
        whole: Duration,
        moved: impl Fn(&T) -> u64,
        work: impl FnOnce(&dyn Server, &Pulse) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, TierError> {
        self.charge(false, whole, moved, work)
    }

    fn charge<T: Send + 'static>(
        &self,
        is_waited_for: bool,
        whole: Duration,
        moved: impl Fn(&T) -> u64,
        work: impl FnOnce(&dyn Server, &Pulse) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, TierError> {
        let admission = self.breaker().admit(Instant::now());
        match admission {
            Admission::Go => {}
            Admission::Refused(reason) => return Err(TierError::Down(reason)),
            Admission::Trial(reason) => {
                self.begin_trial();
                return Err(TierError::Down(reason));
            }
        }
        let started = Instant::now();
        let outcome = self.within(whole, work);
        let (now, after) = (Instant::now(), started.elapsed());
        let cost = if is_waited_for { after } else { Duration::ZERO };
        match outcome {
            Ok(value) => {
                self.pace().took(moved(&value), after.as_secs_f64());
                self.breaker().answered(now, cost);
                Ok(value)
            }
            Err(Fault::Down(reason)) => {
                self.breaker().failed(now, reason.clone());
                Err(TierError::Down(reason))
            }
            Err(Fault::Odd(reason)) => {
                self.breaker().answered(now, cost);
                Err(TierError::Corrupt(reason))
            }
            Err(Fault::Refused(reason)) => {
                self.breaker().answered(now, cost);
                Err(TierError::Refused(reason))
            }
        }
    }

    fn within<T: Send + 'static>(
        &self,
        whole: Duration,
        work: impl FnOnce(&dyn Server, &Pulse) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let pulse = Arc::new(Pulse::default());
        let (server, beating) = (self.server.clone(), pulse.clone());
        let (told, outcome) = bounded(1);
        let thread = std::thread::Builder::new().name("tier-call".to_owned());
        let started = thread.spawn(move || {
            let _ = told.send(work(&*server, &beating));
        });
        if let Err(error) = started {
            return Err(Fault::Down(error.to_string()));
        }
        wait(&outcome, &pulse, whole)
    }

    /// Finds out on a thread of its own whether the server answers again.
    fn begin_trial(&self) {
        let (server, breaker) = (self.server.clone(), self.breaker.clone());
        let thread = std::thread::Builder::new().name("tier-trial".to_owned());
        let started = thread.spawn(move || {
            let started = Instant::now();
            let failure = match server.ping() {
                Ok(()) | Err(Fault::Odd(_)) => None,
                Err(Fault::Down(reason) | Fault::Refused(reason)) => Some(reason),
            };
            let mut breaker = breaker.lock().unwrap_or_else(PoisonError::into_inner);
            breaker.tried(Instant::now(), started.elapsed(), failure);
        });
        if let Err(error) = started {
            let (now, reason) = (Instant::now(), error.to_string());
            self.breaker().tried(now, Duration::ZERO, Some(reason));
        }
    }
}

/// Waits for an outcome as long as bytes come, and no longer than `whole`.
fn wait<T>(
    outcome: &Receiver<Result<T, Fault>>,
    pulse: &Pulse,
    whole: Duration,
) -> Result<T, Fault> {
    let begun = Instant::now();
    let mut seen = pulse.bytes();
    let mut silent_since = begun;
    loop {
        let now = Instant::now();
        let until = (silent_since + ANSWER).min(begun + whole);
        match outcome.recv_timeout(until.saturating_duration_since(now)) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::Down(
                    "a call has failed inside the program".to_owned(),
                ));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let bytes = pulse.bytes();
        if bytes == seen {
            return Err(Fault::Down(format!("no answer within {ANSWER:.0?}")));
        }
        if begun.elapsed() >= whole {
            return Err(Fault::Down(format!("no whole answer within {whole:.0?}")));
        }
        (seen, silent_since) = (bytes, Instant::now());
    }
}

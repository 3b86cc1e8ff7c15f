//! What a server of the shared tier can do: keep bytes by name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest that is waited for a connection: a host that is not there costs no more.
pub(super) const CONNECT: Duration = Duration::from_millis(100);
/// The longest that is waited for the next bytes of an answer, and for all of a small one.
pub(super) const ANSWER: Duration = Duration::from_secs(1);
/// No transfer takes longer, however large it is.
pub(super) const TRANSFER: Duration = Duration::from_mins(2);

/// Why a server did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not answer, or what answers is not what was expected there.
    Down(String),
    /// It answers, and has something else under this name than what we keep.
    Odd(String),
    /// It answers, and does not take it: no room, no permission.
    Refused(String),
}

/// How far a transfer has come, for whoever waits for it.
#[derive(Debug, Default)]
pub(super) struct Pulse(AtomicU64);

impl Pulse {
    /// So many bytes more have come.
    pub(super) fn beat(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A server that keeps bytes by name. Every call may take as long as its sockets allow: whoever must not
/// wait asks through a [`Guarded`](super::guarded::Guarded).
pub(super) trait Server: Send + Sync {
    /// The bytes under a name, at most so many; none where there are none.
    fn get(&self, name: &str, most: u64, pulse: &Pulse) -> Result<Option<Vec<u8>>, Fault>;
    /// Keeps bytes under a name.
    fn put(&self, name: &str, bytes: &[u8], pulse: &Pulse) -> Result<(), Fault>;
    /// Forgets a name; false where there was nothing.
    fn remove(&self, name: &str) -> Result<bool, Fault>;
    /// Does it answer?
    fn ping(&self) -> Result<(), Fault>;
}

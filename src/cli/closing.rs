//! The end of a session, however busy it is.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::attach::Listener;
use crate::log::file::{Recording, TraceError};
use crate::process::give_back_freed_memory;
use crate::session::Session;

/// How long a session may take to end where somebody waits for the process to.
pub(super) const GRACE: Duration = Duration::from_millis(800);

/// How long a report waits for a session that ends: so long that what it says of the time is true
/// of the whole process, so short that nobody who reads it minds.
const LULL: Duration = Duration::from_millis(50);

/// A session that is ending, with its recording.
pub(super) struct Closing {
    /// Says nothing, and is gone with the session.
    ended: Receiver<()>,
    deadline: Instant,
    recording: Option<Recording>,
    listener: Option<Listener>,
    /// The log that is kept without being asked.
    kept: Option<Recording>,
    /// Does it leave anything to later sessions?
    is_kept: bool,
}

impl Closing {
    /// Begins to end a session; it may take so long.
    pub(super) fn begin(session: Session, recording: Option<Recording>, limit: Duration) -> Self {
        let (sender, ended) = bounded::<()>(0);
        let is_kept = session.is_kept();
        let end = move || {
            drop(session);
            // Beside the report's making, while the clock still runs that the report is stamped by: at
            // the end of the process the system would take as long.
            give_back_freed_memory();
            drop(sender);
        };
        // Without a thread to end on, the session has ended here and now.
        let _ = thread::Builder::new().name("closing".to_owned()).spawn(end);
        Self {
            ended,
            deadline: Instant::now() + limit,
            recording,
            listener: None,
            kept: None,
            is_kept,
        }
    }

    /// Those who watch are told all of it, too.
    pub(super) fn watched_by(mut self, listener: Option<Listener>) -> Self {
        self.listener = listener;
        self
    }

    /// Its log is kept, too, if nothing comes between.
    pub(super) fn kept_as(mut self, kept: Option<Recording>) -> Self {
        self.kept = kept;
        self
    }

    /// Gives the session a moment to end, so that what is said now counts it.
    pub(super) fn settle(&self) {
        let _ = self.ended.recv_timeout(LULL);
    }

    /// Waits for the session, which keeps what it has made for later ones, for the recording and for
    /// those who watch, until all is told that was said. What cannot be stopped, such as a library that
    /// opens a model, is left to the end of the process, as all is where nothing is told or kept.
    pub(super) fn finish(self) -> Result<(), TraceError> {
        let is_waited_for = self.recording.is_some() || self.listener.is_some() || self.is_kept;
        let is_over = is_waited_for
            && self.ended.recv_deadline(self.deadline) == Err(RecvTimeoutError::Disconnected);
        if let Some(kept) = self.kept {
            // Nobody has asked for it: nobody is told that it is not there.
            let _ = kept.cut(GRACE);
        }
        let result = match self.recording {
            None => Ok(()),
            Some(recording) if is_over => recording.finish(),
            Some(recording) => recording.cut(GRACE),
        };
        if let Some(listener) = self.listener {
            listener.finish(GRACE);
        }
        result
    }
}

//! The end of a session, however busy it is.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::log::file::{Recording, TraceError};
use crate::session::Session;

/// How long a session may take to end where somebody waits for the process to.
pub(super) const GRACE: Duration = Duration::from_millis(800);

/// A session that is ending, with its recording.
pub(super) struct Closing {
    /// Says nothing, and is gone with the session.
    ended: Receiver<()>,
    deadline: Instant,
    recording: Option<Recording>,
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
            drop(sender);
        };
        // Without a thread to end on, the session has ended here and now.
        let _ = thread::Builder::new().name("closing".to_owned()).spawn(end);
        Self {
            ended,
            deadline: Instant::now() + limit,
            recording,
            is_kept,
        }
    }

    /// Waits for the recording, with all that was said until the session ended, and for what later
    /// sessions are to find. What cannot be stopped, such as a library that opens a model, is left to
    /// the end of the process, as all is where nothing is recorded or kept.
    pub(super) fn finish(self) -> Result<(), TraceError> {
        if self.recording.is_none() && !self.is_kept {
            return Ok(());
        }
        let ended = self.ended.recv_deadline(self.deadline);
        let Some(recording) = self.recording else {
            return Ok(());
        };
        match ended {
            Err(RecvTimeoutError::Disconnected) => recording.finish(),
            _ => recording.cut(GRACE),
        }
    }
}

//! The end of a session, however busy it is.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::log::file::{Recording, TraceError};
use crate::session::Session;

/// How long a session may take to end where somebody waits for the process to.
pub(super) const GRACE: Duration = Duration::from_millis(800);

/// Ends a session, and its recording with all that was said. What cannot be stopped, such as a
/// library that opens a model, is left to the end of the process.
pub(super) fn close(
    session: Session,
    recording: Option<Recording>,
    limit: Duration,
) -> Result<(), TraceError> {
    let (sender, ended) = bounded::<()>(0);
    let end = move || {
        drop(session);
        drop(sender);
    };
    // Without a thread to wait on, the session has ended here and now.
    let _ = thread::Builder::new().name("closing".to_owned()).spawn(end);
    let is_over = ended.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected);
    match recording {
        None => Ok(()),
        Some(recording) if is_over => recording.finish(),
        Some(recording) => recording.cut(GRACE),
    }
}

//! A recording that is made while a session runs.

use std::io::ErrorKind;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};

use super::{Recorder, Sink, TraceError};
use crate::log::{NoEvent, Subscription};

/// Writes down all that a log says, on a thread of its own.
#[derive(Debug)]
pub struct Recording {
    thread: JoinHandle<Result<(), TraceError>>,
    /// Dropped, it ends the recording before the log.
    more: Sender<()>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
    name: String,
}

impl Recording {
    /// Records from the next event of the subscription to the end of the log. What cannot be written
    /// ends the recording, and nothing else.
    pub fn start(
        recorder: Recorder<impl Sink + Send + 'static>,
        events: Subscription,
    ) -> Result<Self, TraceError> {
        let name = recorder.name().to_owned();
        let (more, no_more) = bounded(0);
        let (alive, ended) = bounded::<()>(0);
        let thread = thread::Builder::new().name("recorder".to_owned());
        let work = move || {
            let result = record(recorder, events, &no_more);
            drop(alive);
            result
        };
        match thread.spawn(work) {
            Ok(thread) => Ok(Self {
                thread,
                more,
                ended,
                name,
            }),
            Err(error) => Err(TraceError::Create { name, error }),
        }
    }

    /// Is no more written? Before the end of the log this is so after a failure only.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until everything is written: until the log has ended, or a write failed.
    pub fn finish(self) -> Result<(), TraceError> {
        let result = join(self.thread);
        drop(self.more);
        result
    }

    /// Writes what the log has said so far, and no more. Whoever takes the bytes and does not is
    /// waited for no longer than `limit`.
    pub fn cut(self, limit: Duration) -> Result<(), TraceError> {
        drop(self.more);
        if self.ended.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected) {
            return join(self.thread);
        }
        Err(TraceError::Write {
            name: self.name,
            error: ErrorKind::TimedOut.into(),
        })
    }
}

fn join(thread: JoinHandle<Result<(), TraceError>>) -> Result<(), TraceError> {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn record(
    mut recorder: Recorder<impl Sink>,
    mut events: Subscription,
    no_more: &Receiver<()>,
) -> Result<(), TraceError> {
    let mut is_cut = false;
    loop {
        match events.try_next() {
            Ok(event) => recorder.record(&event)?,
            Err(NoEvent::Lost(error)) => {
                let name = recorder.name().to_owned();
                return Err(TraceError::Lost { name, error });
            }
            Err(NoEvent::Yet) if !is_cut => {
                recorder.catch_up()?;
                select! {
                    recv(events.wake()) -> _ => {}
                    recv(no_more) -> _ => is_cut = true,
                }
            }
            Err(NoEvent::Yet | NoEvent::Ended) => return recorder.close(),
        }
    }
}

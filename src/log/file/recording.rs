//! A recording that is made while a session runs.

use std::fs::File;
use std::thread::{self, JoinHandle};

use super::{Recorder, TraceError};
use crate::log::{NoEvent, Subscription};

/// Writes down all that a log says, on a thread of its own.
#[derive(Debug)]
pub struct Recording {
    thread: JoinHandle<Result<(), TraceError>>,
}

impl Recording {
    /// Records from the next event of the subscription to the end of the log. What cannot be written
    /// ends the recording, and nothing else.
    pub fn start(recorder: Recorder<File>, events: Subscription) -> Result<Self, TraceError> {
        let name = recorder.name().to_owned();
        let thread = thread::Builder::new().name("recorder".to_owned());
        match thread.spawn(move || record(recorder, events)) {
            Ok(thread) => Ok(Self { thread }),
            Err(error) => Err(TraceError::Create { name, error }),
        }
    }

    /// Is no more written? Before the end of the log this is so after a failure only.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until everything is written: until the log has ended, or a write failed.
    pub fn finish(self) -> Result<(), TraceError> {
        match self.thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn record(mut recorder: Recorder<File>, mut events: Subscription) -> Result<(), TraceError> {
    loop {
        match events.wait_next() {
            Ok(event) => recorder.record(&event)?,
            Err(NoEvent::Lost(error)) => {
                let name = recorder.name().to_owned();
                return Err(TraceError::Lost { name, error });
            }
            Err(NoEvent::Yet | NoEvent::Ended) => return recorder.finish(),
        }
    }
}

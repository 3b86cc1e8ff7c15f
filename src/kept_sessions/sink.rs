//! The file of a log that is kept, while it grows.

use std::io::{self, Write};

use super::{KeptSessions, MOST_BYTES_OF_ONE};
use crate::files::Output;
use crate::log::file::Sink;

/// Room is made for so many bytes at a time.
const STEP: u64 = 1 << 20;

/// Takes what a log says as long as there is room for it.
#[derive(Debug)]
pub struct KeptSink {
    sessions: KeptSessions,
    number: u64,
    output: Output,
    written: u64,
    /// There is room up to here.
    room: u64,
}

impl KeptSink {
    pub(super) fn new(sessions: KeptSessions, number: u64, output: Output) -> Self {
        Self {
            sessions,
            number,
            output,
            written: 0,
            room: 0,
        }
    }

    /// The session's number.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Write for KeptSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let then = self.written + bytes.len() as u64;
        if then > MOST_BYTES_OF_ONE {
            return Err(io::Error::other("the log is longer than what is kept"));
        }
        if then > self.room {
            self.sessions.make_room(self.number, STEP);
            self.room = then + STEP;
        }
        let written = self.output.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

impl Sink for KeptSink {
    fn is_stream(&self) -> bool {
        false
    }

    /// No session waits for the disk.
    fn finish(mut self) -> io::Result<()> {
        self.output.flush()
    }
}

//! What can go wrong with a trace, in words.

use std::io;

use crate::event::SCHEMA;
use crate::log::ReadBackError;

/// Why a trace cannot be written or read. Every variant names the trace first.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be made.
    #[error("{name}: the trace cannot be created: {error}")]
    Create {
        /// The trace.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// A write failed: the trace ends here, the session goes on.
    #[error("{name}: writing failed, the trace ends here: {error}")]
    Write {
        /// The trace.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// Events that were to be written cannot be had any more: the trace ends here.
    #[error("{name}: the trace ends here: {error}")]
    Lost {
        /// The trace.
        name: String,
        /// Why.
        error: ReadBackError,
    },
    /// It cannot be opened or read.
    #[error("{name}: the trace cannot be read: {error}")]
    Read {
        /// The trace.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// It has no bytes.
    #[error("{name}: the trace is empty; record one with `lazydebugger run --trace FILE`")]
    Empty {
        /// The trace.
        name: String,
    },
    /// It is compressed.
    #[error("{name}: the trace is compressed; decompress it first: `zstd -d {name}`")]
    Compressed {
        /// The trace.
        name: String,
    },
    /// It does not begin with a header.
    #[error(
        "{name}: this is not a trace: line 1 is not the header of one; \
         record one with `lazydebugger run --trace FILE`"
    )]
    NotATrace {
        /// The file.
        name: String,
    },
    /// It is of another version.
    #[error(
        "{name}: the trace has schema {found}, this program understands schema {SCHEMA}; \
         use the version that recorded it ({tool})"
    )]
    OtherSchema {
        /// The trace.
        name: String,
        /// Its schema.
        found: u64,
        /// What recorded it.
        tool: String,
    },
    /// A line is not an event.
    #[error("{name}, line {line}: this is not an event: {error}")]
    NotAnEvent {
        /// The trace.
        name: String,
        /// The line, from 1.
        line: u64,
        /// What the parser says.
        error: String,
    },
    /// Events are missing, doubled or out of order.
    #[error(
        "{name}, line {line}: expected event {expected}, found event {found}; the file has been cut or edited"
    )]
    Gap {
        /// The trace.
        name: String,
        /// The line, from 1.
        line: u64,
        /// The number that comes next.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
    /// The clock went back.
    #[error(
        "{name}, line {line}: the clock goes back from {before} s to {found} s; the file has been edited"
    )]
    ClockWentBack {
        /// The trace.
        name: String,
        /// The line, from 1.
        line: u64,
        /// Time of the event before, in seconds.
        before: f64,
        /// Time of this event, in seconds.
        found: f64,
    },
}

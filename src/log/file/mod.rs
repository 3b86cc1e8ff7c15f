//! The log on disk: a header line, then one event a line.
//!
//! A [`Recording`] writes it while a session runs, by a [`Recorder`]; [`read`] and [`Reader`] give it
//! back.

mod error;
mod reader;
mod recorder;
mod recording;

pub use error::TraceError;
pub use reader::{CUT_OFF, Reader, Trace, follow, read};
pub use recorder::{Recorder, Sink};
pub use recording::Recording;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;

use crate::display::escaped;
use crate::event::{SCHEMA, TOOL};

/// The first line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format; see [`SCHEMA`].
    pub schema: u32,
    /// The program that recorded it, such as `lazydebugger 0.1.0`.
    pub tool: String,
    /// The experiment's name.
    pub experiment: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Where it was recorded.
    pub machine: Machine,
    /// Is it a session that takes commands from who reads this?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_commands: bool,
}

/// What a trace says of the machine that it was recorded on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Cores that the program could use.
    pub cores: usize,
    /// Main memory; none where the system does not tell.
    pub memory_bytes: Option<u64>,
    /// The operating system, such as `linux`.
    pub os: String,
}

impl Header {
    /// The header of a trace that this program records now, on this machine.
    pub fn new(experiment: &str, seed: u64, memory_bytes: Option<u64>) -> Self {
        Self {
            schema: SCHEMA,
            tool: TOOL.to_owned(),
            experiment: experiment.to_owned(),
            seed,
            machine: Machine {
                cores: std::thread::available_parallelism().map_or(1, Into::into),
                memory_bytes,
                os: std::env::consts::OS.to_owned(),
            },
            takes_commands: false,
        }
    }
}

/// Writes a header or an event as a line.
pub(super) fn write_line<W: Write>(sink: &mut W, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *sink, Shown);
    value.serialize(&mut serializer)?;
    sink.write_all(b"\n")
}

/// JSON in which nothing is raw that must not be shown: a trace is a file that people look at.
struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        writer.write_all(escaped(fragment).as_bytes())
    }
}

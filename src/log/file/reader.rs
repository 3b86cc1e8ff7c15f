//! Reading a trace back: strictly, but for a last line that was cut off.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::thread;

use serde::Deserialize;

use super::{Header, TraceError};
use crate::event::{Event, EventKind, SCHEMA};
use crate::files;
use crate::log::{Log, LogWriter};
use crate::vocabulary::Note;

/// Longest header that is looked for; what is longer is no trace.
const HEADER_BYTES: u64 = 64 << 10;
/// Longest event that is read: no line is waited for that never ends.
const EVENT_BYTES: u64 = 64 << 20;
/// How a zstd frame begins.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Of a trace that ends too early.
pub const CUT_OFF: &str = "the recording ends in the middle of a line; shown is what came before";

/// A whole trace.
#[derive(Debug)]
pub struct Trace {
    /// Its first line.
    pub header: Header,
    /// Its events: a log that is over.
    pub log: Log,
    /// Was the last line cut off, as when the program was killed?
    pub truncated: bool,
}

/// Reads a whole trace; `-` is the standard input.
pub fn read(path: &Path) -> Result<Trace, TraceError> {
    if path == Path::new("-") {
        return Reader::new("standard input", io::stdin().lock())?.rest();
    }
    let name = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "zst") && path.is_file() {
        return Err(TraceError::Compressed { name });
    }
    match files::open(path) {
        Ok(file) => Reader::new(&name, BufReader::new(file))?.rest(),
        Err(error) => Err(TraceError::Read { name, error }),
    }
}

/// A trace that is still being written: its header is waited for, and its log goes on as the trace
/// does. What ends it too early is the last thing that the log says. Errors call the trace `name`.
pub fn follow(
    name: &str,
    source: impl BufRead + Send + 'static,
) -> Result<(Header, Log), TraceError> {
    let mut reader = Reader::new(name, source)?;
    let (name, header) = (name.to_owned(), reader.header().clone());
    let mut writer = LogWriter::new();
    let log = writer.log();
    let take = move || {
        let trouble = loop {
            match reader.next_event() {
                Ok(Some(event)) => writer.append(event),
                Ok(None) if reader.is_truncated() => break CUT_OFF.to_owned(),
                Ok(None) => return,
                Err(error) => break error.to_string(),
            }
        };
        writer.append(Event {
            seq: reader.events,
            t: reader.now.max(0.0),
            kind: EventKind::Noted(Note::warning(trouble)),
        });
    };
    let thread = thread::Builder::new().name("follower".to_owned());
    match thread.spawn(take) {
        Ok(_) => Ok((header, log)),
        Err(error) => Err(TraceError::Read { name, error }),
    }
}

/// Reads a trace event by event, as from a session that is still being recorded.
#[derive(Debug)]
pub struct Reader<R: BufRead> {
    name: String,
    source: R,
    header: Header,
    /// Events read so far.
    events: u64,
    /// Time of the last event, in seconds.
    now: f64,
    truncated: bool,
}

/// As much of a header as every version has.
#[derive(Deserialize)]
struct AnyHeader {
    schema: u64,
    tool: String,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header; errors call the trace `name`.
    pub fn new(name: &str, mut source: R) -> Result<Self, TraceError> {
        let name = name.to_owned();
        let mut line = Vec::new();
        let begun = source
            .by_ref()
            .take(HEADER_BYTES)
            .read_until(b'\n', &mut line);
        if let Err(error) = begun {
            return Err(TraceError::Read { name, error });
        }
        if line.is_empty() {
            return Err(TraceError::Empty { name });
        }
        if line.starts_with(&ZSTD) {
            return Err(TraceError::Compressed { name });
        }
        if let Ok(any) = serde_json::from_slice::<AnyHeader>(&line)
            && any.schema != u64::from(SCHEMA)
        {
            return Err(TraceError::OtherSchema {
                name,
                found: any.schema,
                tool: any.tool,
            });
        }
        match serde_json::from_slice(&line) {
            Err(_) => Err(TraceError::NotATrace { name }),
            Ok(header) => Ok(Self {
                name,
                source,
                header,
                events: 0,
                now: f64::NEG_INFINITY,
                truncated: false,
            }),
        }
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Did the trace end in a line that was cut off?
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The next event; none at the end.
    pub fn next_event(&mut self) -> Result<Option<Event>, TraceError> {
        let Some(line) = self.next_line()? else {
            return Ok(None);
        };
        let Some(event) = self.parsed(&line)? else {
            return Ok(None);
        };
        self.check(&event)?;
        self.events += 1;
        self.now = event.t;
        Ok(Some(event))
    }

    /// The next event of one of these kinds, by their names in the file; none at the end. All others are
    /// passed over without a look at them.
    pub fn next_of(&mut self, kinds: &[&str]) -> Result<Option<EventKind>, TraceError> {
        while let Some(line) = self.next_line()? {
            if is_of(&line, kinds) {
                return Ok(self.parsed(&line)?.map(|event| event.kind));
            }
            self.events += 1;
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, TraceError> {
        let mut text = Vec::new();
        let line = &mut self.source.by_ref().take(EVENT_BYTES);
        if let Err(error) = line.read_until(b'\n', &mut text) {
            let name = self.name.clone();
            return Err(TraceError::Read { name, error });
        }
        if text.len() as u64 == EVENT_BYTES && text.last() != Some(&b'\n') {
            return Err(self.no_event(format!("it has more than {EVENT_BYTES} bytes")));
        }
        Ok((!text.is_empty()).then_some(text))
    }

    /// The event of a line; none where the line was cut off.
    fn parsed(&mut self, line: &[u8]) -> Result<Option<Event>, TraceError> {
        match serde_json::from_slice(line) {
            Ok(event) => Ok(Some(event)),
            Err(_) if line.last() != Some(&b'\n') => {
                self.truncated = true;
                Ok(None)
            }
            Err(error) => Err(self.no_event(without_place(&error))),
        }
    }

    fn no_event(&self, error: String) -> TraceError {
        TraceError::NotAnEvent {
            name: self.name.clone(),
            line: self.line(),
            error,
        }
    }

    fn check(&self, event: &Event) -> Result<(), TraceError> {
        let (name, line) = (self.name.clone(), self.line());
        if event.seq != self.events {
            return Err(TraceError::Gap {
                name,
                line,
                expected: self.events,
                found: event.seq,
            });
        }
        if event.t < self.now {
            return Err(TraceError::ClockWentBack {
                name,
                line,
                before: self.now,
                found: event.t,
            });
        }
        Ok(())
    }

    /// The line of the next event, from 1; the header is the first.
    fn line(&self) -> u64 {
        self.events + 2
    }

    fn rest(mut self) -> Result<Trace, TraceError> {
        let mut writer = LogWriter::in_memory();
        while let Some(event) = self.next_event()? {
            writer.append(event);
        }
        Ok(Trace {
            header: self.header,
            log: writer.log(),
            truncated: self.truncated,
        })
    }
}

/// Is it a line of one of these kinds? The kind comes after the number and the time; within a text its
/// quotes would not be plain.
fn is_of(line: &[u8], kinds: &[&str]) -> bool {
    const HEAD_BYTES: usize = 128;
    let head = String::from_utf8_lossy(&line[..line.len().min(HEAD_BYTES)]);
    let kind = head.split_once("\"kind\":\"").map(|(_, kind)| kind);
    let kind = kind.and_then(|kind| kind.split('"').next());
    kind.is_some_and(|kind| kinds.contains(&kind))
}

/// What the parser says, without a line number that counts from the event.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

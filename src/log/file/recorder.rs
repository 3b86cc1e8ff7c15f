//! Writing a trace while a session runs.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{Header, TraceError, write_line};
use crate::event::{Event, EventKind};
use crate::files::Output;

/// Writes events as they come. What it holds back is written at the end of every run and when it
/// is dropped.
#[derive(Debug)]
pub struct Recorder<W: Write> {
    name: String,
    /// None once a write has failed.
    sink: Option<BufWriter<W>>,
}

/// Where a trace goes.
pub trait Sink: Write {
    /// Does somebody take its bytes as they come?
    fn is_stream(&self) -> bool;
    /// Nothing more comes.
    fn finish(self) -> io::Result<()>;
}

impl Sink for Output {
    fn is_stream(&self) -> bool {
        Self::is_stream(self)
    }

    fn finish(self) -> io::Result<()> {
        Self::finish(self)
    }
}

impl Recorder<Output> {
    /// Begins a trace in a new file, which grows before everybody's eyes; a file that is there
    /// already is replaced when the trace is whole.
    pub fn create(path: &Path, header: &Header) -> Result<Self, TraceError> {
        let name = path.display().to_string();
        match Output::live(path) {
            Ok(output) => Self::new(&name, output, header),
            Err(error) => Err(TraceError::Create { name, error }),
        }
    }
}

impl<W: Sink> Recorder<W> {
    /// Lets whoever takes the bytes as they come have all of them: nothing waits to be written now.
    pub fn catch_up(&mut self) -> Result<(), TraceError> {
        let is_stream = |sink: &BufWriter<W>| sink.get_ref().is_stream();
        if self.sink.as_ref().is_some_and(is_stream) {
            return self.flush();
        }
        Ok(())
    }

    /// Writes what is still held back, and puts the file in its place.
    pub fn close(mut self) -> Result<(), TraceError> {
        self.attempt(BufWriter::flush)?;
        let Some(sink) = self.sink.take() else {
            return Ok(());
        };
        let (output, _) = sink.into_parts();
        output.finish().map_err(|error| TraceError::Write {
            name: self.name,
            error,
        })
    }
}

impl<W: Write> Recorder<W> {
    /// Begins a trace on any sink; errors call it `name`.
    pub fn new(name: &str, sink: W, header: &Header) -> Result<Self, TraceError> {
        let mut recorder = Self {
            name: name.to_owned(),
            sink: Some(BufWriter::new(sink)),
        };
        recorder.attempt(|sink| {
            write_line(sink, header)?;
            sink.flush()
        })?;
        Ok(recorder)
    }

    /// What errors call the trace.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Writes one event. The first failure is an error; after it the recorder keeps silent.
    pub fn record(&mut self, event: &Event) -> Result<(), TraceError> {
        self.attempt(|sink| {
            write_line(sink, event)?;
            match event.kind {
                EventKind::RunFinished { .. } => sink.flush(),
                _ => Ok(()),
            }
        })
    }

    /// Writes what is still held back; more may follow.
    pub fn flush(&mut self) -> Result<(), TraceError> {
        self.attempt(BufWriter::flush)
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> Result<(), TraceError> {
        self.flush()
    }

    fn attempt(
        &mut self,
        write: impl FnOnce(&mut BufWriter<W>) -> io::Result<()>,
    ) -> Result<(), TraceError> {
        let Some(sink) = &mut self.sink else {
            return Ok(());
        };
        write(sink).map_err(|error| {
            // Its buffer is dropped unwritten: the sink has just refused it.
            if let Some(sink) = self.sink.take() {
                let _ = sink.into_parts();
            }
            TraceError::Write {
                name: self.name.clone(),
                error,
            }
        })
    }
}

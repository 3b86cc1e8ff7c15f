//! Older events in a file, a line each, as in a recording.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Receiver;

use super::ReadBackError;
use super::chunk::Chunk;
use super::file::write_line;
use super::store::Shared;
use crate::event::Event;

/// What is in the file, in order.
#[derive(Debug, Default)]
pub(super) struct Archive {
    segments: Vec<Segment>,
}

impl Archive {
    pub(super) fn add(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// Where an event is that has been archived.
    pub(super) fn segment_of(&self, seq: u64) -> io::Result<Segment> {
        let before = self.segments.partition_point(|s| s.first <= seq);
        let segment = before.checked_sub(1).and_then(|at| self.segments.get(at));
        segment.cloned().ok_or_else(|| ErrorKind::NotFound.into())
    }
}

/// A chunk in the file.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    file: Arc<File>,
    /// The number of its first event.
    first: u64,
    offset: u64,
    bytes: usize,
}

impl Segment {
    /// Its events.
    pub(super) fn read(&self) -> Result<Arc<Chunk>, ReadBackError> {
        let mut text = vec![0; self.bytes];
        self.file.read_exact_at(&mut text, self.offset)?;
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let events: Result<Vec<Event>, _> = lines.map(serde_json::from_slice).collect();
        Ok(Chunk::of(self.first, events.map_err(io::Error::from)?))
    }
}

/// Writes chunks to a file of its own in `folder` as they come, and has them dropped from memory.
/// Where that fails they stay there, and the log says so.
pub(super) fn keep(shared: &Shared, folder: &Path, going: &Receiver<Vec<Arc<Chunk>>>) {
    if let Err(error) = try_to_keep(shared, folder, going) {
        let folder = folder.display();
        shared.get_into_trouble(format!("{folder}: {error}"));
    }
}

fn try_to_keep(
    shared: &Shared,
    folder: &Path,
    going: &Receiver<Vec<Arc<Chunk>>>,
) -> io::Result<()> {
    let file = Arc::new(create_in(folder)?);
    let mut offset = 0;
    let mut text = Vec::new();
    for chunk in going.iter().flatten() {
        text.clear();
        for event in chunk.events() {
            write_line(&mut text, event)?;
        }
        file.as_ref().write_all(&text)?;
        shared.archived(Segment {
            file: file.clone(),
            first: chunk.first(),
            offset,
            bytes: text.len(),
        });
        offset += text.len() as u64;
    }
    Ok(())
}

/// A file without a name: it is gone with the last who has it open, however the program ends.
fn create_in(folder: &Path) -> io::Result<File> {
    static FILES: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder)?;
    loop {
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let name = format!("log.{}.{number}.jsonl", std::process::id());
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        match options.read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

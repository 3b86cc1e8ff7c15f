//! Who writes the log.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Sender, unbounded};

use super::archive;
use super::chunk::{Chunk, ChunkWriter};
use super::store::{Log, Shared};
use super::waker::Waker;
use super::weight::weight;
use crate::data_folder::data_folder;
use crate::event::{Event, EventKind};
use crate::vocabulary::Note;

/// Full chunks that stay in memory: few enough that what is written next is still in the processor's
/// cache when its turn comes again.
const KEPT_CHUNKS: usize = 8;
/// Chunks beyond these that go to the file at once: waking the thread that writes it costs more than
/// some hundred events.
const GOING_CHUNKS: usize = 4;
/// Bytes that chunks in memory may take together, about.
const KEPT_BYTES: usize = 24 << 20;
/// Bytes, about, from which a chunk is full however few its events.
const CHUNK_BYTES: usize = 2 << 20;

/// Gives events their number and their time, and puts them where subscribers read them. The log is
/// over when its writer is dropped.
#[derive(Debug)]
pub struct LogWriter {
    shared: Arc<Shared>,
    started: Instant,
    /// The number of the next event.
    next: u64,
    /// The chunk that it goes to, if there is room.
    chunk: ChunkWriter,
    /// What is in it takes about so many bytes.
    chunk_bytes: usize,
    older: Older,
    wakers: Vec<Arc<Waker>>,
    wakers_version: u64,
}

/// What becomes of full chunks.
#[derive(Debug)]
enum Older {
    /// They stay in memory.
    Stay,
    /// Beyond some, they go to a file.
    Go {
        /// Those that stay as yet, with about how many bytes they take.
        kept: VecDeque<(Arc<Chunk>, usize)>,
        /// The sum of these bytes.
        bytes: usize,
        to: Archivist,
    },
}

/// Who writes the file.
#[derive(Debug)]
enum Archivist {
    /// Nobody yet: there was nothing to write. The file will be in this folder; none is the folder
    /// where the program keeps files of its own.
    Idle(Option<PathBuf>),
    /// A thread.
    Busy(Sender<Vec<Arc<Chunk>>>),
}

impl LogWriter {
    /// A log that begins now. Older events go to the folder where the program keeps files of its
    /// own, once there are many.
    pub fn new() -> Self {
        Self::with(Older::go_to(None))
    }

    /// As [`LogWriter::new`], with another folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self::with(Older::go_to(Some(folder)))
    }

    /// A log that stays in memory whatever it takes.
    pub(super) fn in_memory() -> Self {
        Self::with(Older::Stay)
    }

    fn with(older: Older) -> Self {
        let chunk = ChunkWriter::beginning_at(0);
        Self {
            shared: Arc::new(Shared::beginning_with(chunk.chunk().clone())),
            started: Instant::now(),
            next: 0,
            chunk,
            chunk_bytes: 0,
            older,
            wakers: Vec::new(),
            wakers_version: 0,
        }
    }

    /// What it writes to.
    pub fn log(&self) -> Log {
        Log::new(self.shared.clone())
    }

    /// Logs what happened just now.
    pub fn emit(&mut self, kind: EventKind) {
        let t = self.seconds();
        self.put(Event {
            seq: self.next,
            t,
            kind,
        });
        self.finish(t);
    }

    /// Logs what happened just now and all at once: one look at the clock is enough.
    pub fn emit_all(&mut self, kinds: impl IntoIterator<Item = EventKind>) {
        let t = self.seconds();
        for kind in kinds {
            let seq = self.next;
            self.put(Event { seq, t, kind });
        }
        self.finish(t);
    }

    /// Lets readers see what was logged, and trouble with it.
    fn finish(&mut self, t: f64) {
        if let Some(why) = self.shared.take_trouble() {
            let seq = self.next;
            let text = "the log's older events stay in memory, which grows with the session";
            let kind = EventKind::Noted(Note::warning(format!("{text}: {why}")));
            self.put(Event { seq, t, kind });
        }
        self.publish();
    }

    /// Adds an event of a recording.
    pub(super) fn append(&mut self, event: Event) {
        assert_eq!(event.seq, self.next, "events are numbered without gaps");
        self.put(event);
        self.publish();
    }

    /// Seconds since the log began, to the microsecond: more would only make recordings longer.
    fn seconds(&self) -> f64 {
        let elapsed = self.started.elapsed();
        let micros = elapsed.as_secs() * 1_000_000 + u64::from(elapsed.subsec_micros());
        micros as f64 / 1e6
    }

    fn put(&mut self, event: Event) {
        if self.chunk.is_full() || self.chunk_bytes >= CHUNK_BYTES {
            self.begin_chunk();
        }
        self.chunk_bytes += weight(&event.kind);
        self.chunk.put(event);
        self.next += 1;
    }

    fn begin_chunk(&mut self) {
        let chunk = self.shared.begin_chunk(self.next);
        let full = std::mem::replace(&mut self.chunk, chunk);
        let bytes = std::mem::take(&mut self.chunk_bytes);
        self.older.add(full.chunk().clone(), bytes, &self.shared);
    }

    fn publish(&mut self) {
        self.shared.publish(self.next);
        let version = self.shared.wakers_version();
        if version != self.wakers_version {
            self.wakers = self.shared.wakers();
            self.wakers_version = version;
        }
        self.wakers.iter().for_each(|waker| waker.wake());
    }
}

impl Default for LogWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        self.shared.end();
        self.publish();
    }
}

impl Older {
    fn go_to(folder: Option<PathBuf>) -> Self {
        Self::Go {
            kept: VecDeque::new(),
            bytes: 0,
            to: Archivist::Idle(folder),
        }
    }

    /// Takes a full chunk, and lets the oldest go once there are too many.
    fn add(&mut self, chunk: Arc<Chunk>, chunk_bytes: usize, shared: &Arc<Shared>) {
        let Self::Go { kept, bytes, to } = self else {
            return;
        };
        kept.push_back((chunk, chunk_bytes));
        *bytes += chunk_bytes;
        if kept.len() < KEPT_CHUNKS + GOING_CHUNKS && *bytes <= KEPT_BYTES {
            return;
        }
        let mut going = Vec::with_capacity(GOING_CHUNKS);
        while kept.len() > KEPT_CHUNKS || *bytes > KEPT_BYTES {
            let Some((oldest, oldest_bytes)) = kept.pop_front() else {
                break;
            };
            *bytes -= oldest_bytes;
            going.push(oldest);
        }
        if !to.take(going, shared) {
            *self = Self::Stay;
        }
    }
}

impl Archivist {
    /// False where chunks cannot go anywhere.
    fn take(&mut self, chunks: Vec<Arc<Chunk>>, shared: &Arc<Shared>) -> bool {
        if let Self::Idle(folder) = self {
            match hire(folder.take(), shared.clone()) {
                Ok(going) => *self = Self::Busy(going),
                Err(why) => {
                    shared.get_into_trouble(why);
                    return false;
                }
            }
        }
        // One that had to give up has said why.
        matches!(self, Self::Busy(going) if going.send(chunks).is_ok())
    }
}

/// Begins the thread that writes the file.
fn hire(folder: Option<PathBuf>, shared: Arc<Shared>) -> Result<Sender<Vec<Arc<Chunk>>>, String> {
    let folder = folder.or_else(data_folder);
    let folder = folder.ok_or("there is no folder for the program's files")?;
    let (sender, going) = unbounded();
    let keep = move || archive::keep(&shared, &folder, &going);
    let thread = thread::Builder::new().name("log".to_owned());
    match thread.spawn(keep) {
        Ok(_) => Ok(sender),
        Err(error) => Err(error.to_string()),
    }
}

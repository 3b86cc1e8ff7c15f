//! Where events are, for one writer and any number of readers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::archive::{Archive, Segment};
use super::chunk::{Chunk, ChunkWriter};
use super::waker::Waker;
use super::writer::LogWriter;
use super::{ReadBackError, Subscription};
use crate::event::Event;
use crate::ledger::Ledger;

/// Chunks that wait to be used again.
const SPARE_CHUNKS: usize = 4;

/// The log of a session, or a recording of one: what to subscribe to. A copy is the same log.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
}

impl Log {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// A log that is over, of events that are numbered from 0 without gaps.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let mut writer = LogWriter::in_memory();
        for event in events {
            writer.append(event);
        }
        writer.log()
    }

    /// Reads from the first event on.
    pub fn subscribe(&self) -> Subscription {
        self.subscribe_from(0)
    }

    /// Reads from this event on.
    pub fn subscribe_from(&self, seq: u64) -> Subscription {
        Subscription::new(self.shared.clone(), seq)
    }

    /// What it says so far.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for event in self.subscribe().waiting() {
            ledger.apply(&event);
        }
        ledger
    }

    /// How many events there are so far.
    pub fn events(&self) -> u64 {
        self.shared.published()
    }

    /// How many of them are in memory; those before are in a file.
    pub fn events_in_memory(&self) -> u64 {
        let chunks = self.shared.chunks();
        let oldest = chunks.recent.front();
        self.events() - oldest.map_or(0, |chunk| chunk.first().min(self.events()))
    }

    /// Is no more to come?
    pub fn is_over(&self) -> bool {
        self.shared.has_ended()
    }
}

/// What writer, readers and archivist share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Events that may be read.
    published: AtomicU64,
    has_ended: AtomicBool,
    chunks: RwLock<Chunks>,
    /// Chunks whose events are in a file: their memory is used again, since fresh memory costs more
    /// than the events that go into it.
    spare: Mutex<Vec<Arc<Chunk>>>,
    wakers: Mutex<Vec<Arc<Waker>>>,
    /// Goes up with each change of `wakers`.
    wakers_version: AtomicU64,
    /// Why older events stay in memory, until it is told.
    trouble: Mutex<Option<String>>,
    in_trouble: AtomicBool,
}

/// The chunks in memory, and where those before them are.
#[derive(Debug)]
pub(super) struct Chunks {
    recent: VecDeque<Arc<Chunk>>,
    archive: Archive,
}

impl Shared {
    pub(super) fn beginning_with(chunk: Arc<Chunk>) -> Self {
        Self {
            published: AtomicU64::new(0),
            has_ended: AtomicBool::new(false),
            chunks: RwLock::new(Chunks {
                recent: VecDeque::from([chunk]),
                archive: Archive::default(),
            }),
            spare: Mutex::default(),
            wakers: Mutex::default(),
            wakers_version: AtomicU64::new(0),
            trouble: Mutex::default(),
            in_trouble: AtomicBool::new(false),
        }
    }

    // What the writer publishes and what a reader does before it sleeps must be seen by the other in
    // one order, or a reader could sleep beside an event: sequentially consistent, all of it.

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::SeqCst)
    }

    pub(super) fn publish(&self, events: u64) {
        self.published.store(events, Ordering::SeqCst);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    fn chunks(&self) -> RwLockReadGuard<'_, Chunks> {
        self.chunks.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn chunks_mut(&self) -> RwLockWriteGuard<'_, Chunks> {
        self.chunks.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest chunk in memory is in the archive now.
    pub(super) fn archived(&self, segment: Segment) {
        let mut chunks = self.chunks_mut();
        chunks.archive.add(segment);
        let chunk = chunks.recent.pop_front();
        drop(chunks);
        let mut spare = self.spare();
        if spare.len() < SPARE_CHUNKS {
            spare.extend(chunk);
            return;
        }
        drop(spare);
        // Its events are many: nobody has to wait until they are freed.
        drop(chunk);
    }

    /// Begins a chunk whose first event will be this one.
    pub(super) fn begin_chunk(&self, first: u64) -> ChunkWriter {
        let spare = self.spare().pop();
        // A reader may still be at it.
        let writer = match spare.and_then(Arc::into_inner) {
            Some(chunk) => ChunkWriter::reusing(chunk, first),
            None => ChunkWriter::beginning_at(first),
        };
        let chunk = writer.chunk().clone();
        self.chunks_mut().recent.push_back(chunk);
        writer
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Arc<Chunk>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chunk of a published event, read back where it is not in memory.
    pub(super) fn chunk_of(&self, seq: u64) -> Result<Arc<Chunk>, ReadBackError> {
        let chunks = self.chunks();
        let before = chunks.recent.partition_point(|chunk| chunk.first() <= seq);
        if let Some(chunk) = before.checked_sub(1).and_then(|at| chunks.recent.get(at)) {
            return Ok(chunk.clone());
        }
        let segment = chunks.archive.segment_of(seq);
        drop(chunks);
        segment?.read()
    }

    pub(super) fn wakers_version(&self) -> u64 {
        self.wakers_version.load(Ordering::SeqCst)
    }

    pub(super) fn wakers(&self) -> Vec<Arc<Waker>> {
        let wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.clone()
    }

    /// Wakes this one too from now on.
    pub(super) fn wake(&self, waker: Arc<Waker>) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.push(waker);
        self.wakers_version.fetch_add(1, Ordering::SeqCst);
    }

    /// Wakes this one no more.
    pub(super) fn forget(&self, waker: &Arc<Waker>) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.retain(|known| !Arc::ptr_eq(known, waker));
        self.wakers_version.fetch_add(1, Ordering::SeqCst);
    }

    /// Older events stay in memory from now on.
    pub(super) fn get_into_trouble(&self, why: String) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = Some(why);
        self.in_trouble.store(true, Ordering::Release);
    }

    /// Why older events stay in memory; told once.
    pub(super) fn take_trouble(&self) -> Option<String> {
        if !self.in_trouble.load(Ordering::Acquire) {
            return None;
        }
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        self.in_trouble.store(false, Ordering::Release);
        trouble.take()
    }
}

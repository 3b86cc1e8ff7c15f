//! A stretch of the log in memory.
#![expect(
    unsafe_code,
    reason = "an event is written in place once and read by many afterwards; a lock or a flag for \
              each would cost more than the event"
)]

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::event::Event;

/// Events a chunk.
pub(super) const CHUNK_EVENTS: usize = 512;

/// Events one after the other, as many as have been written so far. Its [`ChunkWriter`] fills slots
/// that nobody looks at yet, so that neither it nor a reader ever waits for the other.
#[derive(Debug)]
pub(super) struct Chunk {
    first: u64,
    slots: Box<[UnsafeCell<MaybeUninit<Event>>]>,
    /// The slots before this one hold an event, and change no more until the chunk is dropped or
    /// used again, which takes the only owner. It only goes up.
    written: AtomicUsize,
}

// SAFETY: a slot is written by the one `ChunkWriter` of the chunk, before `written` passes it, and only
// read after that; events themselves may be shared and sent.
unsafe impl Sync for Chunk {}

impl Chunk {
    fn with_room(first: u64, events: usize) -> Self {
        let slots = std::iter::repeat_with(|| UnsafeCell::new(MaybeUninit::uninit()));
        Self {
            first,
            slots: slots.take(events).collect(),
            written: AtomicUsize::new(0),
        }
    }

    /// A full one.
    pub(super) fn of(first: u64, events: Vec<Event>) -> Arc<Self> {
        let mut writer = ChunkWriter::to(Self::with_room(first, events.len()));
        for event in events {
            writer.put(event);
        }
        writer.chunk
    }

    /// The number of its first event.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Where an event is that has been written to this chunk.
    pub(super) fn place_of(&self, seq: u64) -> Option<usize> {
        let place = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        (place < self.written.load(Ordering::Acquire)).then_some(place)
    }

    /// What is at a place.
    pub(super) fn get(&self, place: usize) -> Option<&Event> {
        let is_written = place < self.written.load(Ordering::Acquire);
        let slot = self.slots.get(place).filter(|_| is_written)?;
        // SAFETY: it has been written, see `written`.
        Some(unsafe { (*slot.get()).assume_init_ref() })
    }

    /// All that has been written to it.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        (0..).map_while(|place| self.get(place))
    }

    fn clear(&mut self) {
        let written = std::mem::take(self.written.get_mut());
        for slot in &mut self.slots[..written] {
            // SAFETY: it has been written, see `written`, and counts as written no more.
            unsafe { slot.get_mut().assume_init_drop() };
        }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The one who writes to a chunk.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    chunk: Arc<Chunk>,
    /// As the chunk has it.
    written: usize,
}

impl ChunkWriter {
    /// To an empty chunk whose first event will be this one.
    pub(super) fn beginning_at(first: u64) -> Self {
        Self::to(Chunk::with_room(first, CHUNK_EVENTS))
    }

    /// The same, in the memory of a chunk that nobody needs. Whoever writes the next events drops the
    /// old ones: freed by another thread, the names in both would be counted by two at a time.
    pub(super) fn reusing(mut chunk: Chunk, first: u64) -> Self {
        chunk.clear();
        chunk.first = first;
        Self::to(chunk)
    }

    /// Takes the chunk as a value: nobody else can have it, and with it a writer.
    fn to(chunk: Chunk) -> Self {
        let written = chunk.written.load(Ordering::Relaxed);
        let chunk = Arc::new(chunk);
        Self { chunk, written }
    }

    /// The chunk that is written to.
    pub(super) fn chunk(&self) -> &Arc<Chunk> {
        &self.chunk
    }

    /// Is there no room for another event?
    pub(super) fn is_full(&self) -> bool {
        self.written == self.chunk.slots.len()
    }

    /// Adds an event, for which there must be room.
    pub(super) fn put(&mut self, event: Event) {
        let slot = self.chunk.slots[self.written].get();
        // SAFETY: nobody looks at a slot that is not written, and nobody else writes.
        unsafe { (*slot).write(event) };
        self.written += 1;
        self.chunk.written.store(self.written, Ordering::Release);
    }
}

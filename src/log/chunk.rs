//! A stretch of the log in memory.

use std::sync::OnceLock;

use crate::event::Event;

/// Events a chunk.
pub(super) const CHUNK_EVENTS: usize = 512;

/// Events one after the other. The writer fills slots that nobody looks at yet, so that neither it
/// nor a reader ever waits for the other.
#[derive(Debug)]
pub(super) struct Chunk {
    first: u64,
    slots: Box<[OnceLock<Event>]>,
}

impl Chunk {
    /// An empty one whose first event will be this one.
    pub(super) fn beginning_at(first: u64) -> Self {
        let slots = std::iter::repeat_with(OnceLock::new);
        Self {
            first,
            slots: slots.take(CHUNK_EVENTS).collect(),
        }
    }

    /// This one, empty again. Whoever writes the next events drops the old ones: freed by another
    /// thread, the names in both would be counted by two at a time.
    pub(super) fn emptied(mut self, first: u64) -> Self {
        self.first = first;
        for slot in &mut self.slots {
            slot.take();
        }
        self
    }

    /// A full one.
    pub(super) fn of(first: u64, events: Vec<Event>) -> Self {
        let slots = events.into_iter().map(OnceLock::from);
        Self {
            first,
            slots: slots.collect(),
        }
    }

    /// The number of its first event.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Is there no room for an event with this number?
    pub(super) fn ends_before(&self, seq: u64) -> bool {
        seq - self.first >= self.slots.len() as u64
    }

    /// Puts an event in its place, which is free.
    pub(super) fn put(&self, event: Event) {
        let place = (event.seq - self.first) as usize;
        let put = self.slots[place].set(event);
        debug_assert!(put.is_ok(), "every event is written once");
    }

    /// Where an event is that has been written to this chunk.
    pub(super) fn place_of(&self, seq: u64) -> Option<usize> {
        let place = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        self.get(place).map(|_| place)
    }

    /// What is at a place.
    pub(super) fn get(&self, place: usize) -> Option<&Event> {
        self.slots.get(place)?.get()
    }

    /// All that has been written to it.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.slots.iter().map_while(OnceLock::get)
    }
}

//! Who reads the log.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, io};

use crossbeam_channel::{Receiver, Select};

use super::ReadBackError;
use super::chunk::Chunk;
use super::store::{Log, Shared};
use super::waker::Waker;
use crate::event::Event;

/// Reads the log in order, at its own pace: nothing is left out, and nobody waits for it.
///
/// As an iterator it waits for events and ends with the log.
#[derive(Debug)]
pub struct Subscription {
    shared: Arc<Shared>,
    /// The number of the next event.
    next: u64,
    /// Where the last one was.
    chunk: Option<Arc<Chunk>>,
    /// Holds something whenever there is an event to read, or the end of the log to be noticed.
    wake: Receiver<()>,
    waker: Arc<Waker>,
    is_lost: bool,
}

/// Why there is no event.
#[derive(Debug, thiserror::Error)]
pub enum NoEvent {
    /// The next has not happened yet.
    #[error("there is no more yet")]
    Yet,
    /// The log is over.
    #[error("the log is over")]
    Ended,
    /// The next cannot be read back; the subscription is over with it.
    #[error(transparent)]
    Lost(#[from] ReadBackError),
}

impl Subscription {
    pub(super) fn new(shared: Arc<Shared>, next: u64) -> Self {
        // There may be something to read already.
        let (waker, wake) = Waker::new();
        let waker = Arc::new(waker);
        shared.wake(waker.clone());
        Self {
            shared,
            next,
            chunk: None,
            wake,
            waker,
            is_lost: false,
        }
    }

    /// What it reads.
    pub fn log(&self) -> Log {
        Log::new(self.shared.clone())
    }

    /// Ready when there is something to read, for `select!`. Whoever receives from it reads until
    /// there is [no event](NoEvent) before waiting again.
    pub fn wake(&self) -> &Receiver<()> {
        &self.wake
    }

    /// Has everything been read that has happened so far?
    pub fn is_up_to_date(&self) -> bool {
        self.is_lost || self.next >= self.shared.published()
    }

    /// The next event, without waiting for it.
    pub fn try_next(&mut self) -> Result<EventRef, NoEvent> {
        if self.is_up_to_date() {
            self.settle()?;
        }
        let found = self.find();
        self.is_lost = found.is_err();
        let event = found?;
        self.next += 1;
        Ok(event)
    }

    /// The next event, waited for.
    pub fn wait_next(&mut self) -> Result<EventRef, NoEvent> {
        loop {
            match self.try_next() {
                Err(NoEvent::Yet) => {}
                found => return found,
            }
            let mut select = Select::new();
            select.recv(&self.wake);
            select.ready();
        }
    }

    /// The next event, waited for so long at most.
    pub fn next_within(&mut self, patience: Duration) -> Result<EventRef, NoEvent> {
        let deadline = Instant::now() + patience;
        loop {
            match self.try_next() {
                Err(NoEvent::Yet) => {}
                found => return found,
            }
            let mut select = Select::new();
            select.recv(&self.wake);
            if select.ready_deadline(deadline).is_err() {
                return Err(NoEvent::Yet);
            }
        }
    }

    /// What there is to read now, one after the other.
    pub fn waiting(&mut self) -> impl Iterator<Item = EventRef> {
        std::iter::from_fn(|| self.try_next().ok())
    }

    /// Makes sure that there is nothing to read; `wake` is as it should be then.
    fn settle(&mut self) -> Result<(), NoEvent> {
        self.waker.rest(&self.wake);
        // Asked in this order: after the end nothing comes.
        let has_ended = self.shared.has_ended() || self.is_lost;
        if !self.is_up_to_date() {
            self.waker.wake();
            return Ok(());
        }
        if has_ended {
            self.waker.wake();
            return Err(NoEvent::Ended);
        }
        Err(NoEvent::Yet)
    }

    /// The next event, which has been published: in the chunk of the last one, or in another.
    fn find(&mut self) -> Result<EventRef, ReadBackError> {
        if let Some(chunk) = &self.chunk
            && let Some(place) = chunk.place_of(self.next)
        {
            let chunk = chunk.clone();
            return Ok(EventRef { chunk, place });
        }
        let chunk = self.shared.chunk_of(self.next)?;
        let place = chunk.place_of(self.next);
        let place = place.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        self.chunk = Some(chunk.clone());
        Ok(EventRef { chunk, place })
    }
}

impl Iterator for Subscription {
    type Item = EventRef;

    fn next(&mut self) -> Option<EventRef> {
        self.wait_next().ok()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.shared.forget(&self.waker);
    }
}

/// An event where it is stored. It keeps its neighbours in memory: not for keeping.
pub struct EventRef {
    chunk: Arc<Chunk>,
    place: usize,
}

impl Deref for EventRef {
    type Target = Event;

    #[expect(clippy::expect_used, reason = "a place is that of an event")]
    fn deref(&self) -> &Event {
        self.chunk.get(self.place).expect("an event was found here")
    }
}

impl fmt::Debug for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

//! Any moment of the log.

use super::subscription::NoEvent;
use super::{Log, ReadBackError};
use crate::event::Event;
use crate::ledger::Ledger;

/// Moments that are kept; beyond that every other one is given up.
const MOST_CHECKPOINTS: usize = 48;
/// Events from one kept moment to the next, in a short log.
const EVERY: u64 = 1_024;

/// Gives back what the log said at any of its events.
///
/// It keeps what it said at some moments, so that no more than a stretch of it has to be folded
/// again. Whoever folds the log anyhow [shows](Timeline::keep) its ledger now and then; a log that
/// nobody has folded is [folded](Timeline::catch_up) once.
#[derive(Debug)]
pub struct Timeline {
    log: Log,
    /// Oldest first.
    checkpoints: Vec<Ledger>,
    /// Events from one to the next.
    every: u64,
    /// The moment that was looked at last.
    moment: Ledger,
}

impl Timeline {
    /// Of a log, with nothing kept yet.
    pub fn of(log: Log) -> Self {
        Self {
            log,
            checkpoints: Vec::new(),
            every: EVERY,
            moment: Ledger::default(),
        }
    }

    /// Keeps a copy of what the log said if enough has happened since the last that was kept.
    pub fn keep(&mut self, ledger: &Ledger) {
        let last = self.checkpoints.last().map_or(0, |kept| kept.events);
        if ledger.events < last + self.every {
            return;
        }
        self.checkpoints.push(ledger.clone());
        if self.checkpoints.len() > MOST_CHECKPOINTS {
            let mut number = 0_u32;
            self.checkpoints.retain(|_| {
                number += 1;
                number.is_multiple_of(2)
            });
            self.every *= 2;
        }
    }

    /// Folds what has happened since the last moment that is kept, keeping some on the way.
    pub fn catch_up(&mut self) -> Result<(), ReadBackError> {
        let ledger = self.checkpoints.last().cloned().unwrap_or_default();
        self.fold(ledger, self.log.events()).map(drop)
    }

    /// What the log said when this event had happened; of an event that is still to come, what it
    /// says now.
    pub fn ledger_at(&mut self, seq: u64) -> Result<&Ledger, ReadBackError> {
        let end = self.log.events().min(seq + 1);
        let before = self.checkpoints.partition_point(|kept| kept.events <= end);
        let checkpoint = before.checked_sub(1).map(|at| &self.checkpoints[at]);
        let is_nearer = self.moment.events <= end
            && checkpoint.is_none_or(|kept| kept.events <= self.moment.events);
        let from = match checkpoint {
            _ if is_nearer => std::mem::take(&mut self.moment),
            Some(kept) => kept.clone(),
            None => Ledger::default(),
        };
        self.moment = self.fold(from, end)?;
        Ok(&self.moment)
    }

    /// The number of the last event before this one of which something is true.
    pub fn last_before(
        &self,
        seq: u64,
        is_it: impl Fn(&Event) -> bool,
    ) -> Result<Option<u64>, ReadBackError> {
        let mut found = None;
        let mut next = 0;
        while let Some(seq) = self.first_from(next, &is_it)?.filter(|found| *found < seq) {
            found = Some(seq);
            next = seq + 1;
        }
        Ok(found)
    }

    /// The number of the first event from this one on of which something is true.
    pub fn first_from(
        &self,
        seq: u64,
        is_it: impl Fn(&Event) -> bool,
    ) -> Result<Option<u64>, ReadBackError> {
        let mut events = self.log.subscribe_from(seq);
        loop {
            match events.try_next() {
                Ok(event) if is_it(&event) => return Ok(Some(event.seq)),
                Ok(_) => {}
                Err(NoEvent::Lost(error)) => return Err(error),
                Err(NoEvent::Yet | NoEvent::Ended) => return Ok(None),
            }
        }
    }

    /// Folds on to the first `end` events.
    fn fold(&mut self, mut ledger: Ledger, end: u64) -> Result<Ledger, ReadBackError> {
        let mut events = self.log.subscribe_from(ledger.events);
        while ledger.events < end {
            match events.try_next() {
                Ok(event) => ledger.apply(&event),
                Err(NoEvent::Lost(error)) => return Err(error),
                Err(NoEvent::Yet | NoEvent::Ended) => break,
            }
            self.keep(&ledger);
        }
        Ok(ledger)
    }
}

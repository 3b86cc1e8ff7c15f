//! The memory budget: making room for a load, and refusing what does not fit.

use super::Engine;
use crate::engine::slot::Slot;
use crate::engine::workload::{LoadError, NoRoom, Workload};
use crate::vocabulary::{Owner, ResourceName};

impl<W: Workload> Engine<W> {
    /// Makes room for a load within the memory budget: cached predictions that nobody else holds
    /// go first, then what only the strategy keeps or waiting clients expect. False when that is not
    /// enough, and then nothing goes.
    pub(super) fn make_room(&mut self, key: &W::Key) -> bool {
        let Some(budget) = self.limits.memory_budget else {
            return true;
        };
        let needed = self.needed_bytes(key);
        if self.bytes_in_use().saturating_add(needed) > budget {
            return false;
        }
        let name = self.name(key);
        self.free(&name, needed.saturating_add(self.bytes_under_way()));
        true
    }

    /// The same for a load of so many bytes that is made in one pass with one that has its room: they share
    /// what they work with.
    pub(super) fn has_room_beside(&mut self, key: &W::Key, bytes: u64) -> bool {
        let Some(budget) = self.limits.memory_budget else {
            return true;
        };
        if self.bytes_in_use().saturating_add(bytes) > budget {
            return false;
        }
        let name = self.name(key);
        self.free(&name, bytes.saturating_add(self.bytes_under_way()));
        true
    }

    /// Makes room for what a computation works with, beside what is held for it; until
    /// [`Engine::computed`] that counts as memory that is in use.
    ///
    /// # Errors
    /// Says what is in use where there is no room.
    pub fn compute(&mut self, name: &ResourceName, bytes: u64) -> Result<(), LoadError> {
        if let Some(budget) = self.limits.memory_budget {
            let used = self.bytes_in_use();
            if used.saturating_add(bytes) > budget {
                return Err(self.refusal(bytes, false, used));
            }
            self.free(name, bytes.saturating_add(self.bytes_under_way()));
        }
        self.computing_bytes = bytes;
        Ok(())
    }

    /// A computation is over.
    pub fn computed(&mut self) {
        self.computing_bytes = 0;
        self.dispatch();
    }

    /// Takes a load that is over in, if it is within the memory budget after all: what it took is
    /// known only now, and where it is more than it was thought to be, others make room.
    pub(super) fn fit(&mut self, key: &W::Key, bytes: u64) -> Result<(), LoadError> {
        if self.is_or_was_ahead(key) {
            return self.fit_ahead(key, bytes);
        }
        let Some(budget) = self.limits.memory_budget else {
            return Ok(());
        };
        let kept = self.kept_bytes().saturating_add(self.computing_bytes);
        if kept.saturating_add(bytes) > budget {
            return Err(self.refusal(bytes, true, kept));
        }
        let name = self.name(key);
        self.free(&name, bytes.saturating_add(self.computing_bytes));
        Ok(())
    }

    /// What a load takes while it runs: what it makes, and what it works with. What is fetched is made
    /// already.
    pub(super) fn needed_bytes(&self, key: &W::Key) -> u64 {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        if let Some(entry) = flight.and_then(|flight| flight.entry()) {
            return entry.bytes;
        }
        let bytes = self.workload.estimated_bytes(key).unwrap_or(0);
        bytes.saturating_add(self.workload.working_bytes(key))
    }

    /// What loads and the computation under way work with: it goes when they end.
    pub fn working_bytes(&self) -> u64 {
        let loads: u64 = self.lanes.iter().map(|lane| lane.working_bytes()).sum();
        loads.saturating_add(self.computing_bytes)
    }

    /// What is under way is thought to take, with what it works with.
    pub(super) fn bytes_under_way(&self) -> u64 {
        let loads: u64 = self.lanes.iter().map(|lane| lane.bytes()).sum();
        loads.saturating_add(self.computing_bytes)
    }

    /// What cannot be given up, with what is under way.
    fn bytes_in_use(&self) -> u64 {
        self.kept_bytes() + self.bytes_under_way()
    }

    /// What cannot be given up.
    fn kept_bytes(&self) -> u64 {
        self.kept().map(|(_, slot)| slot.bytes).sum()
    }

    fn kept(&self) -> impl Iterator<Item = (&W::Key, &Slot<W::Key, W::Value>)> {
        let kept = self.order.iter().filter(|key| !self.is_spare(key));
        let slots = kept.filter_map(|key| Some((key, self.slots.get(key)?)));
        slots.filter(|(_, s)| s.resident().is_some())
    }

    /// Why a load would not fit even if it were alone, if it would not.
    pub(super) fn can_never_fit(&self, key: &W::Key) -> Option<LoadError> {
        let needed_bytes = self.needed_bytes(key);
        let budget_bytes = self.limits.memory_budget.filter(|b| needed_bytes > *b)?;
        Some(LoadError::NeverFits {
            needed_bytes,
            budget_bytes,
        })
    }

    /// Why a load cannot start when nothing runs that could make room for it.
    pub(super) fn no_room(&self, key: &W::Key) -> LoadError {
        self.refusal(self.needed_bytes(key), false, self.bytes_in_use())
    }

    fn refusal(&self, needed_bytes: u64, is_loaded: bool, used_bytes: u64) -> LoadError {
        let mut kept: Vec<_> = self.kept().collect();
        kept.sort_by_key(|(_, slot)| std::cmp::Reverse(slot.bytes));
        let held = kept.into_iter().map(|(key, slot)| {
            let holders = slot.holders.iter();
            let owners: Vec<Owner> = holders
                .filter(|owner| !self.is_expected(key, owner))
                .cloned()
                .collect();
            (slot.name.clone(), slot.bytes, owners)
        });
        LoadError::NoRoom(Box::new(NoRoom {
            needed_bytes,
            is_loaded,
            used_bytes,
            budget_bytes: self.limits.memory_budget.unwrap_or(0),
            held: held.collect(),
        }))
    }
}

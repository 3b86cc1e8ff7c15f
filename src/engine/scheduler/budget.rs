//! The memory budgets: making room for a load, and refusing what does not fit.

use super::Engine;
use super::pools::Needs;
use crate::engine::slot::Slot;
use crate::engine::workload::{LoadError, NoRoom, Workload};
use crate::vocabulary::{MemoryPool, Owner, ResourceName};

impl<W: Workload> Engine<W> {
    /// Makes room for a load within the budgets of the pools that it needs: cached predictions that nobody
    /// else holds go first, then what only the strategy keeps or waiting clients expect. False when that is
    /// not enough in one of them, and then nothing goes.
    pub(super) fn make_room(&mut self, key: &W::Key) -> bool {
        if !self.has_budget() {
            return true;
        }
        let needs = self.needs(key);
        self.make_room_for(key, needs)
    }

    /// The same for a load of so many bytes that is made in one pass with one that has its room: they share
    /// what they work with.
    pub(super) fn has_room_beside(&mut self, key: &W::Key, bytes: u64) -> bool {
        if !self.has_budget() {
            return true;
        }
        let made = (self.workload.pool(key), bytes);
        let working = (made.0, 0);
        self.make_room_for(key, Needs { made, working })
    }

    fn make_room_for(&mut self, key: &W::Key, needs: Needs) -> bool {
        let is_short = |pool: MemoryPool| {
            let budget = self.budget_of(pool);
            let in_use = || self.bytes_in_use(pool).saturating_add(needs.of(pool));
            budget.is_some_and(|budget| in_use() > budget)
        };
        if needs.pools().any(is_short) {
            return false;
        }
        let name = self.name(key);
        for pool in needs.pools() {
            let needed = needs.of(pool).saturating_add(self.bytes_under_way(pool));
            self.free(&name, pool, needed);
        }
        true
    }

    /// Makes room for what a computation works with, beside what is held for it; until
    /// [`Engine::computed`] that counts as memory of the host that is in use.
    ///
    /// # Errors
    /// Says what is in use where there is no room.
    pub fn compute(&mut self, name: &ResourceName, bytes: u64) -> Result<(), LoadError> {
        let pool = MemoryPool::Host;
        if let Some(budget) = self.budget_of(pool) {
            let used = self.bytes_in_use(pool);
            if used.saturating_add(bytes) > budget {
                return Err(self.refusal(pool, bytes, false, used));
            }
            let needed = bytes.saturating_add(self.bytes_under_way(pool));
            self.free(name, pool, needed);
        }
        self.computing_bytes = bytes;
        Ok(())
    }

    /// A computation is over.
    pub fn computed(&mut self) {
        self.computing_bytes = 0;
        self.dispatch();
    }

    /// Takes a load that is over in, if it is within its pool's budget after all: what it took is
    /// known only now, and where it is more than it was thought to be, others make room.
    pub(super) fn fit(&mut self, key: &W::Key, bytes: u64) -> Result<(), LoadError> {
        if self.is_or_was_ahead(key) {
            return self.fit_ahead(key, bytes);
        }
        let pool = self.workload.pool(key);
        let Some(budget) = self.budget_of(pool) else {
            return Ok(());
        };
        let computing = if pool.is_host() {
            self.computing_bytes
        } else {
            0
        };
        let kept = self.kept_bytes(pool).saturating_add(computing);
        if kept.saturating_add(bytes) > budget {
            return Err(self.refusal(pool, bytes, true, kept));
        }
        let name = self.name(key);
        self.free(&name, pool, bytes.saturating_add(computing));
        Ok(())
    }

    /// What a load takes while it runs: what it makes, and what it works with. What is fetched is made
    /// already.
    pub(super) fn needs(&self, key: &W::Key) -> Needs {
        let pool = self.workload.pool(key);
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        if let Some(entry) = flight.and_then(|flight| flight.entry()) {
            return Needs {
                made: (pool, entry.bytes),
                working: (pool, 0),
            };
        }
        Needs {
            made: (pool, self.workload.estimated_bytes(key).unwrap_or(0)),
            working: (
                self.workload.working_pool(key),
                self.workload.working_bytes(key),
            ),
        }
    }

    /// What loads and the computation under way work with, wherever they do: it goes when they end.
    pub fn working_bytes(&self) -> u64 {
        let needs = self.lanes.iter().map(|lane| lane.working_bytes());
        needs.fold(self.computing_bytes, u64::saturating_add)
    }

    /// What cannot be given up in a pool, with what is under way there.
    fn bytes_in_use(&self, pool: MemoryPool) -> u64 {
        self.kept_bytes(pool) + self.bytes_under_way(pool)
    }

    /// What cannot be given up in a pool.
    fn kept_bytes(&self, pool: MemoryPool) -> u64 {
        self.kept(pool).map(|(_, slot)| slot.bytes).sum()
    }

    fn kept(&self, pool: MemoryPool) -> impl Iterator<Item = (&W::Key, &Slot<W::Key, W::Value>)> {
        let kept = self.order.iter().filter(|key| !self.is_spare(key));
        let slots = kept.filter_map(|key| Some((key, self.slots.get(key)?)));
        slots.filter(move |(_, slot)| slot.pool == pool && slot.resident().is_some())
    }

    /// Why a load would not fit even if it were alone, if it would not.
    pub(super) fn can_never_fit(&self, key: &W::Key) -> Option<LoadError> {
        if !self.has_budget() {
            return None;
        }
        let needs = self.needs(key);
        needs.pools().find_map(|pool| {
            let needed_bytes = needs.of(pool);
            let budget_bytes = self.budget_of(pool).filter(|b| needed_bytes > *b)?;
            Some(LoadError::NeverFits {
                needed_bytes,
                budget_bytes,
                pool,
            })
        })
    }

    /// Why a load cannot start when nothing runs that could make room for it.
    pub(super) fn no_room(&self, key: &W::Key) -> LoadError {
        let needs = self.needs(key);
        let is_short = |pool: &MemoryPool| {
            let needed = needs.of(*pool).saturating_add(self.bytes_in_use(*pool));
            self.budget_of(*pool).is_some_and(|budget| needed > budget)
        };
        let pool = needs.pools().find(is_short).unwrap_or(needs.made.0);
        self.refusal(pool, needs.of(pool), false, self.bytes_in_use(pool))
    }

    fn refusal(
        &self,
        pool: MemoryPool,
        needed_bytes: u64,
        is_loaded: bool,
        used_bytes: u64,
    ) -> LoadError {
        let mut kept: Vec<_> = self.kept(pool).collect();
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
            budget_bytes: self.budget_of(pool).unwrap_or(0),
            pool,
            held: held.collect(),
        }))
    }
}

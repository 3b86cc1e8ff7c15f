//! Loading ahead: what nobody has asked for yet, for [`Owner::Prefetch`]. It takes idle lanes only and
//! stays within the budget, gives way at once to whoever asks, and never evicts what is protected.

use super::pools::Needs;
use super::{Effect, Engine, Ticket};
use crate::engine::KeySet;
use crate::engine::graph::closure;
use crate::engine::slot::{Slot, Waiter};
use crate::engine::workload::{LoadError, LoadFailure, Storage, Workload};
use crate::vocabulary::{MemoryPool, Owner};

impl<W: Workload> Engine<W> {
    /// Loads a key ahead, when a lane is idle. The first request of anybody else that does not need it
    /// ends that; then, and where there is no room, it fails as cancelled.
    pub fn prefetch(&mut self, ticket: Ticket, key: W::Key) {
        self.acquire(ticket, Owner::Prefetch, vec![key]);
    }

    /// Is anything being loaded ahead?
    pub fn is_prefetching(&self) -> bool {
        self.requests.values().any(|r| r.owner == Owner::Prefetch)
    }

    /// Does nobody ask for anything but what is loaded ahead?
    pub(super) fn asks_only_ahead(&self) -> bool {
        let mut requests = self.requests.values();
        self.is_prefetching() && requests.all(|r| r.owner == Owner::Prefetch)
    }

    /// Stops loading ahead; what is loaded stays.
    pub fn stop_prefetching(&mut self) {
        for ticket in self.prefetch_tickets() {
            self.cancel(ticket);
        }
    }

    /// From now on these are not evicted for what is loaded ahead: the selection uses them.
    pub fn protect(&mut self, keys: impl IntoIterator<Item = W::Key>) {
        self.protected = keys.into_iter().collect();
    }

    /// What would go for it if this was loaded ahead: nothing where there is room, and none where there
    /// is too little to be made.
    pub fn would_go_for(&self, key: &W::Key) -> Option<Vec<W::Key>> {
        let inputs = self.workload.inputs(key);
        self.room_ahead(self.needs(key), &inputs)
    }

    /// Is a load wanted ahead only: by nobody who has asked?
    pub(super) fn is_ahead(&self, key: &W::Key) -> bool {
        if !self.is_prefetching() {
            return false;
        }
        let mut seen: KeySet<&W::Key> = KeySet::default();
        let mut open = vec![key];
        while let Some(key) = open.pop() {
            let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
            let Some(flight) = flight.filter(|flight| flight.is_wanted()) else {
                return false;
            };
            for waiter in &flight.waiters {
                match waiter {
                    Waiter::Request(ticket) | Waiter::Identification(ticket) => {
                        let request = self.requests.get(ticket);
                        if request.is_none_or(|request| request.owner != Owner::Prefetch) {
                            return false;
                        }
                    }
                    Waiter::Load(dependent) | Waiter::Fact(dependent) => {
                        if seen.insert(dependent) {
                            open.push(dependent);
                        }
                    }
                    Waiter::Pin => {}
                    Waiter::Watch => return false,
                }
            }
        }
        true
    }

    /// The same, of a load that is under way for nobody any more.
    pub(super) fn is_or_was_ahead(&self, key: &W::Key) -> bool {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let was_ahead = flight.is_some_and(|flight| flight.was_ahead && !flight.is_wanted());
        was_ahead || self.is_ahead(key)
    }

    /// A request ends: what was wanted for it ahead is not kept, should it come all the same.
    pub(super) fn mark_what_is_ahead(&mut self, ticket: Ticket) {
        let request = self.requests.get(&ticket);
        if request.is_none_or(|request| request.owner != Owner::Prefetch) {
            return;
        }
        for key in self.order.clone() {
            let is_ahead = self.is_ahead(&key);
            if let Some(flight) = &mut self.slot(&key).flight {
                flight.was_ahead |= is_ahead;
            }
        }
    }

    /// Is there nothing that somebody waits for, so that what is wanted ahead may start?
    pub(super) fn may_load_ahead(&self) -> bool {
        let mut requests = self.requests.values();
        requests.all(|request| request.owner == Owner::Prefetch)
            && self.ready.iter().all(|key| self.is_ahead(key))
    }

    /// Stops what is loaded ahead and is not needed for `keys`: somebody asks for them.
    pub(super) fn give_way_to(&mut self, keys: &[W::Key]) {
        let tickets = self.prefetch_tickets();
        if tickets.is_empty() {
            return;
        }
        let needed = closure(&*self.workload, keys).unwrap_or_default();
        let needed: KeySet<W::Key> = needed.into_iter().collect();
        self.held_back += 1;
        for ticket in tickets {
            let request = self.requests.get(&ticket);
            let is_needed = request.is_some_and(|r| r.keys.iter().all(|key| needed.contains(key)));
            if !is_needed {
                let names = request.into_iter().flat_map(|r| &r.keys);
                let failure = LoadFailure {
                    chain: names.map(|key| self.name(key)).collect(),
                    error: LoadError::Cancelled,
                };
                self.cancel(ticket);
                self.effects.push_back(Effect::Failed { ticket, failure });
            }
        }
        self.held_back -= 1;
    }

    fn prefetch_tickets(&self) -> Vec<Ticket> {
        let requests = self.requests.iter();
        let ahead = requests.filter(|(_, request)| request.owner == Owner::Prefetch);
        let mut tickets: Vec<Ticket> = ahead.map(|(ticket, _)| *ticket).collect();
        tickets.sort_unstable();
        tickets
    }

    /// What would go to make room for what is loaded ahead; none where that is not enough.
    fn room_ahead(&self, needs: Needs, inputs: &[W::Key]) -> Option<Vec<W::Key>> {
        let mut gone = Vec::new();
        for pool in needs.pools() {
            let budget = self.budget_of(pool).unwrap_or(u64::MAX);
            let under_way = self.bytes_under_way(pool);
            let mut used = self.resident_bytes_in(pool).saturating_add(under_way);
            let is_here = |key: &W::Key| self.slots.get(key).is_some_and(|slot| slot.pool == pool);
            let may_go =
                |key: &&W::Key| is_here(key) && !inputs.contains(key) && self.may_go_ahead(key);
            let mut spare = self.order.iter().filter(may_go);
            while used.saturating_add(needs.of(pool)) > budget {
                let key = spare.next()?;
                used -= self.slots.get(key).map_or(0, |slot| slot.counted_bytes);
                gone.push(key.clone());
            }
        }
        Some(gone)
    }

    /// May it be evicted for what is loaded ahead? Only what was itself loaded ahead, or what the cache
    /// keeps, and what is neither protected nor used.
    fn may_go_ahead(&self, key: &W::Key) -> bool {
        let is_of_nobody = |slot: &Slot<W::Key, W::Value>| {
            let mut holders = slot.holders.iter();
            holders.all(|owner| *owner == Owner::Prefetch)
        };
        self.is_resident(key)
            && !self.is_protected(key)
            && self.slots.get(key).is_some_and(is_of_nobody)
            && !self.is_awaited(key, &Owner::Prefetch)
    }

    fn is_protected(&self, key: &W::Key) -> bool {
        let stands_in = |protected: &W::Key| {
            let slot = self.slots.get(protected);
            slot.is_some_and(|slot| slot.stand_in.as_ref() == Some(key))
        };
        self.protected.contains(key) || self.protected.iter().any(stands_in)
    }

    /// Makes room for a load that is wanted ahead; false where there is none.
    pub(super) fn make_room_ahead(&mut self, key: &W::Key) -> bool {
        let needs = self.needs(key);
        self.free_ahead(key, needs)
    }

    /// Takes in a load that is over and wanted ahead, if it is within the memory budget.
    pub(super) fn fit_ahead(&mut self, key: &W::Key, bytes: u64) -> Result<(), LoadError> {
        let pool = self.workload.pool(key);
        let needs = Needs {
            made: (pool, bytes),
            working: (pool, 0),
        };
        if self.free_ahead(key, needs) {
            Ok(())
        } else {
            Err(LoadError::Cancelled)
        }
    }

    fn free_ahead(&mut self, key: &W::Key, needs: Needs) -> bool {
        let Some(gone) = self.room_ahead(needs, &[]) else {
            return false;
        };
        let name = self.name(key);
        for spare in gone {
            self.give_up(&spare, &name);
        }
        true
    }

    /// Offers to the cache what was loaded ahead and has its first user now.
    pub(super) fn offer_now(&mut self, key: &W::Key) {
        let slot = self.slot(key);
        if !std::mem::take(&mut slot.offer_when_used) {
            return;
        }
        let (Some(content), Some(value)) = (slot.content, slot.resident()) else {
            return;
        };
        if self.workload.storage(key) == Storage::Cache {
            let weight = self.weight(key);
            self.offer_to_cache(key, content, &value, weight);
        }
    }

    /// Resources in a pool that only wait to be asked for.
    pub(super) fn held_ahead(&self, pool: MemoryPool) -> Vec<W::Key> {
        let ahead = self.order.iter().filter(|key| {
            let slot = self.slots.get(*key);
            slot.is_some_and(|slot| {
                slot.resident().is_some()
                    && slot.pool == pool
                    && !slot.cached
                    && slot.holders == [Owner::Prefetch]
                    && !self.is_awaited(key, &Owner::Prefetch)
            })
        });
        ahead.cloned().collect()
    }
}

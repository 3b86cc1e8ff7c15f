//! Eviction: what the cache gives up, and what is given up for the memory budget.

use super::Engine;
use crate::engine::happening::Happening;
use crate::engine::workload::Workload;
use crate::vocabulary::{
    CachePolicy, MEMORY_BUDGET, MemoryPool, MissReason, Owner, ReleaseCause, ResourceName,
    SMALLER_CACHE,
};

impl<W: Workload> Engine<W> {
    /// Takes a resource out of the cache; the cache, if it was there.
    pub(super) fn uncache(&mut self, key: &W::Key) -> Option<Owner> {
        let slot = self.slots.get_mut(key)?;
        let content = slot.content.filter(|_| slot.cached)?;
        slot.cached = false;
        self.cache.remove(&content);
        Some(Owner::Cache)
    }

    /// Follows the cache's decision to give up `key`, for the sake of `for_name`.
    pub(super) fn evicted(&mut self, key: &W::Key, for_name: &ResourceName) {
        let policy = self.cache.policy().name();
        let slot = self.slot(key);
        slot.cached = false;
        slot.absence = MissReason::Evicted {
            policy: policy.to_owned(),
            for_name: for_name.clone(),
        };
        let bytes = slot.bytes;
        self.tell(
            key,
            Happening::CacheEvicted {
                bytes,
                policy,
                for_name: for_name.clone(),
            },
        );
        let slot = self.slot(key);
        if slot.holders.is_empty() {
            let reason = slot.absence.clone();
            let cause = ReleaseCause::Evicted {
                policy: policy.to_owned(),
                for_name: for_name.clone(),
            };
            self.forget(key, cause, reason);
        } else {
            self.tell(key, Happening::OwnerRemoved(Owner::Cache));
        }
    }

    /// When the plan asks for it next: the place, among those who will still ask, of the first who does.
    pub(super) fn next_use(&self, key: &W::Key) -> Option<u64> {
        let place = self
            .expected
            .iter()
            .position(|(_, keys)| keys.contains(key));
        place.map(|place| place as u64)
    }

    /// Tells the cache what the plan asks for, where its policy goes by that.
    pub(super) fn foresee(&mut self) {
        if self.cache.policy() == CachePolicy::Plan {
            let expected = &self.expected;
            self.cache.foresee(|key| {
                let place = expected.iter().position(|(_, keys)| keys.contains(key));
                place.map(|place| place as u64)
            });
        }
    }

    /// The cache holds so many bytes at most from now on, in any number of entries: what does not fit
    /// goes.
    pub fn set_cache_bytes(&mut self, bytes: u64) {
        self.limits.cache_bytes = bytes;
        self.limits.cache_entries = usize::MAX;
        self.foresee();
        let for_name = ResourceName::from(SMALLER_CACHE);
        for gone in self.cache.resize(bytes) {
            self.evicted(&gone, &for_name);
        }
        self.dispatch();
    }

    /// Resident resources take so many bytes together at most, from the next load on.
    pub fn set_memory_budget(&mut self, bytes: Option<u64>) {
        self.limits.memory_budget = bytes;
        self.dispatch();
    }

    /// Lets an entry go that is older than it may be and that only the cache holds.
    pub(super) fn expire(&mut self, key: &W::Key) {
        let Some(ttl) = self.limits.ttl_seconds else {
            return;
        };
        let clock = self.clock;
        let is_over = self.slots.get(key).is_some_and(|slot| {
            slot.cached && slot.holders.is_empty() && clock - slot.made_at > ttl
        });
        if is_over {
            let age_seconds = (clock - self.slot(key).made_at) as u64;
            self.uncache(key);
            let cause = ReleaseCause::Expired { age_seconds };
            self.forget(key, cause, MissReason::Expired);
        }
    }

    /// Gives up what is spare in a pool until `needed` bytes more are within its budget, for the sake of
    /// this.
    pub(super) fn free(&mut self, for_name: &ResourceName, pool: MemoryPool, needed: u64) {
        let budget = self.budget_of(pool).unwrap_or(u64::MAX);
        let fits = |engine: &Self| engine.resident_bytes_in(pool).saturating_add(needed) <= budget;
        for ahead in self.held_ahead(pool) {
            if fits(self) {
                return;
            }
            self.give_up(&ahead, for_name);
        }
        self.foresee();
        while !fits(self) {
            // What is held, or lies elsewhere, would free nothing here.
            let held = self.slots.values();
            let held = held.filter(|slot| !slot.holders.is_empty() || slot.pool != pool);
            let spared = held.filter_map(|s| s.content).collect();
            let evicted = self.cache.evict(spared);
            if evicted.is_empty() {
                break;
            }
            for gone in evicted {
                self.evicted(&gone, for_name);
            }
        }
        for kept in self.order.clone() {
            if fits(self) {
                break;
            }
            let is_here = self.slots.get(&kept).is_some_and(|slot| slot.pool == pool);
            if is_here && self.is_spare(&kept) {
                self.give_up(&kept, for_name);
            }
        }
    }

    /// Gives up what is spare.
    pub(super) fn give_up(&mut self, key: &W::Key, for_name: &ResourceName) {
        self.slot(key).let_all_go();
        if self.uncache(key).is_some() {
            self.evicted(key, for_name);
            return;
        }
        let (policy, for_name) = (MEMORY_BUDGET.to_owned(), for_name.clone());
        let reason = MissReason::Evicted {
            policy: policy.clone(),
            for_name: for_name.clone(),
        };
        self.forget(key, ReleaseCause::Evicted { policy, for_name }, reason);
    }

    /// Is this in memory only in case somebody asks for it again?
    pub(super) fn is_spare(&self, key: &W::Key) -> bool {
        let spare = |owner: &Owner| match owner {
            Owner::Cache => true,
            Owner::Strategy | Owner::Prefetch => !self.is_awaited(key, owner),
            _ => self.is_expected(key, owner),
        };
        self.is_resident(key) && self.owners(key).iter().all(spare)
    }
}

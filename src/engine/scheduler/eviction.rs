//! Eviction: what the cache gives up, and what is given up for the memory budget.

use super::Engine;
use crate::engine::happening::Happening;
use crate::engine::workload::Workload;
use crate::vocabulary::{MEMORY_BUDGET, MissReason, Owner, ReleaseCause, ResourceName};

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
        let policy = self.cache.policy().title();
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

    /// Gives up what is spare until `needed` bytes more are within the memory budget, for the sake of this.
    pub(super) fn free(&mut self, for_name: &ResourceName, needed: u64) {
        let budget = self.limits.memory_budget.unwrap_or(u64::MAX);
        let fits = |engine: &Self| engine.resident_bytes().saturating_add(needed) <= budget;
        while !fits(self) {
            let held = self.slots.values().filter(|s| !s.holders.is_empty());
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
            if self.is_spare(&kept) {
                self.give_up(&kept, for_name);
            }
        }
    }

    /// Gives up what is spare.
    fn give_up(&mut self, key: &W::Key, for_name: &ResourceName) {
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
            Owner::Strategy => !self.is_awaited(key, owner),
            _ => self.is_expected(key, owner),
        };
        self.is_resident(key) && self.owners(key).iter().all(spare)
    }
}

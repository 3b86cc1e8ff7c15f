//! Keeping and letting go: owners, clearing, and the memory budget.

use super::Engine;
use crate::engine::workload::{LoadError, Workload};
use crate::event::{ClearedBy, EventKind, MissReason, Owner, ReleaseCause};

impl<W: Workload> Engine<W> {
    /// Takes an owner away from everything it holds.
    pub fn release(&mut self, owner: &Owner) {
        for key in self.order.clone() {
            if self.slot(&key).let_go(owner) {
                self.after_letting_go(&key, owner);
            }
        }
        self.dispatch();
    }

    /// Takes an owner away from all but `kept`.
    pub fn release_all_but(&mut self, owner: &Owner, kept: &[W::Key]) {
        for key in self.order.clone() {
            if !kept.contains(&key) && self.slot(&key).let_go(owner) {
                self.after_letting_go(&key, owner);
            }
        }
    }

    pub(super) fn after_letting_go(&mut self, key: &W::Key, owner: &Owner) {
        if !self.release_if_unowned(key, owner) {
            self.emit_owners(key);
        }
    }

    /// Frees a value that nobody holds; false when somebody does.
    pub(super) fn release_if_unowned(&mut self, key: &W::Key, last_owner: &Owner) -> bool {
        let slot = self.slot(key);
        if slot.cached || !slot.holders.is_empty() {
            return false;
        }
        // An eviction, a refusal or a clear that came first is the true reason for the next miss.
        let reason = match &slot.absence {
            MissReason::FirstTouch
            | MissReason::InputChanged { .. }
            | MissReason::RetryAfterError
            | MissReason::Released { .. } => MissReason::Released {
                last_owner: last_owner.clone(),
            },
            earlier => earlier.clone(),
        };
        let owner = last_owner.clone();
        self.forget(key, ReleaseCause::LastOwner { owner }, reason);
        true
    }

    /// Notes that a value is gone.
    pub(super) fn forget(&mut self, key: &W::Key, cause: ReleaseCause, reason: MissReason) {
        let slot = self.slot(key);
        debug_assert!(slot.holders.is_empty() && !slot.cached);
        slot.absence = reason;
        let (name, bytes) = (slot.name.clone(), slot.bytes);
        self.released_bytes += bytes;
        self.emit(EventKind::Released { name, bytes, cause });
    }

    /// Takes one resource from the cache, the user and the strategy. False when it stays, because
    /// a running dimension or a load holds it.
    pub fn unload(&mut self, key: &W::Key, by: ClearedBy) -> bool {
        if !self.is_resident(key) {
            return true;
        }
        self.cache.remove(key);
        let slot = self.slot(key);
        slot.cached = false;
        slot.let_go(&Owner::User);
        slot.let_go(&Owner::Strategy);
        slot.absence = MissReason::Cleared { by };
        if slot.holders.is_empty() {
            let reason = slot.absence.clone();
            self.forget(key, ReleaseCause::Cleared { by }, reason);
            true
        } else {
            self.emit_owners(key);
            false
        }
    }

    /// Empties the cache.
    pub fn clear_cache(&mut self, by: ClearedBy) {
        let held = self.cache.keys();
        for key in self.order.clone() {
            if !held.contains(&key) {
                continue;
            }
            self.cache.remove(&key);
            let slot = self.slot(&key);
            slot.cached = false;
            slot.absence = MissReason::Cleared { by };
            if slot.holders.is_empty() {
                let reason = slot.absence.clone();
                self.forget(&key, ReleaseCause::Cleared { by }, reason);
            } else {
                self.emit_owners(&key);
            }
        }
    }

    /// Unloads everything that no running dimension and no load holds.
    pub fn clear_all(&mut self) {
        for key in self.order.clone() {
            self.unload(&key, ClearedBy::ClearAll);
        }
    }

    /// Makes room for a load within the memory budget: first cached predictions go, then what only
    /// the strategy keeps. `Ok(false)` when it has to wait for running loads to end.
    pub(super) fn make_room(&mut self, key: &W::Key) -> Result<bool, LoadError> {
        let Some(budget) = self.limits.memory_budget else {
            return Ok(true);
        };
        let needed = self.workload.estimated_bytes(key).unwrap_or(0);
        let name = self.name(key);
        while self.resident_bytes() + needed > budget {
            let Some((gone, _)) = self.cache.evict_one() else {
                break;
            };
            self.evicted(&gone, &name);
        }
        for kept in self.order.clone() {
            if self.resident_bytes() + needed <= budget {
                break;
            }
            let only_strategy = self.slot(&kept).owners() == [Owner::Strategy];
            if only_strategy && self.slot(&kept).let_go(&Owner::Strategy) {
                self.after_letting_go(&kept, &Owner::Strategy);
            }
        }
        let resident = self.resident_bytes();
        if resident + needed <= budget {
            return Ok(true);
        }
        if self.has_busy_lane() {
            return Ok(false);
        }
        Err(LoadError::Failed(format!(
            "needs about {needed} bytes, but {resident} of the memory budget of {budget} bytes are \
             in use: raise --memory-budget, or run fewer dimensions at a time"
        )))
    }
}

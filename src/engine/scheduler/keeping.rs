//! Keeping and letting go: owners, clearing, and the memory budget.

use std::fmt::Write;
use std::sync::{Arc, Weak};

use super::{Effect, Engine, Ticket};
use crate::display;
use crate::engine::slot::{Slot, Waiter};
use crate::engine::workload::{LoadError, Packed, Workload};
use crate::event::EventKind;
use crate::vocabulary::{
    ClearedBy, MEMORY_BUDGET, MissReason, Owner, Problem, ReleaseCause, ResourceName,
};

impl<W: Workload> Engine<W> {
    /// Lets an owner hold each of `keys` as soon as it is in memory for whatever reason, until it
    /// lets go, or asks and has what it asks for looked up: it need not wait then for what others
    /// have loaded before. What is held in this way goes all the same when the memory budget needs
    /// the room.
    /// What the owner has asked for or holds already is its own as before.
    pub fn expect(&mut self, owner: &Owner, mut keys: Vec<W::Key>) {
        keys.retain(|key| !self.has_claim(key, owner));
        for key in &keys {
            let value = self.slots.get(key).and_then(Slot::resident);
            if let Some(value) = value {
                self.hold(key, owner, &value);
            }
        }
        self.expected
            .push((owner.clone(), keys.into_iter().collect()));
    }

    /// An owner has asked: what its request needs is held for it, and the rest it can do without.
    pub(super) fn stop_expecting(&mut self, ticket: Ticket, owner: &Owner) {
        let Some(place) = self.expected.iter().position(|(by, _)| by == owner) else {
            return;
        };
        let asked = |key: &W::Key| {
            let request = self.requests.get(&ticket);
            request.is_some_and(|request| request.keys.contains(key))
        };
        let (_, expected) = &self.expected[place];
        let mut expected: Vec<W::Key> = expected.iter().filter(|k| !asked(k)).cloned().collect();
        expected.sort_unstable();
        self.expected.remove(place);
        for key in expected {
            let stays = self.is_awaited(&key, owner) || self.is_expected(&key, owner);
            if !stays && self.slot(&key).let_go(owner) {
                self.after_letting_go(&key, owner);
            }
        }
        self.stop_expecting(ticket, owner);
    }

    fn has_claim(&self, key: &W::Key, owner: &Owner) -> bool {
        let mut requests = self.requests.values().filter(|r| r.owner == *owner);
        let holds = self.owners(key).contains(owner) && !self.is_expected(key, owner);
        holds || requests.any(|r| r.keys.contains(key))
    }

    /// Does an owner hold this only because it will ask for it later?
    fn is_expected(&self, key: &W::Key, owner: &Owner) -> bool {
        let mut expected = self.expected.iter();
        expected.any(|(by, keys)| by == owner && keys.contains(key))
    }

    /// Gives what has come to those who expected it.
    pub(super) fn hold_for_those_who_expect(&mut self, key: &W::Key, value: &Arc<W::Value>) {
        let expected = self.expected.iter();
        let owners: Vec<Owner> = expected
            .filter(|(_, keys)| keys.contains(key))
            .map(|(owner, _)| owner.clone())
            .collect();
        for owner in owners {
            self.hold(key, &owner, value);
        }
    }

    /// Lets an owner hold a value, and tells of it if it did not before.
    pub(super) fn hold(&mut self, key: &W::Key, owner: &Owner, value: &Arc<W::Value>) {
        if self.slot(key).hold(owner, value) {
            self.emit_owner_added(key, owner.clone());
        }
    }

    /// Takes an owner away from everything it holds or expects, except what has arrived for a
    /// request of its own that is still under way.
    pub fn release(&mut self, owner: &Owner) {
        self.release_all_but(owner, &[]);
    }

    /// Takes an owner away from all but `kept`.
    pub fn release_all_but(&mut self, owner: &Owner, kept: &[W::Key]) {
        self.expected.retain(|(by, _)| by != owner);
        for key in self.order.clone() {
            let stays = kept.contains(&key) || self.is_awaited(&key, owner);
            if !stays && self.slot(&key).let_go(owner) {
                self.after_letting_go(&key, owner);
            }
        }
        self.dispatch();
    }

    /// Has this arrived for a request of the owner that waits for more?
    fn is_awaited(&self, key: &W::Key, owner: &Owner) -> bool {
        let mut requests = self.requests.values().filter(|r| r.owner == *owner);
        requests.any(|r| r.has(key))
    }

    pub(super) fn after_letting_go(&mut self, key: &W::Key, owner: &Owner) {
        if !self.release_if_unowned(key, owner) {
            self.emit_owner_removed(key, owner.clone());
            self.pack_if_cold(key);
        }
    }

    /// What only the cache still holds may be made smaller.
    fn pack_if_cold(&mut self, key: &W::Key) {
        let slot = self.slot(key);
        let is_cold = slot.cached && slot.holders.is_empty() && !slot.packed;
        let value = slot.value.clone();
        if is_cold && self.workload.is_packed_when_cold(key) {
            self.slot(key).packed = true;
            self.effects.push_back(Effect::Pack {
                key: key.clone(),
                value,
            });
        }
    }

    /// Takes the answer to [`Effect::Pack`].
    pub fn packed(&mut self, key: &W::Key, value: &Weak<W::Value>, packed: Option<Packed>) {
        let slot = self.slot(key);
        let is_the_same = slot.value.ptr_eq(value) && slot.resident().is_some();
        let Some(packed) = packed.filter(|_| is_the_same) else {
            return;
        };
        let (name, from_bytes) = (slot.name.clone(), slot.bytes);
        slot.bytes = packed.bytes;
        self.cache.weigh_again(key, packed.bytes);
        self.emit(EventKind::Packed {
            name,
            codec: packed.codec,
            from_bytes,
            bytes: packed.bytes,
            seconds: packed.seconds,
            restore_seconds: packed.restore_seconds,
        });
        self.dispatch();
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
        // Somebody who is not told of may hold it a little longer; to us it is gone.
        slot.value = std::sync::Weak::new();
        slot.absence = reason;
        let (name, bytes) = (slot.name.clone(), slot.bytes);
        self.released_bytes += bytes;
        self.emit(EventKind::Released { name, bytes, cause });
    }

    /// Takes one resource from the cache, the user, the strategy and those who expect it. False when
    /// it stays, because a running dimension, a load or a request under way needs it.
    pub fn unload(&mut self, key: &W::Key, by: ClearedBy) -> bool {
        self.clear(key, &self.spare_owners(key), by);
        self.dispatch();
        !self.is_resident(key)
    }

    /// Empties the cache.
    pub fn clear_cache(&mut self, by: ClearedBy) {
        for key in self.order.clone() {
            self.clear(&key, &[], by);
        }
        self.dispatch();
    }

    /// Unloads everything that no running dimension, load or request under way needs.
    pub fn clear_all(&mut self) {
        for key in self.order.clone() {
            self.clear(&key, &self.spare_owners(&key), ClearedBy::ClearAll);
        }
        self.dispatch();
    }

    /// Who can do without it for now.
    fn spare_owners(&self, key: &W::Key) -> Vec<Owner> {
        let expecting = self.owners(key).into_iter();
        let expecting = expecting.filter(|owner| self.is_expected(key, owner));
        [Owner::User, Owner::Strategy]
            .into_iter()
            .chain(expecting)
            .collect()
    }

    /// Takes a resource from the cache and from `owners`.
    fn clear(&mut self, key: &W::Key, owners: &[Owner], by: ClearedBy) {
        let mut gone: Vec<Owner> = self
            .cache
            .remove(key)
            .then_some(Owner::Cache)
            .into_iter()
            .collect();
        if let Some(flight) = &mut self.slot(key).flight
            && owners.contains(&Owner::User)
        {
            flight.waiters.retain(|waiter| *waiter != Waiter::Pin);
        }
        for owner in owners {
            if !self.is_awaited(key, owner) && self.slot(key).let_go(owner) {
                gone.push(owner.clone());
            }
        }
        if gone.is_empty() {
            return;
        }
        let slot = self.slot(key);
        slot.cached = false;
        slot.absence = MissReason::Cleared { by };
        if slot.holders.is_empty() {
            let reason = slot.absence.clone();
            self.forget(key, ReleaseCause::Cleared { by }, reason);
        } else {
            for owner in gone {
                self.emit_owner_removed(key, owner);
            }
        }
    }

    /// Makes room for a load within the memory budget: cached predictions that nobody else holds
    /// go first, then what only the strategy keeps or waiting dimensions expect. False when that is not enough, and then
    /// nothing goes.
    pub(super) fn make_room(&mut self, key: &W::Key) -> bool {
        let Some(budget) = self.limits.memory_budget else {
            return true;
        };
        let needed = self.needed_bytes(key);
        if self.bytes_in_use().saturating_add(needed) > budget {
            return false;
        }
        self.free(key, needed + self.bytes_under_way());
        true
    }

    /// Takes a load that is over in, if it is within the memory budget after all: what it took is
    /// known only now, and where it is more than it was thought to be, others make room.
    pub(super) fn fit(&mut self, key: &W::Key, bytes: u64) -> Result<(), LoadError> {
        let Some(budget) = self.limits.memory_budget else {
            return Ok(());
        };
        let kept = self.kept_bytes();
        if kept.saturating_add(bytes) > budget {
            return Err(self.refusal(&format!("takes {}", display::bytes(bytes)), kept));
        }
        self.free(key, bytes);
        Ok(())
    }

    /// Gives up what is spare until `needed` bytes more are within the memory budget.
    fn free(&mut self, key: &W::Key, needed: u64) {
        let name = self.name(key);
        let budget = self.limits.memory_budget.unwrap_or(u64::MAX);
        let fits = |engine: &Self| engine.resident_bytes().saturating_add(needed) <= budget;
        while !fits(self) {
            let slots = self.slots.iter();
            let held = slots.filter(|(_, s)| !s.holders.is_empty());
            let spared = held.map(|(key, _)| key.clone()).collect();
            let evicted = self.cache.evict(spared);
            if evicted.is_empty() {
                break;
            }
            for gone in evicted {
                self.evicted(&gone, &name);
            }
        }
        for kept in self.order.clone() {
            if fits(self) {
                break;
            }
            if self.is_spare(&kept) {
                self.give_up(&kept, &name);
            }
        }
    }

    /// Gives up what is spare.
    fn give_up(&mut self, key: &W::Key, for_name: &ResourceName) {
        self.slot(key).holders.clear();
        if self.cache.remove(key) {
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
    fn is_spare(&self, key: &W::Key) -> bool {
        let spare = |owner: &Owner| match owner {
            Owner::Cache => true,
            Owner::Strategy => !self.is_awaited(key, owner),
            _ => self.is_expected(key, owner),
        };
        self.is_resident(key) && self.owners(key).iter().all(spare)
    }

    fn needed_bytes(&self, key: &W::Key) -> u64 {
        self.workload.estimated_bytes(key).unwrap_or(0)
    }

    /// What the loads that run are thought to take once they are over.
    fn bytes_under_way(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.bytes()).sum()
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
        let needed = self.needed_bytes(key);
        let budget = self.limits.memory_budget.filter(|b| needed > *b)?;
        let problem = Problem::new(format!(
            "needs about {}, more than the whole memory budget of {}",
            display::bytes(needed),
            display::bytes(budget)
        ));
        Some(LoadError::Failed(more_budget(problem, "raise it")))
    }

    /// Why a load cannot start when nothing runs that could make room for it.
    pub(super) fn no_room(&self, key: &W::Key) -> LoadError {
        let needs = format!("needs about {}", display::bytes(self.needed_bytes(key)));
        self.refusal(&needs, self.bytes_in_use())
    }

    /// What something takes, what is in use and by whom, and the budget.
    fn refusal(&self, takes: &str, in_use: u64) -> LoadError {
        const SHOWN: usize = 3;
        let mut kept: Vec<_> = self.kept().collect();
        kept.sort_by_key(|(_, slot)| std::cmp::Reverse(slot.bytes));
        let shown = kept.iter().take(SHOWN).map(|(key, slot)| {
            let holders = slot.holders.iter().map(|(owner, _)| owner);
            let holders = holders.filter(|owner| !self.is_expected(key, owner));
            let (loads, others): (Vec<_>, Vec<_>) =
                holders.partition(|owner| matches!(owner, Owner::Load { .. }));
            let mut owners: Vec<String> = others.iter().map(ToString::to_string).collect();
            match loads.as_slice() {
                [] => {}
                [one] => owners.push(one.to_string()),
                several => owners.push(format!("{} loads", several.len())),
            }
            let owners = owners.join(" and ");
            format!("{} {} by {owners}", slot.name, display::bytes(slot.bytes))
        });
        let mut held = shown.collect::<Vec<_>>().join(", ");
        if kept.len() > SHOWN {
            let _ = write!(held, " and {} more", kept.len() - SHOWN);
        }
        let held = if held.is_empty() {
            String::new()
        } else {
            format!(" ({held})")
        };
        let problem = Problem::new(format!(
            "{takes}, but {} of the memory budget of {} are in use{held}",
            display::bytes(in_use),
            display::bytes(self.limits.memory_budget.unwrap_or(0))
        ));
        LoadError::Failed(more_budget(problem, "raise it, or ask for less at a time"))
    }
}

/// What helps when the memory budget is too small.
fn more_budget(problem: Problem, remedy: &str) -> Problem {
    problem.remedy(remedy).setting("engine.memory_budget")
}

//! Owners: who holds what, who will ask for what, and letting go.

use std::sync::{Arc, Weak};

use super::{Effect, Engine, Ticket};
use crate::engine::happening::Happening;
use crate::engine::slot::{Slot, Waiter};
use crate::engine::workload::{Packed, Workload};
use crate::vocabulary::{ClearedBy, MissReason, Owner, ReleaseCause};

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
    pub(super) fn is_expected(&self, key: &W::Key, owner: &Owner) -> bool {
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
            self.tell(key, Happening::OwnerAdded(owner.clone()));
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
        let slots = kept.iter().filter_map(|key| self.slots.get(key));
        let stand_ins: Vec<W::Key> = slots.filter_map(|slot| slot.stand_in.clone()).collect();
        for key in self.order.clone() {
            let is_kept = kept.contains(&key) || stand_ins.contains(&key);
            let stays = is_kept || self.is_awaited(&key, owner);
            if !stays && self.slot(&key).let_go(owner) {
                self.after_letting_go(&key, owner);
            }
        }
        self.dispatch();
    }

    /// Has this arrived for a request of the owner that waits for more?
    pub(super) fn is_awaited(&self, key: &W::Key, owner: &Owner) -> bool {
        let mut requests = self.requests.values().filter(|r| r.owner == *owner);
        requests.any(|r| r.has(key))
    }

    pub(super) fn after_letting_go(&mut self, key: &W::Key, owner: &Owner) {
        if !self.release_if_unowned(key, owner) {
            self.tell(key, Happening::OwnerRemoved(owner.clone()));
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
        let from_bytes = slot.bytes;
        slot.bytes = packed.bytes;
        let content = slot.content;
        self.count_bytes(key, packed.bytes);
        if let Some(content) = content {
            self.cache.weigh_again(&content, packed.bytes);
        }
        self.tell(
            key,
            Happening::Packed {
                codec: packed.codec,
                from_bytes,
                bytes: packed.bytes,
                seconds: packed.seconds,
                restore_seconds: packed.restore_seconds,
            },
        );
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
        slot.value = Weak::new();
        slot.absence = reason;
        let bytes = slot.bytes;
        self.count_bytes(key, 0);
        self.released_bytes += bytes;
        self.tell(key, Happening::Released { bytes, cause });
    }

    /// Takes one resource from the cache, the user, the strategy and those who expect it. False when
    /// it stays, because a running client, the session, a load or a request under way needs it.
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

    /// Unloads everything that no running client, session, load or request under way needs.
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
        [Owner::User, Owner::Strategy, Owner::Prefetch]
            .into_iter()
            .chain(expecting)
            .collect()
    }

    /// Takes a resource from the cache and from `owners`.
    fn clear(&mut self, key: &W::Key, owners: &[Owner], by: ClearedBy) {
        let mut gone: Vec<Owner> = self.uncache(key).into_iter().collect();
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
        slot.absence = MissReason::Cleared { by };
        if slot.holders.is_empty() {
            let reason = slot.absence.clone();
            self.forget(key, ReleaseCause::Cleared { by }, reason);
        } else {
            for owner in gone {
                self.tell(key, Happening::OwnerRemoved(owner));
            }
        }
    }
}

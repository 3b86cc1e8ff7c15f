//! Looking a key up: what is there, what is on its way, what stands in for it, what is missing.

use std::sync::Arc;

use super::content::differences;
use super::{Engine, Ticket};
use crate::engine::happening::Happening;
use crate::engine::slot::{Slot, Waiter};
use crate::engine::workload::Workload;
use crate::engine::{KeyMap, KeySet};
use crate::vocabulary::{ContentId, Lookup, MissReason, Owner, ResourceName};

/// What a lookup found.
pub(super) struct Found<K, V> {
    /// What the key stands for.
    pub(super) content: ContentId,
    /// The key under which that is held.
    pub(super) held_as: K,
    /// The value, if it is resident; else it is on its way.
    pub(super) value: Option<Arc<V>>,
}

/// How a lookup is logged besides what it found.
#[derive(Default)]
struct Details {
    differs: Vec<ResourceName>,
    same_as: Option<ResourceName>,
}

impl<W: Workload> Engine<W> {
    /// Looks a key up for an owner: what is missing is loaded, and `waiter` told of it.
    pub(super) fn demand(
        &mut self,
        key: &W::Key,
        owner: &Owner,
        waiter: Waiter<W::Key>,
        known: &mut KeyMap<W::Key, ContentId>,
    ) -> Found<W::Key, W::Value> {
        self.expire(key);
        if let Some((content, value)) = self.hit(key, owner) {
            return Found {
                content,
                held_as: key.clone(),
                value: Some(value),
            };
        }
        let (content, parts) = self.content_of(key, known);
        let mut waiters = vec![waiter];
        if let Some(part) = self.changed_part(key, content, &parts) {
            if self.owners(key).contains(&Owner::User) {
                waiters.push(Waiter::Pin);
            }
            self.drop_stale(key, part);
        }
        let differs = differences(&self.slot(key).parts, &parts);
        self.slot(key).parts = parts;
        let home = self.home_of(key, content);
        let held_as = if waiters.iter().any(|w| self.would_wait_for_itself(w, &home)) {
            key.clone()
        } else {
            home
        };
        self.expire(&held_as);
        let stand_in = (held_as != *key).then(|| held_as.clone());
        let details = Details {
            differs,
            same_as: stand_in.as_ref().map(|other| self.name(other)),
        };
        let had_stand_in = std::mem::replace(&mut self.slot(key).stand_in, stand_in);
        if self.is_ready_to_use(&held_as) {
            if held_as == *key {
                self.slot(key).confirmed = Some(self.files.epoch());
            }
            let saved_seconds = self.slot(&held_as).load_seconds;
            self.log_request(key, owner, Lookup::Hit { saved_seconds }, content, details);
            let value = self.hold_resident(&held_as, owner);
            if waiters.contains(&Waiter::Pin) {
                self.hold_resident(&held_as, &Owner::User);
            }
            return Found {
                content,
                held_as,
                value,
            };
        }
        let is_file = self.workload.file(key).is_some();
        let slot = self.slot(&held_as);
        let flight = slot.flight.as_mut();
        if let Some(flight) = flight.filter(|f| !f.cancel.is_cancelled())
            && (is_file || flight.content == content)
        {
            flight.waiters.append(&mut waiters);
            self.log_request(key, owner, Lookup::Coalesced, content, details);
            return Found {
                content,
                held_as,
                value: None,
            };
        }
        let reason = self.why_missing(key, had_stand_in.as_ref());
        self.log_request(key, owner, Lookup::Miss(reason), content, details);
        self.begin_flight(key, content, waiters, known);
        Found {
            content,
            held_as,
            value: None,
        }
    }

    /// Why a key is not there: where another one stood in for it, why that one does not any more.
    fn why_missing(&self, key: &W::Key, had_stand_in: Option<&W::Key>) -> MissReason {
        let absence = |key| {
            let slot = self.slots.get(key);
            slot.map_or(MissReason::FirstTouch, |slot| slot.absence.clone())
        };
        // A file that was read before, and that somebody has seen otherwise since.
        if self.is_resident(key) {
            let part = self.name(key);
            return MissReason::InputChanged { part };
        }
        match (absence(key), had_stand_in) {
            (MissReason::FirstTouch, Some(other)) => match absence(other) {
                MissReason::FirstTouch => MissReason::InputChanged {
                    part: self.name(other),
                },
                reason => reason,
            },
            (reason, _) => reason,
        }
    }

    /// The key under which a content is held or loaded: another one's, if that came first.
    pub(super) fn home_of(&self, key: &W::Key, content: ContentId) -> W::Key {
        let home = self.homes.get(&content).filter(|home| *home != key);
        let is_there = |home: &&W::Key| {
            let slot = self.slots.get(*home);
            slot.is_some_and(|slot| slot.stands_for(content))
        };
        match home.filter(is_there).cloned() {
            Some(home) if self.workload.file(key).is_none() => home,
            _ => key.clone(),
        }
    }

    /// Would a load that waits for this one wait for itself? So it is where what it is made from
    /// is of its own content, which takes a fact between them.
    fn would_wait_for_itself(&self, waiter: &Waiter<W::Key>, home: &W::Key) -> bool {
        let flight_of = |key: &W::Key| self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        if flight_of(home).is_none() {
            return false;
        }
        let mut waiting = KeySet::default();
        let mut open = vec![waiter];
        while let Some(waiter) = open.pop() {
            if let Waiter::Load(dependent) = waiter
                && waiting.insert(dependent.clone())
            {
                open.extend(
                    flight_of(dependent)
                        .iter()
                        .flat_map(|flight| &flight.waiters),
                );
            }
        }
        // Whatever it is made from may have to be loaded again before it starts.
        let mut needed = KeySet::default();
        let mut open = vec![home.clone()];
        while let Some(key) = open.pop() {
            if waiting.contains(&key) {
                return true;
            }
            if needed.insert(key.clone()) {
                open.extend(
                    flight_of(&key)
                        .iter()
                        .flat_map(|f| f.inputs.iter().cloned()),
                );
                open.extend(self.workload.inputs(&key));
            }
        }
        false
    }

    /// Is its content there or on its way under another key, though it was to be loaded under this
    /// one?
    pub(super) fn has_twin(&self, key: &W::Key, content: ContentId) -> bool {
        let home = self.home_of(key, content);
        home != *key && !self.would_wait_for_itself(&Waiter::Load(key.clone()), &home)
    }

    /// A value that is resident and, as far as the files are known, still what it was.
    fn hit(&mut self, key: &W::Key, owner: &Owner) -> Option<(ContentId, Arc<W::Value>)> {
        let epoch = self.files.epoch();
        let slot = self.slots.get(key)?;
        let content = slot.content.filter(|_| slot.confirmed == Some(epoch))?;
        if !self.is_ready_to_use(key) {
            return None;
        }
        let saved_seconds = slot.load_seconds;
        self.log_lookup(key, owner, Lookup::Hit { saved_seconds }, content);
        Some((content, self.hold_resident(key, owner)?))
    }

    /// Is it there, and nothing newer on its way?
    fn is_ready_to_use(&self, key: &W::Key) -> bool {
        let slot = self.slots.get(key);
        let is_there =
            |slot: &Slot<W::Key, W::Value>| slot.flight.is_none() && slot.resident().is_some();
        slot.is_some_and(is_there) && !self.is_in_doubt(key)
    }

    /// Is it a file that has been read, and that somebody has seen otherwise since?
    pub(super) fn is_in_doubt(&self, key: &W::Key) -> bool {
        let path = self.workload.file(key);
        path.is_some_and(|path| self.files.is_outdated(path))
    }

    /// Lets an owner hold what is resident.
    fn hold_resident(&mut self, key: &W::Key, owner: &Owner) -> Option<Arc<W::Value>> {
        let slot = self.slots.get_mut(key)?;
        let value = slot.resident()?;
        let content = slot.content.filter(|_| slot.cached);
        self.hold(key, owner, &value);
        if *owner != Owner::Prefetch && !self.asks_only_ahead() {
            self.offer_now(key);
        }
        if let Some(content) = content {
            self.cache.touch(&content);
        }
        Some(value)
    }

    /// Logs a lookup of which there is no more to say.
    pub(super) fn log_lookup(
        &mut self,
        key: &W::Key,
        by: &Owner,
        lookup: Lookup,
        content: ContentId,
    ) {
        self.log_request(key, by, lookup, content, Details::default());
    }

    fn log_request(
        &mut self,
        key: &W::Key,
        by: &Owner,
        lookup: Lookup,
        content: ContentId,
        details: Details,
    ) {
        let requested = Happening::Requested {
            by: by.clone(),
            lookup,
            content,
            differs: details.differs,
            same_as: details.same_as,
        };
        self.tell(key, requested);
    }

    /// Finds those for whom a key stood in that is something else by now.
    pub(super) fn find_astray(&mut self) {
        let slots = &self.slots;
        let is_gone = |(other, content): (&W::Key, ContentId)| {
            let slot = slots.get(other);
            !slot.is_some_and(|slot| slot.stands_for(content))
        };
        let requests = self.requests.iter();
        let astray = requests.filter(|(_, request)| request.stand_ins().any(is_gone));
        let astray: Vec<Ticket> = astray.map(|(ticket, _)| *ticket).collect();
        for key in &self.order {
            let flight = slots.get(key).and_then(|slot| slot.flight.as_ref());
            let mut stand_ins = flight.iter().flat_map(|flight| &flight.stand_ins);
            let waits = flight.is_some_and(|flight| !flight.started);
            if waits && stand_ins.any(|(other, content)| is_gone((other, *content))) {
                self.again.insert(key.clone());
            }
        }
        self.due.extend(astray);
    }

    /// Those who wait for a load look up once more what they need: it is on its way to something
    /// else than it should be, so it stands for nothing any more.
    pub(super) fn reconsider(&mut self, key: &W::Key) {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        if let Some(flight) = flight {
            flight.cancel.cancel();
        }
        for waiter in flight.iter().flat_map(|flight| &flight.waiters) {
            match waiter {
                Waiter::Request(ticket) => drop(self.due.insert(*ticket)),
                Waiter::Load(dependent) => drop(self.again.insert(dependent.clone())),
                Waiter::Fact(_) | Waiter::Identification(_) | Waiter::Watch | Waiter::Pin => {}
            }
        }
    }
}

//! Requests: identifying the files behind them, looking keys up, answering.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::{Effect, Engine, Request, Ticket};
use crate::engine::content::{ContentId, FileId};
use crate::engine::graph::closure;
use crate::engine::slot::{Flight, Slot, Waiter};
use crate::engine::workload::{CancelToken, LoadError, LoadFailure, Workload};
use crate::event::{EventKind, Lookup, MissReason, Owner, ReleaseCause, ResourceName};

impl<W: Workload> Engine<W> {
    /// Asks for `keys` on behalf of `owner`, who holds them until [`Engine::release`].
    pub fn acquire(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>) {
        let closure = match closure(&*self.workload, &keys) {
            Ok(closure) => closure,
            Err(cycle) => {
                let failure = LoadFailure {
                    chain: vec![cycle.0.clone()],
                    error: LoadError::Failed(cycle.to_string()),
                };
                self.effects.push_back(Effect::Failed { ticket, failure });
                return;
            }
        };
        let mut unidentified = HashSet::new();
        for key in &closure {
            for path in self.workload.recipe(key).files {
                if self.files.get(&path).is_none() {
                    self.identify(&path);
                    unidentified.insert(path);
                }
            }
        }
        let request = Request {
            owner,
            missing: keys.iter().cloned().collect(),
            keys,
            unidentified,
            warm: true,
        };
        let resolvable = request.unidentified.is_empty();
        self.requests.insert(ticket, request);
        if resolvable {
            self.resolve(ticket);
        }
    }

    fn identify(&mut self, path: &Path) {
        self.unreadable.remove(path);
        if self.identifying.insert(path.to_owned()) {
            self.effects.push_back(Effect::Identify(path.to_owned()));
        }
    }

    /// Takes the answer to [`Effect::Identify`].
    pub fn identified(&mut self, path: &Path, result: Result<FileId, String>) {
        self.identifying.remove(path);
        match result {
            Ok(id) => self.files.insert(path.to_owned(), id),
            Err(error) => {
                self.unreadable.insert(path.to_owned(), error);
            }
        }
        let mut resolvable: Vec<Ticket> = Vec::new();
        for (ticket, request) in &mut self.requests {
            if request.unidentified.remove(path) && request.unidentified.is_empty() {
                resolvable.push(*ticket);
            }
        }
        resolvable.sort_unstable();
        for ticket in resolvable {
            self.resolve(ticket);
        }
    }

    fn resolve(&mut self, ticket: Ticket) {
        let Some(request) = self.requests.get(&ticket) else {
            return;
        };
        let (keys, owner) = (request.keys.clone(), request.owner.clone());
        let mut known = HashMap::new();
        for key in &keys {
            let waiter = Waiter::Request(ticket);
            if self.demand(key, &owner, waiter, &mut known) {
                self.arrived(ticket, key);
            } else if let Some(request) = self.requests.get_mut(&ticket) {
                request.warm = false;
            }
        }
        // A request for nothing at all is ready too.
        if keys.is_empty() {
            self.answer(ticket);
        }
        self.dispatch();
    }

    /// Notes that a request has one more of its keys.
    pub(super) fn arrived(&mut self, ticket: Ticket, key: &W::Key) {
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.missing.remove(key);
            if request.missing.is_empty() {
                self.answer(ticket);
            }
        }
    }

    fn answer(&mut self, ticket: Ticket) {
        let Some(request) = self.requests.remove(&ticket) else {
            return;
        };
        // The request's owner holds every one of them, unless a file changed meanwhile.
        let slots = request.keys.iter().filter_map(|k| self.slots.get(k));
        let values: Vec<_> = slots.filter_map(Slot::resident).collect();
        if values.len() < request.keys.len() {
            let failure = LoadFailure {
                chain: Vec::new(),
                error: LoadError::Failed("a file changed during the run: run again".to_owned()),
            };
            self.effects.push_back(Effect::Failed { ticket, failure });
            return;
        }
        self.effects.push_back(Effect::Ready {
            ticket,
            values,
            warm: request.warm,
        });
    }

    /// Looks a key up for an owner; true when it is resident, else `waiter` is told later.
    pub(super) fn demand(
        &mut self,
        key: &W::Key,
        owner: &Owner,
        waiter: Waiter<W::Key>,
        known: &mut HashMap<W::Key, ContentId>,
    ) -> bool {
        let (content, parts) = self.content_of(key, known);
        if let Some(part) = self.changed_part(key, content, &parts) {
            self.drop_stale(key, part);
        }
        let slot = self.slot(key);
        if let Some(value) = slot.resident() {
            let saved_seconds = slot.load_seconds;
            let is_new = slot.hold(owner.clone(), value);
            self.cache.touch(key);
            self.log_request(key, owner, Lookup::Hit { saved_seconds });
            if is_new {
                self.emit_owners(key);
            }
            return true;
        }
        if let Some(flight) = &mut slot.flight
            && flight.content == content
            && !flight.cancel.is_cancelled()
        {
            flight.waiters.push(waiter);
            self.log_request(key, owner, Lookup::Coalesced);
            return false;
        }
        let reason = slot.absence.clone();
        slot.parts = parts;
        slot.content = Some(content);
        self.log_request(key, owner, Lookup::Miss(reason));
        self.begin_flight(key, content, waiter, known);
        false
    }

    fn log_request(&mut self, key: &W::Key, owner: &Owner, lookup: Lookup) {
        let event = EventKind::Requested {
            name: self.name(key),
            by: owner.clone(),
            lookup,
        };
        self.emit(event);
    }

    fn begin_flight(
        &mut self,
        key: &W::Key,
        content: ContentId,
        waiter: Waiter<W::Key>,
        known: &mut HashMap<W::Key, ContentId>,
    ) {
        self.generations += 1;
        let generation = self.generations;
        self.ready.retain(|k| k != key);
        let slot = self.slot(key);
        let name = slot.name.clone();
        // A flight towards content that is out of date is overtaken: its waiters get the new one.
        let mut waiters = vec![waiter];
        if let Some(overtaken) = slot.flight.take() {
            overtaken.cancel.cancel();
            waiters.extend(overtaken.waiters);
        }
        slot.flight = Some(Flight {
            content,
            generation,
            missing_inputs: 0,
            started: false,
            cancel: CancelToken::default(),
            waiters,
        });
        self.emit(EventKind::LoadQueued { name: name.clone() });
        let inputs = self.workload.inputs(key);
        let owner = Owner::Load { name };
        // Counted before asking, so that an input that arrives at once cannot start it early.
        self.set_missing_inputs(key, generation, inputs.len());
        let mut resident = 0;
        for input in &inputs {
            if self.demand(input, &owner, Waiter::Load(key.clone()), known) {
                resident += 1;
            }
        }
        self.set_missing_inputs(key, generation, inputs.len() - resident);
        if resident == inputs.len() {
            self.ready.push_back(key.clone());
        }
    }

    fn set_missing_inputs(&mut self, key: &W::Key, generation: u64, missing: usize) {
        let flight = self.slot(key).flight.as_mut();
        if let Some(flight) = flight.filter(|f| f.generation == generation) {
            flight.missing_inputs = missing;
        }
    }

    /// The part of a known value that has changed since it was made, if one has.
    fn changed_part(
        &self,
        key: &W::Key,
        content: ContentId,
        parts: &[(ResourceName, ContentId)],
    ) -> Option<ResourceName> {
        let slot = self.slots.get(key)?;
        slot.content.filter(|before| *before != content)?;
        let changed = parts.iter().find(|(name, id)| {
            let earlier = slot.parts.iter().find(|(n, _)| n == name);
            earlier.is_none_or(|(_, earlier)| earlier != id)
        });
        Some(changed.map_or_else(|| slot.name.clone(), |(name, _)| name.clone()))
    }

    fn drop_stale(&mut self, key: &W::Key, part: ResourceName) {
        let reason = MissReason::InputChanged { part: part.clone() };
        if self.is_resident(key) {
            self.cache.remove(key);
            let slot = self.slot(key);
            slot.cached = false;
            slot.holders.clear();
            self.forget(key, ReleaseCause::Stale { part }, reason);
        } else {
            self.slot(key).absence = reason;
        }
    }

    /// Gives up a request; loads that nobody else waits for are stopped.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.requests.remove(&ticket);
        self.stop_waiting(&Waiter::Request(ticket));
        self.dispatch();
    }

    pub(super) fn stop_waiting(&mut self, waiter: &Waiter<W::Key>) {
        for key in self.order.clone() {
            let flight = self.slot(&key).flight.as_mut();
            let Some(flight) = flight.filter(|f| f.waiters.contains(waiter)) else {
                continue;
            };
            flight.waiters.retain(|w| w != waiter);
            if flight.waiters.is_empty() {
                self.abandon(&key);
            }
        }
    }
}

//! Requests: identifying the files behind them, looking keys up, answering.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Effect, Engine, Request, Ticket};
use crate::engine::content::ContentId;
use crate::engine::graph::closure;
use crate::engine::slot::{Flight, Waiter};
use crate::engine::workload::{LoadError, LoadFailure, Workload};
use crate::event::{EventKind, Lookup, Owner};

impl<W: Workload> Engine<W> {
    /// Asks for `keys` on behalf of `owner`, who holds them until [`Engine::release`].
    pub fn acquire(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>) {
        let closure = match closure(&*self.workload, &keys) {
            Ok(closure) => closure,
            Err(error) => {
                let failure = LoadFailure {
                    chain: error.chain().to_vec(),
                    error: LoadError::Failed(error.to_string()),
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
        let resolvable = unidentified.is_empty();
        let request = Request {
            owner,
            keys,
            unidentified,
            contents: None,
            values: HashMap::new(),
            warm: true,
        };
        self.requests.insert(ticket, request);
        if resolvable {
            self.resolve(&[ticket]);
        }
    }

    /// Looks up what these requests ask for, and once more what others ask for if it has changed
    /// since they were looked up: nobody is answered with old and new mixed.
    pub(super) fn resolve(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            self.look_up(*ticket);
        }
        let mut outdated: Vec<Ticket> = self.requests.keys().copied().collect();
        outdated.retain(|ticket| self.is_outdated(*ticket));
        outdated.sort_unstable();
        for ticket in outdated {
            self.look_up(ticket);
        }
        self.dispatch();
    }

    fn is_outdated(&self, ticket: Ticket) -> bool {
        let request = self.requests.get(&ticket);
        let looked_up = request.and_then(|r| r.contents.as_ref().map(|c| (&r.keys, c)));
        looked_up.is_some_and(|(keys, contents)| *contents != self.contents_of(keys))
    }

    fn contents_of(&self, keys: &[W::Key]) -> Vec<ContentId> {
        let mut known = HashMap::new();
        let contents = keys.iter().map(|key| self.content_of(key, &mut known).0);
        contents.collect()
    }

    fn look_up(&mut self, ticket: Ticket) {
        let Some(request) = self.requests.get_mut(&ticket) else {
            return;
        };
        request.values.clear();
        let (keys, owner) = (request.keys.clone(), request.owner.clone());
        let contents = self.contents_of(&keys);
        let mut known = HashMap::new();
        let mut values = HashMap::new();
        for key in &keys {
            let waiter = Waiter::Request(ticket);
            if let Some(value) = self.demand(key, &owner, waiter, &mut known) {
                values.insert(key.clone(), value);
            }
        }
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.warm &= keys.iter().all(|k| values.contains_key(k));
            request.contents = Some(contents);
            request.values = values;
        }
        self.answer_if_complete(ticket);
    }

    /// Notes that a request has one more of its keys.
    pub(super) fn arrived(&mut self, ticket: Ticket, key: &W::Key, value: Arc<W::Value>) {
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.values.insert(key.clone(), value);
            self.answer_if_complete(ticket);
        }
    }

    fn answer_if_complete(&mut self, ticket: Ticket) {
        let Some(request) = self.requests.get(&ticket) else {
            return;
        };
        let values = request.keys.iter().map(|k| request.values.get(k).cloned());
        if let Some(values) = values.collect() {
            let warm = request.warm;
            self.requests.remove(&ticket);
            self.effects.push_back(Effect::Ready {
                ticket,
                values,
                warm,
            });
        }
    }

    /// Looks a key up for an owner; what is not resident is loaded, and `waiter` told of it.
    pub(super) fn demand(
        &mut self,
        key: &W::Key,
        owner: &Owner,
        waiter: Waiter<W::Key>,
        known: &mut HashMap<W::Key, ContentId>,
    ) -> Option<Arc<W::Value>> {
        let (content, parts) = self.content_of(key, known);
        let mut waiters = vec![waiter];
        if let Some(part) = self.changed_part(key, content, &parts) {
            if self.owners(key).contains(&Owner::User) {
                waiters.push(Waiter::Pin);
            }
            self.drop_stale(key, part);
        }
        let slot = self.slot(key);
        if let Some(value) = slot.resident() {
            let saved_seconds = slot.load_seconds;
            let is_new = slot.hold(owner.clone(), value.clone());
            self.cache.touch(key);
            self.log_request(key, owner, Lookup::Hit { saved_seconds });
            if is_new {
                self.emit_owners(key);
            }
            return Some(value);
        }
        if let Some(flight) = &mut slot.flight
            && flight.content == content
            && !flight.cancel.is_cancelled()
        {
            flight.waiters.append(&mut waiters);
            self.log_request(key, owner, Lookup::Coalesced);
            return None;
        }
        let reason = slot.absence.clone();
        slot.parts = parts;
        slot.content = Some(content);
        self.log_request(key, owner, Lookup::Miss(reason));
        self.begin_flight(key, content, waiters, known);
        None
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
        mut waiters: Vec<Waiter<W::Key>>,
        known: &mut HashMap<W::Key, ContentId>,
    ) {
        self.generations += 1;
        let generation = self.generations;
        self.ready.retain(|k| k != key);
        let slot = self.slot(key);
        let name = slot.name.clone();
        // A flight that was cancelled, or is towards content that is out of date, is overtaken:
        // those who wait for it get the new one.
        if let Some(overtaken) = slot.flight.take() {
            overtaken.cancel.cancel();
            waiters.extend(overtaken.waiters);
            self.emit(EventKind::LoadCancelled { name: name.clone() });
        }
        self.slot(key).flight = Some(Flight::new(content, generation, waiters));
        self.emit(EventKind::LoadQueued { name: name.clone() });
        let owner = Owner::Load { name };
        let mut missing = HashSet::new();
        for input in self.workload.inputs(key) {
            let waiter = Waiter::Load(key.clone());
            if self.demand(&input, &owner, waiter, known).is_none() {
                missing.insert(input);
            }
        }
        if missing.is_empty() {
            self.ready.push_back(key.clone());
        }
        if let Some(flight) = &mut self.slot(key).flight {
            flight.missing_inputs = missing;
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
            if !flight.is_wanted() {
                self.abandon(&key);
            }
        }
    }
}

//! Requests: identifying the files behind them, looking keys up, answering.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::changes::differences;
use super::{Contents, Effect, Engine, FilesBehind, Request, Ticket};
use crate::engine::graph::{GraphError, closure};
use crate::engine::slot::{Flight, Waiter};
use crate::engine::workload::{LoadError, LoadFailure, Workload};
use crate::engine::{KeyMap, KeySet};
use crate::event::EventKind;
use crate::vocabulary::{ContentId, ResourceName};
use crate::vocabulary::{Lookup, Owner};

impl<W: Workload> Engine<W> {
    /// Asks for `keys` on behalf of `owner`, who holds them until [`Engine::release`].
    pub fn acquire(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>) {
        let files = match self.files_behind(&keys) {
            Ok(files) => files,
            Err(error) => {
                let failure = LoadFailure {
                    chain: error.chain().to_vec(),
                    error: LoadError::Failed(error.to_string().into()),
                };
                self.effects.push_back(Effect::Failed { ticket, failure });
                return;
            }
        };
        let mut unidentified = HashSet::new();
        for path in files.iter().filter(|path| self.files.get(path).is_none()) {
            unidentified.insert(path.clone());
        }
        for path in &unidentified {
            self.identify(path);
        }
        let resolvable = unidentified.is_empty();
        let request = Request {
            owner,
            keys,
            unidentified,
            contents: None,
            values: Vec::new(),
            warm: true,
        };
        self.requests.insert(ticket, request);
        if resolvable {
            self.resolve(&[ticket]);
        }
    }

    /// The files that what these keys are made from lies in, each once.
    fn files_behind(&mut self, keys: &[W::Key]) -> Result<Arc<[PathBuf]>, GraphError> {
        // The same few requests are made again and again: to compare is quicker than to hash.
        let mut known = self.files_behind.iter();
        if let Some(known) = known.find(|known| known.keys == keys) {
            return Ok(known.files.clone());
        }
        let mut files: Vec<PathBuf> = Vec::new();
        for key in closure(&*self.workload, keys)? {
            for path in self.workload.recipe(&key).files {
                if !files.contains(&path) {
                    files.push(path);
                }
            }
        }
        let files: Arc<[PathBuf]> = files.into();
        self.files_behind.push(FilesBehind {
            keys: keys.to_vec(),
            files: files.clone(),
        });
        Ok(files)
    }

    /// Looks up what these requests ask for, and once more what others ask for if it has changed
    /// since they were looked up: nobody is answered with old and new mixed.
    pub(super) fn resolve(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            self.look_up(*ticket);
        }
        let epoch = self.files.epoch();
        let behind = |request: &Request<W::Key, W::Value>| {
            request.contents.as_ref().is_some_and(|c| c.epoch != epoch)
        };
        let behind = self.requests.iter().filter(|(_, request)| behind(request));
        let mut outdated: Vec<Ticket> = behind.map(|(ticket, _)| *ticket).collect();
        outdated.sort_unstable();
        for ticket in outdated {
            if self.is_outdated(ticket) {
                self.look_up(ticket);
            }
        }
        self.dispatch();
    }

    fn is_outdated(&mut self, ticket: Ticket) -> bool {
        let Some(request) = self.requests.get(&ticket) else {
            return false;
        };
        let mut known = KeyMap::default();
        let keys = request.keys.iter();
        let now: Vec<ContentId> = keys.map(|key| self.content_of(key, &mut known).0).collect();
        let epoch = self.files.epoch();
        let request = self.requests.get_mut(&ticket);
        let Some(contents) = request.and_then(|request| request.contents.as_mut()) else {
            return false;
        };
        contents.epoch = epoch;
        contents.ids != now
    }

    fn look_up(&mut self, ticket: Ticket) {
        let Some(request) = self.requests.get_mut(&ticket) else {
            return;
        };
        let keys = std::mem::take(&mut request.keys);
        request.values.clear();
        let (owner, epoch) = (request.owner.clone(), self.files.epoch());
        let mut known = KeyMap::default();
        let mut ids = Vec::with_capacity(keys.len());
        let mut values = Vec::with_capacity(keys.len());
        for key in &keys {
            let (id, value) = self.demand(key, &owner, Waiter::Request(ticket), &mut known);
            ids.push(id);
            values.push(value);
        }
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.warm &= values.iter().all(Option::is_some);
            request.contents = Some(Contents { epoch, ids });
            request.values = values;
            request.keys = keys;
        }
        self.stop_expecting(ticket, &owner);
        self.answer_if_complete(ticket);
    }

    /// Notes that a request has one more of its keys.
    pub(super) fn arrived(&mut self, ticket: Ticket, key: &W::Key, value: &Arc<W::Value>) {
        if let Some(request) = self.requests.get_mut(&ticket) {
            let places = request.keys.iter().zip(&mut request.values);
            for (_, place) in places.filter(|(k, _)| *k == key) {
                *place = Some(value.clone());
            }
            self.answer_if_complete(ticket);
        }
    }

    fn answer_if_complete(&mut self, ticket: Ticket) {
        let is_complete = |request: &Request<W::Key, W::Value>| {
            request.values.len() == request.keys.len() && request.values.iter().all(Option::is_some)
        };
        if !self.requests.get(&ticket).is_some_and(is_complete) {
            return;
        }
        if let Some(request) = self.requests.remove(&ticket) {
            self.effects.push_back(Effect::Ready {
                ticket,
                values: request.values.into_iter().flatten().collect(),
                warm: request.warm,
            });
        }
    }

    /// Looks a key up for an owner: what it stands for, and the value if it is resident; else it is
    /// loaded, and `waiter` told of it.
    pub(super) fn demand(
        &mut self,
        key: &W::Key,
        owner: &Owner,
        waiter: Waiter<W::Key>,
        known: &mut KeyMap<W::Key, ContentId>,
    ) -> (ContentId, Option<Arc<W::Value>>) {
        if let Some((content, value)) = self.hit(key, owner) {
            return (content, Some(value));
        }
        let (content, parts) = self.content_of(key, known);
        let mut waiters = vec![waiter];
        if let Some(part) = self.changed_part(key, content, &parts) {
            if self.owners(key).contains(&Owner::User) {
                waiters.push(Waiter::Pin);
            }
            self.drop_stale(key, part);
        }
        let epoch = self.files.epoch();
        let slot = self.slot(key);
        if slot.resident().is_some() {
            slot.confirmed = Some(epoch);
            return (content, self.hit(key, owner).map(|(_, value)| value));
        }
        if let Some(flight) = &mut slot.flight
            && flight.content == content
            && !flight.cancel.is_cancelled()
        {
            flight.waiters.append(&mut waiters);
            self.log_request(key, owner, Lookup::Coalesced, content, Vec::new());
            return (content, None);
        }
        let reason = slot.absence.clone();
        let differs = differences(&slot.parts, &parts);
        slot.parts = parts;
        slot.content = Some(content);
        slot.confirmed = Some(epoch);
        self.log_request(key, owner, Lookup::Miss(reason), content, differs);
        self.begin_flight(key, content, waiters, known);
        (content, None)
    }

    /// A value that is resident and, as far as the files are known, still what it was.
    fn hit(&mut self, key: &W::Key, owner: &Owner) -> Option<(ContentId, Arc<W::Value>)> {
        let epoch = self.files.epoch();
        let slot = self.slots.get_mut(key)?;
        let content = slot.content.filter(|_| slot.confirmed == Some(epoch))?;
        let value = slot.resident()?;
        let is_new = slot.hold(owner, &value);
        if slot.cached {
            self.cache.touch(key);
        }
        self.effects.push_back(Effect::Emit(EventKind::Requested {
            name: slot.name.clone(),
            by: owner.clone(),
            lookup: Lookup::Hit {
                saved_seconds: slot.load_seconds,
            },
            content,
            differs: Vec::new(),
        }));
        if is_new {
            self.effects.push_back(Effect::Emit(EventKind::OwnerAdded {
                name: slot.name.clone(),
                owner: owner.clone(),
            }));
        }
        Some((content, value))
    }

    fn log_request(
        &mut self,
        key: &W::Key,
        owner: &Owner,
        lookup: Lookup,
        content: ContentId,
        differs: Vec<ResourceName>,
    ) {
        let event = EventKind::Requested {
            name: self.name(key),
            by: owner.clone(),
            lookup,
            content,
            differs,
        };
        self.emit(event);
    }

    fn begin_flight(
        &mut self,
        key: &W::Key,
        content: ContentId,
        mut waiters: Vec<Waiter<W::Key>>,
        known: &mut KeyMap<W::Key, ContentId>,
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
        let owner = Owner::Load { load: name };
        let mut missing = KeySet::default();
        for input in self.workload.inputs(key) {
            let waiter = Waiter::Load(key.clone());
            if self.demand(&input, &owner, waiter, known).1.is_none() {
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

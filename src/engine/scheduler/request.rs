//! Requests: looking at the files behind them, looking keys up, answering.

use std::path::PathBuf;
use std::sync::Arc;

use super::content::differences;
use super::{Contents, Effect, Engine, FilesBehind, Request, Ticket};
use crate::engine::files::Stamp;
use crate::engine::graph::{GraphError, closure};
use crate::engine::happening::Happening;
use crate::engine::slot::{Flight, Waiter};
use crate::engine::workload::{LoadFailure, Workload};
use crate::engine::{KeyMap, KeySet};
use crate::vocabulary::{ContentId, Lookup, MissReason, Owner, Problem, ResourceName};

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
    /// Asks for `keys` on behalf of `owner`, who holds them until [`Engine::release`].
    pub fn acquire(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>) {
        let (files, _) = match self.files_behind(&keys) {
            Ok(files) => files,
            Err(error) => {
                let failure = LoadFailure {
                    chain: error.chain().to_vec(),
                    error: Problem::new(error.to_string()).into(),
                };
                self.effects.push_back(Effect::Failed { ticket, failure });
                return;
            }
        };
        let request = Request {
            owner,
            keys,
            unread: KeySet::default(),
            contents: None,
            held_as: Vec::new(),
            values: Vec::new(),
            warm: true,
        };
        self.requests.insert(ticket, request);
        if files.is_empty() {
            self.resolve(&[ticket]);
        } else {
            self.effects.push_back(Effect::Look { ticket, files });
        }
    }

    /// Takes the answer to [`Effect::Look`]: a stamp a file, in the same order; none where there is
    /// nothing to see.
    pub fn looked_at(&mut self, ticket: Ticket, stamps: Vec<Option<Stamp>>) {
        let Some(request) = self.requests.get(&ticket) else {
            return;
        };
        let Ok((files, whole)) = self.files_behind(&request.keys.clone()) else {
            return;
        };
        for (path, stamp) in files.iter().zip(stamps) {
            if self.files.stamp(path) != stamp {
                let before = self.present_contents();
                if self.files.look(path, stamp) {
                    self.tell_changes(path, &before);
                }
            }
        }
        let mut unread = KeySet::default();
        for path in files.iter() {
            let key = self.file_keys.get(path);
            let is_wanted = |key: &W::Key| {
                let is_whole = whole.contains(key) && self.files.is_unread(path);
                is_whole || self.files.is_doubtful(path)
            };
            unread.extend(key.filter(|key| is_wanted(key)).cloned());
        }
        let mut in_order: Vec<W::Key> = unread.iter().cloned().collect();
        in_order.sort_unstable();
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.unread = unread;
        }
        if in_order.is_empty() {
            self.resolve(&[ticket]);
            return;
        }
        for key in in_order {
            self.read_file(&key, Waiter::Identification(ticket));
        }
        self.dispatch();
    }

    /// The files that what these keys are made from lies in, each once, and the keys of those of
    /// which the whole counts.
    #[expect(
        clippy::type_complexity,
        reason = "two shared lists, taken apart at once"
    )]
    fn files_behind(
        &mut self,
        keys: &[W::Key],
    ) -> Result<(Arc<[PathBuf]>, Arc<[W::Key]>), GraphError> {
        // The same few requests are made again and again: to compare is quicker than to hash.
        let mut known = self.files_behind.iter();
        if let Some(known) = known.find(|known| known.keys == keys) {
            return Ok((known.files.clone(), known.whole.clone()));
        }
        let mut files: Vec<PathBuf> = Vec::new();
        let mut whole: Vec<W::Key> = Vec::new();
        for key in closure(&*self.workload, keys)? {
            if let Some(path) = self.workload.file(&key) {
                self.file_keys.insert(path.to_owned(), key.clone());
                files.push(path.to_owned());
                whole.push(key.clone());
            } else {
                let recipe = self.workload.recipe(&key);
                files.extend(recipe.stamped_files().iter().cloned());
            }
        }
        let mut seen = std::collections::HashSet::new();
        files.retain(|path| seen.insert(path.clone()));
        let (files, whole): (Arc<[PathBuf]>, Arc<[W::Key]>) = (files.into(), whole.into());
        self.files_behind.push(FilesBehind {
            keys: keys.to_vec(),
            files: files.clone(),
            whole: whole.clone(),
        });
        Ok((files, whole))
    }

    /// Has a file read, and `waiter` told of it.
    pub(super) fn read_file(&mut self, key: &W::Key, waiter: Waiter<W::Key>) {
        let owner = match &waiter {
            Waiter::Identification(ticket) => self.requests.get(ticket).map(|r| r.owner.clone()),
            _ => None,
        };
        let owner = owner.unwrap_or(Owner::Session);
        let (content, _) = self.content_of(key, &mut KeyMap::default());
        let slot = self.slot(key);
        if let Some(flight) = slot.flight.as_mut().filter(|f| !f.cancel.is_cancelled()) {
            flight.waiters.push(waiter);
            self.log_request(key, &owner, Lookup::Coalesced, content, Details::default());
            return;
        }
        let reason = if slot.resident().is_some() {
            let part = slot.name.clone();
            MissReason::InputChanged { part }
        } else {
            slot.absence.clone()
        };
        let lookup = Lookup::Miss(reason);
        self.log_request(key, &owner, lookup, content, Details::default());
        self.begin_flight(key, content, vec![waiter], &mut KeyMap::default());
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
        let mut held_as = Vec::with_capacity(keys.len());
        let mut values = Vec::with_capacity(keys.len());
        for key in &keys {
            let found = self.demand(key, &owner, Waiter::Request(ticket), &mut known);
            ids.push(found.content);
            held_as.push(found.held_as);
            values.push(found.value);
        }
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.warm &= values.iter().all(Option::is_some);
            request.contents = Some(Contents { epoch, ids });
            request.held_as = held_as;
            request.values = values;
            request.keys = keys;
        }
        self.stop_expecting(ticket, &owner);
        self.answer_if_complete(ticket);
    }

    /// Notes that a request has one more of its keys.
    pub(super) fn arrived(&mut self, ticket: Ticket, key: &W::Key, value: &Arc<W::Value>) {
        if let Some(request) = self.requests.get_mut(&ticket) {
            let places = request.held_as.iter().zip(&mut request.values);
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

    /// Looks a key up for an owner: what is missing is loaded, and `waiter` told of it.
    pub(super) fn demand(
        &mut self,
        key: &W::Key,
        owner: &Owner,
        waiter: Waiter<W::Key>,
        known: &mut KeyMap<W::Key, ContentId>,
    ) -> Found<W::Key, W::Value> {
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
        let epoch = self.files.epoch();
        let differs = differences(&self.slot(key).parts, &parts);
        self.slot(key).parts = parts;
        let held_as = self.home_of(key, content);
        let is_alias = held_as != *key;
        let details = Details {
            differs,
            same_as: is_alias.then(|| self.name(&held_as)),
        };
        if self.slot(&held_as).resident().is_some() && self.slot(&held_as).flight.is_none() {
            self.slot(&held_as).confirmed = Some(epoch);
            let saved_seconds = self.slot(&held_as).load_seconds;
            self.log_request(key, owner, Lookup::Hit { saved_seconds }, content, details);
            let value = self.hold_resident(&held_as, owner);
            return Found {
                content,
                held_as,
                value,
            };
        }
        let slot = self.slot(&held_as);
        if let Some(flight) = &mut slot.flight
            && flight.content == content
            && !flight.cancel.is_cancelled()
        {
            flight.waiters.append(&mut waiters);
            self.log_request(key, owner, Lookup::Coalesced, content, details);
            return Found {
                content,
                held_as,
                value: None,
            };
        }
        let reason = slot.absence.clone();
        slot.content = Some(content);
        slot.confirmed = Some(epoch);
        self.log_request(key, owner, Lookup::Miss(reason), content, details);
        self.begin_flight(key, content, waiters, known);
        Found {
            content,
            held_as,
            value: None,
        }
    }

    /// The key under which a content is held or loaded: another one's, if that came first.
    fn home_of(&mut self, key: &W::Key, content: ContentId) -> W::Key {
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

    /// A value that is resident and, as far as the files are known, still what it was.
    fn hit(&mut self, key: &W::Key, owner: &Owner) -> Option<(ContentId, Arc<W::Value>)> {
        let epoch = self.files.epoch();
        let slot = self.slots.get(key)?;
        let content = slot.content.filter(|_| slot.confirmed == Some(epoch))?;
        if slot.flight.is_some() {
            return None;
        }
        let saved_seconds = slot.load_seconds;
        slot.resident()?;
        let lookup = Lookup::Hit { saved_seconds };
        self.log_request(key, owner, lookup, content, Details::default());
        Some((content, self.hold_resident(key, owner)?))
    }

    /// Lets an owner hold what is resident.
    fn hold_resident(&mut self, key: &W::Key, owner: &Owner) -> Option<Arc<W::Value>> {
        let slot = self.slots.get_mut(key)?;
        let value = slot.resident()?;
        let content = slot.content.filter(|_| slot.cached);
        self.hold(key, owner, &value);
        if let Some(content) = content {
            self.cache.touch(&content);
        }
        Some(value)
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

    pub(super) fn begin_flight(
        &mut self,
        key: &W::Key,
        content: ContentId,
        mut waiters: Vec<Waiter<W::Key>>,
        known: &mut KeyMap<W::Key, ContentId>,
    ) {
        self.generations += 1;
        let generation = self.generations;
        self.ready.retain(|k| k != key);
        // A flight that was cancelled, or is towards content that is out of date, is overtaken:
        // those who wait for it get the new one.
        let mut outdated = Vec::new();
        if let Some(overtaken) = self.slot(key).flight.take() {
            overtaken.cancel.cancel();
            waiters.extend(overtaken.waiters);
            outdated = overtaken.inputs;
            self.tell(key, Happening::LoadCancelled);
        }
        self.slot(key).flight = Some(Flight::new(content, generation, waiters));
        if self.workload.file(key).is_none() {
            self.homes.insert(content, key.clone());
        }
        self.tell(key, Happening::LoadQueued);
        let owner = Owner::Load {
            load: self.name(key),
        };
        let mut inputs = Vec::new();
        let mut missing = KeySet::default();
        for input in self.workload.inputs(key) {
            if self.is_broken_file(&input) {
                // What needs it fails when its turn comes, with the file's own words.
                continue;
            }
            let found = self.demand(&input, &owner, Waiter::Load(key.clone()), known);
            if found.value.is_none() {
                missing.insert(found.held_as.clone());
            }
            inputs.push(found.held_as);
        }
        outdated.retain(|input| !inputs.contains(input));
        self.release_inputs(key, &outdated);
        if missing.is_empty() {
            self.ready.push_back(key.clone());
        }
        if let Some(flight) = &mut self.slot(key).flight {
            flight.inputs = inputs;
            flight.missing_inputs = missing;
        }
    }

    /// Is it a file that could not be read when that was last tried?
    pub(super) fn is_broken_file(&self, key: &W::Key) -> bool {
        let path = self.workload.file(key);
        path.is_some_and(|path| self.files.problem(path).is_some())
    }

    /// Gives up a request; loads that nobody else waits for are stopped.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.requests.remove(&ticket);
        self.stop_waiting(&Waiter::Request(ticket));
        self.stop_waiting(&Waiter::Identification(ticket));
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

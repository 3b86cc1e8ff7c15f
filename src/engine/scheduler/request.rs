//! Requests: having the files behind them looked at and read, looking up what they ask for, answering.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Contents, Effect, Engine, FilesBehind, Request, Ticket};
use crate::engine::files::Stamp;
use crate::engine::graph::{GraphError, closure};
use crate::engine::slot::Waiter;
use crate::engine::workload::{LoadFailure, Workload};
use crate::engine::{KeyMap, KeySet};
use crate::vocabulary::{ContentId, Lookup, MissReason, Owner, Problem};

impl<W: Workload> Engine<W> {
    /// Asks for `keys` on behalf of `owner`, who holds them until [`Engine::release`].
    pub fn acquire(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>) {
        self.request(ticket, owner, keys, false);
    }

    /// What `keys` stand for, as the files are known at this moment.
    pub fn contents(&self, keys: &[W::Key]) -> Vec<ContentId> {
        let mut known = KeyMap::default();
        let keys = keys.iter();
        keys.map(|key| self.content_of(key, &mut known).0).collect()
    }

    /// Asks what `keys` stand for: the files behind them are looked at, and read where they are not
    /// known, but nothing is looked up or loaded. The answer is [`Effect::Identified`].
    pub fn identify(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>) {
        self.request(ticket, owner, keys, true);
    }

    fn request(&mut self, ticket: Ticket, owner: Owner, keys: Vec<W::Key>, identifies: bool) {
        let (files, _) = match self.files_behind(&keys) {
            Ok(files) => files,
            Err(error) => {
                self.refuse(ticket, &error);
                return;
            }
        };
        if owner != Owner::Prefetch {
            self.give_way_to(&keys);
        }
        let request = Request {
            owner,
            keys,
            files: files.clone(),
            identifies,
            unread: KeySet::default(),
            contents: None,
            held_as: Vec::new(),
            values: Vec::new(),
            warm: true,
        };
        self.requests.insert(ticket, request);
        if files.is_empty() {
            self.due.insert(ticket);
            self.dispatch();
        } else {
            self.effects.push_back(Effect::Look { ticket, files });
        }
    }

    fn refuse(&mut self, ticket: Ticket, error: &GraphError) {
        let failure = LoadFailure {
            chain: error.chain().to_vec(),
            error: Problem::new(error.to_string()).into(),
        };
        self.effects.push_back(Effect::Failed { ticket, failure });
    }

    /// Takes the answer to [`Effect::Look`]: a stamp a file, in the same order; none where there is
    /// nothing to see.
    pub fn looked_at(&mut self, ticket: Ticket, stamps: Vec<Option<Stamp>>) {
        let Some(request) = self.requests.get(&ticket) else {
            return;
        };
        let (keys, looked_at) = (request.keys.clone(), request.files.clone());
        for (path, stamp) in looked_at.iter().zip(stamps) {
            if self.files.stamp(path) != stamp {
                let earlier = self.files.look(path, stamp);
                self.tell_changes(path, earlier);
            }
        }
        match self.files_behind(&keys) {
            Err(error) => {
                self.requests.remove(&ticket);
                self.refuse(ticket, &error);
            }
            // It is known by now to be made from others too.
            Ok((files, _)) if files.iter().any(|path| !looked_at.contains(path)) => {
                if let Some(request) = self.requests.get_mut(&ticket) {
                    request.files = files.clone();
                }
                self.effects.push_back(Effect::Look { ticket, files });
            }
            Ok((files, whole)) => self.read_files(ticket, &files, &whole),
        }
        self.dispatch();
    }

    /// Has those of the files read that a request cannot be looked up without.
    fn read_files(&mut self, ticket: Ticket, files: &[PathBuf], whole: &[W::Key]) {
        let mut unread = KeySet::default();
        for path in files {
            let key = self.file_keys.get(path);
            let is_wanted = |key: &W::Key| {
                let is_whole = whole.contains(key) && self.files.is_unread(path);
                is_whole || self.files.is_doubtful(path)
            };
            unread.extend(key.filter(|key| is_wanted(key)).cloned());
        }
        let mut in_order: Vec<W::Key> = unread.iter().cloned().collect();
        in_order.sort_unstable();
        if in_order.is_empty() {
            self.due.insert(ticket);
        }
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.unread = unread;
        }
        for key in in_order {
            self.read_file(&key, Waiter::Identification(ticket));
        }
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

    /// The files that what these keys are made from lies in.
    pub fn files_of(&mut self, keys: &[W::Key]) -> Arc<[PathBuf]> {
        let files = self.files_behind(keys);
        files.map_or_else(|_| Arc::default(), |(files, _)| files)
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
            self.log_lookup(key, &owner, Lookup::Coalesced, content);
            return;
        }
        let reason = if slot.resident().is_some() {
            let part = slot.name.clone();
            MissReason::InputChanged { part }
        } else {
            slot.absence.clone()
        };
        self.log_lookup(key, &owner, Lookup::Miss(reason), content);
        self.begin_flight(key, content, vec![waiter], &mut KeyMap::default());
    }

    /// A file has been read, or cannot be: those who waited for it are to be looked up.
    pub(super) fn file_read(&mut self, key: &W::Key, ticket: Ticket) {
        if let Some(request) = self.requests.get_mut(&ticket) {
            request.unread.remove(key);
            if request.unread.is_empty() {
                self.due.insert(ticket);
            }
        }
    }

    /// Looks up what is due, and once more what others ask for if it has changed since they were
    /// looked up: nobody is answered with old and new mixed.
    pub(super) fn look_up_due(&mut self) {
        loop {
            if let Some(ticket) = self.due.pop_first() {
                self.look_up(ticket);
            } else if let Some(key) = self.again.pop_first() {
                self.begin_again(&key);
            } else if std::mem::take(&mut self.is_any_astray) {
                self.find_astray();
            } else if !self.find_outdated() {
                return;
            }
        }
    }

    /// Finds requests that ask for something else by now. False when there are none.
    fn find_outdated(&mut self) -> bool {
        let epoch = self.files.epoch();
        let behind = |request: &Request<W::Key, W::Value>| {
            request.contents.as_ref().is_some_and(|c| c.epoch != epoch)
        };
        let behind = self.requests.iter().filter(|(_, request)| behind(request));
        let mut behind: Vec<Ticket> = behind.map(|(ticket, _)| *ticket).collect();
        behind.sort_unstable();
        for ticket in behind {
            if self.is_outdated(ticket) {
                self.due.insert(ticket);
            } else {
                self.answer_if_complete(ticket);
            }
        }
        !self.due.is_empty()
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

    /// Would a request that is answered be answered otherwise by what is known now?
    pub(super) fn is_answer_outdated(&self, ticket: Ticket) -> bool {
        self.answered.get(&ticket).is_some_and(|request| {
            let mut known = KeyMap::default();
            let keys = request.keys.iter();
            let mut now = keys.map(|key| self.content_of(key, &mut known).0);
            let contents = request.contents.as_ref();
            contents.is_some_and(|contents| !contents.ids.iter().copied().eq(&mut now))
        })
    }

    fn look_up(&mut self, ticket: Ticket) {
        if self.requests.get(&ticket).is_some_and(|r| r.identifies) {
            self.answer_what_it_is(ticket);
            return;
        }
        let Some(request) = self.requests.get_mut(&ticket) else {
            return;
        };
        let keys = std::mem::take(&mut request.keys);
        let held_before = std::mem::take(&mut request.held_as);
        request.values.clear();
        let (owner, epoch) = (request.owner.clone(), self.files.epoch());
        let waiter = Waiter::Request(ticket);
        let mut known = KeyMap::default();
        let mut ids = Vec::with_capacity(keys.len());
        let mut held_as = Vec::with_capacity(keys.len());
        let mut values = Vec::with_capacity(keys.len());
        for key in &keys {
            let found = self.demand(key, &owner, waiter.clone(), &mut known);
            ids.push(found.content);
            held_as.push(found.held_as);
            values.push(found.value);
        }
        for other in held_before.iter().filter(|key| !held_as.contains(key)) {
            self.stop_waiting_for(other, &waiter);
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

    /// Says what the keys of a request stand for.
    fn answer_what_it_is(&mut self, ticket: Ticket) {
        let Some(request) = self.requests.remove(&ticket) else {
            return;
        };
        let contents = self.contents(&request.keys);
        let identified = Effect::Identified { ticket, contents };
        self.effects.push_back(identified);
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

    /// Answers a request that has all that it asked for, as that is now.
    fn answer_if_complete(&mut self, ticket: Ticket) {
        let epoch = self.files.epoch();
        let is_complete = |request: &Request<W::Key, W::Value>| {
            let contents = request.contents.as_ref();
            contents.is_some_and(|contents| contents.epoch == epoch)
                && request.values.iter().all(Option::is_some)
        };
        if !self.requests.get(&ticket).is_some_and(is_complete) {
            return;
        }
        if let Some(request) = self.requests.remove(&ticket) {
            self.effects.push_back(Effect::Ready {
                ticket,
                values: request.values.iter().flatten().cloned().collect(),
                warm: request.warm,
            });
            self.answered.insert(ticket, request);
        }
    }

    /// Gives up a request; loads that nobody else waits for are stopped.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.mark_what_is_ahead(ticket);
        self.requests.remove(&ticket);
        self.answered.remove(&ticket);
        self.stop_waiting(&Waiter::Request(ticket));
        self.stop_waiting(&Waiter::Identification(ticket));
        self.dispatch();
    }

    pub(super) fn stop_waiting(&mut self, waiter: &Waiter<W::Key>) {
        for key in self.order.clone() {
            self.stop_waiting_for(&key, waiter);
        }
    }

    /// Ends somebody's interest in a load, and the load when nobody else waits for it.
    pub(super) fn stop_waiting_for(&mut self, key: &W::Key, waiter: &Waiter<W::Key>) {
        let flight = self.slot(key).flight.as_mut();
        if let Some(flight) = flight.filter(|flight| flight.waiters.contains(waiter)) {
            flight.waiters.retain(|w| w != waiter);
            if !flight.is_wanted() {
                self.abandon(key);
            }
        }
    }
}

//! Flights that are over: checking that nothing changed meanwhile, and handing on what came.

use std::sync::Arc;

use super::{Completion, Engine, Store};
use crate::engine::cache::{Admission, Weight};
use crate::engine::files::{FileId, Stamp};
use crate::engine::happening::Happening;
use crate::engine::slot::{Flight, Waiter};
use crate::engine::workload::{LoadError, Loaded, Storage, Workload};
use crate::vocabulary::{ContentId, MissReason, Owner, Problem};

impl<W: Workload> Engine<W> {
    /// Takes the outcome of a load.
    pub fn complete(&mut self, completion: Completion<W::Key, W::Value>) {
        let Completion {
            key,
            generation,
            lane,
            seconds,
            stamps,
            result,
        } = completion;
        self.leave_lane(lane, &key);
        let flight = self.slot(&key).flight.as_ref();
        if flight.is_some_and(|flight| flight.generation == generation) {
            self.take_outcome(&key, result, &stamps, seconds);
        }
        self.dispatch();
    }

    /// A load on a lane is over, or was never begun.
    pub(super) fn leave_lane(&mut self, lane: usize, key: &W::Key) {
        let bytes = self.workload.estimated_bytes(key).unwrap_or(0);
        self.lanes[lane].leave(bytes);
    }

    pub(super) fn take_outcome(
        &mut self,
        key: &W::Key,
        result: Result<Loaded<W::Value>, LoadError>,
        stamps: &[Option<Stamp>],
        seconds: f64,
    ) {
        self.see(key, stamps);
        if self.is_overtaken(key) {
            if let Some(flight) = &mut self.slot(key).flight {
                flight.started = false;
            }
            self.reconsider(key);
            return;
        }
        let (changed, is_torn) = match &self.slot(key).flight {
            Some(flight) => (check_files(flight, stamps), is_torn(flight, stamps)),
            None => return,
        };
        let may_differ = result.is_ok() || is_torn;
        let has_mixed = changed.is_err() && may_differ && self.is_as_asked(key, stamps);
        if has_mixed || self.is_in_doubt_again(key, &result) {
            // What a tier holds is of the file as it was.
            self.look_no_more_below(key);
            self.load_again(key);
            return;
        }
        let checked = match (result, changed) {
            // What was read of two versions of a file says nothing of either.
            (Err(LoadError::Failed(_)), Err(changed)) if is_torn => Err(changed),
            (result, changed) => result.and_then(|loaded| changed.map(|()| loaded)),
        };
        // It may have become larger than it was thought to be.
        match checked.and_then(|loaded| self.fit(key, loaded.bytes).map(|()| loaded)) {
            Ok(loaded) => self.land(key, loaded, seconds),
            Err(error) => self.end(key, &error),
        }
    }

    /// Takes how those files look that nobody has looked at before a load began to read them.
    fn see(&mut self, key: &W::Key, stamps: &[Option<Stamp>]) {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let files = flight.iter().flat_map(|flight| &flight.files).zip(stamps);
        for ((path, _), stamp) in files.filter(|(_, stamp)| stamp.is_some()) {
            if !self.files.is_known(path) {
                self.files.look(path, *stamp);
            }
        }
    }

    /// Is it to be made otherwise than when its load began, since more became known of it?
    fn is_overtaken(&self, key: &W::Key) -> bool {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let is_file = self.workload.file(key).is_some();
        !is_file && flight.is_some_and(|f| f.is_wanted() && f.content != self.present_content(key))
    }

    /// Has somebody seen the file otherwise while it was read, and not as it was read?
    fn is_in_doubt_again(
        &self,
        key: &W::Key,
        result: &Result<Loaded<W::Value>, LoadError>,
    ) -> bool {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let (Some(path), Some(flight)) = (self.workload.file(key), flight) else {
            return false;
        };
        let seen = self.files.stamp(path);
        let is_as_read = match result {
            Ok(loaded) => self.workload.identity(&loaded.value).map(|id| id.stamp) == seen,
            Err(_) => seen.is_none(),
        };
        flight.is_wanted() && seen != flight.seen && !is_as_read
    }

    /// Is a flight still wanted, and do its files hold now what it is to be made from, as far as they
    /// are known?
    fn is_as_asked(&self, key: &W::Key, stamps: &[Option<Stamp>]) -> bool {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        flight.is_some_and(|flight| {
            let files = flight.files.iter().zip(stamps);
            flight.is_wanted()
                && flight.content == self.present_content(key)
                && files
                    .into_iter()
                    .all(|((path, _), now)| self.files.stamp(path) == *now)
        })
    }

    /// Puts a flight back into the queue: its files were written again while they were read, or it
    /// was not begun.
    pub(super) fn load_again(&mut self, key: &W::Key) {
        self.generations += 1;
        let generation = self.generations;
        if let Some(flight) = &mut self.slot(key).flight {
            flight.generation = generation;
            flight.started = false;
            self.tell(key, Happening::LoadCancelled { failed: None });
            self.tell(key, Happening::LoadQueued);
            self.ready.push_back(key.clone());
        }
    }

    /// A load has failed by itself.
    fn end(&mut self, key: &W::Key, error: &LoadError) {
        let path = self.workload.file(key).map(std::path::Path::to_owned);
        if let (Some(path), LoadError::Failed(problem)) = (path, error) {
            let earlier = self.files.lose(&path, problem.clone());
            self.tell_changes(&path, earlier);
        }
        self.fail(key, error, &[]);
    }

    fn land(&mut self, key: &W::Key, loaded: Loaded<W::Value>, seconds: f64) {
        let storage = self.workload.storage(key);
        let is_ahead = self.is_ahead(key);
        let Some(flight) = self.slot(key).flight.take() else {
            return;
        };
        let identity = self.workload.identity(&loaded.value);
        // What nobody waits for is overtaken by nobody, so it may be out of date, or on its way
        // under another key.
        let is_of_use = flight.is_wanted()
            || storage == Storage::Cache
                && !flight.was_ahead
                && flight.content == self.present_content(key)
                && self.homes.get(&flight.content) == Some(key);
        if !is_of_use {
            let outer = std::mem::replace(&mut self.failing, flight.given_up_for);
            self.fail_waiters(key, &flight.inputs, Vec::new(), &LoadError::Cancelled, &[]);
            self.failing = outer;
            return;
        }
        let content = match identity {
            Some(id) => self.identified(key, id),
            None => flight.content,
        };
        let epoch = self.files.epoch();
        let value = Arc::new(loaded.value);
        let (clock, pool) = (self.clock, self.workload.pool(key));
        // What it replaces may have lain elsewhere.
        self.count_bytes(key, 0);
        let slot = self.slot(key);
        // What it replaces is let go of without a word: it is the same resource.
        let before = slot.let_all_go();
        slot.value = Arc::downgrade(&value);
        slot.content = Some(content);
        slot.confirmed = Some(epoch);
        slot.made_at = clock;
        slot.bytes = loaded.bytes;
        slot.pool = pool;
        slot.mapped = loaded.mapped_bytes > 0;
        slot.packed = false;
        // What is fetched would have taken as long to make as it took then.
        slot.load_seconds = flight.entry().map_or(seconds, |entry| entry.seconds);
        // Why it was absent before says nothing about why it may be absent next.
        slot.absence = MissReason::FirstTouch;
        for owner in &before {
            slot.hold(owner, &value);
        }
        self.count_bytes(key, loaded.bytes);
        self.tell(
            key,
            Happening::LoadFinished {
                bytes: loaded.bytes,
                mapped_bytes: loaded.mapped_bytes,
                exact: loaded.exact,
                seconds,
                digest: content,
                detail: loaded.detail.clone(),
                fetched: flight.entry().is_some(),
            },
        );
        if flight.entry().is_none() {
            let store = Store {
                key: key.clone(),
                content,
                value: value.clone(),
                bytes: loaded.bytes,
                exact: loaded.exact,
                seconds,
                detail: loaded.detail,
                parts: self.slot(key).parts.clone(),
            };
            self.store_below(store, identity);
        }
        for waiter in &flight.waiters {
            if let Some(owner) = self.owner_of(waiter) {
                self.hold(key, &owner, &value);
            }
        }
        self.hold_for_those_who_expect(key, &value);
        let weight = self.weight(key);
        // What is loaded ahead takes nobody's place in the cache before it has a user.
        self.slot(key).offer_when_used = is_ahead;
        match storage {
            Storage::Cache if is_ahead => {}
            Storage::Cache => self.offer_to_cache(key, content, &value, weight),
            Storage::Session => self.hold(key, &Owner::Session, &value),
            Storage::Owners => {}
        }
        let load = self.name(key);
        self.release_if_unowned(key, &Owner::Load { load });
        let mut complete = Vec::new();
        for waiter in flight.waiters {
            match waiter {
                Waiter::Request(ticket) => self.arrived(ticket, key, &value),
                Waiter::Load(dependent) | Waiter::Fact(dependent) => {
                    if self.input_arrived(&dependent, key) {
                        complete.push(dependent);
                    }
                }
                Waiter::Identification(ticket) => self.file_read(key, ticket),
                Waiter::Watch | Waiter::Pin => {}
            }
        }
        // What was begun goes on before anything else begins: who waits longest for it waits less, and
        // its inputs go sooner.
        for dependent in complete.into_iter().rev() {
            self.ready.push_front(dependent);
        }
        self.release_inputs(key, &flight.inputs);
    }

    /// Takes what a whole file holds, and tells what is out of date by that.
    fn identified(&mut self, key: &W::Key, id: FileId) -> ContentId {
        if let Some(path) = self.workload.file(key).map(std::path::Path::to_owned) {
            let earlier = self.files.read(&path, id);
            self.tell_changes(&path, earlier);
        }
        id.content
    }

    /// What the cache goes by.
    pub(super) fn weight(&self, key: &W::Key) -> Weight {
        let slot = self.slots.get(key);
        Weight {
            bytes: slot.map_or(0, |slot| slot.bytes),
            cost: slot.map_or(0.0, |slot| slot.load_seconds),
            next_use: self.next_use(key),
        }
    }

    pub(super) fn offer_to_cache(
        &mut self,
        key: &W::Key,
        content: ContentId,
        value: &Arc<W::Value>,
        weight: Weight,
    ) {
        let name = self.name(key);
        let bytes = weight.bytes;
        self.foresee();
        let (admission, evicted) = self.cache.insert(content, key, value, weight);
        for gone in evicted {
            self.evicted(&gone, &name);
        }
        match admission {
            Admission::Kept => {
                self.slot(key).cached = true;
                self.tell(key, Happening::OwnerAdded(Owner::Cache));
            }
            Admission::Outweighed => {
                self.tell(key, Happening::OwnerAdded(Owner::Cache));
                self.evicted(key, &name);
            }
            Admission::TooLarge => self.refused(key, bytes, MissReason::TooLarge),
            Admission::Disabled => self.refused(key, bytes, MissReason::CacheDisabled),
        }
    }

    fn refused(&mut self, key: &W::Key, bytes: u64, reason: MissReason) {
        self.slot(key).absence = reason.clone();
        self.tell(key, Happening::CacheRefused { bytes, reason });
    }
}

/// What was loaded is what was looked at only if no file changed in between.
fn check_files<K>(flight: &Flight<K>, stamps: &[Option<Stamp>]) -> Result<(), LoadError> {
    let mut files = flight.files.iter().zip(stamps);
    match files.find(|((_, before), now)| before.is_none() || before != *now) {
        None => Ok(()),
        Some(((path, _), _)) => Err(Problem::new("changed while it was loaded")
            .in_file(path)
            .remedy("run again")
            .into()),
    }
}

/// Was a file written again while the load read it?
fn is_torn<K>(flight: &Flight<K>, stamps: &[Option<Stamp>]) -> bool {
    let mut files = flight.files.iter().zip(stamps);
    files.any(|((_, before), now)| before.is_some() && now.is_some() && before != now)
}

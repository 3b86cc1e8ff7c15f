//! Flights: starting loads when their inputs are there, landing them, failing them.

use std::sync::Arc;

use super::{Completion, Effect, Engine, Lane, Load};
use crate::engine::KeyMap;
use crate::engine::cache::{Admission, POLICY};
use crate::engine::content::Stamp;
use crate::engine::slot::{Flight, Slot, Waiter};
use crate::engine::workload::{LoadError, LoadFailure, Loaded, Storage, Workload};
use crate::event::EventKind;
use crate::vocabulary::{ContentId, MissReason, Owner, Problem, ReleaseCause, ResourceName};

impl<W: Workload> Engine<W> {
    /// From now on no load starts, and none is refused for want of memory: more is about to be let
    /// go. Every such call needs one of [`Engine::go_on`].
    pub fn hold_back(&mut self) {
        self.held_back += 1;
    }

    /// Ends one [`Engine::hold_back`].
    pub fn go_on(&mut self) {
        self.held_back = self.held_back.saturating_sub(1);
        self.dispatch();
    }

    /// Starts whatever may start.
    pub(super) fn dispatch(&mut self) {
        if self.held_back > 0 {
            return;
        }
        let mut next = 0;
        while let Some(lane) = self.lanes.iter().position(|l| *l == Lane::Free) {
            let Some(key) = self.ready.get(next).cloned() else {
                let first = self.ready.front().filter(|_| !self.has_busy_lane());
                let Some(key) = first.cloned() else {
                    return;
                };
                // All that is ready waits for memory, and nothing runs that could free some.
                let error = self.no_room(&key);
                self.fail_ready(&key, &error);
                next = 0;
                continue;
            };
            let class = self.workload.exclusive_class(&key);
            if class.is_some() && self.lanes.iter().any(|l| l.exclusive_class() == class) {
                next += 1;
                continue;
            }
            let unreadable = self
                .unreadable_file(&key)
                .map(|error| LoadError::Failed(error.into()));
            if let Some(error) = unreadable.or_else(|| self.can_never_fit(&key)) {
                self.fail_ready(&key, &error);
                next = 0;
            } else if self.make_room(&key) {
                self.ready.remove(next);
                self.start(&key, lane, class);
            } else {
                next += 1;
            }
        }
    }

    /// Takes a load out of the queue and fails it, which may take others out too.
    fn fail_ready(&mut self, key: &W::Key, error: &LoadError) {
        self.ready.retain(|k| k != key);
        self.fail(key, error, &[]);
    }

    fn unreadable_file(&self, key: &W::Key) -> Option<String> {
        let files = self.workload.recipe(key).files;
        let told = files.iter().filter(|f| !self.identifying.contains_key(*f));
        told.into_iter()
            .find_map(|f| self.unreadable.get(f).cloned())
    }

    fn start(&mut self, key: &W::Key, lane: usize, class: Option<u32>) {
        let inputs = self.workload.inputs(key);
        let inputs = inputs
            .iter()
            .map(|input| self.slots.get(input).and_then(Slot::resident));
        let Some(inputs) = inputs.collect::<Option<Vec<_>>>() else {
            let error = "internal error: an input left memory before the load began";
            self.fail(key, &LoadError::Failed(error.into()), &[]);
            return;
        };
        let bytes = self.workload.estimated_bytes(key).unwrap_or(0);
        let files = self.workload.recipe(key).files.into_iter();
        let files = files.map(|path| {
            let stamp = self.files.stamp(&path);
            (path, stamp)
        });
        let files = files.collect();
        let slot = self.slot(key);
        let name = slot.name.clone();
        let Some(flight) = &mut slot.flight else {
            return;
        };
        flight.started = true;
        flight.files = files;
        let load = Load {
            key: key.clone(),
            generation: flight.generation,
            lane,
            inputs,
            cancel: flight.cancel.clone(),
        };
        self.lanes[lane] = Lane::Busy {
            exclusive_class: class,
            bytes,
        };
        self.emit(EventKind::LoadStarted { name, worker: lane });
        self.effects.push_back(Effect::Start(Box::new(load)));
    }

    /// Takes the outcome of a load.
    pub fn complete(&mut self, completion: Completion<W::Key, W::Value>) {
        let Completion {
            key,
            generation,
            lane,
            seconds,
            result,
        } = completion;
        self.lanes[lane] = Lane::Free;
        let flight = self.slot(&key).flight.as_ref();
        if let Some(flight) = flight.filter(|f| f.generation == generation) {
            let read = check_files(flight);
            if read.is_err() && result.is_ok() && self.is_as_asked(&key) {
                self.load_again(&key);
                self.dispatch();
                return;
            }
            let checked = result.and_then(|loaded| read.map(|()| loaded));
            // It may have become larger than it was thought to be.
            match checked.and_then(|loaded| self.fit(&key, loaded.bytes).map(|()| loaded)) {
                Ok(loaded) => self.land(&key, loaded, seconds),
                Err(error) => self.fail(&key, &error, &[]),
            }
        }
        self.dispatch();
    }

    /// Do the files of a flight hold now what it is to be made from, by their identification?
    fn is_as_asked(&self, key: &W::Key) -> bool {
        let files = self.workload.recipe(key).files;
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        flight.is_some_and(|flight| flight.content == self.present_content(key))
            && files.iter().all(|file| self.files.is_unchanged(file))
    }

    /// Puts a flight back into the queue: its files were written again while they were read, though
    /// with the same content.
    fn load_again(&mut self, key: &W::Key) {
        self.generations += 1;
        let generation = self.generations;
        let slot = self.slot(key);
        let name = slot.name.clone();
        if let Some(flight) = &mut slot.flight {
            flight.generation = generation;
            flight.started = false;
            self.emit(EventKind::LoadCancelled { name: name.clone() });
            self.emit(EventKind::LoadQueued { name });
            self.ready.push_back(key.clone());
        }
    }

    fn land(&mut self, key: &W::Key, loaded: Loaded<W::Value>, seconds: f64) {
        let storage = self.workload.storage(key);
        let name = self.name(key);
        let Some(flight) = self.slot(key).flight.take() else {
            return;
        };
        // What nobody waits for is overtaken by nobody, so it may be out of date.
        let is_of_use = flight.is_wanted()
            || storage == Storage::Cache && flight.content == self.present_content(key);
        if !is_of_use {
            self.fail_waiters(key, &[], &LoadError::Cancelled, &[]);
            return;
        }
        let value = Arc::new(loaded.value);
        let slot = self.slot(key);
        slot.value = Arc::downgrade(&value);
        slot.bytes = loaded.bytes;
        slot.packed = false;
        slot.load_seconds = seconds;
        // Why it was absent before says nothing about why it may be absent next.
        slot.absence = MissReason::FirstTouch;
        self.emit(EventKind::LoadFinished {
            name: name.clone(),
            bytes: loaded.bytes,
            mapped_bytes: loaded.mapped_bytes,
            exact: loaded.exact,
            seconds,
            digest: flight.content,
            detail: loaded.detail,
        });
        for waiter in &flight.waiters {
            if let Some(owner) = self.owner_of(waiter) {
                self.hold(key, &owner, &value);
            }
        }
        self.hold_for_those_who_expect(key, &value);
        if storage == Storage::Cache {
            self.offer_to_cache(key, &value, loaded.bytes);
        }
        self.release_if_unowned(key, &Owner::Load { load: name.clone() });
        for waiter in flight.waiters {
            match waiter {
                Waiter::Request(ticket) => self.arrived(ticket, key, &value),
                Waiter::Load(dependent) => self.input_arrived(&dependent, key),
                Waiter::Pin => {}
            }
        }
        self.release_inputs(key, name);
    }

    fn present_content(&self, key: &W::Key) -> ContentId {
        self.content_of(key, &mut KeyMap::default()).0
    }

    fn owner_of(&self, waiter: &Waiter<W::Key>) -> Option<Owner> {
        match waiter {
            Waiter::Request(ticket) => self.requests.get(ticket).map(|r| r.owner.clone()),
            Waiter::Load(key) => Some(Owner::Load {
                load: self.name(key),
            }),
            Waiter::Pin => Some(Owner::User),
        }
    }

    fn input_arrived(&mut self, dependent: &W::Key, input: &W::Key) {
        if let Some(flight) = &mut self.slot(dependent).flight
            && flight.missing_inputs.remove(input)
            && flight.missing_inputs.is_empty()
        {
            self.ready.push_back(dependent.clone());
        }
    }

    fn offer_to_cache(&mut self, key: &W::Key, value: &Arc<W::Value>, bytes: u64) {
        let name = self.name(key);
        let (admission, evicted) = self.cache.insert(key, value, bytes);
        for gone in evicted {
            self.evicted(&gone, &name);
        }
        match admission {
            Admission::Kept => {
                self.slot(key).cached = true;
                self.emit_owner_added(key, Owner::Cache);
            }
            Admission::TooLarge => self.refused(key, bytes, MissReason::TooLarge),
            Admission::Disabled => self.refused(key, bytes, MissReason::CacheDisabled),
        }
    }

    fn refused(&mut self, key: &W::Key, bytes: u64, reason: MissReason) {
        let slot = self.slot(key);
        slot.absence = reason.clone();
        let name = slot.name.clone();
        self.emit(EventKind::CacheRefused {
            name,
            bytes,
            reason,
        });
    }

    /// Follows the cache's decision to give up `key`, for the sake of `for_name`.
    pub(super) fn evicted(&mut self, key: &W::Key, for_name: &ResourceName) {
        let slot = self.slot(key);
        slot.cached = false;
        slot.absence = MissReason::Evicted {
            policy: POLICY.to_owned(),
            for_name: for_name.clone(),
        };
        let (name, bytes) = (slot.name.clone(), slot.bytes);
        self.emit(EventKind::CacheEvicted {
            name,
            bytes,
            policy: POLICY.to_owned(),
            for_name: for_name.clone(),
        });
        let slot = self.slot(key);
        if slot.holders.is_empty() {
            let reason = slot.absence.clone();
            let cause = ReleaseCause::Evicted {
                policy: POLICY.to_owned(),
                for_name: for_name.clone(),
            };
            self.forget(key, cause, reason);
        } else {
            self.emit_owner_removed(key, Owner::Cache);
        }
    }

    /// Ends a flight without a value; those who wait get the error.
    pub(super) fn fail(&mut self, key: &W::Key, error: &LoadError, chain: &[ResourceName]) {
        let Some(flight) = self.slot(key).flight.take() else {
            return;
        };
        self.fail_waiters(key, &flight.waiters, error, chain);
    }

    fn fail_waiters(
        &mut self,
        key: &W::Key,
        waiters: &[Waiter<W::Key>],
        error: &LoadError,
        chain: &[ResourceName],
    ) {
        let slot = self.slot(key);
        slot.absence = MissReason::RetryAfterError;
        // Nothing was made, so there is nothing that could have changed since.
        slot.content = None;
        slot.confirmed = None;
        let name = slot.name.clone();
        let mut chain_here = vec![name.clone()];
        chain_here.extend_from_slice(chain);
        self.emit(match error {
            LoadError::Cancelled => EventKind::LoadCancelled { name: name.clone() },
            LoadError::Failed(problem) => EventKind::LoadFailed {
                name: name.clone(),
                problem: problem.clone(),
            },
        });
        self.release_inputs(key, name);
        for waiter in waiters {
            match waiter {
                Waiter::Request(ticket) => {
                    if self.requests.remove(ticket).is_some() {
                        self.stop_waiting(waiter);
                        let failure = LoadFailure {
                            chain: chain_here.clone(),
                            error: error.clone(),
                        };
                        self.effects.push_back(Effect::Failed {
                            ticket: *ticket,
                            failure,
                        });
                    }
                }
                Waiter::Load(dependent) => self.fail(dependent, error, &chain_here),
                Waiter::Pin => {}
            }
        }
    }

    /// Stops a flight that nobody waits for any more.
    pub(super) fn abandon(&mut self, key: &W::Key) {
        let Some(flight) = &self.slot(key).flight else {
            return;
        };
        flight.cancel.cancel();
        let started = flight.started;
        self.slot(key).absence = MissReason::RetryAfterError;
        if !started {
            self.ready.retain(|k| k != key);
            self.fail(key, &LoadError::Cancelled, &[]);
        }
    }

    /// Ends a flight's hold on its inputs, and its interest in those that never came.
    fn release_inputs(&mut self, key: &W::Key, name: ResourceName) {
        let inputs = self.workload.inputs(key);
        let waiter = Waiter::Load(key.clone());
        let owner = Owner::Load { load: name };
        for input in &inputs {
            if self.slot(input).let_go(&owner) {
                self.after_letting_go(input, &owner);
            }
            let flight = self.slot(input).flight.as_mut();
            if let Some(flight) = flight.filter(|f| f.waiters.contains(&waiter)) {
                flight.waiters.retain(|w| *w != waiter);
                if !flight.is_wanted() {
                    self.abandon(input);
                }
            }
        }
    }
}

/// What was loaded is what was identified only if no file changed in between.
fn check_files<K>(flight: &Flight<K>) -> Result<(), LoadError> {
    let mut files = flight.files.iter();
    let changed = files.find(|(path, stamp)| stamp.is_none() || Stamp::now(path) != *stamp);
    match changed {
        None => Ok(()),
        Some((path, _)) => Err(LoadError::Failed(
            Problem::new("changed while it was loaded")
                .in_file(path)
                .remedy("run again"),
        )),
    }
}

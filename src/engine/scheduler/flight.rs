//! Flights: beginning them, failing them, giving them up.

use super::{Effect, Engine, Ticket};
use crate::engine::happening::Happening;
use crate::engine::slot::{Flight, Waiter};
use crate::engine::workload::{LoadError, LoadFailure, Workload};
use crate::engine::{KeyMap, KeySet};
use crate::vocabulary::{ContentId, MissReason, Owner, ResourceName};

impl<W: Workload> Engine<W> {
    /// Is it a file that could not be read when that was last tried, and is not tried again now?
    pub(super) fn is_broken_file(&self, key: &W::Key) -> bool {
        let path = self.workload.file(key);
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        flight.is_none() && path.is_some_and(|path| self.files.problem(path).is_some())
    }

    /// Begins a load towards a content; of one that is overtaken by that, those who wait for it get
    /// the new one.
    pub(super) fn begin_flight(
        &mut self,
        key: &W::Key,
        content: ContentId,
        mut waiters: Vec<Waiter<W::Key>>,
        known: &mut KeyMap<W::Key, ContentId>,
    ) {
        self.generations += 1;
        let generation = self.generations;
        let epoch = self.files.epoch();
        let mut outdated = Vec::new();
        if let Some(overtaken) = self.slot(key).flight.take() {
            self.take_from_ready(key);
            overtaken.cancel.cancel();
            waiters.extend(overtaken.waiters);
            outdated = overtaken.inputs;
            self.is_any_astray |= overtaken.content != content;
            self.tell(key, Happening::LoadCancelled { failed: None });
        }
        let asked = self.workload.inputs(key);
        let is_file = self.workload.file(key).is_some();
        let slot = self.slot(key);
        slot.flight = Some(Flight::new(content, generation, asked, waiters));
        if !is_file {
            slot.content = Some(content);
            slot.confirmed = Some(epoch);
            if self.home_of(key, content) == *key {
                self.settle_in(key, content);
            }
        }
        self.tell(key, Happening::LoadQueued);
        if self.ask_below(key, content) {
            self.release_inputs(key, &outdated);
            return;
        }
        self.ask_for_inputs(key, outdated, known);
    }

    /// Asks for what a flight is made from, and lets go of what it was made from before.
    pub(super) fn ask_for_inputs(
        &mut self,
        key: &W::Key,
        mut outdated: Vec<W::Key>,
        known: &mut KeyMap<W::Key, ContentId>,
    ) {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let Some(asked) = flight.map(|flight| flight.asked.clone()) else {
            return;
        };
        let owner = Owner::Load {
            load: self.name(key),
        };
        let mut inputs = Vec::new();
        let mut missing = KeySet::default();
        let mut stand_ins = Vec::new();
        for input in asked {
            if self.is_broken_file(&input) {
                // What needs it fails when its turn comes, with the file's own words.
                continue;
            }
            let found = self.demand(&input, &owner, Waiter::Load(key.clone()), known);
            if found.value.is_none() {
                missing.insert(found.held_as.clone());
            }
            if found.held_as != input {
                stand_ins.push((found.held_as.clone(), found.content));
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
            flight.stand_ins = stand_ins;
            flight.missing_inputs = missing;
        }
    }

    /// Takes a load out of the queue, where it stands once if at all.
    pub(super) fn take_from_ready(&mut self, key: &W::Key) {
        if let Some(place) = self.ready.iter().position(|ready| ready == key) {
            self.ready.remove(place);
        }
    }

    /// Notes under which key a content will be held.
    pub(super) fn settle_in(&mut self, key: &W::Key, content: ContentId) {
        self.homes.insert(content, key.clone());
        // A slot stands for one content at a time: half of these at least are of the past.
        if self.homes.len() > 2 * self.slots.len() {
            let slots = &self.slots;
            let is_there = |content: &ContentId, home: &mut W::Key| {
                let slot = slots.get(home);
                slot.is_some_and(|slot| slot.stands_for(*content))
            };
            self.homes.retain(is_there);
        }
    }

    /// Has a load that waits look up once more what it is made from.
    pub(super) fn begin_again(&mut self, key: &W::Key) {
        let mut known = KeyMap::default();
        let (content, _) = self.content_of(key, &mut known);
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let Some(flight) = flight.filter(|flight| !flight.started) else {
            return;
        };
        if !flight.is_wanted() {
            self.abandon(key);
            return;
        }
        if flight.content == content {
            self.begin_flight(key, content, Vec::new(), &mut known);
        } else {
            self.reconsider(key);
        }
    }

    pub(super) fn owner_of(&self, waiter: &Waiter<W::Key>) -> Option<Owner> {
        match waiter {
            Waiter::Request(ticket) => self.requests.get(ticket).map(|r| r.owner.clone()),
            Waiter::Load(key) => Some(Owner::Load {
                load: self.name(key),
            }),
            Waiter::Pin => Some(Owner::User),
            Waiter::Fact(_) | Waiter::Identification(_) | Waiter::Watch => None,
        }
    }

    /// Notes that a load has one more of its inputs; true when that was the last one.
    pub(super) fn input_arrived(&mut self, dependent: &W::Key, input: &W::Key) -> bool {
        let flight = self.slot(dependent).flight.as_mut();
        flight.is_some_and(|flight| {
            flight.missing_inputs.remove(input) && flight.missing_inputs.is_empty()
        })
    }

    /// Ends a flight without a value; those who wait get the error.
    pub(super) fn fail(&mut self, key: &W::Key, error: &LoadError, chain: &[ResourceName]) {
        if let Some(flight) = self.slot(key).flight.take() {
            let failed = match error {
                LoadError::Cancelled => flight.given_up_for,
                _ => chain.last().cloned().or_else(|| Some(self.name(key))),
            };
            let outer = std::mem::replace(&mut self.failing, failed);
            self.fail_waiters(key, &flight.inputs, flight.waiters, error, chain);
            self.failing = outer;
        }
    }

    pub(super) fn fail_waiters(
        &mut self,
        key: &W::Key,
        inputs: &[W::Key],
        waiters: Vec<Waiter<W::Key>>,
        error: &LoadError,
        chain: &[ResourceName],
    ) {
        if self.workload.file(key).is_some() {
            // It was to be read again, so what it held says nothing any more.
            self.drop_stale(key, self.name(key));
        }
        let slot = self.slot(key);
        slot.absence = MissReason::RetryAfterError;
        // Nothing was made, so there is nothing that could have changed since.
        slot.content = None;
        slot.confirmed = None;
        let mut chain_here = vec![slot.name.clone()];
        chain_here.extend_from_slice(chain);
        self.tell(
            key,
            match error {
                LoadError::Cancelled => Happening::LoadCancelled {
                    failed: self.failing.clone(),
                },
                error => Happening::LoadFailed {
                    error: error.clone(),
                },
            },
        );
        self.release_inputs(key, inputs);
        self.is_any_astray = true;
        for waiter in waiters {
            match &waiter {
                Waiter::Request(ticket) => self.fail_request(key, *ticket, error, &chain_here),
                Waiter::Load(dependent) => {
                    if self.is_asked_for_by(key, dependent) {
                        self.fail(dependent, error, &chain_here);
                    }
                }
                Waiter::Fact(dependent) => {
                    if self.input_arrived(dependent, key) {
                        self.ready.push_back(dependent.clone());
                    }
                }
                // Whatever needs the file fails of it when its turn comes.
                Waiter::Identification(ticket) => self.file_read(key, *ticket),
                Waiter::Watch | Waiter::Pin => {}
            }
        }
    }

    /// Fails a request, unless it asked for another key, for which this one stood in.
    fn fail_request(
        &mut self,
        key: &W::Key,
        ticket: Ticket,
        error: &LoadError,
        chain: &[ResourceName],
    ) {
        let request = self.requests.get(&ticket);
        if request.is_some_and(|request| request.wants(key)) {
            self.answered.extend(self.requests.remove_entry(&ticket));
            self.stop_waiting(&Waiter::Request(ticket));
            let failure = LoadFailure {
                chain: chain.to_vec(),
                error: error.clone(),
            };
            self.effects.push_back(Effect::Failed { ticket, failure });
        }
    }

    /// Does a load need this key, and not another one, for which this one stands in?
    fn is_asked_for_by(&self, key: &W::Key, dependent: &W::Key) -> bool {
        let flight = self.slots.get(dependent).and_then(|s| s.flight.as_ref());
        flight.is_some_and(|flight| flight.asked.contains(key))
    }

    /// Stops a flight that nobody waits for any more.
    pub(super) fn abandon(&mut self, key: &W::Key) {
        let failing = self.failing.clone();
        let Some(flight) = &mut self.slot(key).flight else {
            return;
        };
        flight.cancel.cancel();
        flight.given_up_for = failing;
        let started = flight.started;
        self.slot(key).absence = MissReason::RetryAfterError;
        if !started {
            self.take_from_ready(key);
            self.fail(key, &LoadError::Cancelled, &[]);
        }
    }

    /// Ends a load's hold on these inputs, and its interest in those that never came.
    pub(super) fn release_inputs(&mut self, key: &W::Key, inputs: &[W::Key]) {
        let waiter = Waiter::Load(key.clone());
        let owner = Owner::Load {
            load: self.name(key),
        };
        for input in inputs {
            if self.slot(input).let_go(&owner) {
                self.after_letting_go(input, &owner);
            }
            self.stop_waiting_for(input, &waiter);
        }
    }
}

//! Flights on their way: starting loads when their inputs are there, failing them, giving them up.

use super::{Effect, Engine, Lane, Load};
use crate::engine::KeyMap;
use crate::engine::happening::Happening;
use crate::engine::slot::{Slot, Waiter};
use crate::engine::workload::{LoadError, LoadFailure, Workload};
use crate::vocabulary::{MissReason, Owner, Problem, ResourceName};

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
                self.fail_ready(&key, &error, &[]);
                next = 0;
                continue;
            };
            let class = self.workload.exclusive_class(&key);
            if class.is_some() && self.lanes.iter().any(|l| l.exclusive_class() == class) {
                next += 1;
                continue;
            }
            if let Some((file, problem)) = self.broken_file_of(&key) {
                self.fail_ready(&key, &problem.into(), &[file]);
                next = 0;
            } else if let Some(error) = self.can_never_fit(&key) {
                self.fail_ready(&key, &error, &[]);
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
    fn fail_ready(&mut self, key: &W::Key, error: &LoadError, chain: &[ResourceName]) {
        self.ready.retain(|k| k != key);
        self.fail(key, error, chain);
    }

    /// The file of a load that could not be read, and why.
    fn broken_file_of(&self, key: &W::Key) -> Option<(ResourceName, Problem)> {
        let inputs = self.workload.inputs(key).into_iter();
        let mut files = inputs.filter(|input| self.is_broken_file(input));
        let file = files.next()?;
        let problem = self.files.problem(self.workload.file(&file)?)?;
        Some((self.name(&file), problem.clone()))
    }

    fn start(&mut self, key: &W::Key, lane: usize, class: Option<u32>) {
        let is_file = self.workload.file(key).is_some();
        let content = self.present_content(key);
        let Some(flight) = self.slots.get(key).and_then(|slot| slot.flight.as_ref()) else {
            return;
        };
        if !is_file && flight.content != content {
            // More became known of it, or a file changed, while it waited.
            self.begin_flight(key, content, Vec::new(), &mut KeyMap::default());
            return;
        }
        let inputs = flight.inputs.iter();
        let inputs = inputs.map(|input| self.slots.get(input).and_then(Slot::resident));
        let Some(inputs) = inputs.collect::<Option<Vec<_>>>() else {
            let error = "internal error: an input left memory before the load began";
            self.fail(key, &Problem::new(error).into(), &[]);
            return;
        };
        let bytes = self.workload.estimated_bytes(key).unwrap_or(0);
        let files = self.own_files(key).into_iter();
        let files = files.map(|path| {
            let stamp = self.files.stamp(&path);
            (path, stamp)
        });
        let files: Vec<_> = files.collect();
        let Some(flight) = &mut self.slot(key).flight else {
            return;
        };
        flight.started = true;
        flight.files = files;
        let load = Load {
            key: key.clone(),
            generation: flight.generation,
            lane,
            inputs,
            files: flight.files.iter().map(|(path, _)| path.clone()).collect(),
            cancel: flight.cancel.clone(),
        };
        self.lanes[lane] = Lane::Busy {
            exclusive_class: class,
            bytes,
        };
        self.tell(key, Happening::LoadStarted { worker: lane });
        self.effects.push_back(Effect::Start(Box::new(load)));
    }

    /// The files that a load reads itself.
    fn own_files(&self, key: &W::Key) -> Vec<std::path::PathBuf> {
        let mut files = self.workload.recipe(key).stamped_files().to_vec();
        for input in self.workload.inputs(key) {
            files.extend(self.workload.file(&input).map(std::path::Path::to_owned));
        }
        files
    }

    pub(super) fn owner_of(&self, waiter: &Waiter<W::Key>) -> Option<Owner> {
        match waiter {
            Waiter::Request(ticket) => self.requests.get(ticket).map(|r| r.owner.clone()),
            Waiter::Load(key) => Some(Owner::Load {
                load: self.name(key),
            }),
            Waiter::Pin => Some(Owner::User),
            Waiter::Identification(_) | Waiter::Watch => None,
        }
    }

    pub(super) fn input_arrived(&mut self, dependent: &W::Key, input: &W::Key) {
        if let Some(flight) = &mut self.slot(dependent).flight
            && flight.missing_inputs.remove(input)
            && flight.missing_inputs.is_empty()
        {
            self.ready.push_back(dependent.clone());
        }
    }

    /// Ends a flight without a value; those who wait get the error.
    pub(super) fn fail(&mut self, key: &W::Key, error: &LoadError, chain: &[ResourceName]) {
        if let Some(flight) = self.slot(key).flight.take() {
            self.fail_waiters(key, &flight.inputs, flight.waiters, error, chain);
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
                LoadError::Cancelled => Happening::LoadCancelled,
                error => Happening::LoadFailed {
                    error: error.clone(),
                },
            },
        );
        self.release_inputs(key, inputs);
        let mut identifications = Vec::new();
        for waiter in waiters {
            match &waiter {
                Waiter::Request(ticket) => {
                    if self.requests.remove(ticket).is_some() {
                        self.stop_waiting(&waiter);
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
                // Whatever needs the file fails of it when its turn comes.
                Waiter::Identification(_) => identifications.push(waiter),
                Waiter::Watch | Waiter::Pin => {}
            }
        }
        self.file_read(key, identifications);
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

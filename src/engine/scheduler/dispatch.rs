//! Starting loads when their inputs are there and a lane is free, and taking starts back.

use super::{Effect, Engine, Lane, Load};
use crate::engine::happening::Happening;
use crate::engine::slot::{Flight, Slot, Waiter};
use crate::engine::workload::{LoadError, Workload};
use crate::vocabulary::{Problem, ResourceName};

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

    /// Looks up what is due, and starts whatever may start.
    pub(super) fn dispatch(&mut self) {
        self.look_up_due();
        if self.held_back > 0 {
            return;
        }
        let is_prefetching = self.is_prefetching();
        let mut next = 0;
        while let Some(lane) = self.lanes.iter().position(|l| *l == Lane::Free) {
            let Some(key) = self.ready.get(next).cloned() else {
                if self.has_busy_lane() {
                    return;
                }
                // All that is ready waits for memory, and nothing runs that could free some.
                let asked = self.ready.iter().find(|key| !self.is_ahead(key));
                let ahead = || self.ready.front().filter(|_| self.may_load_ahead());
                let Some(key) = asked.or_else(ahead).cloned() else {
                    return;
                };
                // Nobody waits for what is loaded ahead, so that it goes without is no failure.
                let error = if self.is_ahead(&key) {
                    LoadError::Cancelled
                } else {
                    self.no_room(&key)
                };
                self.fail_ready(&key, &error, &[]);
                next = 0;
                continue;
            };
            let is_ahead = is_prefetching && self.is_ahead(&key);
            if is_ahead && !self.may_load_ahead() {
                next += 1;
                continue;
            }
            let is_fetched = self.is_fetched(&key);
            let class = self.workload.exclusive_class(&key).filter(|_| !is_fetched);
            if class.is_some() && self.lanes.iter().any(|l| l.exclusive_class() == class) {
                next += 1;
                continue;
            }
            let broken = self.broken_file_of(&key).filter(|_| !is_fetched);
            if let Some((file, problem)) = broken {
                self.fail_ready(&key, &problem.into(), &[file]);
                next = 0;
            } else if let Some(error) = self.can_never_fit(&key) {
                let error = if is_ahead {
                    LoadError::Cancelled
                } else {
                    error
                };
                self.fail_ready(&key, &error, &[]);
                next = 0;
            } else if !(if is_ahead {
                self.make_room_ahead(&key)
            } else {
                self.make_room(&key)
            }) {
                next += 1;
            } else if !self.start_or_fetch(&key, lane, class) {
                self.look_up_due();
                next = 0;
            }
        }
    }

    /// Takes a load out of the queue and fails it, which may take others out too.
    fn fail_ready(&mut self, key: &W::Key, error: &LoadError, chain: &[ResourceName]) {
        self.take_from_ready(key);
        self.fail(key, error, chain);
        self.look_up_due();
    }

    /// The file of a load that could not be read, and why.
    fn broken_file_of(&self, key: &W::Key) -> Option<(ResourceName, Problem)> {
        let inputs = self.workload.inputs(key).into_iter();
        let mut files = inputs.filter(|input| self.is_broken_file(input));
        let file = files.next()?;
        let problem = self.files.problem(self.workload.file(&file)?)?;
        Some((self.name(&file), problem.clone()))
    }

    fn start_or_fetch(&mut self, key: &W::Key, lane: usize, class: Option<u32>) -> bool {
        if self.is_fetched(key) {
            self.start_fetch(key, lane)
        } else {
            self.start(key, lane, class)
        }
    }

    /// Starts a load on a lane, with those that are best made in one pass with it; false when somebody is
    /// to look up again what is needed: more became known of it, or a file changed, while it waited.
    fn start(&mut self, key: &W::Key, lane: usize, class: Option<u32>) -> bool {
        let needs = self.needs(key);
        let Some(mut load) = self.begin_load(key, lane) else {
            return false;
        };
        self.lanes[lane] = Lane::Busy {
            exclusive_class: class,
            needs,
            loads: 1,
        };
        let mut are_all_begun = true;
        for other in self.ready_for_pass_of(key, class) {
            let bytes = self.workload.estimated_bytes(&other).unwrap_or(0);
            if !self.has_room_beside(&other, bytes) {
                continue;
            }
            match self.begin_load(&other, lane) {
                Some(more) => {
                    self.lanes[lane].add(bytes);
                    load.beside.push(more);
                }
                None => are_all_begun = false,
            }
        }
        self.effects.push_back(Effect::Start(Box::new(load)));
        are_all_begun
    }

    /// What else of a class may start now and passes over the same.
    fn ready_for_pass_of(&self, key: &W::Key, class: Option<u32>) -> Vec<W::Key> {
        let Some(pass) = self.workload.pass(key) else {
            return Vec::new();
        };
        let is_ahead = self.is_ahead(key);
        let others = self.ready.iter().filter(|other| {
            *other != key
                && !is_ahead
                && !self.is_ahead(other)
                && self.workload.pass(other).as_ref() == Some(&pass)
                && self.workload.exclusive_class(other) == class
                && !self.is_fetched(other)
                && self.broken_file_of(other).is_none()
        });
        others.cloned().collect()
    }

    /// Takes a load out of the queue to run on a lane; none when those who wait for it are to look up
    /// again what they need.
    fn begin_load(&mut self, key: &W::Key, lane: usize) -> Option<Load<W::Key, W::Value>> {
        let is_file = self.workload.file(key).is_some();
        let content = self.present_content(key);
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref())?;
        let slots = flight.inputs.iter().map(|input| self.slots.get(input));
        let inputs = slots.map(|slot| slot.and_then(Slot::resident));
        let inputs: Option<Vec<_>> = inputs.collect();
        let is_in_doubt = flight.inputs.iter().any(|input| self.is_in_doubt(input));
        let is_outdated =
            !is_file && (flight.content != content || self.has_outdated_facts(flight));
        let inputs = inputs.filter(|inputs| inputs.len() == flight.asked.len() && !is_in_doubt);
        self.take_from_ready(key);
        let Some(inputs) = inputs.filter(|_| !is_outdated) else {
            self.again.insert(key.clone());
            return None;
        };
        if !is_file && self.has_twin(key, content) {
            self.reconsider(key);
            return None;
        }
        if self.waits_for_doubtful_files(key) {
            return None;
        }
        if !is_file {
            self.settle_in(key, content);
        }
        let mapped = self.mapped_files(key);
        let files = self.own_files(key).into_iter().chain(mapped);
        let files = files.map(|path| {
            let stamp = self.files.stamp(&path);
            (path, stamp)
        });
        let files: Vec<_> = files.collect();
        let seen = self
            .workload
            .file(key)
            .and_then(|path| self.files.stamp(path));
        let flight = self.slot(key).flight.as_mut()?;
        flight.started = true;
        flight.files = files;
        flight.seen = seen;
        let load = Load {
            key: key.clone(),
            generation: flight.generation,
            lane,
            inputs,
            files: flight.files.iter().map(|(path, _)| path.clone()).collect(),
            cancel: flight.cancel.clone(),
            beside: Vec::new(),
        };
        self.tell(key, Happening::LoadStarted { worker: lane });
        Some(load)
    }

    /// Has the files read in which a load looks something up, where they were read before and look
    /// otherwise now: only then is it known what the load makes. True when there are any.
    fn waits_for_doubtful_files(&mut self, key: &W::Key) -> bool {
        let recipe = self.workload.recipe(key);
        let mapped = self.mapped_files(key);
        let files = recipe.stamped_files().iter().chain(&mapped);
        let files = files.filter(|path| self.files.is_outdated(path));
        let files: Vec<W::Key> = files
            .filter_map(|path| self.file_keys.get(path).cloned())
            .collect();
        if let Some(flight) = &mut self.slot(key).flight {
            flight.missing_inputs.extend(files.iter().cloned());
        }
        for file in &files {
            self.read_file(file, Waiter::Fact(key.clone()));
        }
        !files.is_empty()
    }

    /// Is a fact that a load is made with not what it should be by now? It has no part in what the
    /// load makes, so this does not show there.
    fn has_outdated_facts(&self, flight: &Flight<W::Key>) -> bool {
        let mut inputs = flight.asked.iter().zip(&flight.inputs);
        inputs.any(|(asked, held_as)| {
            let content = self.slots.get(held_as).and_then(|slot| slot.content);
            self.is_stamped(asked) && content != Some(self.present_content(asked))
        })
    }

    /// Takes back the starts of loads that nobody has begun yet, and the answers that nobody has
    /// heard yet and that would not be the same any more: they rest on what was known before.
    pub(super) fn take_back_effects(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Start(load) => {
                    for load in std::iter::once(&*load).chain(&load.beside) {
                        self.take_back_start(&load.key, load.lane, load.generation);
                    }
                }
                Effect::Fetch(fetch) => {
                    self.take_back_start(&fetch.key, fetch.lane, fetch.generation);
                }
                Effect::Ready { ticket, .. } if self.is_answer_outdated(ticket) => {
                    self.requests.extend(self.answered.remove_entry(&ticket));
                    self.due.insert(ticket);
                }
                Effect::Failed { ticket, .. } if self.answered.contains_key(&ticket) => {
                    self.requests.extend(self.answered.remove_entry(&ticket));
                    self.due.insert(ticket);
                }
                effect => self.effects.push_back(effect),
            }
        }
    }

    fn take_back_start(&mut self, key: &W::Key, lane: usize, generation: u64) {
        self.leave_lane(lane, key);
        let flight = self.slots.get(key).and_then(|s| s.flight.as_ref());
        match flight.filter(|flight| flight.generation == generation) {
            Some(flight) if flight.is_wanted() => self.load_again(key),
            Some(_) => self.fail(key, &LoadError::Cancelled, &[]),
            None => {}
        }
    }

    /// The files that a load reads itself.
    fn own_files(&self, key: &W::Key) -> Vec<std::path::PathBuf> {
        let mut files = self.workload.recipe(key).stamped_files().to_vec();
        for input in self.workload.inputs(key) {
            files.extend(self.workload.file(&input).map(std::path::Path::to_owned));
        }
        files
    }

    /// The files in which inputs of a load lie: it reads them too.
    fn mapped_files(&self, key: &W::Key) -> Vec<std::path::PathBuf> {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let inputs = flight.into_iter().flat_map(|flight| &flight.inputs);
        let is_mapped = |input: &&W::Key| self.slots.get(*input).is_some_and(|slot| slot.mapped);
        let mapped = inputs.filter(is_mapped);
        mapped.flat_map(|input| self.own_files(input)).collect()
    }
}

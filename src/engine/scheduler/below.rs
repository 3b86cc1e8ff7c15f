//! Tiers below memory: what is kept there is looked for before its inputs are asked for, so a value
//! that is found opens nothing of what it was made from.

use std::path::Path;
use std::sync::Arc;

use super::{Effect, Engine, Lane, Parts};
use crate::engine::KeyMap;
use crate::engine::files::{FileId, Stamp};
use crate::engine::happening::Happening;
use crate::engine::slot::{Below, Flight};
use crate::engine::tier::{TierEntry, file_id};
use crate::engine::workload::{CancelToken, LoadError, Loaded, Workload};
use crate::vocabulary::{ContentId, ResourceName};

/// A question to the tiers below memory.
pub struct Probe<K> {
    /// What is wanted.
    pub key: K,
    /// Tells it from earlier flights of the same key.
    pub generation: u64,
    /// What it is kept under.
    pub content: ContentId,
    /// What it is made from, by name.
    pub parts: Parts,
}

/// A value to be read from a tier.
pub struct Fetch<K> {
    /// What is wanted.
    pub key: K,
    /// Tells it from earlier flights of the same key.
    pub generation: u64,
    /// Its lane, from 0.
    pub lane: usize,
    /// What it is kept under.
    pub content: ContentId,
    /// The stamp of the file whose content it is the id of, where it is one.
    pub stamp: Option<Stamp>,
    /// What the tier has said of it.
    pub entry: TierEntry,
    /// Stops it.
    pub cancel: CancelToken,
}

/// What came of a [`Fetch`].
pub struct Fetched<K, V> {
    /// What was wanted.
    pub key: K,
    /// The generation of the [`Fetch`].
    pub generation: u64,
    /// The lane of the [`Fetch`].
    pub lane: usize,
    /// How long it took.
    pub seconds: f64,
    /// The value; none where the tier could not give it after all.
    pub loaded: Option<Loaded<V>>,
}

/// A value to be kept in a tier.
pub struct Store<K, V> {
    /// What it is of.
    pub key: K,
    /// What it is kept under.
    pub content: ContentId,
    /// The value.
    pub value: Arc<V>,
    /// Bytes that it takes in memory.
    pub bytes: u64,
    /// Is that exact?
    pub exact: bool,
    /// How long it took to make.
    pub seconds: f64,
    /// A few words on what was found.
    pub detail: String,
    /// What it is made from, by name.
    pub parts: Parts,
}

impl<W: Workload> Engine<W> {
    /// From now on, what tiers below memory keep is looked for there before it is made, and kept
    /// there when it was made.
    pub fn look_below(&mut self) {
        self.looks_below = true;
    }

    /// What is known of what every key stands for that was asked for, with its parts.
    pub fn known(&self) -> Vec<(ResourceName, ContentId, Parts)> {
        let slots = self.order.iter().filter_map(|key| self.slots.get(key));
        let known = slots.filter(|slot| !slot.parts.is_empty());
        known
            .filter_map(|slot| Some((slot.name.clone(), slot.content?, slot.parts.clone())))
            .collect()
    }

    /// Asks the tiers below memory for what a flight is to bring. False when there is nothing to ask.
    pub(super) fn ask_below(&mut self, key: &W::Key, content: ContentId) -> bool {
        if !self.looks_below || !self.workload.is_kept(key) {
            return false;
        }
        let file = self.workload.file(key).map(Path::to_owned);
        let kept_under = match &file {
            Some(path) => self.files.stamp(path).map(|stamp| file_id(&stamp)),
            None => Some(content),
        };
        let slot = self.slot(key);
        let parts = slot.parts.clone();
        let (Some(flight), Some(content)) = (&mut slot.flight, kept_under) else {
            return false;
        };
        flight.below = Below::Asked;
        let probe = Probe {
            key: key.clone(),
            generation: flight.generation,
            content,
            parts,
        };
        self.effects.push_back(Effect::Probe(Box::new(probe)));
        true
    }

    /// Takes the answer to [`Effect::Probe`]: what is known of the entry, if a tier has it.
    pub fn probed(&mut self, key: &W::Key, generation: u64, found: Option<TierEntry>) {
        let flight = self.slots.get_mut(key).and_then(|s| s.flight.as_mut());
        let is_it = |flight: &&mut Flight<W::Key>| {
            flight.generation == generation && flight.below == Below::Asked
        };
        if let Some(flight) = flight.filter(is_it) {
            match found {
                Some(entry) => {
                    flight.below = Below::Found(entry);
                    self.ready.push_back(key.clone());
                }
                None => self.make_after_all(key),
            }
        }
        self.dispatch();
    }

    /// No tier has what a flight is to bring: it is made.
    fn make_after_all(&mut self, key: &W::Key) {
        self.look_no_more_below(key);
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        let Some(content) = flight.map(|flight| flight.content) else {
            return;
        };
        let is_file = self.workload.file(key).is_some();
        if !is_file && content != self.present_content(key) {
            // It is to be something else by now.
            self.again.insert(key.clone());
            return;
        }
        self.ask_for_inputs(key, Vec::new(), &mut KeyMap::default());
    }

    /// What a flight brings is made, whatever the tiers have.
    pub(super) fn look_no_more_below(&mut self, key: &W::Key) {
        if let Some(flight) = &mut self.slot(key).flight {
            flight.below = Below::Absent;
        }
    }

    /// Is it to be read from a tier, and not made?
    pub(super) fn is_fetched(&self, key: &W::Key) -> bool {
        let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
        flight.is_some_and(|flight| flight.entry().is_some())
    }

    /// Has a value fetched on a lane; false when those who wait for it are to look up again what they
    /// need.
    pub(super) fn start_fetch(&mut self, key: &W::Key, lane: usize) -> bool {
        let path = self.workload.file(key).map(Path::to_owned);
        let stamp = path.as_ref().and_then(|path| self.files.stamp(path));
        let content = self.present_content(key);
        self.take_from_ready(key);
        let Some(flight) = self.slots.get(key).and_then(|slot| slot.flight.as_ref()) else {
            return false;
        };
        if path.is_none() {
            if flight.content != content {
                self.again.insert(key.clone());
                return false;
            }
            if self.has_twin(key, content) {
                self.reconsider(key);
                return false;
            }
            self.settle_in(key, content);
        }
        let kept_under = stamp.as_ref().map_or(content, file_id);
        let Some(flight) = &mut self.slot(key).flight else {
            return false;
        };
        let Some(entry) = flight.entry().cloned() else {
            return false;
        };
        flight.started = true;
        flight.files = Vec::new();
        flight.seen = stamp;
        let fetch = Fetch {
            key: key.clone(),
            generation: flight.generation,
            lane,
            content: kept_under,
            stamp,
            cancel: flight.cancel.clone(),
            entry,
        };
        let needs = self.needs(key);
        self.lanes[lane] = Lane::Busy {
            exclusive_class: None,
            needs,
            loads: 1,
        };
        self.tell(key, Happening::LoadStarted { worker: lane });
        self.effects.push_back(Effect::Fetch(Box::new(fetch)));
        true
    }

    /// Takes the outcome of a fetch: a value lands as if it had been made, and what could not be had
    /// after all is made.
    pub fn fetched(&mut self, fetched: Fetched<W::Key, W::Value>) {
        let Fetched {
            key,
            generation,
            lane,
            seconds,
            loaded,
        } = fetched;
        self.lanes[lane] = Lane::Free;
        let flight = self.slot(&key).flight.as_mut();
        if let Some(flight) = flight.filter(|flight| flight.generation == generation) {
            match loaded {
                Some(loaded) => self.take_outcome(&key, Ok(loaded), &[], seconds),
                None if !flight.is_wanted() => self.fail(&key, &LoadError::Cancelled, &[]),
                None => {
                    flight.started = false;
                    self.tell(&key, Happening::LoadQueued);
                    self.make_after_all(&key);
                }
            }
        }
        self.dispatch();
    }

    /// Has a value kept that was made. A file that was written a moment ago is not: its stamp does
    /// not prove that it is the same next time.
    pub(super) fn store_below(&mut self, mut store: Store<W::Key, W::Value>, file: Option<FileId>) {
        if !self.looks_below || !self.workload.is_kept(&store.key) {
            return;
        }
        if let Some(id) = file {
            if !id.settled {
                return;
            }
            store.content = file_id(&id.stamp);
        }
        self.effects.push_back(Effect::Store(Box::new(store)));
    }
}

//! The scheduler: requests in, loads out. It owns every slot and never waits.
//!
//! A request first has the files behind it looked at, and those read that are not known, then looks
//! every key up; what is missing becomes a flight, and flights start when their inputs are resident
//! and a lane is free. Inputs are pinned from the moment a flight asks for them until it lands.

mod below;
mod budget;
mod changes;
mod content;
mod dispatch;
mod eviction;
mod flight;
mod landing;
mod lookup;
mod owners;
mod pools;
mod prefetch;
mod request;

pub use below::{Fetch, Fetched, Probe, Store};
pub use changes::Recheck;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use super::cache::Cache;
use super::files::{Files, Stamp};
use super::happening::Happening;
pub use super::slot::Parts;
use super::slot::Slot;
use super::workload::{CancelToken, LoadError, LoadFailure, Loaded, Workload};
use super::{KeyMap, KeySet};
use crate::vocabulary::{CachePolicy, ContentId, MemoryPool, Owner, ResourceName};
use pools::{Needs, PoolBytes};

/// Names a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What the engine may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Loads at the same time.
    pub lanes: usize,
    /// What the cache gives up when there is no room for all.
    pub cache_policy: CachePolicy,
    /// Most entries of the cache; zero switches it off.
    pub cache_entries: usize,
    /// Most bytes of the cache; zero switches it off.
    pub cache_bytes: u64,
    /// Most bytes that resident resources may take together in the host's memory.
    pub memory_budget: Option<u64>,
    /// The same in the memory of each device.
    pub device_budget: Option<u64>,
    /// How old an entry of the cache may be that nobody else holds, in seconds.
    pub ttl_seconds: Option<f64>,
}

/// A load that may start now.
pub struct Load<K, V> {
    /// What to load.
    pub key: K,
    /// Tells it from earlier loads of the same key.
    pub generation: u64,
    /// Its lane, from 0.
    pub lane: usize,
    /// Its inputs, in the order of [`Workload::inputs`].
    pub inputs: Vec<Arc<V>>,
    /// Its own files, whose stamps belong to the [`Completion`].
    pub files: Vec<PathBuf>,
    /// Stops it.
    pub cancel: CancelToken,
    /// Loads that pass over the same, to be made together with it: see [`Workload::load_together`]. Each
    /// is over by itself. There are none beside these.
    pub beside: Vec<Self>,
}

/// A load that is over.
pub struct Completion<K, V> {
    /// What was loaded.
    pub key: K,
    /// The generation of the [`Load`].
    pub generation: u64,
    /// The lane of the [`Load`].
    pub lane: usize,
    /// How long it took.
    pub seconds: f64,
    /// The stamps of the [`Load`]'s files as they are now, in the same order.
    pub stamps: Vec<Option<Stamp>>,
    /// What came out.
    pub result: Result<Loaded<V>, LoadError>,
}

/// What the engine wants done.
pub enum Effect<K, V> {
    /// Log that this happened to this resource.
    Tell(ResourceName, Happening),
    /// Look at these files and report their stamps with [`Engine::looked_at`].
    Look {
        /// The request that waits for it.
        ticket: Ticket,
        /// The files.
        files: Arc<[PathBuf]>,
    },
    /// Make this value smaller with [`Workload::pack`], if it is still there, and report it with
    /// [`Engine::packed`].
    Pack {
        /// What it is of.
        key: K,
        /// The value.
        value: Weak<V>,
    },
    /// Ask the tiers below memory for this and report it with [`Engine::probed`].
    Probe(Box<Probe<K>>),
    /// Read this from the tier that has it and report it with [`Engine::fetched`].
    Fetch(Box<Fetch<K>>),
    /// Keep this in the tiers below memory; nobody waits for it.
    Store(Box<Store<K, V>>),
    /// What the keys of a request to identify stand for; see [`Engine::identify`].
    Identified {
        /// The request.
        ticket: Ticket,
        /// Content ids in the order in which the keys were asked for.
        contents: Vec<ContentId>,
    },
    /// Run this load and report it with [`Engine::complete`].
    Start(Box<Load<K, V>>),
    /// All that the request asked for is resident.
    Ready {
        /// The request.
        ticket: Ticket,
        /// Values in the order in which they were asked for.
        values: Vec<Arc<V>>,
        /// Was all of it resident at once?
        warm: bool,
    },
    /// The request cannot be met.
    Failed {
        /// The request.
        ticket: Ticket,
        /// Why.
        failure: LoadFailure,
    },
}

/// A place for one load at a time, or for several that are made in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Free,
    Busy {
        exclusive_class: Option<u32>,
        /// What the load is thought to take.
        needs: Needs,
        /// Loads that are not over.
        loads: usize,
    },
}

impl Lane {
    /// One more load is made here, in the same pass; it is thought to take so much.
    fn add(&mut self, more: u64) {
        if let Self::Busy { needs, loads, .. } = self {
            needs.made.1 = needs.made.1.saturating_add(more);
            *loads += 1;
        }
    }

    /// A load is over that was thought to take so much. What all of a pass work with goes with the last.
    fn leave(&mut self, less: u64) {
        match self {
            Self::Busy { needs, loads, .. } if *loads > 1 => {
                needs.made.1 = needs.made.1.saturating_sub(less);
                *loads -= 1;
            }
            Self::Busy { .. } | Self::Free => *self = Self::Free,
        }
    }

    /// The class of the load that runs here.
    fn exclusive_class(self) -> Option<u32> {
        match self {
            Self::Free => None,
            Self::Busy {
                exclusive_class, ..
            } => exclusive_class,
        }
    }

    /// What the load that runs here is thought to take in a pool.
    fn bytes_in(self, pool: MemoryPool) -> u64 {
        match self {
            Self::Free => 0,
            Self::Busy { needs, .. } => needs.of(pool),
        }
    }

    /// What the load that runs here works with.
    fn working_bytes(self) -> u64 {
        match self {
            Self::Free => 0,
            Self::Busy { needs, .. } => needs.working.1,
        }
    }

    /// What the load that runs here works with in a pool.
    fn working_bytes_in(self, pool: MemoryPool) -> u64 {
        match self {
            Self::Busy { needs, .. } if needs.working.0 == pool => needs.working.1,
            Self::Busy { .. } | Self::Free => 0,
        }
    }
}

struct Request<K, V> {
    owner: Owner,
    keys: Vec<K>,
    /// The files that are looked at for it.
    files: Arc<[PathBuf]>,
    /// Is it only asked what the keys stand for?
    identifies: bool,
    /// Files that must be read before anything can be looked up.
    unread: KeySet<K>,
    /// What the keys stood for when they were looked up; none before.
    contents: Option<Contents>,
    /// The keys under which their contents are held.
    held_as: Vec<K>,
    /// What has arrived, key by key.
    values: Vec<Option<Arc<V>>>,
    warm: bool,
}

impl<K: Eq, V> Request<K, V> {
    /// Has this arrived?
    fn has(&self, key: &K) -> bool {
        let mut arrived = self.held_as.iter().zip(&self.values);
        arrived.any(|(k, value)| value.is_some() && k == key)
    }

    /// Has it been looked up to get this under its own key?
    fn wants(&self, key: &K) -> bool {
        let mut places = self.held_as.iter().zip(&self.keys);
        places.any(|(held_as, k)| held_as == key && k == key)
    }

    /// The keys that stand in for others, and for what.
    fn stand_ins(&self) -> impl Iterator<Item = (&K, ContentId)> {
        let ids = self.contents.iter().flat_map(|contents| &contents.ids);
        let places = self.held_as.iter().zip(&self.keys).zip(ids);
        let others = places.filter(|((held_as, key), _)| held_as != key);
        others.map(|((held_as, _), content)| (held_as, *content))
    }
}

/// The files that what a request asks for is made from.
struct FilesBehind<K> {
    keys: Vec<K>,
    files: Arc<[PathBuf]>,
    /// Of those files, the keys whose content they are: these must be read as a whole.
    whole: Arc<[K]>,
}

/// What keys stand for, by the files of an epoch.
struct Contents {
    epoch: u64,
    ids: Vec<ContentId>,
}

/// The lazy engine over a workload.
pub struct Engine<W: Workload> {
    workload: Arc<W>,
    limits: Limits,
    slots: KeyMap<W::Key, Slot<W::Key, W::Value>>,
    /// Keys in the order of their first request, for a stable order of everything.
    order: Vec<W::Key>,
    requests: HashMap<Ticket, Request<W::Key, W::Value>>,
    /// Requests that are answered, of which nobody has heard yet.
    answered: HashMap<Ticket, Request<W::Key, W::Value>>,
    /// What owners hold as soon as it is there, though they have not asked for it yet.
    expected: Vec<(Owner, KeySet<W::Key>)>,
    /// What is never evicted for what is loaded ahead.
    protected: KeySet<W::Key>,
    files: Files,
    files_behind: Vec<FilesBehind<W::Key>>,
    /// The key that stands for a file's content.
    file_keys: HashMap<PathBuf, W::Key>,
    /// The key under which a content is held, or will be.
    homes: HashMap<ContentId, W::Key>,
    cache: Cache<W::Key, W::Value>,
    /// Requests that are to be looked up: all files behind them have been read, or what they wait
    /// for is not what they need any more.
    due: BTreeSet<Ticket>,
    /// Loads that are to look up what they are made from once more.
    again: BTreeSet<W::Key>,
    /// May some key stand in no more for what others need?
    is_any_astray: bool,
    /// What has failed, while those who wait for it are told.
    failing: Option<ResourceName>,
    ready: VecDeque<W::Key>,
    lanes: Vec<Lane>,
    effects: VecDeque<Effect<W::Key, W::Value>>,
    generations: u64,
    released_bytes: u64,
    /// Of all that is resident.
    resident_bytes: PoolBytes,
    /// What the computation under way works with.
    computing_bytes: u64,
    /// How many ask that no load starts, or is refused, before they are done.
    held_back: u32,
    /// Are there tiers below memory?
    looks_below: bool,
    /// The time, as it was last told.
    clock: f64,
}

impl<W: Workload> Engine<W> {
    /// An engine with nothing loaded.
    pub fn new(workload: Arc<W>, limits: Limits) -> Self {
        Self {
            workload,
            limits,
            slots: KeyMap::default(),
            order: Vec::new(),
            requests: HashMap::new(),
            answered: HashMap::new(),
            expected: Vec::new(),
            protected: KeySet::default(),
            files: Files::default(),
            files_behind: Vec::new(),
            file_keys: HashMap::new(),
            homes: HashMap::new(),
            cache: Cache::new(
                limits.cache_policy,
                limits.cache_entries,
                limits.cache_bytes,
            ),
            due: BTreeSet::new(),
            again: BTreeSet::new(),
            is_any_astray: false,
            failing: None,
            ready: VecDeque::new(),
            lanes: vec![Lane::Free; limits.lanes.max(1)],
            effects: VecDeque::new(),
            generations: 0,
            released_bytes: 0,
            resident_bytes: PoolBytes::default(),
            computing_bytes: 0,
            held_back: 0,
            looks_below: false,
            clock: 0.0,
        }
    }

    /// The next thing to do, in order.
    pub fn next_effect(&mut self) -> Option<Effect<W::Key, W::Value>> {
        let effect = self.effects.pop_front();
        if let Some(Effect::Ready { ticket, .. } | Effect::Failed { ticket, .. }) = &effect {
            self.answered.remove(ticket);
        }
        effect
    }

    /// The next thing to do, if it is to log something.
    pub fn next_happening(&mut self) -> Option<(ResourceName, Happening)> {
        let next = self
            .effects
            .pop_front_if(|effect| matches!(effect, Effect::Tell(..)));
        match next? {
            Effect::Tell(name, happening) => Some((name, happening)),
            _ => None,
        }
    }

    /// Goes on with another workload: more is known of the same things. What is resident stays, and
    /// is looked at again when it is next asked for; what is on its way to something else than it
    /// should be now is begun again, and answers that nobody has heard yet are looked up again.
    pub fn set_workload(&mut self, workload: Arc<W>) {
        self.workload = workload;
        self.files_behind.clear();
        self.files.begin_epoch();
        self.take_back_effects();
        for key in &self.order {
            let flight = self.slots.get(key).and_then(|slot| slot.flight.as_ref());
            let waits = flight.filter(|flight| !flight.started);
            if waits.is_some_and(|flight| flight.asked != self.workload.inputs(key)) {
                self.again.insert(key.clone());
            }
        }
        self.dispatch();
    }

    /// Bytes released since this was last asked.
    pub fn take_released_bytes(&mut self) -> u64 {
        std::mem::take(&mut self.released_bytes)
    }

    /// How long it took to load, in seconds; nothing where it was not.
    pub fn load_seconds(&self, key: &W::Key) -> f64 {
        self.slots.get(key).map_or(0.0, |slot| slot.load_seconds)
    }

    /// Is this resident?
    pub fn is_resident(&self, key: &W::Key) -> bool {
        self.slots.get(key).is_some_and(|s| s.resident().is_some())
    }

    /// What a file held when it was last read as a whole.
    pub fn content_of_file(&self, path: &Path) -> Option<ContentId> {
        self.files.content(path)
    }

    /// Who holds this, the cache included.
    pub fn owners(&self, key: &W::Key) -> Vec<Owner> {
        self.slots.get(key).map(Slot::owners).unwrap_or_default()
    }

    /// Tells what time it is, in seconds on any clock: only how old entries of the cache are hangs on it.
    pub fn set_clock(&mut self, seconds: f64) {
        self.clock = seconds;
    }

    /// Sum over resident resources.
    pub fn resident_bytes(&self) -> u64 {
        debug_assert_eq!(
            self.resident_bytes.sum(),
            self.resident_slots().map(|slot| slot.bytes).sum::<u64>(),
            "what lands and what goes is all that changes it"
        );
        self.resident_bytes.sum()
    }

    /// Counts a resource with so many bytes from now on.
    fn count_bytes(&mut self, key: &W::Key, bytes: u64) {
        let slot = self.slot(key);
        let (pool, before) = (slot.pool, std::mem::replace(&mut slot.counted_bytes, bytes));
        self.resident_bytes.replace(pool, before, bytes);
    }

    fn resident_slots(&self) -> impl Iterator<Item = &Slot<W::Key, W::Value>> {
        let slots = self.slots.values();
        slots.filter(|slot| slot.value.strong_count() > 0)
    }

    /// Is any load queued or under way?
    pub fn is_loading(&self) -> bool {
        self.slots.values().any(|s| s.flight.is_some()) || self.has_busy_lane()
    }

    fn has_busy_lane(&self) -> bool {
        self.lanes.iter().any(|lane| *lane != Lane::Free)
    }

    fn tell(&mut self, key: &W::Key, happening: Happening) {
        let name = self.name(key);
        self.effects.push_back(Effect::Tell(name, happening));
    }

    fn name(&self, key: &W::Key) -> ResourceName {
        self.slots
            .get(key)
            .map_or_else(|| self.workload.name(key), |slot| slot.name.clone())
    }

    fn slot(&mut self, key: &W::Key) -> &mut Slot<W::Key, W::Value> {
        if !self.slots.contains_key(key) {
            self.order.push(key.clone());
        }
        let workload = &self.workload;
        self.slots
            .entry(key.clone())
            .or_insert_with(|| Slot::new(workload.name(key)))
    }
}

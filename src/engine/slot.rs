//! A slot: where one resource stands, and who holds it.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use super::KeySet;
use super::files::Stamp;
use super::tier::TierEntry;
use super::workload::CancelToken;
use crate::vocabulary::{ContentId, MemoryPool, MissReason, Owner, Owners, ResourceName};

/// What something is made from: inputs, files and parameters by name.
pub type Parts = Vec<(ResourceName, ContentId)>;

/// What is known of a flight's value in the tiers below memory.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Below {
    /// It is made anew.
    Absent,
    /// They are being asked.
    Asked,
    /// One of them has it.
    Found(TierEntry),
}

/// A load that has been asked for and is not over.
pub(super) struct Flight<K> {
    /// What it will be.
    pub(super) content: ContentId,
    /// Tells this load from earlier ones of the same slot.
    pub(super) generation: u64,
    /// What it is made from.
    pub(super) asked: Vec<K>,
    /// The same, each under the key that stands for its content; without files that cannot be read.
    pub(super) inputs: Vec<K>,
    /// Those among them that stand in for another key, and for what.
    pub(super) stand_ins: Vec<(K, ContentId)>,
    /// Inputs still missing.
    pub(super) missing_inputs: KeySet<K>,
    /// Is it in a tier below memory?
    pub(super) below: Below,
    /// Has a worker started it?
    pub(super) started: bool,
    /// Its own files as they looked when a worker started it.
    pub(super) files: Vec<(PathBuf, Option<Stamp>)>,
    /// The file that it reads as a whole, as it looked then.
    pub(super) seen: Option<Stamp>,
    /// Stops it.
    pub(super) cancel: CancelToken,
    /// What could not be loaded, where it was given up for that.
    pub(super) given_up_for: Option<ResourceName>,
    /// Was it given up when it was wanted ahead only?
    pub(super) was_ahead: bool,
    /// Who waits for it: requests and, by key, loads that need it as an input.
    pub(super) waiters: Vec<Waiter<K>>,
}

impl<K> Flight<K> {
    pub(super) fn new(
        content: ContentId,
        generation: u64,
        asked: Vec<K>,
        waiters: Vec<Waiter<K>>,
    ) -> Self {
        Self {
            content,
            generation,
            asked,
            inputs: Vec::new(),
            stand_ins: Vec::new(),
            missing_inputs: KeySet::default(),
            below: Below::Absent,
            started: false,
            files: Vec::new(),
            seen: None,
            cancel: CancelToken::default(),
            given_up_for: None,
            was_ahead: false,
            waiters,
        }
    }

    /// The entry that it is fetched from, if it is.
    pub(super) fn entry(&self) -> Option<&TierEntry> {
        match &self.below {
            Below::Found(entry) => Some(entry),
            Below::Absent | Below::Asked => None,
        }
    }

    /// Does anybody need it? The user's hold on what it replaces is no need.
    pub(super) fn is_wanted(&self) -> bool {
        let mut waiters = self.waiters.iter();
        waiters.any(|waiter| !matches!(waiter, Waiter::Pin))
    }
}

/// Somebody who waits for a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waiter<K> {
    /// A request from outside.
    Request(super::Ticket),
    /// A request that cannot be looked up before this file is read.
    Identification(super::Ticket),
    /// Somebody outside who wants to know whether this file has changed.
    Watch,
    /// Another load.
    Load(K),
    /// A load that looks something up in this file, and must know first whether it has changed.
    Fact(K),
    /// The user, who keeps what this load replaces, and will keep what comes.
    Pin,
}

/// Where one resource stands.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of the value, in any combination"
)]
pub(super) struct Slot<K, V> {
    pub(super) name: ResourceName,
    /// The value, while it has an owner.
    pub(super) value: Weak<V>,
    /// Its owners, the cache aside.
    pub(super) holders: Owners,
    /// The value for as long as there are holders; the cache's own is in the cache.
    held: Option<Arc<V>>,
    /// Does the cache hold it?
    pub(super) cached: bool,
    /// What the value is, or was when it was last here.
    pub(super) content: Option<ContentId>,
    /// The epoch of the files in which `content` is what the files imply.
    pub(super) confirmed: Option<u64>,
    /// What it was made from when it was last asked for.
    pub(super) parts: Parts,
    pub(super) bytes: u64,
    /// Where it lies.
    pub(super) pool: MemoryPool,
    /// Does it lie in a file, where others may change it?
    pub(super) mapped: bool,
    /// Its part of the sum over all that is resident.
    pub(super) counted_bytes: u64,
    /// Has it been made smaller, or found not to get smaller?
    pub(super) packed: bool,
    /// Was it loaded ahead, so that the cache is offered it when somebody uses it?
    pub(super) offer_when_used: bool,
    pub(super) load_seconds: f64,
    /// When it came, on the engine's clock.
    pub(super) made_at: f64,
    /// Why it is not here, when it is not.
    pub(super) absence: MissReason,
    /// The key that stood in for it when it was last asked for.
    pub(super) stand_in: Option<K>,
    pub(super) flight: Option<Flight<K>>,
}

impl<K, V> Slot<K, V> {
    pub(super) fn new(name: ResourceName) -> Self {
        Self {
            name,
            value: Weak::new(),
            holders: Owners::default(),
            held: None,
            cached: false,
            content: None,
            confirmed: None,
            parts: Vec::new(),
            bytes: 0,
            pool: MemoryPool::Host,
            mapped: false,
            counted_bytes: 0,
            packed: false,
            offer_when_used: false,
            load_seconds: 0.0,
            made_at: 0.0,
            absence: MissReason::FirstTouch,
            stand_in: None,
            flight: None,
        }
    }

    /// The value, if it is in memory.
    pub(super) fn resident(&self) -> Option<Arc<V>> {
        self.value.upgrade()
    }

    /// Is it, or will it be, of this content?
    pub(super) fn stands_for(&self, content: ContentId) -> bool {
        match &self.flight {
            Some(flight) => flight.content == content && !flight.cancel.is_cancelled(),
            None => self.content == Some(content) && self.value.strong_count() > 0,
        }
    }

    /// All owners, the cache included.
    pub(super) fn owners(&self) -> Vec<Owner> {
        let cache = self.cached.then_some(Owner::Cache);
        cache
            .into_iter()
            .chain(self.holders.iter().cloned())
            .collect()
    }

    /// Adds an owner; false when it was one already.
    pub(super) fn hold(&mut self, owner: &Owner, value: &Arc<V>) -> bool {
        if !self.holders.add(owner) {
            return false;
        }
        self.held = Some(value.clone());
        true
    }

    /// Takes an owner away; false when it was none.
    pub(super) fn let_go(&mut self, owner: &Owner) -> bool {
        let was_one = self.holders.remove(owner);
        if self.holders.is_empty() {
            self.held = None;
        }
        was_one
    }

    /// Takes all owners away, the cache aside.
    pub(super) fn let_all_go(&mut self) -> Owners {
        self.held = None;
        std::mem::take(&mut self.holders)
    }
}

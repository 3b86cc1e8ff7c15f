//! What the engine tells of itself, for a log.

use super::workload::LoadError;
use crate::vocabulary::{Codec, ContentId, Lookup, MissReason, Owner, ReleaseCause, ResourceName};

/// Something that happened to a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Somebody asked for it.
    Requested {
        /// Who asked.
        by: Owner,
        /// What was found.
        lookup: Lookup,
        /// What it stood for.
        content: ContentId,
        /// The parts of that which are not those of the last request for it.
        differs: Vec<ResourceName>,
        /// Another resource of the same content, which stands in for it.
        same_as: Option<ResourceName>,
    },
    /// A load waits for its inputs or for a free worker.
    LoadQueued,
    /// A load began.
    LoadStarted {
        /// The worker lane, from 0.
        worker: usize,
    },
    /// It is resident.
    LoadFinished {
        /// Bytes it takes.
        bytes: u64,
        /// Bytes of a mapped file on top of these.
        mapped_bytes: u64,
        /// False when `bytes` is itself an estimate.
        exact: bool,
        /// How long the load took.
        seconds: f64,
        /// Its content id.
        digest: ContentId,
        /// A few words on what was found.
        detail: String,
        /// Was it read from a tier below memory, and not made?
        fetched: bool,
    },
    /// It was made smaller, or found not to get smaller.
    Packed {
        /// By what.
        codec: Codec,
        /// Bytes it took.
        from_bytes: u64,
        /// Bytes it takes.
        bytes: u64,
        /// How long that took.
        seconds: f64,
        /// How long it takes to restore it.
        restore_seconds: f64,
    },
    /// A load failed.
    LoadFailed {
        /// Why.
        error: LoadError,
    },
    /// A load was stopped.
    LoadCancelled {
        /// What could not be loaded, where it was wanted together with that only.
        failed: Option<ResourceName>,
    },
    /// Somebody holds it from now on.
    OwnerAdded(Owner),
    /// Somebody does not hold it any more.
    OwnerRemoved(Owner),
    /// It left memory.
    Released {
        /// Bytes it took.
        bytes: u64,
        /// Why.
        cause: ReleaseCause,
    },
    /// The cache gave it up.
    CacheEvicted {
        /// Its weight.
        bytes: u64,
        /// The policy that chose it.
        policy: &'static str,
        /// What needed the room.
        for_name: ResourceName,
    },
    /// The cache refused it.
    CacheRefused {
        /// Its weight.
        bytes: u64,
        /// Why.
        reason: MissReason,
    },
    /// What it is made of has changed.
    ContentChanged {
        /// What of it changed: one of its parts, or itself when the file is its own.
        part: ResourceName,
        /// The file.
        file: String,
        /// The content id that it has when it is made now; none while the file cannot be read.
        digest: Option<ContentId>,
    },
}

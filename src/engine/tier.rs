//! Tiers below memory: where values outlive a session. A tier knows content ids and bytes, and
//! nothing of what they are; what it keeps never changes, so nothing is ever invalidated.
//!
//! The engine never calls one: it asks for [`Effect::Probe`](super::Effect::Probe),
//! [`Effect::Fetch`](super::Effect::Fetch) and [`Effect::Store`](super::Effect::Store), and goes on
//! with other things until it is told what came of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::files::Stamp;
use super::recipe::Recipe;
use crate::vocabulary::ContentId;

/// What a tier says of an entry without its body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TierEntry {
    /// What it is of, for people: the name that it had when it was stored.
    pub name: String,
    /// Bytes of its body.
    pub body_bytes: u64,
    /// Bytes that the value takes in memory.
    pub bytes: u64,
    /// How long the load took whose outcome it is: what a hit saves.
    pub seconds: f64,
    /// When it was stored, in seconds since 1970.
    pub stored_at: u64,
    /// Is `bytes` exact?
    pub exact: bool,
    /// A few words on what was found.
    pub detail: String,
    /// What it is made from, by name: inputs, files and parameters.
    #[serde(default)]
    pub parts: Vec<(String, ContentId)>,
}

/// Why a tier gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TierError {
    /// What is stored is not what was written: it counts as not there.
    #[error("the stored entry is damaged: {0}")]
    Corrupt(String),
    /// The tier itself does not answer.
    #[error("the tier does not answer: {0}")]
    Down(String),
    /// The tier does not keep this.
    #[error("the tier does not keep it: {0}")]
    Refused(String),
}

/// Somewhere below memory where values are kept, by the content ids of what they are.
pub trait Tier: Send + Sync {
    /// What is known of an entry; none where there is no such entry.
    fn find(&self, id: ContentId) -> Result<Option<TierEntry>, TierError>;
    /// The body of an entry, checked; none where there is no such entry (any more).
    fn read(&self, id: ContentId) -> Result<Option<Vec<u8>>, TierError>;
    /// Keeps an entry. One that is there already stays.
    fn write(&self, id: ContentId, entry: &TierEntry, body: &[u8]) -> Result<(), TierError>;
    /// Forgets an entry; false where there was none.
    fn remove(&self, id: ContentId) -> Result<bool, TierError>;
}

/// Says who makes a value that several processes want at the same time: the one that has its lease.
/// That saves work, and decides nothing: who gets none in time makes the value all the same.
pub trait Leases: Send + Sync {
    /// Takes the lease of an entry; none where somebody else has it.
    fn take(&self, id: ContentId) -> Result<Option<Arc<dyn Lease>>, TierError>;
}

/// A lease that this process has. Dropped, others may have it; they get it also when the process ends
/// otherwise, at once or a few seconds later.
pub trait Lease: Send + Sync {
    /// Says that it is still wanted. Called every second.
    fn renew(&self);
}

/// What the hash of a file is kept under: it is known by the stamp as long as that stays.
pub fn file_id(stamp: &Stamp) -> ContentId {
    Recipe::new("content of a file").derive(&[stamp.id()], &[])
}

/// The id under which a tier keeps what `maker` makes of a content. `maker` names the code that does:
/// another one may make other bits of the same parts.
pub fn entry_id(content: ContentId, maker: &str) -> ContentId {
    Recipe::new("entry")
        .with("maker", maker)
        .derive(&[], &[content])
}

//! Who asks for a resource and who holds it, what a request finds, and why a resource goes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Client, Dimension, ResourceName};

/// A dimension's need for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Who needs it.
    pub dimension: Dimension,
    /// False when the dimension names it itself; true when it follows from something it names.
    pub derived: bool,
}

/// Somebody who keeps a resource in memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "owner", rename_all = "snake_case")]
pub enum Owner {
    /// The prediction cache.
    Cache,
    /// Somebody for whom it was loaded, such as a dimension while it runs.
    Client {
        /// Who.
        client: Client,
    },
    /// A load that needs it as its input.
    Load {
        /// What is being loaded from it.
        load: ResourceName,
    },
    /// The user, who preloaded it.
    User,
    /// The strategy, which keeps it for later runs.
    Strategy,
    /// Nobody yet: it was loaded ahead, since history says that it will be needed.
    Prefetch,
    /// The session, which rests on it for as long as it lasts.
    Session,
}

impl Owner {
    /// Is it this dimension?
    pub fn is(&self, dimension: Dimension) -> bool {
        matches!(self, Self::Client { client } if client.name() == dimension.name())
    }
}

impl From<Dimension> for Owner {
    fn from(dimension: Dimension) -> Self {
        Self::Client {
            client: dimension.into(),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache => f.pad("cache"),
            Self::Client { client } => client.fmt(f),
            Self::Load { load } => write!(f, "load of {load}"),
            Self::User => f.pad("preloaded by you"),
            Self::Strategy => f.pad("strategy"),
            Self::Prefetch => f.pad("prefetch"),
            Self::Session => f.pad("session"),
        }
    }
}

/// How a note begins that tells before a run what will not find room.
pub const SHORTAGE: &str = "within the memory budget: ";

/// The policy under whose name the memory budget gives up what is kept in case somebody asks.
pub const MEMORY_BUDGET: &str = "memory budget";

/// What a cache that is made smaller gives its entries up for.
pub const SMALLER_CACHE: &str = "a smaller cache";

/// Who cleared something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearedBy {
    /// `unload` on this one resource.
    Unload,
    /// `clear cache`.
    ClearCache,
    /// `clear all`.
    ClearAll,
}

/// Why a resource that was asked for was not there. A closed set; recorded when it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum MissReason {
    /// Nobody had asked for it before.
    FirstTouch,
    /// The cache's policy gave it up to make room.
    Evicted {
        /// The policy that chose it.
        policy: String,
        /// What needed the room.
        for_name: ResourceName,
    },
    /// Its last owner let it go, so its memory was freed.
    Released {
        /// The last owner.
        last_owner: Owner,
    },
    /// It was older than it may be.
    Expired,
    /// Somebody cleared it.
    Cleared {
        /// Who.
        by: ClearedBy,
    },
    /// It was computed from something that has changed since.
    InputChanged {
        /// The part that changed.
        part: ResourceName,
    },
    /// The cache refused it: it weighs more than the cache may hold.
    TooLarge,
    /// A stored entry failed its check.
    CorruptEntry,
    /// The tier that holds it does not answer.
    TierDown,
    /// Making it takes less time than asking the tier for it, by what is measured.
    CheaperToMake,
    /// The cache is switched off (a capacity of zero).
    CacheDisabled,
    /// The last attempt failed or was cancelled.
    RetryAfterError,
}

impl MissReason {
    /// Could no cache have had it, since nobody had asked for this content before?
    pub const fn is_new(&self) -> bool {
        matches!(self, Self::FirstTouch | Self::InputChanged { .. })
    }

    /// The reason's name in reports: one word for each of the closed set.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::FirstTouch => "first_touch",
            Self::Evicted { .. } => "evicted",
            Self::Released { .. } => "released",
            Self::Expired => "expired",
            Self::Cleared { .. } => "cleared",
            Self::InputChanged { .. } => "input_changed",
            Self::TooLarge => "too_large",
            Self::CorruptEntry => "corrupt_entry",
            Self::TierDown => "tier_down",
            Self::CheaperToMake => "cheaper_to_make",
            Self::CacheDisabled => "cache_disabled",
            Self::RetryAfterError => "retry_after_error",
        }
    }
}

/// What a request found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Lookup {
    /// It was resident.
    Hit {
        /// What the load had cost, and so what was saved.
        saved_seconds: f64,
    },
    /// It was on its way already: this request joined the load.
    Coalesced,
    /// It had to be loaded.
    Miss(MissReason),
}

impl Lookup {
    /// Does it count among the requests for what the prediction cache keeps? Whoever asks for what is
    /// made from it asks for it too: where nothing has to be loaded, that is counted once.
    pub fn counts(&self, by: &Owner) -> bool {
        !matches!(by, Owner::Load { .. }) || matches!(self, Self::Miss(_))
    }
}

/// Why a resident resource left memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum ReleaseCause {
    /// Its last owner let it go.
    LastOwner {
        /// The last owner.
        owner: Owner,
    },
    /// The cache's policy chose it.
    Evicted {
        /// The policy that chose it.
        policy: String,
        /// What needed the room.
        for_name: ResourceName,
    },
    /// Somebody cleared it.
    Cleared {
        /// Who.
        by: ClearedBy,
    },
    /// It was older than it may be.
    Expired {
        /// How old.
        age_seconds: u64,
    },
    /// It was computed from something that has changed since.
    Stale {
        /// The part that changed.
        part: ResourceName,
    },
}

//! Tiers below memory, and what a question to one found.

use serde::{Deserialize, Serialize};

use super::MissReason;

choice! {
    /// Where values outlive a session.
    pub enum TierName {
        /// What the shards of a run have made, in files of their own.
        Parts = "parts",
        /// Plain files in the user's data folder.
        Disk = "disk",
        /// What several machines have in common.
        Shared = "shared",
    }
}

impl TierName {
    /// All of them, the nearest first.
    pub const ALL: [Self; 3] = [Self::Parts, Self::Disk, Self::Shared];
}

choice! {
    /// How a tier is.
    #[derive(Default)]
    pub enum TierState {
        /// It answers.
        #[default]
        Ok = "ok",
        /// It does part of its work only: it takes nothing, say, or gives small values only.
        Degraded = "degraded",
        /// It is not asked, since it does not answer.
        Down = "down",
    }
}

choice! {
    /// What is done with the shared tier.
    #[derive(Default)]
    pub enum SharedMode {
        /// It is not asked.
        Off = "off",
        /// It is asked, and nothing is written to it.
        #[default]
        Read = "read",
        /// It is asked, and keeps what is made.
        ReadWrite = "read-write",
    }
}

/// What a question to a tier found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TierLookup {
    /// It is there.
    Hit {
        /// Bytes of its body.
        bytes: u64,
        /// What its load had cost, and so what is saved.
        saved_seconds: f64,
        /// How long ago it was stored.
        age_seconds: u64,
    },
    /// It is not, and why.
    Miss(MissReason),
}

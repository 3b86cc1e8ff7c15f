//! Tiers below memory, and what a question to one found.

use serde::{Deserialize, Serialize};

use super::MissReason;

choice! {
    /// Where values outlive a session.
    pub enum TierName {
        /// Plain files in the user's data folder.
        Disk = "disk",
        /// What several machines have in common.
        Shared = "shared",
    }
}

impl TierName {
    /// All of them, the nearest first.
    pub const ALL: [Self; 2] = [Self::Disk, Self::Shared];
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

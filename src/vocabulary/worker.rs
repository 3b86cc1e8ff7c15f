//! Who works on the shards of a run.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Somebody who works on one shard at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Worker {
    /// The name of its machine, as that calls itself.
    pub machine: Arc<str>,
    /// Its number among all workers of the run, from 1.
    pub number: u32,
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.machine)
    }
}

choice! {
    /// How a worker's time with a shard ended.
    pub enum ShardEnd {
        /// Its part is here.
        Finished = "finished",
        /// The worker is lost, or what it ran was killed: another takes the shard.
        Lost = "lost",
        /// There is no part, and nobody tries again.
        Failed = "failed",
    }
}

//! Settings that are proposed by what was measured, and what is promised of them.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{Columns, Strategy};

/// Settings that are proposed together. None: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// Most bytes of the prediction cache.
    pub cache_bytes: Option<u64>,
    /// When resources are loaded.
    pub strategy: Option<Strategy>,
    /// How columns reach the models; only where a session begins.
    pub columns: Option<Columns>,
    /// Threads in all, and so lanes; only where a session begins.
    pub threads: Option<usize>,
    /// What is promised of a run with these.
    pub promise: Promise,
    /// Why, a sentence each.
    pub reasons: Vec<String>,
}

/// What a run is thought to come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Microseconds in which something is loaded.
    pub load_us: Option<u64>,
    /// The most bytes that resources take at one time, by estimate.
    pub peak_bytes: Option<u64>,
    /// Microseconds of work that the prediction cache saves.
    pub saved_us: Option<u64>,
}

impl Tuning {
    /// Does it change anything while a session goes on?
    pub fn changes_at_once(&self) -> bool {
        self.cache_bytes.is_some() || self.strategy.is_some()
    }
}

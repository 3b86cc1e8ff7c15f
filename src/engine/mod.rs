//! Lazy loading itself, free of machine learning: keys, the dependency graph, plans, slots, owners,
//! the cache, and the scheduler that joins them.
//!
//! [`Engine`] is a plain state machine. Requests and finished loads go in; loads to start, files to
//! look at, answers and what happened come out as [`Effect`]s. It holds no thread, no clock and no
//! channel and opens no file, so a test can play any interleaving; [`pool`] runs its loads for real,
//! and [`simulate`] in no time. It knows neither what the keys mean nor who its clients are.

pub mod cache;
mod files;
pub mod graph;
mod happening;
pub mod plan;
pub mod pool;
mod recipe;
mod scheduler;
mod shadow;
pub mod simulate;
mod slot;
pub mod tier;
mod workload;

use std::collections::{HashMap, HashSet};

use quick_cache::DefaultHashBuilder;

pub use files::{FileId, Stamp};
pub use happening::Happening;
pub use recipe::{Canonical, Recipe, SCHEMA};
pub use scheduler::{
    Completion, Effect, Engine, Fetch, Fetched, Limits, Load, Parts, Probe, Recheck, Store, Ticket,
};
pub use workload::{
    CancelToken, LoadContext, LoadError, LoadFailure, Loaded, Member, NoRoom, Packed, Storage,
    Workload,
};

/// A map by keys, with a hash that is quick: no stranger chooses the keys.
pub(crate) type KeyMap<K, V> = HashMap<K, V, DefaultHashBuilder>;
/// A set of keys, with the same hash.
pub(crate) type KeySet<K> = HashSet<K, DefaultHashBuilder>;

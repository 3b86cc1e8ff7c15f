//! What a strategy would load, told before anything is loaded.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{Dimension, ResourceName, Strategy, Way};

/// What is known of how long a load takes, from the best to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The same load took so long before.
    Measured,
    /// Other loads of its kind took so long for their size.
    Guessed,
    /// Nothing is known; in a schedule it stands as long as a middling load.
    Unknown,
}

/// A load on a worker, as it would go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedLoad {
    /// Of what.
    pub name: ResourceName,
    /// A heading that gathers many of its kind, such as `gaussian noise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The worker lane, from 0.
    pub worker: usize,
    /// When it would begin, in seconds since the run began, loads alone counted.
    pub start: f64,
    /// When it would end.
    pub end: f64,
    /// What `end - start` rests on.
    pub basis: Basis,
    /// Bytes it is thought to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The dimension that asks for it; none when it is loaded before the first dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<Dimension>,
}

/// A resource that is never loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvoidedLoad {
    /// Which one.
    pub name: ResourceName,
    /// A heading that gathers many of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// How a set of columns would be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenColumns {
    /// Which set.
    pub name: ResourceName,
    /// How, and why.
    #[serde(flatten)]
    pub way: Way,
    /// Bytes that they take where they are held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What a strategy would do with the present selection, from an empty memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Which strategy.
    pub strategy: Strategy,
    /// Resources that it loads before the first dimension.
    pub first: usize,
    /// Resources that it loads when a dimension asks.
    pub later: usize,
    /// Loads of what had been loaded and freed before.
    pub reloads: usize,
    /// Resources that it never loads.
    pub avoided: usize,
    /// Their bytes, by estimate.
    pub avoided_bytes: u64,
    /// The most bytes that are in memory at one time, by estimate.
    pub peak_bytes: u64,
    /// The least that is known of any of its loads.
    pub basis: Basis,
    /// From the start to the first dimension's start, loads alone counted.
    pub setup_seconds: f64,
    /// From the start until all that any dimension asks for has been loaded, loads alone counted.
    pub load_seconds: f64,
    /// All loads one after another.
    pub load_seconds_sum: f64,
    /// The longest chain of loads of which each needs the one before it.
    pub critical_path: Vec<ResourceName>,
    /// How long that chain takes: no number of workers loads everything faster.
    pub critical_path_seconds: f64,
    /// What would go wrong, for example for want of memory.
    pub problems: Vec<String>,
    /// Its loads in the order in which they begin; empty where only the totals are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<PlannedLoad>,
    /// What it never loads; empty where only the totals are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub avoids: Vec<AvoidedLoad>,
    /// How columns are taken, where that was to be decided; empty where only the totals are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<TakenColumns>,
}

impl Forecast {
    /// How many times faster than one after another the loads could be at best.
    pub fn speedup_bound(&self) -> Option<f64> {
        let bound = self.load_seconds_sum / self.critical_path_seconds;
        bound.is_finite().then_some(bound)
    }

    /// The totals alone.
    #[must_use]
    pub fn without_details(mut self) -> Self {
        self.schedule.clear();
        self.avoids.clear();
        self.columns.clear();
        self
    }
}

/// The strategy that fits the present selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Which one.
    pub strategy: Strategy,
    /// Why, in a sentence.
    pub reason: String,
}

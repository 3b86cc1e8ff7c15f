//! What a session begins with: the experiment, how the engine is set, the process as it is.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{Preset, Strategy};

/// What the experiment is, for the head of the screen and of reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentSummary {
    /// Its name.
    pub name: String,
    /// The file that describes it, if one does.
    pub path: Option<String>,
    /// The dataset's file.
    pub dataset: String,
    /// The column to predict.
    pub target: String,
    /// The class that counts as positive.
    pub positive: String,
    /// The model's file.
    pub model: String,
    /// The metrics that have a gate, as `dimension.metric`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
}

/// How the engine is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineSettings {
    /// When resources are loaded.
    pub strategy: Strategy,
    /// How thorough a run is.
    pub preset: Preset,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads in all.
    pub threads: usize,
    /// Rows a prediction chunk.
    pub chunk_rows: usize,
    /// Most entries of the prediction cache.
    pub cache_entries: usize,
    /// Most bytes of the prediction cache.
    pub cache_bytes: u64,
    /// Most bytes that resources may take together, by estimate.
    pub memory_budget_bytes: Option<u64>,
}

/// What the operating system says of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemorySample {
    /// Resident set.
    pub rss_bytes: u64,
    /// Its anonymous part (heap), where the system tells it.
    pub anonymous_bytes: Option<u64>,
    /// Its file-mapped part, where the system tells it.
    pub file_bytes: Option<u64>,
    /// The highest resident set so far.
    pub peak_rss_bytes: u64,
}

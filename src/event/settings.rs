//! What a session begins with: the experiment, how the engine is set, the process as it is.

use serde::{Deserialize, Serialize};

pub use crate::vocabulary::{EngineSettings, LintSettings};

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

//! How a run stands to an earlier one: the baseline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{GateResult, ResultTable};
use crate::vocabulary::{ContentId, Note};

/// What the scores of a run stand for: by it a later run finds them again, and knows whether its rows are
/// the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoredRows {
    /// The validated model's for the dataset.
    pub scores: ContentId,
    /// The file that holds the rows.
    pub dataset: ContentId,
    /// How many rows it has, where that is known.
    pub rows: Option<u64>,
    /// What else was scored, by what it is called: the dataset disturbed, other tables, other models.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, ContentId>,
    /// The files that hold other rows, by their table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, ContentId>,
}

/// A run held against its baseline. Every difference is this run minus the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineComparison {
    /// What the baseline is called: its file, or the number of its session.
    pub name: String,
    /// Rows that both models were compared on, row by row; none where they were compared as two
    /// samples.
    pub paired_rows: Option<u64>,
    /// Why not row by row.
    pub unpaired: Option<String>,
    /// By name: `D.NAME.was`, `.delta`, `.delta_low`, `.delta_high`, `.p` of every metric `NAME` of a
    /// dimension `D`, and `flips.right_to_wrong`, `flips.wrong_to_right`. `None` is undefined.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// Its tables by name.
    pub tables: BTreeMap<String, ResultTable>,
    /// What a reader must know.
    pub notes: Vec<Note>,
    /// The gates on it.
    pub gates: Vec<GateResult>,
}

impl BaselineComparison {
    /// The rows that are decided otherwise than they were: right before and wrong now, and wrong before
    /// and right now.
    pub fn flips(&self) -> Option<(u64, u64)> {
        let count = |name: &str| Some(self.metrics.get(name).copied().flatten()? as u64);
        Some((
            count("flips.right_to_wrong")?,
            count("flips.wrong_to_right")?,
        ))
    }
}

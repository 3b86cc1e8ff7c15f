//! What a dimension found: its status, metrics, tables and pictures.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Figure;
use crate::vocabulary::{ContentId, Dimension, Note, Problem, ResourceName, TierName};

/// How a dimension ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DimensionStatus {
    /// It has its results.
    Ok,
    /// It has its results, and a gate on them failed.
    Failed,
    /// It could not finish.
    Error,
    /// It was cancelled.
    Cancelled,
    /// It cannot be answered for this experiment; a note says why.
    NotApplicable,
}

impl DimensionStatus {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// One cell of a result table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Undefined, such as 0/0.
    Undefined,
    /// A count.
    Count(u64),
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Undefined, Self::Number)
    }
}

/// A table of a dimension's results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultTable {
    /// What the rows are, for example `groups of sex`.
    pub title: String,
    /// Column heads; the first column names the row.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// The place of the row that is the best of them, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<usize>,
}

/// A gate on a metric and how it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// `dimension.metric`.
    pub metric: String,
    /// The metric's value; none where it is undefined.
    pub value: Option<f64>,
    /// The least it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The most it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// An undefined value does not pass.
    pub passed: bool,
}

/// A dimension in one number from 0 (worst) to 1 (best), by a formula that no preset changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The number.
    pub value: f64,
    /// Its 95% interval; none where nothing tells how sure it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// What it means: the formula in words.
    pub meaning: String,
}

/// An outcome that an earlier computation of the very same has left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptOutcome {
    /// Where it was kept.
    pub tier: TierName,
    /// How long before it was computed, in seconds.
    pub age_seconds: u64,
    /// How long that took, its loads included.
    pub seconds: f64,
}

/// What a dimension found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionOutcome {
    /// How it ended.
    pub status: DimensionStatus,
    /// From its start to its end, loads included.
    pub seconds: f64,
    /// True when it waited for no load at all.
    pub warm: bool,
    /// Where it was found before, where it was not computed this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptOutcome>,
    /// What it follows from, by name: models, columns and settings. A session that keeps nothing on the
    /// disk does not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<(String, ContentId)>,
    /// Metric name to value; `None` is undefined (0/0), never NaN.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The one number to show in a list, with a few words for it.
    pub headline: Option<(String, f64)>,
    /// Its score, where one is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Its tables by name.
    pub tables: BTreeMap<String, ResultTable>,
    /// Its pictures, the most telling first.
    pub figures: Vec<Figure>,
    /// What a reader must know.
    pub notes: Vec<Note>,
    /// The gates on its metrics.
    pub gates: Vec<GateResult>,
    /// What went wrong, with the chain of requests that led there.
    pub error: Option<Failure>,
}

/// What a dimension failed of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The dimension.
    pub dimension: Dimension,
    /// From what the dimension asked for to what failed; empty where its own computation did.
    pub chain: Vec<ResourceName>,
    /// What went wrong there.
    pub problem: Problem,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dimension.fmt(f)?;
        for name in &self.chain {
            write!(f, " -> {name}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl DimensionOutcome {
    /// Did it come as far as results?
    pub fn came_to_results(&self) -> bool {
        !matches!(
            self.status,
            DimensionStatus::Error | DimensionStatus::Cancelled
        )
    }

    /// The notes that warn.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        let warnings = self.notes.iter().filter(|note| note.is_warning());
        warnings.map(|note| note.text.as_str())
    }

    /// How many bars of its pictures are flagged.
    pub fn flagged_bars(&self) -> usize {
        let bars = self.figures.iter().map(|figure| match figure {
            Figure::Bars { bars, .. } => bars.iter().filter(|bar| bar.flagged).count(),
            _ => 0,
        });
        bars.sum()
    }

    /// How many of its gates failed.
    pub fn failed_gates(&self) -> usize {
        self.gates.iter().filter(|gate| !gate.passed).count()
    }
}

//! What a dimension found: its status, metrics, tables and pictures.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

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
}

/// A point of a curve with its spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Where.
    pub x: f64,
    /// The value.
    pub y: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// A named curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points, by increasing x.
    pub points: Vec<CurvePoint>,
}

/// A bar of a bar chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// What the bar stands for.
    pub label: String,
    /// Its length; none where the value is undefined.
    pub value: Option<f64>,
    /// The 95% interval of the value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// A few words beside the bar, for example `n 90`.
    pub note: String,
    /// True when the value breaks the rule that the chart's reference line stands for.
    pub flagged: bool,
}

/// A line across a bar chart, such as the four-fifths line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceLine {
    /// Where.
    pub value: f64,
    /// What it stands for.
    pub label: String,
}

/// A bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Rows in it.
    pub count: u64,
    /// Mean score of its rows.
    pub mean_score: f64,
    /// Share of positives among its rows.
    pub observed_rate: f64,
}

/// A picture of a dimension's results, drawn by whoever shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "figure", rename_all = "snake_case")]
pub enum Figure {
    /// Curves over a common axis.
    Curves {
        /// What is shown.
        title: String,
        /// The horizontal axis.
        x_label: String,
        /// The vertical axis.
        y_label: String,
        /// The curves.
        series: Vec<Series>,
        /// A level that is no data, such as the four-fifths line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<ReferenceLine>,
        /// A place on the horizontal axis that is marked, such as the present threshold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<ReferenceLine>,
    },
    /// Horizontal bars.
    Bars {
        /// What is shown.
        title: String,
        /// The bars, in reading order.
        bars: Vec<Bar>,
        /// A line across them.
        reference: Option<ReferenceLine>,
    },
    /// Score against observed rate; on the diagonal the scores mean what they say.
    Reliability {
        /// What is shown.
        title: String,
        /// Its bins, by increasing score; empty bins are left out.
        bins: Vec<ReliabilityBin>,
    },
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
            Figure::Curves { .. } | Figure::Reliability { .. } => 0,
        });
        bars.sum()
    }

    /// How many of its gates failed.
    pub fn failed_gates(&self) -> usize {
        self.gates.iter().filter(|gate| !gate.passed).count()
    }
}

//! The vocabulary: every [`Command`] a user can give and every [`Event`] that follows.
//!
//! Everything that anyone sees is a fold over the events (see [`crate::ledger`]), so this file is
//! also the format of a recorded session. It imports nothing of ours.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Version of the trace and report formats. Raised with every breaking change.
pub const SCHEMA: u32 = 1;

/// The program and its version, as traces and reports name it.
pub const TOOL: &str = concat!("lazydebugger ", env!("CARGO_PKG_VERSION"));

/// The name of a resource, for example `model:random_forest`; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceName(pub Arc<str>);

impl From<&str> for ResourceName {
    fn from(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The five validation dimensions, in the order in which a run works through them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Do the answers hold when the inputs are disturbed a little?
    Robustness,
    /// Do the answers treat groups of people alike?
    Fairness,
    /// Do the scores mean what they say, and how sure is each answer?
    Uncertainty,
    /// Do the answers hold on data that has drifted?
    Resilience,
    /// Which settings of the model matter?
    Hyperparameters,
}

impl Dimension {
    /// All of them, in running order.
    pub const ALL: [Self; 5] = [
        Self::Robustness,
        Self::Fairness,
        Self::Uncertainty,
        Self::Resilience,
        Self::Hyperparameters,
    ];

    /// The name used on the command line, in files and in metric names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Robustness => "robustness",
            Self::Fairness => "fairness",
            Self::Uncertainty => "uncertainty",
            Self::Resilience => "resilience",
            Self::Hyperparameters => "hyperparameters",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When resources are loaded.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Everything that the experiment names, before the first dimension starts; kept.
    Eager,
    /// Nothing before a dimension asks for it; freed as soon as nobody holds it.
    LazyAll,
    /// Model and dataset first, and kept; the rest as in `lazy-all`.
    #[default]
    EagerCore,
}

impl Strategy {
    /// All of them, in the order in which a key press goes through them.
    pub const ALL: [Self; 3] = [Self::EagerCore, Self::LazyAll, Self::Eager];

    /// The name used on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::LazyAll => "lazy-all",
            Self::EagerCore => "eager-core",
        }
    }

    /// The strategy after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let here = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL[(here + 1) % Self::ALL.len()]
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How thorough a run is. It changes the precision of results, never their meaning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Seconds.
    #[default]
    Quick,
    /// More levels and repeats.
    Medium,
    /// As many as a release decision deserves.
    Full,
}

impl Preset {
    /// The name used on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Medium => "medium",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What kind of thing a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// A table read from a file: dataset, calibration set, alternative dataset.
    Table,
    /// An ONNX model ready to run.
    Model,
    /// A model's scores for a table, or for a disturbed copy of it.
    Predictions,
    /// The protected attributes of the dataset, as groups.
    ProtectedAttributes,
    /// The hyperparameter variants: their names and parameters.
    HyperparameterConfig,
}

impl ResourceKind {
    /// The name shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Model => "model",
            Self::Predictions => "predictions",
            Self::ProtectedAttributes => "protected attributes",
            Self::HyperparameterConfig => "hyperparameters",
        }
    }
}

/// A dimension's need for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Who needs it.
    pub dimension: Dimension,
    /// False when the dimension names it itself; true when it follows from something it names.
    pub derived: bool,
}

/// Somebody who keeps a resource in memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "owner", rename_all = "snake_case")]
pub enum Owner {
    /// The prediction cache.
    Cache,
    /// A dimension, while it runs.
    Dimension {
        /// Which one.
        dimension: Dimension,
    },
    /// A load that needs it as its input.
    Load {
        /// What is being loaded from it.
        name: ResourceName,
    },
    /// The user, who preloaded it.
    User,
    /// The strategy, which keeps it for later runs.
    Strategy,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache => f.pad("cache"),
            Self::Dimension { dimension } => dimension.fmt(f),
            Self::Load { name } => write!(f, "load of {name}"),
            Self::User => f.pad("preloaded by you"),
            Self::Strategy => f.pad("strategy"),
        }
    }
}

/// Who cleared something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearedBy {
    /// `unload` on this one resource.
    Unload,
    /// `clear cache`.
    ClearCache,
    /// `clear all`.
    ClearAll,
}

impl ClearedBy {
    /// In words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Unload => "unload",
            Self::ClearCache => "clear cache",
            Self::ClearAll => "clear all",
        }
    }
}

/// Why a resource that was asked for was not there. A closed set; recorded when it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum MissReason {
    /// Nobody had asked for it before.
    FirstTouch,
    /// The cache's policy gave it up to make room.
    Evicted {
        /// The policy that chose it.
        policy: String,
        /// What needed the room.
        for_name: ResourceName,
    },
    /// Its last owner let it go, so its memory was freed.
    Released {
        /// The last owner.
        last_owner: Owner,
    },
    /// It was older than it may be.
    Expired,
    /// Somebody cleared it.
    Cleared {
        /// Who.
        by: ClearedBy,
    },
    /// It was computed from something that has changed since.
    InputChanged {
        /// The part that changed.
        part: ResourceName,
    },
    /// The cache refused it: it weighs more than the cache may hold.
    TooLarge,
    /// A stored entry failed its check.
    CorruptEntry,
    /// The tier that holds it does not answer.
    TierDown,
    /// The cache is switched off (a capacity of zero).
    CacheDisabled,
    /// The last attempt failed or was cancelled.
    RetryAfterError,
}

impl MissReason {
    /// The reason's name in reports: one word for each of the closed set.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::FirstTouch => "first_touch",
            Self::Evicted { .. } => "evicted",
            Self::Released { .. } => "released",
            Self::Expired => "expired",
            Self::Cleared { .. } => "cleared",
            Self::InputChanged { .. } => "input_changed",
            Self::TooLarge => "too_large",
            Self::CorruptEntry => "corrupt_entry",
            Self::TierDown => "tier_down",
            Self::CacheDisabled => "cache_disabled",
            Self::RetryAfterError => "retry_after_error",
        }
    }
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstTouch => f.pad("first touch"),
            Self::Evicted { policy, for_name } => write!(f, "evicted by {policy} for {for_name}"),
            Self::Released { last_owner } => write!(f, "released by {last_owner}"),
            Self::Expired => f.pad("expired"),
            Self::Cleared { by } => write!(f, "cleared by {}", by.describe()),
            Self::InputChanged { part } => write!(f, "{part} changed"),
            Self::TooLarge => f.pad("too large for the cache"),
            Self::CorruptEntry => f.pad("corrupt entry"),
            Self::TierDown => f.pad("tier down"),
            Self::CacheDisabled => f.pad("cache disabled"),
            Self::RetryAfterError => f.pad("retry after an error"),
        }
    }
}

/// What a request found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Lookup {
    /// It was resident.
    Hit {
        /// What the load had cost, and so what was saved.
        saved_seconds: f64,
    },
    /// It was on its way already: this request joined the load.
    Coalesced,
    /// It had to be loaded.
    Miss(MissReason),
}

/// Why a resident resource left memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum ReleaseCause {
    /// Its last owner let it go.
    LastOwner {
        /// The last owner.
        owner: Owner,
    },
    /// The cache's policy chose it.
    Evicted {
        /// The policy that chose it.
        policy: String,
        /// What needed the room.
        for_name: ResourceName,
    },
    /// Somebody cleared it.
    Cleared {
        /// Who.
        by: ClearedBy,
    },
    /// It was computed from something that has changed since.
    Stale {
        /// The part that changed.
        part: ResourceName,
    },
}

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

/// What a dimension found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionOutcome {
    /// How it ended.
    pub status: DimensionStatus,
    /// From its start to its end, loads included.
    pub seconds: f64,
    /// True when it waited for no load at all.
    pub warm: bool,
    /// Metric name to value; `None` is undefined (0/0), never NaN.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The one number to show in a list, with a few words for it.
    pub headline: Option<(String, f64)>,
    /// Its tables by name.
    pub tables: BTreeMap<String, ResultTable>,
    /// Its pictures, the most telling first.
    pub figures: Vec<Figure>,
    /// What a reader must know.
    pub notes: Vec<String>,
    /// The gates on its metrics.
    pub gates: Vec<GateResult>,
    /// What went wrong, with the chain of requests that led there.
    pub error: Option<String>,
}

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

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A session began; always the first event.
    SessionOpened {
        /// What is validated.
        experiment: ExperimentSummary,
        /// How the engine is set.
        settings: EngineSettings,
        /// The process before anything was loaded.
        memory: MemorySample,
    },
    /// The experiment cannot be validated as it stands; the last event of its session.
    SessionRefused {
        /// Every problem found: which file, which column, what to do.
        problems: Vec<String>,
    },
    /// A resource exists that could be loaded. All of them are declared before anything loads.
    ResourceDeclared {
        /// Its name.
        name: ResourceName,
        /// What kind of thing it is.
        resource: ResourceKind,
        /// What it is made from.
        inputs: Vec<ResourceName>,
        /// A heading that gathers many of its kind, such as `gaussian noise`.
        group: Option<String>,
        /// Bytes it is thought to take; none when nothing is known yet.
        estimated_bytes: Option<u64>,
        /// The dimensions that need it.
        needs: Vec<Need>,
        /// Would the `eager` strategy load it up front?
        eager: bool,
    },
    /// A dimension cannot be answered for this experiment.
    DimensionUnavailable {
        /// Which one.
        dimension: Dimension,
        /// Why, and what would change it.
        reason: String,
    },
    /// A dimension was selected or deselected.
    DimensionToggled {
        /// Which one.
        dimension: Dimension,
        /// Is it selected now?
        selected: bool,
    },
    /// The strategy is now this one.
    StrategyChanged {
        /// Which one.
        strategy: Strategy,
    },
    /// What a run would load, for the current selection and strategy.
    PlanMade {
        /// Loaded before the first dimension starts.
        first: Vec<ResourceName>,
        /// Loaded when a dimension asks.
        later: Vec<ResourceName>,
    },
    /// A run began.
    RunStarted {
        /// Number of the run, from 1.
        run: u32,
        /// Its dimensions, in order.
        dimensions: Vec<Dimension>,
    },
    /// What the strategy loads first is resident: the first dimension may start.
    SetupFinished {
        /// Number of the run.
        run: u32,
        /// How long it took.
        seconds: f64,
    },
    /// A run ended.
    RunFinished {
        /// Number of the run.
        run: u32,
        /// From its start to its end.
        seconds: f64,
        /// Was it cancelled?
        cancelled: bool,
    },
    /// The user asked to stop; what is under way ends at its next chunk.
    CancelRequested,
    /// A dimension began: its requests follow.
    DimensionStarted {
        /// Which one.
        dimension: Dimension,
        /// How many resources it asks for.
        resources: usize,
    },
    /// All that a dimension asked for is resident: its computation began.
    DimensionComputing {
        /// Which one.
        dimension: Dimension,
    },
    /// A dimension ended.
    DimensionFinished {
        /// Which one.
        dimension: Dimension,
        /// What it found.
        outcome: Box<DimensionOutcome>,
    },
    /// Somebody asked for a resource.
    Requested {
        /// Which one.
        name: ResourceName,
        /// Who asked.
        by: Owner,
        /// What was found.
        lookup: Lookup,
    },
    /// A load waits for its inputs or for a free worker.
    LoadQueued {
        /// Of what.
        name: ResourceName,
    },
    /// A load began.
    LoadStarted {
        /// Of what.
        name: ResourceName,
        /// The worker lane, from 0.
        worker: usize,
    },
    /// A load came further.
    LoadProgressed {
        /// Of what.
        name: ResourceName,
        /// Rows done.
        done: u64,
        /// Rows in all.
        total: u64,
    },
    /// A resource is resident.
    LoadFinished {
        /// Which one.
        name: ResourceName,
        /// Bytes it takes.
        bytes: u64,
        /// False when `bytes` is itself an estimate, as for an ONNX Runtime session.
        exact: bool,
        /// How long the load took.
        seconds: f64,
        /// Its content id.
        digest: String,
        /// A few words on what was found, for example `9769 rows, 14 columns`.
        detail: String,
    },
    /// A load failed.
    LoadFailed {
        /// Of what.
        name: ResourceName,
        /// Why.
        error: String,
    },
    /// A load was stopped.
    LoadCancelled {
        /// Of what.
        name: ResourceName,
    },
    /// The owners of a resource are now these.
    OwnersChanged {
        /// Of what.
        name: ResourceName,
        /// All of them.
        owners: Vec<Owner>,
    },
    /// A resource left memory.
    Released {
        /// Which one.
        name: ResourceName,
        /// Bytes it took.
        bytes: u64,
        /// Why.
        #[serde(flatten)]
        cause: ReleaseCause,
    },
    /// The cache gave up an entry. Its memory goes with its last owner, which may be somebody else.
    CacheEvicted {
        /// Which one.
        name: ResourceName,
        /// Its weight.
        bytes: u64,
        /// The policy that chose it.
        policy: String,
        /// What needed the room.
        for_name: ResourceName,
    },
    /// The cache refused an entry.
    CacheRefused {
        /// Which one.
        name: ResourceName,
        /// Its weight.
        bytes: u64,
        /// Why: too large or disabled.
        reason: MissReason,
    },
    /// Freed memory was given back to the operating system.
    MemoryTrimmed {
        /// Resident set before.
        before_bytes: u64,
        /// Resident set after.
        after_bytes: u64,
    },
    /// The operating system's view of the process.
    MemorySampled(MemorySample),
    /// Something a user should read.
    Notice {
        /// The text.
        text: String,
        /// Is it a warning?
        warning: bool,
    },
}

/// Something that happened, with its place in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts up from 0 without gaps.
    pub seq: u64,
    /// Seconds since the session began, on a clock that never goes back.
    pub t: f64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What a user can ask of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Select or deselect a dimension.
    ToggleDimension(Dimension),
    /// Select all dimensions, or none when all are selected.
    ToggleAll,
    /// Run the selected dimensions.
    RunSelected,
    /// Run one dimension, selected or not.
    Run(Dimension),
    /// Load one resource and keep it.
    Preload(ResourceName),
    /// Load everything that the selected dimensions need and keep it; with no dimension selected,
    /// everything that the experiment names.
    PreloadAll,
    /// Take one resource from all its owners but running dimensions.
    Unload(ResourceName),
    /// Empty the prediction cache.
    ClearCache,
    /// Unload everything and empty the cache.
    ClearAll,
    /// Stop what is under way.
    Cancel,
    /// Change when resources are loaded.
    SetStrategy(Strategy),
    /// End the session: what is under way is cancelled, the event channel closes.
    Close,
}

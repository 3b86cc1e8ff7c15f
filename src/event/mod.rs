//! The vocabulary: every [`Command`] a user can give and every [`Event`] that follows.
//!
//! Everything that anyone sees is a fold over the events (see [`crate::ledger`]), so this is also
//! the format of a recorded session. An event says what changed, never the state after it. It imports
//! the vocabulary only.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{
    BackendChoice, Codec, ContentId, Dimension, Lookup, MissReason, Note, Owner, Preset, Problem,
    ReleaseCause, ResourceName, Shard, ShardEnd, Strategy, TierLookup, TierName, TierState, Worker,
};

mod baseline;
mod command;
mod declaration;
mod demand;
mod figure;
mod forecast;
mod parity;
mod result;
mod settings;
mod subject;
mod tuning;
mod understanding;

pub use baseline::{BaselineComparison, ScoredRows};
pub use command::Command;
pub use declaration::Declaration;
pub use demand::{DemandForecast, Opinion, PlannedPrefetch, PredictorShare};
pub use figure::{
    Bar, CurvePoint, Figure, ParallelAxis, ParallelLine, ReferenceLine, ReliabilityBin, Series,
    bars_start,
};
pub use forecast::{Advice, AvoidedLoad, Basis, Forecast, PlannedLoad, TakenColumns};
pub use parity::Parity;
pub use result::{
    Cell, DimensionOutcome, DimensionStatus, Failure, GateResult, KeptOutcome, ResultTable, Score,
};
pub use settings::{EngineSettings, ExperimentSummary, LintSettings, MemorySample};
pub use tuning::{Promise, Tuning};
pub use understanding::{TaskKind, Understanding};

/// Version of the trace and report formats. Raised with every breaking change.
pub const SCHEMA: u32 = 2;

/// The program and its version, as traces and reports name it.
pub const TOOL: &str = concat!("lazydebugger ", env!("CARGO_PKG_VERSION"));

/// What happened. What is large and rare is boxed: events are moved often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A session began; always the first event.
    SessionOpened {
        /// What is validated.
        experiment: Box<ExperimentSummary>,
        /// How the engine is set.
        settings: Box<EngineSettings>,
        /// What lints call too much.
        #[serde(default)]
        lints: Box<LintSettings>,
        /// The process before anything of the experiment was read.
        memory: MemorySample,
        /// How long the process had run by then, in seconds.
        process_seconds: f64,
        /// Cores that the program can use; none where that was not told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cores: Option<usize>,
    },
    /// The user gave a command; what follows from it are events of their own.
    CommandGiven {
        /// Which one.
        command: Command,
    },
    /// The experiment cannot be validated as it stands; the last event of its session.
    SessionRefused {
        /// Every problem found: which file, which column, what to do.
        problems: Vec<Problem>,
        /// Is it only that ONNX Runtime is missing, which could be fetched?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        runtime_missing: bool,
        /// Is it not the experiment, but an error inside the program? Opened again, the session may
        /// go further.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        crashed: bool,
    },
    /// The experiment and its files fit together, and this is what they were understood to be.
    Understood(Box<Understanding>),
    /// The model's scores were compared with those that its training library gave.
    ParityChecked(Box<Parity>),
    /// What the model's scores for the dataset stand for, as later runs find them.
    RowsScored(Box<ScoredRows>),
    /// The run was held against an earlier one.
    BaselineCompared(Box<BaselineComparison>),
    /// A resource exists that could be loaded, or more is known of one that was declared before.
    ResourceDeclared(Box<Declaration>),
    /// A dimension cannot be answered for this experiment, or can be answered again.
    DimensionUnavailable {
        /// Which one.
        dimension: Dimension,
        /// Why not, and what would change it; none when nothing stands against it any more.
        reason: Option<String>,
    },
    /// What runs a model is not what its header promised.
    BackendChanged {
        /// The model.
        name: ResourceName,
        /// What runs it now, and why.
        backend: BackendChoice,
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
    /// The prediction cache may hold so many bytes now, in any number of entries.
    CacheResized {
        /// How many; zero: it is off.
        bytes: u64,
    },
    /// Resources may take so many bytes together now.
    MemoryBudgetChanged {
        /// How many; none: no limit.
        bytes: Option<u64>,
    },
    /// Runs are so thorough from now on.
    PresetChanged {
        /// How thorough.
        preset: Preset,
    },
    /// What a run would load, for the current selection and strategy.
    PlanMade {
        /// Loaded before the first dimension starts.
        first: Vec<ResourceName>,
        /// Loaded when a dimension asks.
        later: Vec<ResourceName>,
    },
    /// What each strategy would do with the current selection, from an empty memory.
    PlansCompared {
        /// One for each strategy; the present one's with all its loads.
        forecasts: Vec<Forecast>,
        /// Which of them fits.
        advice: Advice,
    },
    /// What earlier selections say of the next, and what is loaded ahead for it.
    DemandForecast(Box<DemandForecast>),
    /// Settings were applied that were proposed by what was measured.
    Tuned(Box<Tuning>),
    /// The strategy could not make a plan for the run: everything is loaded first, as `eager` does.
    FellBackToEager {
        /// The strategy that could not.
        strategy: Strategy,
        /// Why.
        reason: String,
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
        /// Bytes that it is thought to work with meanwhile.
        #[serde(default)]
        working_bytes: u64,
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
        /// What it stood for at that moment.
        content: ContentId,
        /// The parts of that, inputs, files and parameters by name, that are not those of the last
        /// request for the same name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differs: Vec<ResourceName>,
        /// Another resource of the same content, which stands in for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        same_as: Option<ResourceName>,
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
        /// Bytes of a mapped file on top of these: page cache that the system may drop.
        #[serde(default, skip_serializing_if = "is_zero")]
        mapped_bytes: u64,
        /// False when `bytes` is itself an estimate, as for an ONNX Runtime session.
        exact: bool,
        /// How long the load took.
        seconds: f64,
        /// Its content id.
        digest: ContentId,
        /// A few words on what was found, for example `9769 rows, 14 columns`.
        detail: String,
        /// Was it read from a tier below memory, and not made?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fetched: bool,
    },
    /// A tier below memory was asked for a resource.
    TierAsked {
        /// Which one.
        name: ResourceName,
        /// The tier.
        tier: TierName,
        /// What it found.
        lookup: TierLookup,
        /// How long the answer took.
        seconds: f64,
    },
    /// A tier below memory is otherwise than it was.
    TierChanged {
        /// The tier.
        tier: TierName,
        /// How it is now.
        state: TierState,
        /// Why, where it is not well.
        reason: String,
    },
    /// Something is not what it was in an earlier session, and so a tier below memory lacks what is made
    /// of it: what it has changed with, each made from the next, down to a file or a setting.
    ChangeTraced {
        /// What has changed.
        name: ResourceName,
        /// What with.
        through: Vec<ResourceName>,
    },
    /// A tier below memory gave a resource.
    TierRead {
        /// Which one.
        name: ResourceName,
        /// The tier.
        tier: TierName,
        /// Bytes read.
        bytes: u64,
        /// How long that took, unpacking included.
        seconds: f64,
    },
    /// A tier below memory keeps a resource from now on.
    TierWritten {
        /// Which one.
        name: ResourceName,
        /// The tier.
        tier: TierName,
        /// Bytes written.
        bytes: u64,
        /// How long that took.
        seconds: f64,
    },
    /// A tier below memory could not keep a resource, or had no time for it.
    TierRefused {
        /// Which one.
        name: ResourceName,
        /// The tier.
        tier: TierName,
        /// Why.
        reason: String,
    },
    /// A resource that only the cache holds was made smaller, or found not to get smaller.
    Packed {
        /// Which one.
        name: ResourceName,
        /// By what.
        codec: Codec,
        /// Bytes it took.
        from_bytes: u64,
        /// Bytes it takes.
        bytes: u64,
        /// How long that took.
        seconds: f64,
        /// How long it takes to restore it.
        restore_seconds: f64,
    },
    /// A load failed.
    LoadFailed {
        /// Of what.
        name: ResourceName,
        /// Why.
        problem: Problem,
    },
    /// A load was stopped.
    LoadCancelled {
        /// Of what.
        name: ResourceName,
        /// What could not be loaded, where it was wanted together with that only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<ResourceName>,
    },
    /// Somebody holds a resource from now on.
    OwnerAdded {
        /// Which one.
        name: ResourceName,
        /// Who.
        #[serde(flatten)]
        owner: Owner,
    },
    /// Somebody does not hold a resource any more.
    OwnerRemoved {
        /// Which one.
        name: ResourceName,
        /// Who.
        #[serde(flatten)]
        owner: Owner,
    },
    /// A resource left memory; it has no owners any more.
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
    /// A file changed, and with it what a resource is made of. What is in memory of the resource,
    /// and results that rest on it, are out of date, unless `digest` is theirs.
    ContentChanged {
        /// Which resource.
        name: ResourceName,
        /// What of it changed: one of its inputs, or itself when the file is its own.
        part: ResourceName,
        /// The file.
        file: String,
        /// The content id that it has when it is made now; none while the file cannot be read.
        digest: Option<ContentId>,
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
    /// A worker on some machine took a shard of the run; what it tells follows.
    ShardStarted {
        /// Which one.
        shard: Shard,
        /// Who.
        worker: Worker,
    },
    /// Something happened on the machine of the worker that has a shard.
    ShardTold {
        /// Of which one.
        shard: Shard,
        /// Who.
        worker: Worker,
        /// When, in seconds since its own session began, by its own clock.
        since: f64,
        /// What.
        said: Box<EventKind>,
    },
    /// A worker has a shard no more.
    ShardEnded {
        /// Which one.
        shard: Shard,
        /// Who had it.
        worker: Worker,
        /// How it ended.
        end: ShardEnd,
        /// Why, where there is no part.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Something a user should read.
    Noted(Note),
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
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

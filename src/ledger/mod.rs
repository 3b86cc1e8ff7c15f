//! The fold: what the event log says so far. The screen, the progress line and the reports all
//! read a [`Ledger`]; folding up to an earlier event shows that earlier moment.

mod against_eager;
mod cache;
mod course;
mod dimension;
mod fold;
mod held;
mod memory;
mod news;
mod prefetch;
mod recent;
mod resource;
mod run;
mod schedule;
mod standing;
mod tiers;
mod timing;
mod tuned;
mod workers;

pub use crate::vocabulary::Owners;
pub use against_eager::AgainstEager;
pub use cache::{CacheFigures, LookupCounts, LookupRecord, TARGET_HIT_RATE};
pub use course::{Course, Mark, Work};
pub use dimension::{Asked, DimensionRecord, DimensionState};
pub use memory::{MemoryPoint, MemoryRecord};
pub use news::{Clearing, News, NewsRecord};
pub use prefetch::{PrefetchFigures, Prefetched, Waste};
pub use recent::{Iter, Recent};
pub use resource::{
    ContentChange, LoadSpan, PackedRecord, Planned, ResourceRecord, ResourceState, SpanEnd,
};
pub use run::{FallbackRecord, RunRecord};
pub use schedule::{ScheduleRow, schedule_rows};
pub use tiers::TierFigures;
pub use timing::{LoadTimes, Timings};
pub use tuned::TunedRecord;
pub use workers::{LookupPlace, ShardTerm, WorkerLookup, WorkerRecord, WorkerSpan, kind_by_name};

use std::collections::{BTreeMap, HashMap};

use cache::CacheTotals;
use held::{Held, LaneWork};
use tiers::Tiers;
use timing::Busy;

use crate::event::{
    Advice, BaselineComparison, Command, DemandForecast, EngineSettings, Event, EventKind,
    ExperimentSummary, Forecast, LintSettings, Parity, ScoredRows, Understanding,
};
use crate::vocabulary::{Dimension, Note, Problem, ResourceName};

/// What each strategy would do with the present selection.
#[derive(Clone, Debug, PartialEq)]
pub struct PlansRecord {
    /// One for each strategy; the present one's with all its loads.
    pub forecasts: Vec<Forecast>,
    /// Which of them fits.
    pub advice: Advice,
}

/// Why a session ended before it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Every problem found.
    pub problems: Vec<Problem>,
    /// Is it only that ONNX Runtime is missing, which could be fetched?
    pub runtime_missing: bool,
    /// Is it an error inside the program?
    pub crashed: bool,
}

impl Refusal {
    /// Of a session whose log has ended though nobody closed it; `lost` says why it cannot be read
    /// on, where that is it.
    pub fn of_its_own_accord(lost: Option<&str>) -> Self {
        let cause = match lost {
            Some(lost) => format!("the session cannot be followed any more: {lost}"),
            None => "the session has ended of its own accord".to_owned(),
        };
        Self {
            problems: vec![Problem::new(cause).remedy("open it again, and report this")],
            runtime_missing: false,
            crashed: true,
        }
    }
}

/// Something a user should read.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeRecord {
    /// When, in seconds since the session began.
    pub t: f64,
    /// What it says, and how much it matters.
    pub note: Note,
}

/// Everything that the log says, as of its last event.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// What is validated; none before the first event.
    pub experiment: Option<ExperimentSummary>,
    /// What it was understood to be; none before its files are opened, or in an old recording.
    pub understanding: Option<Understanding>,
    /// When that was first known, in seconds since the session began.
    pub understood_at: Option<f64>,
    /// Whether it says what its training library says; none as long as they were not compared.
    pub parity: Option<Parity>,
    /// What its scores for the dataset stand for; none where nobody asked for them.
    pub scored: Option<ScoredRows>,
    /// The last run held against an earlier one, where there is one to hold it against.
    pub baseline: Option<BaselineComparison>,
    /// How the engine is set; its strategy is the one at this moment.
    pub settings: Option<EngineSettings>,
    /// What lints call too much.
    pub lints: LintSettings,
    /// Why the experiment cannot be validated as it stands.
    pub refused: Option<Refusal>,
    /// How long the process had run when the session began.
    pub process_seconds: f64,
    /// Cores that the program could use; none where that was not told.
    pub cores: Option<usize>,
    /// The newest commands that were given, oldest first.
    pub commands: Recent<(f64, Command), 1_024>,
    /// Time of the last event, in seconds since the session began.
    pub now: f64,
    /// Events folded so far.
    pub events: u64,
    /// The newest runs, oldest first.
    pub runs: Recent<RunRecord, 1_024>,
    /// Dimensions at work, and marks, over time.
    pub course: Course,
    /// The newest loads as bars on worker lanes, by start time.
    pub spans: Recent<LoadSpan>,
    /// The newest requests, oldest first.
    pub lookups: Recent<LookupRecord>,
    /// What happened last that is worth a sentence.
    pub news: NewsRecord,
    /// Times that a resource was declared; as long as it stays, the resources are what they were.
    pub declarations: u64,
    /// The newest notes of the log, oldest first.
    pub notices: Recent<NoticeRecord, 2_048>,
    /// What each strategy would do; none before the first plan, or in an old recording.
    pub plans: Option<PlansRecord>,
    /// The last proposal that was applied; none before the first.
    pub tuned: Option<TunedRecord>,
    /// What earlier selections say of the next; none where there are too few.
    pub demand: Option<DemandForecast>,
    /// Process memory over time.
    pub memory: MemoryRecord,
    /// Who works on the run on other machines, by their numbers as a rule.
    pub workers: Vec<WorkerRecord>,
    /// How many shards they have to do.
    pub shards: Option<u32>,
    dimensions: [DimensionRecord; 5],
    cache: CacheTotals,
    tiers: Tiers,
    prefetch: PrefetchFigures,
    held: Held,
    /// What the loads under way work with, by worker.
    lanes: BTreeMap<usize, LaneWork>,
    /// What the computation under way works with.
    computing_bytes: u64,
    /// The hashing of files.
    identifying: Busy,
    resources: Vec<ResourceRecord>,
    index: HashMap<ResourceName, usize>,
}

impl Ledger {
    /// Folds a whole log.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut ledger = Self::default();
        for event in events {
            ledger.apply(event);
        }
        ledger
    }

    /// Folds one more event.
    pub fn apply(&mut self, event: &Event) {
        self.fold(event);
        if let EventKind::RunFinished { cancelled, .. } = event.kind {
            self.hold_against_promise(!cancelled);
        }
        self.apply_to_course(event.t, &event.kind);
        self.follow_news(&event.kind);
    }

    /// A dimension as it stands.
    pub fn dimension(&self, dimension: Dimension) -> &DimensionRecord {
        &self.dimensions[dimension as usize]
    }

    fn dimension_mut(&mut self, dimension: Dimension) -> &mut DimensionRecord {
        &mut self.dimensions[dimension as usize]
    }

    /// All resources, in the order of their declaration.
    pub fn resources(&self) -> &[ResourceRecord] {
        &self.resources
    }

    /// A resource by name.
    pub fn resource(&self, name: &ResourceName) -> Option<&ResourceRecord> {
        self.index.get(name).map(|i| &self.resources[*i])
    }

    fn resource_mut(&mut self, name: &ResourceName) -> Option<&mut ResourceRecord> {
        self.index.get(name).map(|i| &mut self.resources[*i])
    }
}

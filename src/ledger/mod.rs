//! The fold: what the event log says so far. The screen, the progress line and the reports all
//! read a [`Ledger`]; folding up to an earlier event shows that earlier moment.

mod against_eager;
mod cache;
mod course;
mod dimension;
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
use dimension::Ground;
use held::{Held, LaneWork};
use tiers::Tiers;
use timing::Busy;

use crate::event::{
    Advice, BaselineComparison, Command, Declaration, DemandForecast, DimensionStatus,
    EngineSettings, Event, EventKind, ExperimentSummary, Forecast, LintSettings, Parity,
    ScoredRows, Understanding,
};
use crate::vocabulary::{Dimension, Note, Owner, Problem, ResourceKind, ResourceName};

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

    fn fold(&mut self, event: &Event) {
        self.now = event.t;
        self.events = event.seq + 1;
        let t = event.t;
        match &event.kind {
            EventKind::SessionOpened {
                experiment,
                settings,
                lints,
                memory,
                process_seconds,
                cores,
            } => {
                self.experiment = Some((**experiment).clone());
                self.settings = Some((**settings).clone());
                self.lints = (**lints).clone();
                self.memory.open(t, *memory);
                self.process_seconds = *process_seconds;
                self.cores = *cores;
            }
            EventKind::SessionRefused {
                problems,
                runtime_missing,
                crashed,
            } => {
                self.refused = Some(Refusal {
                    problems: problems.clone(),
                    runtime_missing: *runtime_missing,
                    crashed: *crashed,
                });
            }
            EventKind::Understood(understanding) => {
                self.understanding = Some((**understanding).clone());
                self.understood_at.get_or_insert(t);
            }
            EventKind::ParityChecked(parity) => self.parity = Some((**parity).clone()),
            EventKind::RowsScored(rows) => self.scored = Some((**rows).clone()),
            EventKind::BaselineCompared(found) => self.baseline = Some((**found).clone()),
            EventKind::ResourceDeclared(declared) => self.declare(declared),
            EventKind::DimensionUnavailable { dimension, reason } => {
                self.dimension_mut(*dimension)
                    .unavailable
                    .clone_from(reason);
            }
            EventKind::CommandGiven { command } => {
                self.commands.push((t, command.clone()));
            }
            EventKind::DimensionToggled {
                dimension,
                selected,
            } => self.dimension_mut(*dimension).selected = *selected,
            EventKind::StrategyChanged { strategy } => {
                if let Some(settings) = &mut self.settings {
                    settings.strategy = *strategy;
                }
            }
            EventKind::CacheResized { bytes } => {
                if let Some(settings) = &mut self.settings {
                    settings.cache_bytes = *bytes;
                    // Who says bytes leaves the number of entries to them.
                    settings.cache_entries = usize::MAX;
                }
            }
            EventKind::MemoryBudgetChanged { bytes } => {
                if let Some(settings) = &mut self.settings {
                    settings.memory_budget_bytes = *bytes;
                }
            }
            EventKind::PresetChanged { preset } => {
                if let Some(settings) = &mut self.settings {
                    settings.preset = *preset;
                }
            }
            EventKind::PlanMade { first, later } => self.plan(first, later),
            EventKind::PlansCompared { forecasts, advice } => {
                self.plans = Some(PlansRecord {
                    forecasts: forecasts.clone(),
                    advice: advice.clone(),
                });
            }
            EventKind::Tuned(tuning) => self.tuned_by(tuning),
            EventKind::DemandForecast(forecast) => self.demand = Some((**forecast).clone()),
            EventKind::FellBackToEager { .. }
            | EventKind::RunStarted { .. }
            | EventKind::RunFinished { .. }
            | EventKind::CancelRequested => {
                match &event.kind {
                    EventKind::RunStarted { .. } => self.memory.begin_run(),
                    _ => self.memory.held(self.held.bytes),
                }
                self.apply_to_runs(t, &event.kind);
            }
            EventKind::DimensionStarted {
                dimension,
                resources,
            } => {
                self.computing_bytes = 0;
                self.dimension_mut(*dimension).start(t, *resources);
                if let Some(run) = self.runs.last_mut() {
                    run.latest = Some(*dimension);
                }
            }
            EventKind::DimensionComputing {
                dimension,
                working_bytes,
            } => {
                self.computing_bytes = *working_bytes;
                self.memory.held(self.held.bytes);
                self.memory.works(self.estimated_bytes());
                let owner = Owner::from(*dimension);
                let all = self.resources.iter().enumerate();
                let held = all.filter(|(_, resource)| resource.owners.contains(&owner));
                let grounds = held.map(|(place, resource)| Ground::new(place, resource.digest));
                let grounds = grounds.collect();
                self.dimension_mut(*dimension).compute(grounds);
                if let Some(run) = self.runs.last_mut() {
                    run.first_computing_at.get_or_insert(t);
                }
            }
            EventKind::DimensionFinished { dimension, outcome } => {
                if self.dimension(*dimension).state == DimensionState::Computing {
                    self.computing_bytes = 0;
                }
                if outcome.kept.is_some() {
                    self.rest_on_files(*dimension);
                }
                self.dimension_mut(*dimension).finish(t, outcome);
                let has_result = outcome.status != DimensionStatus::Cancelled;
                if let Some(run) = self.runs.last_mut().filter(|_| has_result) {
                    run.first_result_at.get_or_insert(t);
                }
            }
            EventKind::Requested {
                name,
                by,
                lookup,
                content,
                differs,
                same_as,
            } => {
                let is_ahead = self.is_ahead(by);
                let found = same_as.as_ref().unwrap_or(name);
                let is_first_use = self.follow_request(t, found, is_ahead, lookup);
                let cached = self.resource_mut(name).is_some_and(|resource| {
                    resource.requested(by, lookup);
                    resource.is_cached_kind()
                });
                // What was loaded ahead is no merit of the cache.
                let cached = cached && !is_ahead && !is_first_use;
                let asker = Dimension::ALL.into_iter().find(|d| by.is(*d));
                if let Some(dimension) = asker {
                    self.dimension_mut(dimension).ask(lookup);
                }
                self.look_up(LookupRecord {
                    t,
                    name: name.clone(),
                    by: by.clone(),
                    lookup: lookup.clone(),
                    content: *content,
                    differs: differs.clone(),
                    same_as: same_as.clone(),
                    cached,
                });
            }
            EventKind::TierAsked {
                name, tier, lookup, ..
            } => {
                if let Some(resource) = self.resource_mut(name) {
                    resource.below = Some((*tier, lookup.clone()));
                }
                self.tiers.apply(&event.kind);
            }
            EventKind::ChangeTraced { name, through } => {
                if let Some(resource) = self.resource_mut(name) {
                    resource.changed_through.clone_from(through);
                }
            }
            EventKind::ShardStarted { shard, .. } => {
                self.shards = Some(shard.of());
                self.apply_to_workers(t, &event.kind);
            }
            EventKind::ShardTold { .. } | EventKind::ShardEnded { .. } => {
                self.apply_to_workers(t, &event.kind);
            }
            EventKind::TierRead { .. }
            | EventKind::TierWritten { .. }
            | EventKind::TierRefused { .. }
            | EventKind::TierChanged { .. } => self.tiers.apply(&event.kind),
            EventKind::MemorySampled(sample) => self.sample_memory(t, *sample),
            EventKind::MemoryTrimmed {
                before_bytes,
                after_bytes,
            } => self
                .memory
                .trimmed(before_bytes.saturating_sub(*after_bytes)),
            EventKind::Noted(note) => {
                let note = note.clone();
                self.notices.push(NoticeRecord { t, note });
            }
            other => self.apply_to_resource(t, other),
        }
    }

    /// What was found before rests on the files behind it: nothing of what was made of them is here.
    fn rest_on_files(&mut self, dimension: Dimension) {
        let all = self.resources.iter().enumerate();
        let files = all.filter(|(_, resource)| {
            let is_needed = resource
                .needs
                .iter()
                .any(|need| need.dimension == dimension);
            resource.kind == ResourceKind::File && is_needed
        });
        let grounds = files.map(|(place, file)| Ground::new(place, file.digest));
        let grounds = grounds.collect();
        self.dimension_mut(dimension).compute(grounds);
    }

    fn declare(&mut self, declared: &Declaration) {
        self.declarations += 1;
        let known = self.change(&declared.name, |resource| resource.declared_again(declared));
        if known.is_none() {
            let place = self.resources.len();
            self.index.insert(declared.name.clone(), place);
            self.resources.push(ResourceRecord::declared(declared));
        }
    }

    fn look_up(&mut self, record: LookupRecord) {
        self.cache.count(&record);
        if let Some(run) = self.runs.last_mut().filter(|run| run.is_active()) {
            run.cache.count(&record);
        }
        self.lookups.push(record);
    }

    fn apply_to_resource(&mut self, t: f64, kind: &EventKind) {
        let (EventKind::LoadQueued { name }
        | EventKind::LoadStarted { name, .. }
        | EventKind::LoadProgressed { name, .. }
        | EventKind::LoadFinished { name, .. }
        | EventKind::Packed { name, .. }
        | EventKind::LoadFailed { name, .. }
        | EventKind::LoadCancelled { name, .. }
        | EventKind::OwnerAdded { name, .. }
        | EventKind::OwnerRemoved { name, .. }
        | EventKind::BackendChanged { name, .. }
        | EventKind::Released { name, .. }
        | EventKind::CacheEvicted { name, .. }
        | EventKind::CacheRefused { name, .. }
        | EventKind::ContentChanged { name, .. }) = kind
        else {
            return;
        };
        self.follow_prefetch(t, name, kind);
        let is_known = self.change(name, |resource| resource.apply(t, kind));
        match kind {
            EventKind::LoadStarted { worker, .. } => {
                let mut span = LoadSpan::started(name.clone(), *worker, t);
                let resource = self.resource(name);
                span.is_ahead = resource.is_some_and(|r| r.prefetched.is_some());
                let number = self.spans.push(span);
                let is_file = self.resource_mut(name).is_some_and(|resource| {
                    resource.span = Some(number);
                    resource.kind == ResourceKind::File
                });
                if is_file {
                    self.identifying.begin(t);
                }
                self.memory.held(self.held.bytes);
            }
            EventKind::LoadFinished { .. } => {
                self.end_span(name, t, SpanEnd::Finished);
                self.memory.held(self.held.bytes);
            }
            EventKind::LoadFailed { .. } => self.end_span(name, t, SpanEnd::Failed),
            EventKind::LoadCancelled { .. } => self.end_span(name, t, SpanEnd::Cancelled),
            EventKind::CacheEvicted { .. } if is_known.is_some() => self.cache.evictions += 1,
            EventKind::CacheRefused { .. } if is_known.is_some() => self.cache.refused += 1,
            EventKind::ContentChanged { file, digest, .. } => {
                if let Some(place) = self.index.get(name) {
                    for dimension in &mut self.dimensions {
                        dimension.follow(*place, file, *digest);
                    }
                }
            }
            _ => {}
        }
    }

    fn end_span(&mut self, name: &ResourceName, t: f64, end: SpanEnd) {
        let Some(resource) = self.resource_mut(name) else {
            return;
        };
        let (kind, open) = (resource.kind, resource.span.take());
        if open.is_some() && kind == ResourceKind::File {
            self.identifying.end(t);
        }
        if let Some(span) = open.and_then(|number| self.spans.get_mut(number)) {
            span.ended = Some((t, end));
        }
    }

    fn plan(&mut self, first: &[ResourceName], later: &[ResourceName]) {
        for resource in &mut self.resources {
            resource.planned = Planned::Avoided;
        }
        for (names, planned) in [(first, Planned::First), (later, Planned::Later)] {
            for name in names {
                if let Some(resource) = self.resource_mut(name) {
                    resource.planned = planned;
                }
            }
        }
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

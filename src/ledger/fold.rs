//! What each kind of event does to the ledger. What rests on how events follow each other - the course of
//! a session, what is news, what was loaded ahead - is folded in modules of its own.

use super::dimension::Ground;
use super::{
    DimensionState, Ledger, LoadSpan, LookupRecord, NoticeRecord, Planned, PlansRecord, Refusal,
    ResourceRecord, SpanEnd,
};
use crate::event::{Declaration, DimensionStatus, Event, EventKind};
use crate::vocabulary::{Dimension, Owner, ResourceKind, ResourceName};

impl Ledger {
    /// Takes in what one event says.
    pub(super) fn fold(&mut self, event: &Event) {
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
}

//! The session's thread: takes commands and reports, drives the engine, writes the event log.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, never, select_biased};

use super::below::Below;
use super::elsewhere::Elsewhere;
use super::facts::Asked;
use super::opening::Listener;
use super::planner::Planner;
use super::plans::Plans;
use super::prefetching::Ahead;
use super::remembered::Remembered;
use super::run::Run;
use super::telling;
use super::watching::Watching;
use super::workers::Report;
use crate::dimension::baseline::Baseline;
use crate::engine::pool::Pool;
use crate::engine::{self, Effect, Engine, Happening, LoadFailure, Ticket};
use crate::event::{Command, Declaration, EngineSettings, EventKind, ScoredRows};
use crate::log::LogWriter;
use crate::process::{MemoryMeter, give_back_freed_memory};
use crate::resource::source::stamp;
use crate::resource::{Catalogue, Key, Resource};
use crate::shard::{PartWriter, Parts};
use crate::vocabulary::{ContentId, Dimension, Note, ResourceName};

/// How often memory is sampled while something is under way.
const SAMPLE_EVERY: Duration = Duration::from_millis(200);
/// Freed bytes from which giving them back to the system is worth its milliseconds.
const TRIM_FROM_BYTES: u64 = 4 << 20;

pub(super) struct Driver {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) planner: Planner,
    pub(super) engine: Engine<Catalogue>,
    pub(super) settings: EngineSettings,
    pub(super) pool: Pool,
    pub(super) below: Option<Below>,
    /// What shards have made.
    pub(super) parts: Option<Arc<Parts>>,
    /// Where what this shard makes is left.
    pub(super) part: Option<Arc<PartWriter>>,
    /// Has anything been made that tiers below memory may keep?
    pub(super) has_stored: bool,
    /// Outcomes that were found below, with what they rest on.
    pub(super) recalled: Vec<(ResourceName, ContentId, engine::Parts)>,
    /// What earlier sessions have left of its names.
    pub(super) remembered: Option<Arc<Remembered>>,
    /// Names of which it was told what they have changed with.
    pub(super) traced: HashSet<ResourceName>,
    pub(super) reports: Sender<Report>,
    pub(super) selected: [bool; 5],
    /// Why dimensions cannot be answered, as it was last told.
    pub(super) unavailable: [Option<String>; 5],
    pub(super) run: Option<Run>,
    /// The run that others are held against.
    pub(super) baseline: Option<Arc<Baseline>>,
    /// What the model's scores stand for, as it was last told.
    pub(super) scored_told: Option<ScoredRows>,
    pub(super) runs: u32,
    pub(super) log: LogWriter,
    pub(super) listener: Option<Listener>,
    pub(super) meter: MemoryMeter,
    pub(super) names: HashMap<ResourceName, Key>,
    pub(super) declared: HashMap<Key, Declaration>,
    pub(super) preloads: HashMap<Ticket, Vec<Key>>,
    pub(super) asked: Asked,
    /// Has it been told that the experiment cannot be validated?
    pub(super) refused: bool,
    pub(super) tickets: u64,
    pub(super) released_bytes: u64,
    pub(super) watches_files: bool,
    pub(super) watching: Watching,
    pub(super) plans: Plans,
    pub(super) ahead: Ahead,
    pub(super) opened: Instant,
}

impl Driver {
    /// Obeys commands and takes reports in, until it is told to stop.
    pub(super) fn work(
        &mut self,
        commands: &Receiver<Command>,
        obeyed: &Sender<()>,
        reports: &Receiver<Report>,
        mut elsewhere: Receiver<Elsewhere>,
    ) {
        let mut next_sample = Instant::now();
        loop {
            let mut is_command = false;
            let stirs = self.watching.stirs();
            // Of several commands at once, only the last makes it worth while, and facts on their
            // way will change it.
            let is_settled = commands.is_empty() && !self.is_asking();
            // What a run comes to may be known already: then it needs no plan.
            let is_recalling = self.run.as_ref().is_some_and(Run::is_recalling);
            let is_settled = is_settled && !is_recalling && !self.is_answered_for_good();
            if self.plans.are_outdated() && is_settled && self.catalogue.ready().is_ok() {
                self.compare_plans();
            }
            if commands.is_empty() {
                self.prefetch_next();
            }
            let quiet = self.watching.next_due().map_or_else(never, at);
            let ticks = if self.is_busy() {
                at(next_sample)
            } else {
                never()
            };
            select_biased! {
                recv(commands) -> command => match command {
                    Ok(Command::Close) | Err(_) => {
                        self.stop();
                        return;
                    }
                    Ok(command) => {
                        self.tell_the_time();
                        self.emit(EventKind::CommandGiven {
                            command: command.clone(),
                        });
                        self.obey(command);
                        is_command = true;
                    }
                },
                recv(reports) -> report => {
                    if let Ok(report) = report {
                        self.take(report);
                    }
                }
                recv(elsewhere) -> heard => match heard {
                    Ok(heard) => self.hear(heard),
                    Err(_) => elsewhere = never(),
                },
                recv(stirs) -> stir => {
                    if let Ok(stir) = stir {
                        self.watching.stirred(stir, Instant::now());
                    }
                }
                recv(quiet) -> now => self.look_at_files(now.unwrap_or_else(|_| Instant::now())),
                recv(ticks) -> _ => {
                    next_sample = Instant::now() + SAMPLE_EVERY;
                    self.sample_memory();
                }
            }
            self.follow_effects();
            if is_command {
                // Nobody may want to know.
                let _ = obeyed.send(());
            }
            if self.refused {
                return;
            }
        }
    }

    /// Is it a session without a screen whose run is over? Nobody will look at plans any more.
    fn is_answered_for_good(&self) -> bool {
        !self.watches_files && self.below.is_some() && self.runs > 0 && self.run.is_none()
    }

    fn is_busy(&self) -> bool {
        self.run.is_some() || self.engine.is_loading()
    }

    fn stop(&mut self) {
        let was_ahead = self.stop_prefetching();
        self.remember_idle_session();
        if self.is_busy() && !(was_ahead && self.run.is_none()) {
            self.cancel();
        }
        self.follow_effects();
        self.keep_costs();
    }

    pub(super) fn emit(&mut self, kind: EventKind) {
        // One that panics is heard no more.
        if let Some(mut listener) = self.listener.take() {
            listener(&kind);
            self.listener = Some(listener);
        }
        self.log.emit(kind);
    }

    pub(super) fn notice(&mut self, text: impl Into<String>, warning: bool) {
        self.emit(EventKind::Noted(if warning {
            Note::warning(text)
        } else {
            Note::info(text)
        }));
    }

    pub(super) fn selected_dimensions(&self) -> Vec<Dimension> {
        let all = Dimension::ALL.into_iter();
        all.filter(|d| self.selected[*d as usize]).collect()
    }

    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// The engine has no clock.
    fn tell_the_time(&mut self) {
        let seconds = self.opened.elapsed().as_secs_f64();
        self.engine.set_clock(seconds);
    }

    fn take(&mut self, report: Report) {
        self.tell_the_time();
        match report {
            Report::Progressed(name, done, total) => {
                self.emit(EventKind::LoadProgressed { name, done, total });
            }
            Report::Loaded(completion) => {
                self.landed(&completion);
                if let (Err(_), Some(below)) = (&completion.result, &self.below) {
                    below.give_up_making();
                }
                if let Ok(loaded) = &completion.result
                    && let Resource::Refused(reason) = &loaded.value
                {
                    self.refused_natively(&completion.key, reason);
                }
                let result = completion.result.as_ref().map(|loaded| &loaded.value);
                let file = self.file_of(&completion.key, result);
                self.engine.complete(completion);
                self.follow_effects();
                self.file_was_read(file);
                self.follow_effects();
                if self.meter.is_due() {
                    self.sample_memory();
                }
            }
            Report::Probed(key, generation, answer, entry) => {
                let lookup = answer.lookup.clone();
                self.probed(&key, generation, answer, entry);
                self.trace_change(&lookup);
            }
            Report::AskedInVain(name, answer) => self.asked_in_vain(name, answer),
            Report::Fetched(fetched, tier, bytes, failure) => {
                self.fetched(fetched, tier, bytes, failure);
            }
            Report::Recalled(dimension, id, answer, recalled) => {
                self.outcome_found(dimension, id, &answer, recalled);
            }
            Report::CompiledAsked(name, lookup, seconds) => {
                self.compiled_asked(name, lookup, seconds);
            }
            Report::Traced(name, through) => self.emit(EventKind::ChangeTraced { name, through }),
            Report::ResultsFound(dimensions) => self.results_found(&dimensions),
            Report::Cleared(cleared) => self.disk_cleared(cleared),
            Report::ScoresFound(kept) => self.scores_found(kept),
            Report::Kept(name, tier, kept) => self.kept(name, tier, kept),
            Report::TierState(tier, state, reason) => self.emit(EventKind::TierChanged {
                tier,
                state,
                reason,
            }),
            Report::Warned(words) => self.notice(words, true),
            Report::Packed(key, value, packed) => self.engine.packed(&key, &value, packed),
            Report::Computed(dimension, result) => self.computed(dimension, result),
            Report::BaselineScores(asked, scores) => self.baseline_scores(&asked, scores),
            Report::PartCompared(result) => self.part_compared(result),
            Report::Compared(result) => self.compared(result),
        }
    }

    pub(super) fn follow_effects(&mut self) {
        while let Some(effect) = self.engine.next_effect() {
            match effect {
                // What the engine tells in one breath happened in one step of it.
                Effect::Tell(name, happening) => {
                    let more = std::iter::from_fn(|| self.engine.next_happening());
                    let all = std::iter::once((name, happening)).chain(more);
                    let all: Vec<_> = all.collect();
                    let changes = |(_, what): &(_, Happening)| {
                        matches!(what, Happening::ContentChanged { .. })
                    };
                    if all.iter().any(changes) {
                        self.ahead.forget_results();
                    }
                    self.log.emit_all(
                        all.into_iter()
                            .map(|(name, happening)| telling::event(name, happening)),
                    );
                }
                Effect::Look { ticket, files } => {
                    let stamps = files.iter().map(|path| stamp(path)).collect();
                    self.engine.looked_at(ticket, stamps);
                }
                Effect::Start(load) => self.start(*load),
                Effect::Probe(probe) => self.probe(probe),
                Effect::Fetch(fetch) => self.fetch(fetch),
                Effect::Store(store) => self.store(store),
                Effect::Identified { ticket, .. } => self.identified(ticket),
                Effect::Pack { key, value } => self.pack(key, value),
                Effect::Ready {
                    ticket,
                    values,
                    warm,
                } => {
                    if !self.ahead.answered(ticket)
                        && !self.facts_ready(ticket, &values)
                        && self.preloads.remove(&ticket).is_none()
                        && !self.rows_to_compare(ticket, &values)
                    {
                        self.ready(ticket, values, warm);
                    }
                }
                Effect::Failed { ticket, failure } => {
                    if self.prefetch_failed(ticket, &failure) || self.facts_failed(ticket, &failure)
                    {
                        // Whoever asked for them goes on without.
                    } else if self.preloads.remove(&ticket).is_some() {
                        self.preload_failed(&failure);
                    } else if !self.no_rows_to_compare(ticket, &words(&failure)) {
                        self.request_failed(ticket, &failure);
                    }
                }
            }
        }
        self.trim();
    }

    pub(super) fn preload_failed(&mut self, failure: &LoadFailure) {
        self.notice(words(failure), true);
    }

    pub(super) fn sample_memory(&mut self) {
        let sample = self.meter.sample();
        self.emit(EventKind::MemorySampled(sample));
    }

    fn trim(&mut self) {
        self.released_bytes += self.engine.take_released_bytes();
        if self.released_bytes < TRIM_FROM_BYTES {
            return;
        }
        self.released_bytes = 0;
        let before_bytes = self.meter.sample().rss_bytes;
        give_back_freed_memory();
        let after = self.meter.sample();
        self.emit(EventKind::MemoryTrimmed {
            before_bytes,
            after_bytes: after.rss_bytes,
        });
        self.emit(EventKind::MemorySampled(after));
    }
}

/// A failure with the chain of requests that led to it.
pub(super) fn words(failure: &LoadFailure) -> String {
    let chain: Vec<&str> = failure.chain.iter().map(|name| &*name.0).collect();
    let problem = telling::problem(failure.error.clone());
    format!("{problem} (while loading {})", chain.join(" -> "))
}

//! The session's thread: takes commands and reports, drives the engine, writes the event log.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, never, select_biased, unbounded};

use super::event_log::EventLog;
use super::planner::{Planner, limits};
use super::plans::Plans;
use super::run::Run;
use super::watching::Watching;
use super::workers::Report;
use crate::dimension;
use crate::engine::graph::closure;
use crate::engine::memory::{MemoryMeter, give_back_freed_memory};
use crate::engine::pool::Pool;
use crate::engine::{Effect, Engine, LoadFailure, Ticket, Workload};
use crate::event::{Command, Declaration, EngineSettings, Event, EventKind, ExperimentSummary};
use crate::experiment::Experiment;
use crate::history::History;
use crate::resource::{Catalogue, Key, LoadSettings, bind};
use crate::vocabulary::Task;
use crate::vocabulary::{Dimension, Need, Note, Problem, ResourceName};

/// How often memory is sampled while something is under way.
const SAMPLE_EVERY: Duration = Duration::from_millis(200);
/// Freed bytes from which giving them back to the system is worth its milliseconds.
const TRIM_FROM_BYTES: u64 = 4 << 20;

/// What a session begins with.
pub(super) struct Opening {
    pub(super) experiment: Experiment,
    pub(super) settings: EngineSettings,
    pub(super) history: History,
    pub(super) watches_files: bool,
}

pub(super) struct Driver {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) planner: Planner,
    pub(super) engine: Engine<Catalogue>,
    pub(super) settings: EngineSettings,
    pub(super) pool: Pool,
    pub(super) reports: Sender<Report>,
    pub(super) selected: [bool; 5],
    pub(super) run: Option<Run>,
    pub(super) runs: u32,
    log: EventLog,
    meter: MemoryMeter,
    pub(super) names: HashMap<ResourceName, Key>,
    pub(super) preloads: HashMap<Ticket, Vec<Key>>,
    tickets: u64,
    released_bytes: u64,
    pub(super) watching: Watching,
    pub(super) plans: Plans,
}

impl Driver {
    /// The session, from its first event to its last.
    pub(super) fn run(
        opening: Opening,
        pool: Pool,
        commands: &Receiver<Command>,
        events: Sender<Event>,
    ) {
        let Opening {
            experiment,
            settings,
            history,
            watches_files,
        } = opening;
        let mut log = EventLog::to(events);
        let mut meter = MemoryMeter::default();
        let memory = meter.sample();
        log.emit(EventKind::SessionOpened {
            experiment: Box::new(summary(&experiment)),
            settings: Box::new(settings.clone()),
            memory,
            process_seconds: 0.0,
        });
        let load_settings = LoadSettings::of(&experiment);
        let catalogue = match bind(experiment, load_settings) {
            Ok(catalogue) => Arc::new(catalogue),
            Err(problems) => {
                log.emit(EventKind::SessionRefused {
                    problems: problems.0.into_iter().map(Problem::new).collect(),
                    runtime_missing: false,
                });
                return;
            }
        };
        let planner = Planner::new(catalogue.clone(), &settings, history);
        let problems = planner.preload_problems();
        if !problems.is_empty() {
            log.emit(EventKind::SessionRefused {
                problems: problems.into_iter().map(Problem::new).collect(),
                runtime_missing: false,
            });
            return;
        }
        if let Some(missing) = catalogue.missing_runtime(catalogue.models()) {
            log.emit(EventKind::SessionRefused {
                problems: vec![Problem::new(missing.to_string())],
                runtime_missing: missing.error.can_be_installed(),
            });
            return;
        }
        let (reports, report_receiver) = unbounded();
        let mut driver = Self {
            engine: Engine::new(catalogue.clone(), limits(&settings)),
            catalogue,
            planner,
            settings,
            pool,
            reports,
            selected: [false; 5],
            run: None,
            runs: 0,
            log,
            meter,
            names: HashMap::new(),
            preloads: HashMap::new(),
            tickets: 0,
            released_bytes: 0,
            watching: Watching::nothing(),
            plans: Plans::default(),
        };
        if watches_files {
            driver.watch_files();
        }
        driver.declare();
        driver.work(commands, &report_receiver);
    }

    fn work(&mut self, commands: &Receiver<Command>, reports: &Receiver<Report>) {
        let mut next_sample = Instant::now();
        let stirs = self.watching.stirs();
        loop {
            // Of several commands at once, only the last makes it worth while.
            if self.plans.are_outdated() && commands.is_empty() {
                self.compare_plans();
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
                        self.emit(EventKind::CommandGiven {
                            command: command.clone(),
                        });
                        self.obey(command);
                    }
                },
                recv(reports) -> report => {
                    if let Ok(report) = report {
                        self.take(report);
                    }
                }
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
        }
    }

    fn is_busy(&self) -> bool {
        self.run.is_some() || self.engine.is_loading()
    }

    fn stop(&mut self) {
        if self.is_busy() {
            self.cancel();
        }
        self.follow_effects();
        self.learn_costs();
        if let Err(error) = self.planner.history.save() {
            self.notice(format!("load times are not kept: {error}"), true);
        }
    }

    pub(super) fn emit(&mut self, kind: EventKind) {
        self.log.emit(kind);
    }

    pub(super) fn notice(&mut self, text: impl Into<String>, warning: bool) {
        self.emit(EventKind::Noted(if warning {
            Note::warning(text)
        } else {
            Note::info(text)
        }));
    }

    fn declare(&mut self) {
        self.emit(EventKind::Understood(Box::new(
            self.catalogue.understanding(),
        )));
        let mut needed: HashMap<Key, Vec<Need>> = HashMap::new();
        for dimension in Dimension::ALL {
            match self.planner.needs(dimension) {
                Ok(keys) => {
                    let all = closure(&*self.catalogue, &keys).unwrap_or_default();
                    for key in all {
                        let derived = !dimension::declares(dimension, &key);
                        needed
                            .entry(key)
                            .or_default()
                            .push(Need { dimension, derived });
                    }
                }
                Err(reason) => self.emit(EventKind::DimensionUnavailable {
                    dimension,
                    reason: Some(reason),
                }),
            }
        }
        let everything = self.catalogue.everything();
        let eager = closure(&*self.catalogue, &everything).unwrap_or_default();
        for key in self.planner.declared().to_owned() {
            let name = self.catalogue.name(&key);
            let inputs = self.catalogue.inputs(&key);
            self.emit(EventKind::ResourceDeclared(Box::new(Declaration {
                name: name.clone(),
                resource: Catalogue::kind(&key),
                inputs: inputs.iter().map(|i| self.catalogue.name(i)).collect(),
                group: key.group(),
                estimated_bytes: self.catalogue.estimated_bytes(&key),
                needs: needed.remove(&key).unwrap_or_default(),
                eager: eager.contains(&key),
                backend: self.catalogue.backend(&key).cloned(),
            })));
            self.names.insert(name, key);
        }
        let notes = self.catalogue.notes.iter();
        let notes: Vec<String> = notes.chain(&self.planner.history.notes).cloned().collect();
        for note in notes {
            self.notice(note, false);
        }
        self.announce_plan();
        self.follow_effects();
    }

    pub(super) fn selected_dimensions(&self) -> Vec<Dimension> {
        let all = Dimension::ALL.into_iter();
        all.filter(|d| self.selected[*d as usize]).collect()
    }

    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Identified(path, result) => self.identified(&path, result),
            Report::Progressed(name, done, total) => {
                self.emit(EventKind::LoadProgressed { name, done, total });
            }
            Report::Loaded(completion) => {
                self.landed(&completion);
                self.engine.complete(completion);
                self.follow_effects();
                if self.meter.is_due() {
                    self.sample_memory();
                }
            }
            Report::Packed(key, value, packed) => self.engine.packed(&key, &value, packed),
            Report::Computed(dimension, result) => self.computed(dimension, result),
        }
    }

    pub(super) fn follow_effects(&mut self) {
        while let Some(effect) = self.engine.next_effect() {
            match effect {
                // What the engine tells in one breath happened in one step of it.
                Effect::Emit(kind) => {
                    let more = std::iter::from_fn(|| self.engine.next_event());
                    self.log.emit_all(std::iter::once(kind).chain(more));
                }
                Effect::Identify(path) => self.identify(path),
                Effect::Start(load) => self.start(*load),
                Effect::Pack { key, value } => self.pack(key, value),
                Effect::Ready {
                    ticket,
                    values,
                    warm,
                } => {
                    if self.preloads.remove(&ticket).is_none() {
                        self.ready(ticket, values, warm);
                    }
                }
                Effect::Failed { ticket, failure } => {
                    if self.preloads.remove(&ticket).is_some() {
                        self.preload_failed(&failure);
                    } else {
                        self.request_failed(ticket, &failure);
                    }
                }
            }
        }
        self.trim();
    }

    fn preload_failed(&mut self, failure: &LoadFailure) {
        self.notice(failure.to_string(), true);
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

fn summary(experiment: &Experiment) -> ExperimentSummary {
    let file = |path: &std::path::Path| path.display().to_string();
    ExperimentSummary {
        name: experiment.name.clone(),
        path: experiment.file.as_deref().map(file),
        dataset: file(&experiment.dataset.path),
        target: experiment.dataset.target.clone(),
        positive: match &experiment.dataset.task {
            Some(Task::Binary { positive }) => positive.clone(),
            _ => String::new(),
        },
        model: experiment.model.source().map(file).unwrap_or_default(),
        gates: experiment.gates.iter().map(|g| g.metric.clone()).collect(),
    }
}

//! The life of a session's thread: what it begins with, and what is kept when it ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, never, unbounded};

use super::below::Below;
use super::compiled::KeptModels;
use super::driver::Driver;
use super::earlier::Earlier;
use super::facts::Asked;
use super::planner::{Planner, limits};
use super::plans::Plans;
use super::prefetching::Ahead;
use super::remembered::{Remembered, called_alike, scope};
use super::watching::Watching;
use crate::engine::Engine;
use crate::engine::pool::{Pool, contained};
use crate::event::{Command, EngineSettings, EventKind, ExperimentSummary};
use crate::experiment::Experiment;
use crate::log::LogWriter;
use crate::process::{self, MemoryMeter};
use crate::resource::{Catalogue, LoadSettings};
use crate::vocabulary::{Problem, Task};

/// What a session begins with.
pub(super) struct Opening {
    pub(super) experiment: Experiment,
    pub(super) settings: EngineSettings,
    pub(super) earlier: Earlier,
    pub(super) watches_files: bool,
    pub(super) listener: Option<Listener>,
}

/// Hears of what a session does before the session goes on.
pub(super) type Listener = Box<dyn FnMut(&EventKind) + Send>;

impl Driver {
    /// The session, from its first event to its last.
    pub(super) fn run(
        opening: Opening,
        pool: Pool,
        (commands, obeyed): (&Receiver<Command>, &Sender<()>),
        mut log: LogWriter,
    ) {
        let Opening {
            experiment,
            settings,
            earlier,
            watches_files,
            listener,
        } = opening;
        let Earlier {
            history,
            disk,
            shared,
            baseline,
            parts,
            elsewhere,
            part,
        } = earlier;
        let start = process::start();
        log.emit(EventKind::SessionOpened {
            experiment: Box::new(summary(&experiment)),
            settings: Box::new(settings.clone()),
            lints: Box::new(experiment.lints.clone()),
            memory: start.memory,
            process_seconds: start.began.elapsed().as_secs_f64(),
            cores: std::thread::available_parallelism().ok().map(usize::from),
        });
        let (scope, alike) = (scope(&experiment), called_alike(&experiment));
        let ahead = Ahead::of(scope.0.to_string(), named_by_time(), &history.selections);
        let (reports, report_receiver) = unbounded();
        let compiled = disk
            .clone()
            .map(|disk| Arc::new(KeptModels::new(disk, reports.clone())));
        let begun = contained(|| {
            let load_settings = LoadSettings::of(&experiment);
            let catalogue = Catalogue::new(experiment, load_settings);
            let catalogue = Arc::new(match &compiled {
                Some(compiled) => catalogue.with_compiled(compiled.clone()),
                None => catalogue,
            });
            let planner = Planner::new(catalogue.clone(), &settings, history);
            let planner = planner.for_shard(part.as_ref().map(|part| part.shard()));
            let engine = Engine::new(catalogue.clone(), limits(&settings));
            (catalogue, planner, engine)
        });
        let (catalogue, planner, engine) = match begun {
            Ok(begun) => begun,
            Err(message) => return log.emit(crash(&message)),
        };
        let remembered = disk
            .clone()
            .map(|disk| Arc::new(Remembered::of(disk, scope.clone(), alike)));
        let in_parts = (parts.is_some() || elsewhere.is_some()).then(|| match &parts {
            Some(parts) => OnceLock::from(parts.clone()),
            None => OnceLock::new(),
        });
        let tiers = (in_parts.map(Arc::new), disk, shared);
        let below = Below::start(tiers, scope, reports.clone());
        let mut engine = engine;
        if below.is_some() {
            engine.look_below();
        }
        let mut driver = Self {
            below,
            parts,
            part,
            // Where it is opened for the first time, all that is known of it is new.
            has_stored: remembered.as_ref().is_some_and(|names| names.is_new),
            recalled: Vec::new(),
            remembered: remembered.clone(),
            traced: HashSet::new(),
            engine,
            catalogue,
            planner,
            settings,
            pool,
            reports,
            selected: [false; 5],
            unavailable: Default::default(),
            run: None,
            baseline,
            scored_told: None,
            runs: 0,
            log,
            listener,
            meter: MemoryMeter::default(),
            names: HashMap::new(),
            declared: HashMap::new(),
            preloads: HashMap::new(),
            asked: Asked::default(),
            refused: false,
            tickets: 0,
            released_bytes: 0,
            watches_files,
            watching: Watching::nothing(),
            plans: Plans::default(),
            ahead,
            opened: Instant::now(),
        };
        let worked = contained(|| {
            driver.declare();
            if driver.seek_understanding() {
                driver.watch_new_files();
                let elsewhere = elsewhere.unwrap_or_else(never);
                driver.work(commands, obeyed, &report_receiver, elsewhere);
            }
        });
        if let Err(message) = worked {
            driver.emit(crash(&message));
        }
        if let Some(below) = driver.below.take() {
            // Where nothing new was made, everything is what it was.
            let names = contained(|| {
                let recalled = std::mem::take(&mut driver.recalled);
                let lacks = |names: &Arc<Remembered>| names.lacks(&recalled);
                if driver.has_stored || remembered.as_ref().is_some_and(lacks) {
                    [driver.engine.known(), recalled].concat()
                } else {
                    Vec::new()
                }
            });
            below.close(names.unwrap_or_default());
            if let Some(compiled) = compiled {
                compiled.close();
            }
            if let Some(remembered) = remembered {
                remembered.close();
            }
        }
    }
}

/// Names a session by when it begins.
fn named_by_time() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |time| time.as_micros() as u64)
}

/// What a session says at last that has failed inside.
fn crash(message: &str) -> EventKind {
    let cause = format!("the session has failed inside the program: {message}");
    EventKind::SessionRefused {
        problems: vec![Problem::new(cause).remedy("open it again, and report this")],
        runtime_missing: false,
        crashed: true,
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
        gates: experiment
            .gates
            .iter()
            .map(|g| g.metric.clone())
            .chain(experiment.baseline_gates.names())
            .collect(),
    }
}

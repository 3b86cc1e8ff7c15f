//! What the engine's bookkeeping costs: looking up what is resident, an event, and looking back; and a
//! frame of the screen, however long a session has lasted.
//!
//! A run of the bundled experiment makes some hundred lookups and events, so each nanosecond here is
//! nothing beside a load; `lazydebugger bench overhead` measures what all of it comes to.
#![allow(clippy::unwrap_used, reason = "a benchmark that fails may panic")]
#![allow(missing_docs, reason = "criterion's macros write no documentation")]

#[path = "../tests/engine/log/made_up.rs"]
mod made_up;

use std::cell::OnceCell;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lazydebugger::engine::graph::closure;
use lazydebugger::engine::{
    Completion, Effect, Engine, Limits, LoadContext, LoadError, Loaded, Recipe, Storage, Ticket,
    Workload,
};
use lazydebugger::event::{Command, Event, EventKind};
use lazydebugger::experiment::{Experiment, bundled};
use lazydebugger::ledger::Ledger;
use lazydebugger::log::{LogWriter, Timeline};
use lazydebugger::resource::directly::inspect;
use lazydebugger::resource::source::stamp;
use lazydebugger::resource::{Catalogue, Key, LoadSettings};
use lazydebugger::session::Session;
use lazydebugger::tui::app_loop::App;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::{
    CachePolicy, ContentId, Dimension, Lookup, Owner, Preset, ResourceName,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn owner() -> Owner {
    Owner::from(Dimension::Robustness)
}

const LIMITS: Limits = Limits {
    lanes: 2,
    cache_policy: CachePolicy::Quick,
    cache_entries: 4096,
    cache_bytes: 1 << 30,
    memory_budget: None,
    device_budget: None,
    ttl_seconds: None,
};

/// Keys of the bundled experiment without files or values: what is left is the engine.
struct WithoutFiles(Catalogue);

impl Workload for WithoutFiles {
    type Key = Key;
    type Value = ();

    fn name(&self, key: &Key) -> ResourceName {
        self.0.name(key)
    }

    fn is_known(&self, key: &Key) -> bool {
        self.0.is_known(key)
    }

    fn inputs(&self, key: &Key) -> Vec<Key> {
        self.0.inputs(key)
    }

    fn storage(&self, key: &Key) -> Storage {
        self.0.storage(key)
    }

    fn recipe(&self, key: &Key) -> Recipe {
        let recipe = self.0.recipe(key);
        if matches!(key, Key::File(_)) || !recipe.stamped_files().is_empty() {
            return Recipe::new("not of a file").with("name", key.to_string());
        }
        recipe
    }

    fn estimated_bytes(&self, key: &Key) -> Option<u64> {
        self.0.estimated_bytes(key)
    }

    fn exclusive_class(&self, key: &Key) -> Option<u32> {
        self.0.exclusive_class(key)
    }

    fn load(&self, _: &Key, _: &[Arc<()>], _: &LoadContext<'_>) -> Result<Loaded<()>, LoadError> {
        Ok(Loaded {
            value: (),
            bytes: 1_000,
            mapped_bytes: 0,
            exact: true,
            detail: String::new(),
        })
    }
}

fn catalogue() -> Catalogue {
    let experiment = Experiment::from_file(&bundled().unwrap()).unwrap();
    let settings = LoadSettings::of(&experiment);
    inspect(experiment, settings).unwrap()
}

/// Everything that robustness asks for in the full preset, with what that is made from.
fn keys(catalogue: &Catalogue) -> Vec<Key> {
    let asked = lazydebugger::dimension::needs(Dimension::Robustness, catalogue, Preset::Full);
    closure(catalogue, &asked.unwrap()).unwrap()
}

/// Follows the engine until nothing is left to do; what it says is dropped.
fn settle<W: Workload>(engine: &mut Engine<W>, workload: &W) {
    while let Some(effect) = engine.next_effect() {
        match effect {
            Effect::Look { ticket, files } => {
                engine.looked_at(ticket, files.iter().map(|path| stamp(path)).collect());
            }
            Effect::Start(load) => {
                let context = LoadContext {
                    cancel: load.cancel,
                    progress: &|_, _| {},
                };
                let result = workload.load(&load.key, &load.inputs, &context);
                engine.complete(Completion {
                    key: load.key,
                    generation: load.generation,
                    lane: load.lane,
                    seconds: 0.0,
                    stamps: load.files.iter().map(|path| stamp(path)).collect(),
                    result,
                });
            }
            effect => drop(black_box(effect)),
        }
    }
}

/// Requests of many keys that are all resident, by a key: events written and answer given.
fn lookups(criterion: &mut Criterion) {
    let workload = Arc::new(WithoutFiles(catalogue()));
    let keys = keys(&workload.0);
    let mut engine = Engine::new(workload.clone(), LIMITS);
    let mut group = criterion.benchmark_group("resident lookup");
    group.throughput(Throughput::Elements(keys.len() as u64));
    engine.acquire(Ticket(0), owner(), keys.clone());
    settle(&mut engine, &*workload);
    let request = || keys.clone();
    group.bench_function("by a holder", |bencher| {
        bencher.iter_batched(
            request,
            |keys| {
                engine.acquire(Ticket(1), owner(), keys);
                settle(&mut engine, &*workload);
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("by a new holder, who lets go again", |bencher| {
        bencher.iter_batched(
            request,
            |keys| {
                engine.acquire(Ticket(1), Owner::User, keys);
                engine.release(&Owner::User);
                settle(&mut engine, &*workload);
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// A request of what fairness needs, all of it resident, its files looked at again.
fn request(criterion: &mut Criterion) {
    let catalogue = Arc::new(catalogue());
    let asked = lazydebugger::dimension::needs(Dimension::Fairness, &catalogue, Preset::Quick);
    let asked = asked.unwrap();
    let mut engine = Engine::new(catalogue.clone(), LIMITS);
    engine.acquire(Ticket(0), owner(), asked.clone());
    settle(&mut engine, &*catalogue);
    criterion.bench_function("resident request of fairness, with its files", |bencher| {
        bencher.iter(|| {
            engine.acquire(Ticket(1), owner(), asked.clone());
            settle(&mut engine, &*catalogue);
        });
    });
}

/// Logging an event and taking it out at the other end, as in a session that has lasted for a while:
/// older events go to a file, for which nobody waits but the bench, untimed. And folding it.
fn events(criterion: &mut Criterion) {
    const EVENTS: usize = 1_000;
    /// As many as stay in memory, and the chunk that is being filled.
    const MOST_IN_MEMORY: u64 = 12 * 512;
    let kind = EventKind::Requested {
        name: ResourceName::from("predictions:random_forest@dataset"),
        by: owner(),
        lookup: Lookup::Hit { saved_seconds: 0.1 },
        content: ContentId::new([7; 32]),
        differs: Vec::new(),
        same_as: None,
    };
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("event");
    for at_once in [1, 10] {
        group.bench_function(format!("logged, {at_once} at once, and taken"), |bencher| {
            let mut log = LogWriter::in_folder(folder.path().to_owned());
            let mut taken = log.log().subscribe();
            bencher.iter_custom(|events| {
                let mut time = Duration::ZERO;
                let mut left = events as usize;
                while left > 0 {
                    let some = left.min(EVENTS);
                    let began = Instant::now();
                    for first in (0..some).step_by(at_once) {
                        let at_once = at_once.min(some - first);
                        log.emit_all(std::iter::repeat_n(&kind, at_once).cloned());
                    }
                    taken.waiting().for_each(|event| drop(black_box(event)));
                    time += began.elapsed();
                    left -= some;
                    while log.log().events_in_memory() > MOST_IN_MEMORY {
                        std::thread::yield_now();
                    }
                }
                time
            });
        });
    }
    group.throughput(Throughput::Elements(EVENTS as u64));
    let mut writer = LogWriter::new();
    writer.emit_all(std::iter::repeat_n(kind, EVENTS));
    let events: Vec<_> = writer.log().subscribe().waiting().collect();
    group.bench_function("folded", |bencher| {
        bencher.iter_batched_ref(
            Ledger::default,
            |ledger| events.iter().for_each(|event| ledger.apply(event)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
    let log: OnceCell<Vec<Event>> = OnceCell::new();
    let mut group = criterion.benchmark_group("fold");
    group.sample_size(20);
    group.bench_function("a full run's log", |bencher| {
        let log = log.get_or_init(full_run);
        bencher.iter(|| Ledger::of(log));
    });
    let long: OnceCell<Vec<Event>> = OnceCell::new();
    group.bench_function("100,000 events", |bencher| {
        let long = long.get_or_init(|| again_and_again(log.get_or_init(full_run)));
        bencher.iter(|| Ledger::of(long));
    });
    group.finish();
    moments(criterion, log.get_or_init(full_run));
}

/// Looking back at any moment of a long session, most of whose log is in a file.
fn moments(criterion: &mut Criterion, run: &[Event]) {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = LogWriter::in_folder(folder.path().to_owned());
    let log = writer.log();
    for events in again_and_again(run).chunks(1_000) {
        writer.emit_all(events.iter().map(|event| event.kind.clone()));
        while log.events_in_memory() > 20_000 {
            std::thread::yield_now();
        }
    }
    let mut timeline = Timeline::of(log);
    timeline.catch_up().unwrap();
    let mut seq = 0;
    criterion.bench_function("any moment of 100,000 events", |bencher| {
        bencher.iter(|| {
            // Back and forth, so that none is near the one before.
            seq = (seq + 37_773) % EVENTS_OF_A_LONG_SESSION as u64;
            timeline.ledger_at(seq).unwrap().events
        });
    });
}

const EVENTS_OF_A_LONG_SESSION: usize = 100_000;

/// The log of a session that does the same again and again.
fn again_and_again(run: &[Event]) -> Vec<Event> {
    let kinds = run.iter().cycle().map(|event| event.kind.clone());
    let events = (0..).zip(kinds).take(EVENTS_OF_A_LONG_SESSION);
    let timed = events.map(|(seq, kind)| Event {
        seq,
        t: seq as f64 / 1_000.0,
        kind,
    });
    timed.collect()
}

/// The log of a full run of the bundled experiment.
fn full_run() -> Vec<Event> {
    let mut experiment = Experiment::from_file(&bundled().unwrap()).unwrap();
    experiment.engine.preset = Preset::Full;
    let (session, mut events) = Session::open(experiment).unwrap();
    session.send(Command::ToggleAll);
    session.send(Command::RunSelected);
    let mut log: Vec<Event> = Vec::new();
    while !matches!(
        log.last().map(|e| &e.kind),
        Some(EventKind::RunFinished { .. })
    ) {
        log.push(events.next().unwrap().clone());
    }
    log
}

/// A frame after so many runs: what is kept of a session is the newest, so that it stays the same.
fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    for runs in [1, 100, 10_000] {
        let mut screen = after(runs);
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        group.bench_function(format!("after {runs} runs"), |bencher| {
            bencher.iter(|| terminal.draw(|frame| screen.draw(frame)).unwrap().count);
        });
    }
    group.finish();
}

/// The screen of a session with so many runs.
fn after(runs: usize) -> Screen {
    let options = Options {
        theme: ThemeName::Dark,
        colours: true,
        unicode: true,
    };
    let mut screen = Screen::new(options, Source::Session);
    let mut session = made_up::Session::new();
    let opening = session.opening();
    let later = std::iter::repeat_with(move || session.run()).take(runs);
    let kinds = opening.into_iter().chain(later.flatten());
    for (seq, kind) in (0..).zip(kinds) {
        let t = seq as f64 / 1_000.0;
        screen.on_event(&Event { seq, t, kind });
    }
    screen
}

criterion_group!(benches, lookups, request, events, frames);
criterion_main!(benches);

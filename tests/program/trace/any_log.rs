//! Any log that could be: every kind of event with any contents.

mod found;
mod why;
mod words;

use found::outcome;
use lazydebugger::event::{
    Advice, AvoidedLoad, Basis, Command, Declaration, EngineSettings, Event, EventKind,
    ExperimentSummary, Forecast, MemorySample, Parity, PlannedLoad, TaskKind, Understanding,
};
use lazydebugger::vocabulary::{
    Backend, BackendChoice, CachePolicy, Codec, Columns, MemoryPool, Need, Preset, ResourceKind,
    ResourceName, RunsOn, Shard, ShardEnd, Strategy as LoadStrategy, Worker,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use why::{cause, lookup, owner, reason};
use words::{content, dimension, name, note, number, problem, text};

fn memory() -> impl Strategy<Value = MemorySample> {
    any::<(u64, Option<u64>, Option<u64>, u64)>().prop_map(|sample| MemorySample {
        rss_bytes: sample.0,
        anonymous_bytes: sample.1,
        file_bytes: sample.2,
        peak_rss_bytes: sample.3,
    })
}

fn opened() -> impl Strategy<Value = EventKind> {
    let process = (memory(), number());
    (text(), option::of(text()), any::<(u64, usize)>(), process).prop_map(
        |(name, path, (seed, threads), (memory, process_seconds))| EventKind::SessionOpened {
            experiment: Box::new(ExperimentSummary {
                name: name.clone(),
                path,
                dataset: name.clone(),
                target: name.clone(),
                positive: name.clone(),
                model: name.clone(),
                gates: vec![name],
            }),
            settings: Box::new(EngineSettings {
                backend: Backend::Native,
                preload: vec!["shared".to_owned()],
                compress: Some(Codec::Zstd),
                strategy: LoadStrategy::LazyAll,
                preset: Preset::Full,
                seed,
                threads,
                chunk_rows: threads,
                cache_policy: CachePolicy::Lfu,
                cache_entries: threads,
                cache_bytes: seed,
                memory_budget_bytes: Some(seed),
                columns: Columns::Stream,
                ..EngineSettings::default()
            }),
            lints: Box::default(),
            memory,
            process_seconds,
            cores: Some(2),
        },
    )
}

fn understood() -> impl Strategy<Value = EventKind> {
    let tasks = vec![TaskKind::Binary, TaskKind::MultiClass, TaskKind::Regression];
    let task = proptest::sample::select(tasks);
    let counts = any::<(u64, u64, u64, u64)>();
    (
        task,
        vec(text(), 0..3),
        option::of(text()),
        number(),
        counts,
    )
        .prop_map(
            |(task, classes, words, number, (rows, differing, flipped, largest_row))| {
                if rows % 2 == 0 {
                    return EventKind::Understood(Box::new(Understanding {
                        task,
                        target: words.clone().unwrap_or_default(),
                        classes,
                        score: words.clone().unwrap_or_default(),
                        threshold: words.as_ref().map(|_| number),
                        expected: words,
                    }));
                }
                EventKind::ParityChecked(Box::new(Parity {
                    rows,
                    differing,
                    largest: number,
                    largest_row,
                    flipped,
                    cause: words,
                }))
            },
        )
}

fn backend() -> impl Strategy<Value = BackendChoice> {
    prop_oneof![
        Just(BackendChoice::Covered),
        vec(text(), 0..3).prop_map(|what| BackendChoice::Uncovered { what }),
        proptest::sample::select(vec![RunsOn::Native, RunsOn::OnnxRuntime])
            .prop_map(|runs_on| BackendChoice::AskedFor { runs_on }),
    ]
}

fn declared() -> impl Strategy<Value = EventKind> {
    (
        name(),
        vec(name(), 0..3),
        option::of(text()),
        option::of(any::<u64>()),
        dimension(),
        option::of(backend()),
    )
        .prop_map(
            |(name, inputs, group, estimated_bytes, dimension, backend)| {
                EventKind::ResourceDeclared(Box::new(Declaration {
                    name,
                    resource: ResourceKind::ProtectedAttributes,
                    inputs,
                    group,
                    estimated_bytes,
                    needs: vec![Need {
                        dimension,
                        derived: estimated_bytes.is_some(),
                    }],
                    eager: estimated_bytes.is_none(),
                    backend,
                    way: None,
                    working_bytes: 0,
                    pool: MemoryPool::Host,
                }))
            },
        )
}

fn load() -> impl Strategy<Value = EventKind> {
    (
        name(),
        any::<(u64, u64, bool)>(),
        number(),
        text(),
        (owner(), content(), problem()),
    )
        .prop_flat_map(|(name, (done, total, exact), seconds, text, more)| {
            let (owner, content, problem) = more;
            let of = || name.clone();
            proptest::sample::select(vec![
                EventKind::LoadQueued { name: of() },
                EventKind::LoadStarted {
                    name: of(),
                    worker: 1,
                },
                EventKind::LoadProgressed {
                    name: of(),
                    done,
                    total,
                },
                EventKind::LoadFailed {
                    name: of(),
                    problem,
                },
                EventKind::LoadCancelled {
                    name: of(),
                    failed: exact.then(of),
                },
                EventKind::ContentChanged {
                    name: of(),
                    part: of(),
                    file: text.clone(),
                    digest: exact.then_some(content),
                },
                EventKind::OwnerAdded {
                    name: of(),
                    owner: owner.clone(),
                },
                EventKind::OwnerRemoved { name: of(), owner },
                EventKind::PlanMade {
                    first: vec![of()],
                    later: vec![of(), of()],
                },
                EventKind::CacheEvicted {
                    name: of(),
                    bytes: total,
                    policy: text.clone(),
                    for_name: of(),
                },
                EventKind::Packed {
                    name: of(),
                    codec: if exact { Codec::Lz4 } else { Codec::Zstd },
                    from_bytes: total,
                    bytes: total / 2,
                    seconds,
                    restore_seconds: seconds,
                },
                EventKind::LoadFinished {
                    name: of(),
                    bytes: total,
                    mapped_bytes: 0,
                    exact,
                    seconds,
                    digest: content,
                    detail: text,
                    fetched: !exact,
                },
            ])
        })
}

fn plans() -> impl Strategy<Value = EventKind> {
    let basis = proptest::sample::select(vec![Basis::Measured, Basis::Guessed, Basis::Unknown]);
    (
        (text(), vec(name(), 0..3), option::of(text())),
        any::<(usize, u64)>(),
        (number(), basis, option::of(dimension())),
    )
        .prop_map(
            |((text, names, group), (count, bytes), (seconds, basis, asked_by))| {
                let load = |name: &ResourceName| PlannedLoad {
                    name: name.clone(),
                    group: group.clone(),
                    worker: count,
                    start: seconds,
                    end: seconds,
                    basis,
                    bytes: Some(bytes),
                    asked_by,
                };
                EventKind::PlansCompared {
                    forecasts: vec![Forecast {
                        strategy: LoadStrategy::Adaptive,
                        first: count,
                        later: count,
                        reloads: count,
                        avoided: count,
                        avoided_bytes: bytes,
                        peak_bytes: bytes,
                        basis,
                        setup_seconds: seconds,
                        load_seconds: seconds,
                        load_seconds_sum: seconds,
                        critical_path: names.clone(),
                        critical_path_seconds: seconds,
                        problems: vec![text.clone()],
                        schedule: names.iter().map(load).collect(),
                        columns: Vec::new(),
                        avoids: names
                            .into_iter()
                            .map(|name| AvoidedLoad {
                                name,
                                group: group.clone(),
                            })
                            .collect(),
                    }],
                    advice: Advice {
                        strategy: LoadStrategy::EagerCore,
                        reason: text,
                    },
                }
            },
        )
}

fn run() -> impl Strategy<Value = EventKind> {
    (dimension(), any::<(u32, bool)>(), number(), text(), note()).prop_flat_map(
        |(dimension, (run, flag), seconds, text, note)| {
            proptest::sample::select(vec![
                EventKind::DimensionUnavailable {
                    dimension,
                    reason: flag.then(|| text.clone()),
                },
                EventKind::DimensionToggled {
                    dimension,
                    selected: flag,
                },
                EventKind::StrategyChanged {
                    strategy: LoadStrategy::Eager,
                },
                EventKind::RunStarted {
                    run,
                    dimensions: vec![dimension],
                },
                EventKind::SetupFinished { run, seconds },
                EventKind::RunFinished {
                    run,
                    seconds,
                    cancelled: flag,
                },
                EventKind::CancelRequested,
                EventKind::FellBackToEager {
                    strategy: LoadStrategy::LazyAll,
                    reason: text,
                },
                EventKind::DimensionStarted {
                    dimension,
                    resources: 3,
                },
                EventKind::DimensionComputing {
                    dimension,
                    working_bytes: 0,
                },
                EventKind::MemoryTrimmed {
                    before_bytes: 2,
                    after_bytes: 1,
                },
                EventKind::Noted(note),
            ])
        },
    )
}

fn requested() -> impl Strategy<Value = EventKind> {
    let parts = (content(), vec(name(), 0..3), option::of(name()));
    (name(), owner(), lookup(), parts).prop_map(|(name, by, lookup, parts)| {
        let (content, differs, same_as) = parts;
        EventKind::Requested {
            name,
            by,
            lookup,
            content,
            differs,
            same_as,
        }
    })
}

fn command() -> impl Strategy<Value = Command> {
    (dimension(), name()).prop_flat_map(|(dimension, name)| {
        proptest::sample::select(vec![
            Command::ToggleDimension(dimension),
            Command::ToggleAll,
            Command::RunSelected,
            Command::Run(dimension),
            Command::Preload(name.clone()),
            Command::PreloadAll,
            Command::Unload(name),
            Command::ClearCache,
            Command::ClearAll,
            Command::Cancel,
            Command::SetStrategy(LoadStrategy::Eager),
            Command::NextStrategy,
            Command::Close,
        ])
    })
}

fn kind() -> impl Strategy<Value = EventKind> {
    prop_oneof![
        opened(),
        understood(),
        declared(),
        load(),
        plans(),
        run(),
        (dimension(), outcome()).prop_map(|(dimension, outcome)| EventKind::DimensionFinished {
            dimension,
            outcome: Box::new(outcome),
        }),
        requested(),
        command().prop_map(|command| EventKind::CommandGiven { command }),
        (vec(problem(), 1..3), any::<bool>(), any::<bool>()).prop_map(
            |(problems, runtime_missing, crashed)| {
                EventKind::SessionRefused {
                    problems,
                    runtime_missing,
                    crashed,
                }
            }
        ),
        (name(), backend()).prop_map(|(name, backend)| EventKind::BackendChanged { name, backend }),
        (name(), any::<u64>(), cause()).prop_map(|(name, bytes, cause)| EventKind::Released {
            name,
            bytes,
            cause
        }),
        (name(), any::<u64>(), reason()).prop_map(|(name, bytes, reason)| {
            EventKind::CacheRefused {
                name,
                bytes,
                reason,
            }
        }),
        memory().prop_map(EventKind::MemorySampled),
        elsewhere(),
    ]
}

/// What goes on with shards on other machines.
fn elsewhere() -> impl Strategy<Value = EventKind> {
    (1..9_u32, 1..4_u32, text(), number(), load()).prop_flat_map(
        |(shard, number, machine, since, said)| {
            let shard = Shard::new(shard, 9).unwrap();
            let worker = || Worker {
                machine: machine.as_str().into(),
                number,
            };
            proptest::sample::select(vec![
                EventKind::ShardStarted {
                    shard,
                    worker: worker(),
                },
                EventKind::ShardTold {
                    shard,
                    worker: worker(),
                    since,
                    said: Box::new(said.clone()),
                },
                EventKind::ShardEnded {
                    shard,
                    worker: worker(),
                    end: ShardEnd::Lost,
                    reason: machine.clone(),
                },
            ])
        },
    )
}

/// A log of any events, on a clock that does not go back.
pub(crate) fn log() -> impl Strategy<Value = Vec<Event>> {
    vec((kind(), 0.0..10.0_f64), 0..12).prop_map(|kinds| {
        let mut t = 0.0;
        let events = kinds.into_iter().enumerate().map(|(seq, (kind, seconds))| {
            t += seconds;
            let seq = seq as u64;
            Event { seq, t, kind }
        });
        events.collect()
    })
}

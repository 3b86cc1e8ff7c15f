//! The first promise: whatever the strategy, the cache, the threads, the chunks, and whatever is
//! cleared, unloaded, evicted or cancelled meanwhile, the answers are the same. Bit for bit, on a
//! few rows of the bundled data with small models, so that the whole matrix can be run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use lazydebugger::event::{Command, DimensionStatus, Event, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::vocabulary::{
    Backend, Codec, Columns, Dimension, EngineSettings, Preset, ReleaseCause, Strategy, Way,
};
use polars_io::prelude::{IpcWriter, ParquetReader, ParquetWriter, SerReader, SerWriter};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bundled::driven::{Driven, sample_data};

/// Rows of the dataset.
const ROWS: usize = 120;

/// A cache's entries and bytes.
type CacheSize = (usize, u64);

const NO_CACHE: CacheSize = (0, 0);
const ONE_ENTRY: CacheSize = (1, 256 << 20);
/// Room for two tables' predictions.
const TINY: CacheSize = (128, 1_250);
const DEFAULT: CacheSize = (128, 256 << 20);

fn small_experiment(folder: &Path) -> Experiment {
    for (name, rows) in [
        ("adult_test.parquet", ROWS),
        ("adult_calib.parquet", 100),
        ("adult_shifted.parquet", 80),
    ] {
        let whole = File::open(sample_data().join(name)).unwrap();
        let whole = ParquetReader::new(whole).finish().unwrap();
        let file = File::create(folder.join(name)).unwrap();
        let few = &mut whole.head(Some(rows));
        let writer = ParquetWriter::new(file).with_row_group_size(Some(48));
        writer.finish(few).unwrap();
    }
    let models = ["rf_e005_d08_l25", "rf_e005_d04_l01", "rf_e020_d04_l25"];
    for model in models {
        let from = sample_data().join("sweep").join(format!("{model}.onnx"));
        fs::copy(from, folder.join(format!("{model}.onnx"))).unwrap();
    }
    let variant = |model: &str, trees: u32, leaf: u32| {
        json!({
            "name": model,
            "model": format!("{model}.onnx"),
            "parameters": { "n_estimators": trees, "min_samples_leaf": leaf },
        })
    };
    let sweep = json!({
        "score": "auc",
        "variants": [variant(models[1], 5, 1), variant(models[2], 20, 25)],
    });
    fs::write(folder.join("sweep.json"), sweep.to_string()).unwrap();
    let experiment = r#"
        name = "a few rows"
        [dataset]
        path = "adult_test.parquet"
        target = "income"
        positive = ">50K"
        missing_text = "?"
        calibration = "adult_calib.parquet"
        alternative = ["adult_shifted.parquet"]
        [protected]
        sex = "categories"
        age = [25, 45, 65]
        [model]
        path = "rf_e005_d08_l25.onnx"
        [[alternative_models]]
        name = "another"
        path = "rf_e005_d04_l01.onnx"
        [hyperparameters]
        path = "sweep.json"
        [engine]
        preset = "quick"
    "#;
    let file = folder.join("experiment.toml");
    fs::write(&file, experiment).unwrap();
    Experiment::from_file(&file).unwrap()
}

/// A desk with the small experiment on it.
pub(super) struct Matrix {
    pub(super) experiment: Experiment,
    _folder: TempDir,
}

impl Matrix {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            experiment: small_experiment(folder.path()),
            _folder: folder,
        }
    }

    /// The experiment as sessions of it are opened.
    pub(super) fn small(&self) -> Experiment {
        let mut experiment = self.experiment.clone();
        experiment.engine.preset = Preset::Quick;
        experiment.engine.backend = Backend::Native;
        experiment.engine.threads = 1;
        experiment
    }

    pub(super) fn session(&self, set: impl FnOnce(&mut EngineSettings)) -> Driven {
        let mut experiment = self.small();
        set(&mut experiment.engine);
        Driven::open(experiment)
    }

    pub(super) fn answers(&self, set: impl FnOnce(&mut EngineSettings)) -> Value {
        let mut driven = self.session(set);
        driven.run(&Dimension::ALL);
        answers(&driven)
    }
}

fn sized(engine: &mut EngineSettings, (entries, bytes): CacheSize) {
    engine.cache_entries = entries;
    engine.cache_bytes = bytes;
}

/// All that the dimensions found. JSON writes every number so that it is read back as it was.
pub(super) fn answers(driven: &Driven) -> Value {
    let outcomes = Dimension::ALL.map(|dimension| {
        let outcome = driven.ledger.dimension(dimension).outcome.as_ref().unwrap();
        assert_eq!(outcome.status, DimensionStatus::Ok, "{:?}", outcome.error);
        assert!(outcome.metrics.len() > 2, "{dimension}");
        json!({
            "metrics": outcome.metrics,
            "tables": outcome.tables,
            "figures": outcome.figures,
            "headline": outcome.headline,
            "notes": outcome.notes,
        })
    });
    json!(outcomes)
}

#[test]
fn strategies_caches_threads_and_chunks_change_no_bit() {
    let matrix = Matrix::new();
    let expected = matrix.answers(|_| {});
    for strategy in Strategy::ALL {
        for cache in [NO_CACHE, ONE_ENTRY, TINY, DEFAULT] {
            for threads in [1, 2, 4] {
                for chunk_rows in [1, 7, ROWS - 1, ROWS, ROWS + 1] {
                    let found = matrix.answers(|engine| {
                        engine.strategy = strategy;
                        sized(engine, cache);
                        engine.threads = threads;
                        engine.chunk_rows = chunk_rows;
                    });
                    assert!(
                        found == expected,
                        "{strategy}, cache {cache:?}, {threads} threads, chunks of {chunk_rows}"
                    );
                }
            }
        }
    }
}

/// The same tables in row groups of so many rows, so that batches and row groups end at different
/// rows.
pub(super) fn in_row_groups(matrix: &Matrix, rows: usize) {
    let folder = matrix.experiment.dataset.path.parent().unwrap();
    for name in [
        "adult_test.parquet",
        "adult_calib.parquet",
        "adult_shifted.parquet",
    ] {
        let path = folder.join(name);
        let mut table = ParquetReader::new(File::open(&path).unwrap())
            .finish()
            .unwrap();
        let file = File::create(&path).unwrap();
        let writer = ParquetWriter::new(file).with_row_group_size(Some(rows));
        writer.finish(&mut table).unwrap();
    }
}

/// The same tables as Arrow files, in batches of so many rows.
fn as_arrow(matrix: &mut Matrix, rows: usize) {
    let write = |path: &mut PathBuf| {
        let whole = ParquetReader::new(File::open(&*path).unwrap());
        let whole = whole.finish().unwrap();
        let mut table = whole.head(Some(rows));
        for first in (rows..whole.height()).step_by(rows) {
            table.vstack_mut(&whole.slice(first as i64, rows)).unwrap();
        }
        path.set_extension("arrow");
        let file = File::create(&*path).unwrap();
        IpcWriter::new(file).finish(&mut table).unwrap();
    };
    let dataset = &mut matrix.experiment.dataset;
    write(&mut dataset.path);
    dataset.calibration.iter_mut().for_each(write);
    dataset.alternative.iter_mut().for_each(write);
}

#[test]
fn batches_of_an_arrow_file_change_no_bit() {
    let mut matrix = Matrix::new();
    let expected = matrix.answers(|engine| engine.columns = Columns::Hold);
    as_arrow(&mut matrix, 37);
    for chunk_rows in [1, 17, ROWS] {
        for columns in [Columns::Hold, Columns::Stream] {
            let mut driven = matrix.session(|engine| {
                engine.threads = 2;
                engine.chunk_rows = chunk_rows;
                engine.columns = columns;
            });
            driven.run(&Dimension::ALL);
            assert!(
                answers(&driven) == expected,
                "{columns}, chunks of {chunk_rows}"
            );
            let scores = "predictions:rf_e005_d08_l25@calibration";
            let scores = driven.ledger.resource(&scores.into()).unwrap();
            let is_streamed = scores.detail.ends_with("streamed");
            assert_eq!(is_streamed, columns == Columns::Stream, "{}", scores.detail);
        }
    }
}

#[test]
fn columns_that_are_held_or_streamed_change_no_bit() {
    let matrix = Matrix::new();
    let expected = matrix.answers(|engine| engine.columns = Columns::Hold);
    let ids = |driven: &Driven| {
        let resources = driven.ledger.resources().iter();
        let scores = resources.filter(|r| r.name.0.starts_with("predictions:"));
        scores
            .map(|r| (r.name.clone(), r.digest))
            .collect::<Vec<_>>()
    };
    for group_rows in [ROWS, 37, 16, 1] {
        in_row_groups(&matrix, group_rows);
        let mut of_content: Option<Vec<_>> = None;
        for (backend, threads, chunk_rows) in [
            (Backend::Native, 1, 1),
            (Backend::Native, 2, 1),
            (Backend::Native, 2, 7),
            (Backend::Native, 1, 37),
            (Backend::Native, 4, ROWS),
            (Backend::Native, 2, ROWS + 1),
            (Backend::Native, 2, usize::MAX),
        ] {
            for columns in [Columns::Hold, Columns::Stream] {
                for strategy in [Strategy::LazyAll, Strategy::EagerCore] {
                    let mut driven = matrix.session(|engine| {
                        engine.backend = backend;
                        engine.threads = threads;
                        engine.chunk_rows = chunk_rows;
                        engine.columns = columns;
                        engine.strategy = strategy;
                    });
                    driven.run(&Dimension::ALL);
                    let place = format!(
                        "{columns}, {strategy}, {threads} threads, chunks of {chunk_rows}, row groups \
                         of {group_rows}"
                    );
                    assert!(answers(&driven) == expected, "{place}");
                    let ids = ids(&driven);
                    assert_eq!(
                        of_content.get_or_insert_with(|| ids.clone()),
                        &ids,
                        "{place}"
                    );
                }
            }
        }
    }
}

/// How the scores of the calibration rows come to be: only their own prediction passes over their
/// features.
#[test]
fn a_streamed_prediction_holds_its_scores_alone() {
    let matrix = Matrix::new();
    let mut driven = matrix.session(|engine| {
        engine.columns = Columns::Stream;
        engine.strategy = Strategy::LazyAll;
    });
    driven.run(&[Dimension::Uncertainty]);
    let of = |name: &str| driven.ledger.resource(&name.into()).unwrap().clone();
    let scores = of("predictions:rf_e005_d08_l25@calibration");
    assert_eq!(scores.loads, 1);
    assert_eq!(scores.detail, "100 rows, streamed");
    assert!(scores.working_bytes > 0);
    assert!(
        !scores
            .inputs
            .iter()
            .any(|input| input.0.starts_with("columns:"))
    );
    let features = of("columns:calibration[features]");
    assert_eq!(features.loads, 0);
    assert_eq!(features.way, Some(Way::StreamedAsTold { passes: 1 }));
}

/// Rows are disturbed batch by batch, all disturbances in one pass, and what else looks at the features
/// looks at one after the other.
#[test]
fn nobody_needs_all_features_at_once() {
    let matrix = Matrix::new();
    in_row_groups(&matrix, 37);
    let mut driven = matrix.session(|engine| {
        engine.columns = Columns::Stream;
        engine.strategy = Strategy::LazyAll;
        engine.threads = 2;
        engine.chunk_rows = 16;
    });
    driven.run(&[Dimension::Robustness, Dimension::Resilience]);
    let of = |name: &str| driven.ledger.resource(&name.into()).unwrap().clone();
    for table in ["dataset", "alternative:adult_shifted"] {
        assert_eq!(
            of(&format!("columns:{table}[features]")).loads,
            0,
            "{table}"
        );
    }
    for survey in [
        "statistics:rf_e005_d08_l25",
        "worst_slices",
        "drift",
        "unusual_rows:5,10000,5",
    ] {
        let survey = of(survey);
        assert_eq!(survey.loads, 1, "{}", survey.name);
        assert!(survey.working_bytes > 0, "{}", survey.name);
    }
    let noisy = of("predictions:rf_e005_d08_l25@dataset~gaussian(0.5)#1");
    assert!(noisy.detail.ends_with("streamed"), "{}", noisy.detail);
    let mut begun = 0;
    let mut together = Vec::new();
    for event in &driven.log {
        match &event.kind {
            EventKind::LoadStarted { name, .. } if name.0.contains('~') => begun += 1,
            EventKind::LoadFinished { name, .. } if name.0.contains('~') => {
                together.push(std::mem::take(&mut begun));
            }
            _ => {}
        }
    }
    // Levels and repeats of Gaussian noise, of noise on ranks, and of categories redrawn. What was due when
    // the first lane was free may have begun without the rest.
    together.sort_unstable_by_key(|loads| std::cmp::Reverse(*loads));
    let in_two = together[0] + together[1];
    assert!(in_two >= 3 * (4 + 2 + 2), "in two passes: {together:?}");
}

/// Sends a command after so many events of a run; however the run ends, the next one must give the
/// same answers.
fn disturbed(matrix: &Matrix, strategy: Strategy, after: usize, command: &Command) -> Value {
    let mut driven = matrix.session(|engine| {
        engine.strategy = strategy;
        engine.threads = 2;
        sized(engine, TINY);
    });
    driven.send(Command::ToggleAll);
    driven.send(Command::RunSelected);
    driven.until(|kind| matches!(kind, EventKind::RunStarted { .. }));
    let mut left = after;
    driven.until(|kind| {
        left = left.saturating_sub(1);
        left == 0 || matches!(kind, EventKind::RunFinished { .. })
    });
    let is_over = driven
        .ledger
        .runs
        .last()
        .is_some_and(|run| run.seconds.is_some());
    driven.send(command.clone());
    if !is_over {
        driven.finish_run();
    }
    if driven.ledger.runs.last().is_some_and(|run| run.cancelled) {
        driven.send(Command::RunSelected);
        driven.finish_run();
    }
    answers(&driven)
}

#[test]
fn what_happens_meanwhile_changes_no_bit() {
    let matrix = Matrix::new();
    let expected = matrix.answers(|_| {});
    let model = "model:rf_e005_d08_l25";
    let commands = [
        Command::ClearCache,
        Command::ClearAll,
        Command::Unload(model.into()),
        Command::Unload("predictions:rf_e005_d08_l25@dataset".into()),
        Command::Cancel,
        Command::NextStrategy,
        Command::ToggleDimension(Dimension::Fairness),
        Command::PreloadAll,
    ];
    // Moments all over a run of some 400 events; each command meets each part of it.
    for (place, after) in (1..400).step_by(13).enumerate() {
        let strategy = Strategy::ALL[place % Strategy::ALL.len()];
        for command in commands.iter().skip(place % 2).step_by(2) {
            let found = disturbed(&matrix, strategy, after, command);
            assert!(
                found == expected,
                "{strategy}, {command:?} after {after} events"
            );
        }
    }
}

#[test]
fn a_memory_budget_changes_no_bit() {
    let matrix = Matrix::new();
    let mut driven = matrix.session(|engine| engine.strategy = Strategy::LazyAll);
    driven.run(&Dimension::ALL);
    let expected = answers(&driven);
    let least = driven.ledger.memory.peak_estimated_bytes;
    let mut evictions = 0;
    for strategy in Strategy::ALL {
        for percent in [100, 105, 120] {
            let mut driven = matrix.session(|engine| {
                engine.strategy = strategy;
                engine.memory_budget_bytes = Some(least * percent / 100);
            });
            driven.run(&Dimension::ALL);
            assert!(answers(&driven) == expected, "{strategy}, {percent}%");
            let kinds = driven.log.iter().map(|event| &event.kind);
            evictions += kinds.filter(|kind| is_eviction(kind)).count();
        }
    }
    assert!(
        evictions > 0,
        "what is kept in case somebody asks made room"
    );
}

#[test]
fn packing_what_is_cold_changes_no_bit() {
    let matrix = Matrix::new();
    let expected = matrix.answers(|_| {});
    for codec in [Codec::Lz4, Codec::Zstd] {
        let mut driven = matrix.session(|engine| engine.compress = Some(codec));
        for run in 1..=2 {
            driven.run(&Dimension::ALL);
            assert!(answers(&driven) == expected, "{codec}, run {run}");
        }
        let smaller = |event: &Event| match event.kind {
            EventKind::Packed {
                from_bytes, bytes, ..
            } => bytes < from_bytes,
            _ => false,
        };
        assert!(driven.log.iter().any(smaller), "{codec}");
        let figures = driven.ledger.cache();
        assert!(
            figures.hits > figures.misses,
            "the second run found all of it"
        );
    }
}

fn is_eviction(kind: &EventKind) -> bool {
    let EventKind::Released { cause, .. } = kind else {
        return false;
    };
    matches!(cause, ReleaseCause::Evicted { .. })
}

/// ONNX Runtime's own sums depend on its number of threads, which is why a model has but the thread
/// of the worker that runs it.
#[test]
fn onnx_runtime_gives_the_same_bits() {
    let matrix = Matrix::new();
    let of = |threads: usize, strategy: Strategy, cache: CacheSize| {
        matrix.answers(|engine| {
            engine.backend = Backend::OnnxRuntime;
            engine.threads = threads;
            engine.strategy = strategy;
            sized(engine, cache);
        })
    };
    let expected = of(1, Strategy::EagerCore, DEFAULT);
    for threads in [1, 2, 4] {
        for strategy in Strategy::ALL {
            for cache in [NO_CACHE, ONE_ENTRY, TINY] {
                let found = of(threads, strategy, cache);
                assert!(
                    found == expected,
                    "{threads} threads, {strategy}, cache {cache:?}"
                );
            }
        }
    }
}

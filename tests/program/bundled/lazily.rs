//! Nothing is read outside the log, and nothing before somebody needs it: what is broken harms those
//! alone who ask for it.

use std::fs;
use std::path::Path;

use lazydebugger::event::{Command, DimensionStatus, EventKind, TaskKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::ledger::Refusal;
use lazydebugger::report::exit_code;
use lazydebugger::vocabulary::{
    Backend, BackendChoice, Dimension, Owner, Preset, ResourceKind, RunsOn, Strategy, Task,
};

use crate::bundled::driven::{Driven, bundled, sample_data};
use crate::bundled::inputs::copied;

fn lazy(mut experiment: Experiment) -> Experiment {
    experiment.engine.strategy = Strategy::LazyAll;
    experiment
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

/// A session as far as the understanding of its experiment.
fn understood(experiment: Experiment) -> Driven {
    let mut driven = Driven::open(experiment);
    driven.until(|kind| matches!(kind, EventKind::Understood(_)));
    driven
}

/// All that was loaded, in order of name; files that were read to be known among it.
fn loaded(driven: &Driven) -> Vec<String> {
    let spans = driven.ledger.spans.iter();
    sorted(spans.map(|span| span.name.to_string()).collect())
}

/// The files that were read as a whole, in order of name, each as often as it was read.
fn read(driven: &Driven) -> Vec<String> {
    let files = loaded(driven).into_iter();
    files.filter(|name| name.starts_with("file:")).collect()
}

#[test]
fn an_experiment_is_understood_from_a_schema_and_a_header() {
    let mut driven = understood(bundled());
    assert!(matches!(
        driven.log[0].kind,
        EventKind::SessionOpened { .. }
    ));
    assert_eq!(loaded(&driven), ["dataset", "header:random_forest"]);
    for name in ["dataset", "header:random_forest"] {
        let record = driven.ledger.resource(&name.into()).unwrap();
        assert_eq!(record.owners, [Owner::Session], "{name}");
        let (bytes, exact) = record.bytes.unwrap();
        assert!(bytes > 0 && bytes < 100_000 && exact, "{name}: {bytes}");
        assert!(record.load_seconds.is_some());
    }
    // Nor does it go on to read by itself.
    driven.send(Command::NextStrategy);
    driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
    driven.send(Command::ToggleAll);
    driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
    assert_eq!(driven.ledger.spans.total(), 2);
}

#[test]
fn files_that_nobody_has_looked_at_are_told_by_their_sizes() {
    let mut driven = understood(bundled());
    driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
    let length = |file: &str| fs::metadata(sample_data().join(file)).unwrap().len();
    for (name, file) in [
        ("model:xgboost", "xgboost.onnx"),
        ("hyperparameters", "sweep.json"),
    ] {
        let record = driven.ledger.resource(&name.into()).unwrap();
        assert_eq!(record.estimated_bytes, Some(length(file)), "{name}");
        assert_eq!(record.backend, None, "{name}");
    }
    let model = driven
        .ledger
        .resource(&"model:random_forest".into())
        .unwrap();
    assert_eq!(model.backend, Some(BackendChoice::Covered));
}

#[test]
fn without_a_positive_class_the_target_is_read_and_no_other_column() {
    let mut experiment = bundled();
    experiment.dataset.task = None;
    let driven = understood(experiment);
    let expected = [
        "columns:dataset[outcome]",
        "dataset",
        "file:adult_test.parquet",
        "header:random_forest",
        "target_values",
    ];
    assert_eq!(loaded(&driven), expected);
    let understanding = driven.ledger.understanding.as_ref().unwrap();
    assert_eq!(understanding.task, TaskKind::Binary);
    assert_eq!(understanding.classes, [">50K"]);
}

#[test]
fn fairness_reads_the_dataset_and_the_model_each_once() {
    let mut driven = Driven::after(lazy(bundled()), &[Dimension::Fairness]);
    let expected = ["file:adult_test.parquet", "file:random_forest.onnx"];
    assert_eq!(read(&driven), expected);
    driven.run(&[Dimension::Fairness]);
    assert_eq!(read(&driven), expected, "nor again, unless they change");
}

#[test]
fn hyperparameters_read_no_table_but_the_dataset_and_no_model_but_the_variants() {
    let driven = Driven::after(lazy(bundled()), &[Dimension::Hyperparameters]);
    let files = read(&driven);
    assert_eq!(files.len(), 2 + 12, "{files:?}");
    for name in &files {
        let is_expected = name == "file:adult_test.parquet"
            || name == "file:sweep.json"
            || name.starts_with("file:rf_e");
        assert!(is_expected, "{name}");
    }
    let of_kind = |kind| {
        let all = driven.ledger.resources().iter();
        let loaded = all.filter(move |r| r.kind == kind && r.loads > 0);
        loaded.map(|r| &*r.name.0)
    };
    for name in of_kind(ResourceKind::Table) {
        assert!(
            name == "dataset" || name.starts_with("columns:dataset["),
            "{name}"
        );
    }
    assert_eq!(of_kind(ResourceKind::Header).count(), 1 + 12);
    assert_eq!(of_kind(ResourceKind::Model).count(), 12);
}

/// All dimensions of an experiment with a file that is not what it is taken for: those that fail.
fn broken(file: &str) -> Vec<Dimension> {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = copied(folder.path());
    if file == "xgboost.onnx" {
        // The quick preset asks for no alternative model.
        experiment.engine.preset = Preset::Medium;
    }
    fs::write(folder.path().join(file), "neither a model nor a table").unwrap();
    let driven = Driven::after(experiment, &Dimension::ALL);
    assert_eq!(exit_code(&driven.ledger), 2, "{file}");
    let mut failed = Vec::new();
    for dimension in Dimension::ALL {
        let outcome = driven.outcome(dimension);
        if outcome.status == DimensionStatus::Ok {
            assert!(!outcome.metrics.is_empty(), "{dimension}");
        } else {
            let error = driven.error(dimension);
            assert!(error.starts_with(dimension.name()), "{error}");
            assert!(error.contains(file), "{error}");
            failed.push(dimension);
        }
    }
    failed
}

#[test]
fn what_is_broken_fails_those_dimensions_alone_that_ask_for_it() {
    let by_calibration = [Dimension::Uncertainty, Dimension::Resilience];
    for (file, failed) in [
        ("xgboost.onnx", &[Dimension::Robustness][..]),
        ("adult_calib.parquet", &by_calibration),
        ("adult_shifted.parquet", &[Dimension::Resilience]),
        ("sweep.json", &[Dimension::Hyperparameters]),
        ("sweep/rf_e020_d08_l25.onnx", &[Dimension::Hyperparameters]),
    ] {
        assert_eq!(broken(file), failed, "{file}");
    }
}

#[test]
fn eager_fails_no_more_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = copied(folder.path());
    experiment.engine.strategy = Strategy::Eager;
    experiment.engine.preset = Preset::Medium;
    fs::write(folder.path().join("xgboost.onnx"), "not a model").unwrap();
    let driven = Driven::after(experiment, &[Dimension::Robustness, Dimension::Fairness]);
    assert!(driven.error(Dimension::Robustness).contains("xgboost.onnx"));
    let fairness = driven.outcome(Dimension::Fairness);
    assert_eq!(fairness.status, DimensionStatus::Ok);
}

fn refused(experiment: Experiment) -> Refusal {
    let mut driven = Driven::open(experiment);
    driven.until(|kind| matches!(kind, EventKind::SessionRefused { .. }));
    driven.ledger.refused.unwrap()
}

#[test]
fn a_broken_dataset_and_a_broken_model_refuse_the_session_both_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = copied(folder.path());
    let files = ["adult_test.parquet", "random_forest.onnx"];
    for file in files {
        fs::write(folder.path().join(file), "nothing of use").unwrap();
    }
    let refusal = refused(experiment);
    let told: Vec<String> = refusal.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for (key, file) in ["dataset.path", "model.path"].into_iter().zip(files) {
        let is_it = |problem: &&String| problem.starts_with(key) && problem.contains(file);
        assert!(
            told.iter().any(|problem| is_it(&problem)),
            "{key} in {told:?}"
        );
    }
    assert!(!refusal.runtime_missing);
}

/// Its header shows nothing that is not covered; that a category asks for a column that is not there
/// is seen when it is compiled.
fn with_a_broken_promise(folder: &Path) -> Experiment {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/exported");
    fs::copy(zoo.join("catnb.whole.onnx"), folder.join("model.onnx")).unwrap();
    let rows = (0..90).map(|row| {
        let cells = [row, row / 3, row / 9, row / 27].map(|n| (n % 3).to_string());
        format!("{},{}\n", cells.join(","), (row + row / 9) % 3)
    });
    let rows = format!("a,b,c,d,y\n{}", rows.collect::<String>());
    fs::write(folder.join("rows.csv"), rows).unwrap();
    let text = "[dataset]\npath = 'rows.csv'\ntarget = 'y'\npositive = [0, 1, 2]\n\
                [model]\npath = 'model.onnx'\n";
    let file = folder.join("experiment.toml");
    fs::write(&file, text).unwrap();
    Experiment::from_file(&file).unwrap()
}

#[test]
fn a_header_that_promised_too_much_is_followed_by_onnx_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = with_a_broken_promise(folder.path());
    assert!(matches!(experiment.dataset.task, Some(Task::MultiClass(_))));
    let mut driven = understood(experiment);
    driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
    let name = "model:model";
    let backend = |driven: &Driven| {
        let record = driven.ledger.resource(&name.into()).unwrap();
        record.backend.clone().unwrap()
    };
    assert_eq!(backend(&driven), BackendChoice::Covered);
    driven.run(&[Dimension::Uncertainty]);
    let changes = driven.log.iter().filter_map(|event| match &event.kind {
        EventKind::BackendChanged { name, backend } => Some((&*name.0, backend.clone())),
        _ => None,
    });
    let changes: Vec<_> = changes.collect();
    let [(of, now)] = &changes[..] else {
        panic!("{changes:?}");
    };
    assert_eq!((*of, now.runs_on()), (name, RunsOn::OnnxRuntime));
    assert!(
        now.reason().contains("asks for a column that is not there"),
        "{now}"
    );
    assert_eq!(backend(&driven), *now);
    let outcome = driven.outcome(Dimension::Uncertainty);
    assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    // The same numbers as where it was never tried.
    let mut experiment = with_a_broken_promise(folder.path());
    experiment.engine.backend = Backend::OnnxRuntime;
    let asked_for = Driven::after(experiment, &[Dimension::Uncertainty]);
    let expected = asked_for.outcome(Dimension::Uncertainty);
    assert_eq!(outcome.metrics, expected.metrics);
}

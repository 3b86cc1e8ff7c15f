//! Files that change between runs, and files that fail while a run goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use lazydebugger::event::{DimensionStatus, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::vocabulary::{BackendChoice, Dimension, Lookup, MissReason};
use polars::prelude::{ParquetReader, ParquetWriter, SerReader};

use crate::bundled::driven::{Driven, sample_data};

/// Copies a file that looks as if it had not been written to for a while: what was written just now
/// may still be written to, and is read again whenever somebody asks.
fn copy_settled(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    let a_minute_ago = SystemTime::now() - Duration::from_mins(1);
    let file = fs::File::options().write(true).open(to).unwrap();
    file.set_modified(a_minute_ago).unwrap();
}

/// A copy of what the experiment needs, whose files a test may change.
pub(crate) fn copied(folder: &Path) -> Experiment {
    for file in [
        "adult_test.parquet",
        "adult_calib.parquet",
        "adult_shifted.parquet",
        "random_forest.onnx",
        "xgboost.onnx",
        "logistic_regression.onnx",
        "sweep.json",
        "experiment.toml",
    ] {
        copy_settled(&sample_data().join(file), &folder.join(file));
    }
    fs::create_dir(folder.join("sweep")).unwrap();
    for entry in fs::read_dir(sample_data().join("sweep")).unwrap() {
        let entry = entry.unwrap();
        copy_settled(&entry.path(), &folder.join("sweep").join(entry.file_name()));
    }
    Experiment::from_file(&folder.join("experiment.toml")).unwrap()
}

#[test]
fn a_changed_model_recomputes_what_follows_from_it_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    let before = driven.metric(Dimension::Fairness, "sex.demographic_parity_ratio");
    let model = folder.path().join("random_forest.onnx");
    fs::copy(sample_data().join("xgboost.onnx"), model).unwrap();
    driven.run(&[Dimension::Fairness]);
    let changed = MissReason::InputChanged {
        part: "model:random_forest".into(),
    };
    let predictions = driven.lookups("predictions:random_forest@dataset");
    assert_eq!(predictions[1], Lookup::Miss(changed));
    let dataset = driven.lookups("dataset");
    let again = dataset[1..].iter().filter(|l| matches!(l, Lookup::Miss(_)));
    assert_eq!(again.count(), 0, "{dataset:?}");
    assert_ne!(
        driven.metric(Dimension::Fairness, "sex.demographic_parity_ratio"),
        before
    );
}

#[test]
fn a_file_that_is_touched_and_not_changed_recomputes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    let before = driven.log.len();
    let model = folder.path().join("random_forest.onnx");
    let bytes = fs::read(&model).unwrap();
    fs::write(&model, bytes).unwrap();
    driven.run(&[Dimension::Fairness]);
    // Released when the dimension ended, and made anew from what is still there.
    assert_eq!(driven.loaded_since(before), ["protected_attributes"]);
    let read = driven.log[before..].iter().filter_map(|e| match &e.kind {
        EventKind::LoadStarted { name, .. } => Some(&*name.0),
        _ => None,
    });
    let mut read: Vec<&str> = read.filter(|name| name.starts_with("file:")).collect();
    // As long as it is so young that a stamp could hide a change, every request reads it again.
    read.dedup();
    assert_eq!(read, ["file:random_forest.onnx"], "the others did not stir");
}

/// Runs a dimension, changes a file, runs it again.
fn run_again(dimension: Dimension, folder: &Path, change: impl Fn(&Path)) -> Driven {
    let mut driven = Driven::open(copied(folder));
    driven.run(&[dimension]);
    change(folder);
    driven.run(&[dimension]);
    driven
}

/// What a session finds that is opened on the files as they are now.
fn afresh(dimension: Dimension, folder: &Path) -> BTreeMap<String, Option<f64>> {
    let experiment = Experiment::from_file(&folder.join("experiment.toml")).unwrap();
    let driven = Driven::after(experiment, &[dimension]);
    driven.outcome(dimension).metrics.clone()
}

#[test]
fn a_changed_model_that_another_backend_must_run_is_bound_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo");
    let model = folder.path().join("model.onnx");
    let file = folder.path().join("experiment.toml");
    fs::copy(zoo.join("skl_lr_strlabel.onnx"), &model).unwrap();
    fs::copy(
        zoo.join("adult_500_ordinal.csv"),
        folder.path().join("rows.csv"),
    )
    .unwrap();
    let text = "[dataset]\npath = 'rows.csv'\ntarget = 'income'\npositive = '>50K'\n\
                [model]\npath = 'model.onnx'\n";
    fs::write(&file, text).unwrap();
    let mut driven = Driven::open(Experiment::from_file(&file).unwrap());
    driven.run(&[Dimension::Uncertainty]);
    let runs_on = |driven: &Driven| {
        let record = driven.ledger.resource(&"model:model".into()).unwrap();
        record.backend.clone().unwrap()
    };
    assert_eq!(runs_on(&driven), BackendChoice::Covered);
    fs::copy(zoo.join("einsum.onnx"), &model).unwrap();
    driven.run(&[Dimension::Uncertainty]);
    let what = vec!["operator Einsum".to_owned()];
    assert_eq!(runs_on(&driven), BackendChoice::Uncovered { what });
    let found = &driven.outcome(Dimension::Uncertainty).metrics;
    assert_eq!(*found, afresh(Dimension::Uncertainty, folder.path()));
    let runtime = driven
        .ledger
        .resource(&"runtime:onnxruntime".into())
        .unwrap();
    assert!(runtime.is_resident() && runtime.loads == 1, "{runtime:?}");
}

#[test]
fn a_changed_model_that_takes_its_columns_in_another_order_is_not_misfed() {
    let folder = tempfile::tempdir().unwrap();
    let before = {
        let experiment = copied(folder.path());
        let driven = Driven::after(experiment, &[Dimension::Fairness]);
        driven.outcome(Dimension::Fairness).metrics.clone()
    };
    let folder = tempfile::tempdir().unwrap();
    let driven = run_again(Dimension::Fairness, folder.path(), |folder| {
        let path = folder.join("random_forest.onnx");
        let mut bytes = fs::read(&path).unwrap();
        // Two inputs of the same type change places; all else stays as it was.
        let places = |name: &[u8]| -> Vec<usize> {
            let all = 0..bytes.len();
            all.filter(|at| bytes[*at..].starts_with(name)).collect()
        };
        let (gains, losses) = (places(b"capital_gain"), places(b"capital_loss"));
        assert!(!gains.is_empty() && !losses.is_empty());
        for (places, name) in [(gains, b"capital_loss"), (losses, b"capital_gain")] {
            for at in places {
                bytes[at..at + name.len()].copy_from_slice(name);
            }
        }
        fs::write(path, bytes).unwrap();
    });
    let found = &driven.outcome(Dimension::Fairness).metrics;
    assert_ne!(*found, before, "gains are taken for losses");
    assert_eq!(*found, afresh(Dimension::Fairness, folder.path()));
}

#[test]
fn a_changed_model_that_takes_other_inputs_is_told_and_not_misfed() {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/skl_two_inputs.onnx");
    let folder = tempfile::tempdir().unwrap();
    let mut driven = run_again(Dimension::Fairness, folder.path(), |folder| {
        fs::copy(&zoo, folder.join("random_forest.onnx")).unwrap();
    });
    let error = driven.error(Dimension::Fairness);
    for part in ["fairness", "random_forest.onnx", "the model's 2 inputs"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    // Nothing has to be opened again: with the model as it was, all is as it was.
    let model = folder.path().join("random_forest.onnx");
    fs::copy(sample_data().join("random_forest.onnx"), model).unwrap();
    driven.run(&[Dimension::Fairness]);
    let status = driven.outcome(Dimension::Fairness).status;
    assert_eq!(status, DimensionStatus::Ok);
}

#[test]
fn a_changed_table_that_lost_a_column_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let driven = run_again(Dimension::Fairness, folder.path(), |folder| {
        let path = folder.join("adult_test.parquet");
        let frame = ParquetReader::new(fs::File::open(&path).unwrap()).finish();
        let mut frame = frame.unwrap().drop("workclass").unwrap();
        let file = fs::File::create(path).unwrap();
        ParquetWriter::new(file).finish(&mut frame).unwrap();
    });
    let error = driven.error(Dimension::Fairness);
    for part in ["fairness", "workclass", "random_forest.onnx"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_changed_list_of_variants_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let driven = run_again(Dimension::Hyperparameters, folder.path(), |folder| {
        let path = folder.join("sweep.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("e020_", "e021_", 1)).unwrap();
    });
    let outcome = driven.outcome(Dimension::Hyperparameters);
    assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    let has = |name: &str| outcome.metrics.contains_key(name);
    assert!(has("score.e021_d04_l01") && !has("score.e020_d04_l01"));
    let found = &outcome.metrics;
    assert_eq!(*found, afresh(Dimension::Hyperparameters, folder.path()));
}

#[test]
fn one_failing_load_leaves_the_other_dimensions_their_results() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    fs::remove_file(folder.path().join("adult_calib.parquet")).unwrap();
    driven.run(&[Dimension::Fairness, Dimension::Uncertainty]);
    let outcome = |d| driven.ledger.dimension(d).outcome.clone().unwrap();
    assert_eq!(outcome(Dimension::Fairness).status, DimensionStatus::Ok);
    let error = driven.error(Dimension::Uncertainty);
    for part in ["uncertainty", "calibration", "adult_calib.parquet"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

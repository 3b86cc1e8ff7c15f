//! Files that change between runs, and files that fail while a run goes on.

use std::fs;
use std::path::Path;

use lazydebugger::event::{DimensionStatus, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::vocabulary::{Dimension, Lookup, MissReason};
use polars::prelude::{ParquetReader, ParquetWriter, SerReader};

use crate::bundled::driven::{Driven, sample_data};

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
        fs::copy(sample_data().join(file), folder.join(file)).unwrap();
    }
    fs::create_dir(folder.join("sweep")).unwrap();
    for entry in fs::read_dir(sample_data().join("sweep")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join("sweep").join(entry.file_name())).unwrap();
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
    let loads = driven.ledger.spans.len();
    let model = folder.path().join("random_forest.onnx");
    let bytes = fs::read(&model).unwrap();
    fs::write(&model, bytes).unwrap();
    driven.run(&[Dimension::Fairness]);
    let again = driven.ledger.spans[loads..].iter();
    let again: Vec<&str> = again.map(|s| &*s.name.0).collect();
    // Released when the dimension ended, and made anew from what is still there.
    assert_eq!(again, ["protected_attributes"]);
}

#[test]
fn a_changed_model_that_another_backend_must_run_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    let model = folder.path().join("random_forest.onnx");
    let uncovered = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/einsum.onnx");
    fs::copy(uncovered, model).unwrap();
    driven.run(&[Dimension::Fairness]);
    let outcome = driven.ledger.dimension(Dimension::Fairness).outcome.clone();
    let error = outcome.unwrap().error.unwrap();
    for part in [
        "random_forest.onnx",
        "operator Einsum",
        "open the experiment again",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

/// Runs fairness, changes a file, runs it again: what it says of that.
fn error_after(change: impl Fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    change(folder.path());
    driven.run(&[Dimension::Fairness]);
    let outcome = driven.ledger.dimension(Dimension::Fairness).outcome.clone();
    outcome.unwrap().error.unwrap()
}

#[test]
fn a_changed_model_that_takes_its_columns_in_another_order_is_not_misfed() {
    let error = error_after(|folder| {
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
    for part in [
        "random_forest.onnx",
        "takes its columns in another order",
        "open the experiment again",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_changed_model_that_takes_other_inputs_is_told_and_not_misfed() {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/skl_two_inputs.onnx");
    let error = error_after(|folder| {
        fs::copy(&zoo, folder.join("random_forest.onnx")).unwrap();
    });
    for part in [
        "random_forest.onnx",
        "the model's 2 inputs",
        "open the experiment again",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_changed_table_that_lost_a_column_is_told() {
    let error = error_after(|folder| {
        let path = folder.join("adult_test.parquet");
        let frame = ParquetReader::new(fs::File::open(&path).unwrap()).finish();
        let mut frame = frame.unwrap().drop("workclass").unwrap();
        let file = fs::File::create(path).unwrap();
        ParquetWriter::new(file).finish(&mut frame).unwrap();
    });
    for part in [
        "adult_test.parquet",
        "the column `workclass` is gone",
        "open the experiment again",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_changed_list_of_variants_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    // It has been opened with the list as it was.
    driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    let path = folder.path().join("sweep.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replacen("e020_", "e021_", 1)).unwrap();
    driven.run(&[Dimension::Hyperparameters]);
    let outcome = driven.ledger.dimension(Dimension::Hyperparameters);
    let error = outcome.outcome.clone().unwrap().error.unwrap();
    for part in ["sweep.json", "variants", "open the experiment again"] {
        assert!(error.contains(part), "{part} in {error}");
    }
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
    let failed = outcome(Dimension::Uncertainty);
    assert_eq!(failed.status, DimensionStatus::Error);
    let error = failed.error.unwrap();
    for part in ["uncertainty", "calibration", "adult_calib.parquet"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

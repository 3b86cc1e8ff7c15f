//! Tables without labels: what can be told of them is told, and what cannot is refused by name.

use std::fs::File;
use std::path::{Path, PathBuf};

use lazydebugger::event::{Cell, DimensionStatus, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::vocabulary::{Columns, Dimension};
use polars_io::prelude::{CsvWriter, ParquetReader, ParquetWriter, SerReader, SerWriter};

use crate::bundled::driven::{Driven, bundled, sample_data};
use crate::bundled::wage::wage;

const RESILIENCE: Dimension = Dimension::Resilience;

/// A table of the bundled experiment without its target, as Parquet or CSV.
fn without_labels(folder: &Path, name: &str, ending: &str) -> PathBuf {
    let file = File::open(sample_data().join(format!("{name}.parquet"))).unwrap();
    let mut table = ParquetReader::new(file).finish().unwrap();
    table.drop_in_place("income").unwrap();
    let path = folder.join(format!("{name}.{ending}"));
    let file = File::create(&path).unwrap();
    match ending {
        "csv" => CsvWriter::new(file).finish(&mut table).unwrap(),
        _ => {
            ParquetWriter::new(file).finish(&mut table).unwrap();
        }
    }
    path
}

fn resilience(experiment: Experiment) -> Driven {
    let driven = Driven::after(experiment, &[RESILIENCE]);
    let outcome = driven.outcome(RESILIENCE);
    assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    driven
}

/// The metrics of resilience whose name begins so.
fn metrics(driven: &Driven, prefix: &str) -> Vec<(String, Option<f64>)> {
    let all = driven.outcome(RESILIENCE).metrics.iter();
    let of = all.filter(|(name, _)| name.starts_with(prefix));
    of.map(|(name, value)| (name.clone(), *value)).collect()
}

fn notes(driven: &Driven) -> String {
    let notes = driven.outcome(RESILIENCE).notes.iter();
    let notes: Vec<String> = notes.map(ToString::to_string).collect();
    notes.join("\n")
}

#[test]
fn estimates_are_held_against_the_truth_where_there_is_one() {
    let driven = resilience(bundled());
    for table in ["base", "adult_shifted"] {
        for metric in ["auc", "accuracy", "f1", "log_loss"] {
            let of = |name: String| driven.metric(RESILIENCE, &name).unwrap();
            let estimated = of(format!("{table}.estimated.{metric}"));
            let truth = of(format!("{table}.{metric}"));
            let error = of(format!("{table}.estimated.{metric}.error"));
            assert!(
                (estimated - truth - error).abs() < 1e-12,
                "{table} {metric}"
            );
            assert!(error.abs() < 0.05, "{table} {metric}: {error}");
        }
    }
    let broken = driven.metric(RESILIENCE, "base.estimated.calibration_broken");
    assert_eq!(
        broken,
        Some(0.0),
        "the dataset is drawn as the calibration set is"
    );
}

#[test]
fn an_alternative_table_without_labels_is_estimated_as_one_with() {
    let folder = tempfile::tempdir().unwrap();
    let labelled = resilience(bundled());
    let wanted = metrics(&labelled, "adult_shifted.");
    for (ending, columns) in [
        ("parquet", Columns::Auto),
        ("parquet", Columns::Stream),
        ("csv", Columns::Auto),
    ] {
        let mut experiment = bundled();
        experiment.engine.columns = columns;
        let path = without_labels(folder.path(), "adult_shifted", ending);
        experiment.dataset.alternative = vec![path];
        let driven = resilience(experiment);
        let found = metrics(&driven, "adult_shifted.");
        for (name, value) in &found {
            let is_flag = name.ends_with("calibration_broken");
            let same = wanted.iter().find(|(known, _)| known == name);
            assert!(is_flag || same.is_some_and(|(_, w)| w == value), "{name}");
        }
        for name in [
            "psi.age",
            "estimated.accuracy",
            "estimated.auc",
            "score.psi",
        ] {
            let name = format!("adult_shifted.{name}");
            assert!(found.iter().any(|(known, _)| *known == name), "{name}");
        }
        for name in ["accuracy", "estimated.accuracy.error", "target.psi"] {
            let name = format!("adult_shifted.{name}");
            assert!(found.iter().all(|(known, _)| *known != name), "{name}");
        }
        assert!(notes(&driven).contains("adult_shifted: it has no column `income`"));
        let rows = &driven.outcome(RESILIENCE).tables["degradation"].rows;
        let last = rows.last().unwrap();
        assert_eq!(last[0], Cell::Text("adult_shifted (estimated)".to_owned()));
    }
}

#[test]
fn a_dataset_without_labels_is_estimated_and_what_needs_them_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let labelled = resilience(bundled());
    let mut experiment = bundled();
    experiment.gates.clear();
    experiment.dataset.path = without_labels(folder.path(), "adult_test", "parquet");
    experiment.dataset.alternative =
        vec![without_labels(folder.path(), "adult_shifted", "parquet")];
    let driven = resilience(experiment.clone());
    for metric in ["auc", "accuracy", "f1", "precision"] {
        let name = format!("base.estimated.{metric}");
        let wanted = labelled.metric(RESILIENCE, &name);
        assert_eq!(driven.metric(RESILIENCE, &name), wanted, "{name}");
    }
    let drift = metrics(&labelled, "adult_shifted.psi.");
    assert_eq!(metrics(&driven, "adult_shifted.psi."), drift);
    let whole = Driven::after(bundled(), &[Dimension::Fairness]);
    let fairness = Driven::after(experiment.clone(), &[Dimension::Fairness]);
    for name in [
        "sex.demographic_parity_ratio",
        "race.demographic_parity_difference",
        "sex.four_fifths",
        "sex.Male.n",
        "sex.Female.selection_rate",
    ] {
        let wanted = whole.metric(Dimension::Fairness, name);
        assert_eq!(fairness.metric(Dimension::Fairness, name), wanted, "{name}");
    }
    let found = &fairness.outcome(Dimension::Fairness).metrics;
    assert!(
        found
            .keys()
            .all(|name| name.rsplit('.').next() != Some("tpr"))
    );
    for dimension in [
        Dimension::Robustness,
        Dimension::Uncertainty,
        Dimension::Hyperparameters,
    ] {
        let driven = Driven::after(experiment.clone(), &[dimension]);
        let outcome = driven.outcome(dimension);
        assert_eq!(
            outcome.status,
            DimensionStatus::NotApplicable,
            "{outcome:?}"
        );
        let reason = outcome.notes[0].to_string();
        assert!(
            reason.contains("the dataset has no column `income`"),
            "{reason}"
        );
    }
    experiment.dataset.calibration = None;
    let driven = resilience(experiment);
    assert_eq!(metrics(&driven, "adult_shifted.psi."), drift);
    assert_eq!(metrics(&driven, "adult_shifted.estimated."), []);
    let notes = notes(&driven);
    assert!(
        notes.contains("performance is not estimated: no table with `income`"),
        "{notes}"
    );
}

#[test]
fn the_dataset_calibrates_where_nothing_else_does() {
    let mut experiment = bundled();
    experiment.dataset.calibration = None;
    let driven = resilience(experiment);
    assert!(
        driven
            .metric(RESILIENCE, "adult_shifted.estimated.auc")
            .is_some()
    );
    assert_eq!(
        metrics(&driven, "base.estimated."),
        [],
        "it would judge itself"
    );
    assert!(notes(&driven).contains("the dataset itself, for there is no calibration set"));
}

#[test]
fn a_misspelt_target_is_no_missing_label() {
    let mut experiment = bundled();
    experiment.dataset.target = "incme".to_owned();
    let mut driven = Driven::open(experiment);
    driven.until(|kind| matches!(kind, EventKind::SessionRefused { .. }));
    let refusal = driven.ledger.refused.unwrap();
    let said = refusal.problems[0].to_string();
    assert!(said.contains("did you mean `income`?"), "{said}");
}

/// Of three classes: what is estimated does not depend on whether there are labels, and comes near what is
/// true where there are.
#[test]
fn several_classes_are_estimated_with_labels_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let labelled = resilience(wage("multi_class"));
    let mut experiment = wage("multi_class");
    let [shifted] = &experiment.dataset.alternative[..] else {
        panic!("one alternative table");
    };
    // Its target comes last.
    let rows = std::fs::read_to_string(shifted).unwrap();
    let rows = rows.lines().map(|row| row.rsplit_once(',').unwrap().0);
    let rows: Vec<&str> = rows.collect();
    let path = folder.path().join("wage_shifted.csv");
    std::fs::write(&path, rows.join("\n")).unwrap();
    experiment.dataset.alternative = vec![path];
    let driven = resilience(experiment);
    for metric in [
        "auc",
        "accuracy",
        "f1",
        "log_loss",
        "precision",
        "recall",
        "specificity",
    ] {
        let name = format!("wage_shifted.estimated.{metric}");
        let estimated = driven.metric(RESILIENCE, &name);
        assert!(estimated.is_some(), "{name}");
        assert_eq!(estimated, labelled.metric(RESILIENCE, &name), "{name}");
    }
    for table in ["base", "wage_shifted"] {
        for metric in ["auc", "accuracy", "f1", "log_loss"] {
            let name = format!("{table}.estimated.{metric}.error");
            let error = labelled.metric(RESILIENCE, &name).unwrap();
            assert!(error.abs() < 0.1, "{name}: {error}");
        }
    }
    let words = "against the rest, brought to a sum of 1 over the classes";
    assert!(notes(&driven).contains(words), "{}", notes(&driven));
}

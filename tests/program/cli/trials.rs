//! A table of trials as hyperparameters, and rules of thumb that warn without failing a run.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::desk::{Desk, text, zoo};

/// The report of one dimension beside a table of trials of the reference folder.
fn report(table: &str, dimension: &str) -> Value {
    let desk = Desk::new();
    let rows = desk.path("good.csv");
    report_on(&desk, &rows, table, dimension)
}

fn report_on(desk: &Desk, rows: &Path, table: &str, dimension: &str) -> Value {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    fs::copy(reference.join(table), desk.path(table)).unwrap();
    let more = format!("[protected]\nsex = 'categories'\n[hyperparameters]\npath = '{table}'\n");
    let file = desk.experiment(rows, &zoo("skl_lr_strlabel.onnx"), &more);
    let arguments = ["run", "--format", "json", "--strategy", "lazy-all"];
    let chosen = ["--dimensions", dimension];
    desk.run(&[&arguments[..], &chosen, &[&text(&file)]].concat())
        .report(0)
}

#[test]
fn trials_need_neither_a_model_nor_rows() {
    let report = report("hgb_grid_120.csv", "hyperparameters");
    let found = &report["dimensions"]["hyperparameters"];
    assert_eq!(found["status"], "ok");
    // Exact functional ANOVA, numpy (tests/reference/hyperparameters.json).
    let share = found["metrics"]["importance.learning_rate.main"].as_f64();
    assert!((share.unwrap() - 0.363_935_924_171_165_4).abs() < 1e-10);
    assert!(found["metrics"]["importance.max_iter.among_best"].is_number());
    assert_eq!(
        found["tables"]["variants"]["rows"]
            .as_array()
            .unwrap()
            .len(),
        30
    );
    let resources = report["resources"].as_array().unwrap().iter();
    let loaded: Vec<&Value> = resources
        .filter(|r| r["loads"] != 0)
        .map(|r| &r["key"])
        .collect();
    let mut loaded: Vec<&str> = loaded.iter().map(|key| key.as_str().unwrap()).collect();
    loaded.sort_unstable();
    // The schema and the header are what the experiment is understood by.
    let expected = [
        "dataset",
        "file:hgb_grid_120.csv",
        "header:skl_lr_strlabel",
        "hyperparameters",
    ];
    assert_eq!(loaded, expected);
}

#[test]
fn trials_that_are_no_grid_are_read_by_a_forest() {
    let report = report("trials_150.csv", "hyperparameters");
    let found = &report["dimensions"]["hyperparameters"];
    let notes = found["notes"].to_string();
    for part in [
        "fANOVA on a forest of 32 trees",
        "read on a logarithmic axis: lr",
        "4 trials did not come to their end",
    ] {
        assert!(notes.contains(part), "{notes}");
    }
    let metrics = &found["metrics"];
    let share = |name: &str| metrics[format!("importance.{name}.main")].as_f64().unwrap();
    assert!(share("lr") > 0.7 && share("lr") > share("depth"));
    assert!(share("depth") > share("l2"));
    assert!(metrics["importance.lr.total"].is_null());
}

#[test]
fn a_broken_rule_of_thumb_warns_and_fails_nothing() {
    // Of 60 rows the groups are too small to warn of anything.
    let small = report("hgb_grid_120.csv", "fairness");
    let notes = small["dimensions"]["fairness"]["notes"].to_string();
    assert!(!notes.contains("warning"), "{notes}");
    let rows = zoo("adult_500_ordinal.csv");
    let report = report_on(&Desk::new(), &rows, "hgb_grid_120.csv", "fairness");
    let found = &report["dimensions"]["fairness"];
    assert_eq!(found["status"], "ok");
    assert_eq!(found["metrics"]["sex.four_fifths"], 0.0);
    let first = found["notes"][0].as_str().unwrap();
    assert!(
        first.starts_with("warning: sex: selected less than four fifths"),
        "{first}"
    );
}

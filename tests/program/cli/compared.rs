//! `compare`: what is different between two runs, by whatever tells of them.

use serde_json::{Value, json};

use crate::cli::desk::{Desk, flags, logistic, table, trees};

const FAIRNESS: [&str; 4] = ["--dimensions", "fairness", "--protected", "sex"];

/// Runs fairness of a model on a table, recorded as `NAME.jsonl`, reported as `NAME.json`.
fn run(desk: &Desk, name: &str, data: &str, model: &str, more: &[&str]) {
    let (report, trace) = (format!("{name}.json"), format!("{name}.jsonl"));
    let to = [
        "run", "--format", "json", "--output", &report, "--trace", &trace,
    ];
    let arguments = [&to[..], &flags(data, model), &FAIRNESS, more].concat();
    let done = desk.run(&arguments);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

fn compare(desk: &Desk, before: &str, after: &str) -> Value {
    desk.run(&["compare", before, after, "--format", "json"])
        .report(0)
}

#[test]
fn the_same_run_twice_is_the_same() {
    let desk = Desk::new();
    run(&desk, "one", "good.csv", &logistic(), &[]);
    run(&desk, "two", "good.csv", &logistic(), &["--threads", "1"]);
    for (before, after) in [("one.json", "two.json"), ("one.jsonl", "two.json")] {
        let found = compare(&desk, before, after);
        for none in ["dimensions", "gates", "metrics", "resources"] {
            assert_eq!(found[none], json!([]), "{none} of {before}, {after}");
        }
        assert!(found["same_metrics"].as_u64() > Some(20));
        assert!(found["same_resources"].as_u64() > Some(3));
    }
    let told = desk.run(&["compare", "one.jsonl", "two.jsonl"]).stdout;
    assert!(told.starts_with("The results and all that they were made from are the same.\n"));
}

#[test]
fn what_is_different_is_told_with_its_cause() {
    let desk = Desk::new();
    run(&desk, "before", "good.csv", &logistic(), &[]);
    let other = table(|row, fields| {
        if row % 3 == 1 {
            fields.swap(0, 1);
        }
    });
    let before = std::fs::read_to_string(desk.path("before.json")).unwrap();
    let before: Value = serde_json::from_str(&before).unwrap();
    desk.write("good.csv", other);
    run(&desk, "after", "good.csv", &logistic(), &[]);
    let found = compare(&desk, "before.json", "after.jsonl");
    let resources = found["resources"].as_array().unwrap();
    let of = |kind: &str| {
        resources
            .iter()
            .find(|r| r["resource"].as_str().unwrap().starts_with(kind))
    };
    let predictions = of("predictions:").unwrap();
    assert_eq!(predictions["change"], "changed");
    assert_eq!(predictions["because"], json!(["file:good.csv"]));
    assert_eq!(of("model:"), None, "the model is the same");
    let metrics = found["metrics"].as_array().unwrap();
    assert!(!metrics.is_empty());
    for change in metrics {
        let name = change["metric"].as_str().unwrap();
        let known = &before["dimensions"]["fairness"]["metrics"][name];
        assert_eq!(&change["values"][0], known, "{name}");
    }
    let told = desk
        .run(&["compare", "before.json", "after.json", "--all"])
        .stdout;
    for words in [
        "metrics are other",
        "changed  predictions:",
        "file:good.csv changed",
        "total ",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
}

#[test]
fn what_is_in_one_run_only_is_new_or_gone() {
    let desk = Desk::new();
    run(&desk, "one", "good.csv", &logistic(), &[]);
    run(
        &desk,
        "two",
        "good.csv",
        &trees(),
        &["--dimensions", "uncertainty"],
    );
    let found = compare(&desk, "one.json", "two.json");
    let dimensions = found["dimensions"].as_array().unwrap();
    assert_eq!(dimensions.len(), 1, "both ran fairness");
    assert_eq!(dimensions[0]["dimension"], "uncertainty");
    assert_eq!(dimensions[0]["status"][0], json!(null));
    let changes = |change: &str| {
        let resources = found["resources"].as_array().unwrap().iter();
        resources.filter(|r| r["change"] == change).count()
    };
    assert!(changes("new") > 0 && changes("gone") > 0, "{found}");
}

#[test]
fn what_is_no_run_is_refused() {
    let desk = Desk::new();
    run(&desk, "one", "good.csv", &logistic(), &[]);
    desk.write("other.json", "{\n  \"schema\": 1\n}\n");
    desk.write("plan.json", "{\n  \"a\": 1\n}\n");
    for (file, words) in [
        ("none.json", ["none.json", "such file"]),
        ("good.csv", ["good.csv", "not a trace"]),
        ("other.json", ["other.json", "schema 1"]),
        (
            "plan.json",
            ["plan.json", "neither a report nor a recording"],
        ),
    ] {
        desk.run(&["compare", "one.json", file])
            .refuses(file, &words);
    }
}

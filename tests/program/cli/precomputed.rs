//! Scores from a file in place of a model.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::desk::{Desk, adult, logistic, needs_runtime, text};

const NATIVE: [&str; 2] = ["--backend", "native"];

/// The experiment of the small table without any model: its scores come from `scores`.
fn experiment(desk: &Desk, scores: &str, more: &str) -> String {
    let written = format!(
        "[dataset]\npath = 'good.csv'\ntarget = 'income'\npositive = '>50K'\n[protected]\n\
         sex = 'categories'\nage = [30, 50]\n[model]\npredictions = '{scores}'\n{more}\n"
    );
    text(&desk.write("experiment.toml", written))
}

/// `scores.csv` of the logistic regression, written by `predict` in the desk's folder.
fn predict(desk: &Desk, model: &str) -> String {
    let flags = [
        "--data",
        "good.csv",
        "--target",
        "income",
        "--positive",
        ">50K",
        "--model",
        model,
        "--output",
        "scores.csv",
    ];
    let outcome = desk.run(&[&["predict"], &flags[..], &NATIVE].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    fs::read_to_string(desk.path("scores.csv")).unwrap()
}

fn metrics(report: &Value, dimension: &str) -> Value {
    let metrics = report["dimensions"][dimension]["metrics"].clone();
    assert!(
        metrics.as_object().is_some_and(|m| !m.is_empty()),
        "{report:#}"
    );
    metrics
}

fn keys(report: &Value, kind: &str) -> Vec<String> {
    let all = report["resources"].as_array().unwrap().iter();
    let of_kind = all.filter(|r| r["kind"] == kind);
    of_kind
        .map(|r| text(Path::new(r["key"].as_str().unwrap())))
        .collect()
}

#[test]
fn the_model_is_never_opened_and_the_answers_are_its_own() {
    let desk = Desk::new();
    let model = text(&desk.write("model.onnx", fs::read(logistic()).unwrap()));
    predict(&desk, &model);
    let file = experiment(&desk, "scores.csv", "");
    let dimensions = ["--dimensions", "fairness,uncertainty"];
    let with_model = [
        &["run", "--format", "json", &file, "--model", &model],
        &dimensions[..],
        &NATIVE,
    ];
    let with_model = desk.run(&with_model.concat()).report(0);
    fs::remove_file(desk.path("model.onnx")).unwrap();
    // Not even the library that runs models is looked for.
    let arguments = [
        &["run", "--format", "json", &file, "--trace", "trace.jsonl"],
        &dimensions[..],
    ];
    let alone = desk
        .run_with(&arguments.concat(), |command| {
            let nothing = desk.path("good.csv");
            command.env("ORT_DYLIB_PATH", nothing);
        })
        .report(0);
    for dimension in ["fairness", "uncertainty"] {
        assert_eq!(metrics(&with_model, dimension), metrics(&alone, dimension));
    }
    assert_eq!(keys(&with_model, "model"), ["model:model"]);
    assert_eq!(keys(&alone, "model"), [""; 0]);
    let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
    assert!(trace.contains("predictions:scores@dataset"), "{trace}");
    assert!(!trace.contains("model:"), "{trace}");
}

#[test]
fn scores_stand_in_for_the_bundled_model_while_variants_still_run() {
    needs_runtime();
    let desk = Desk::new();
    let adult = adult();
    let written = desk.run(&["predict", &adult, "--output", "scores.parquet"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let run = ["run", "--format", "json", &adult];
    let with_model = desk.run(&run).report(0);
    let alone = [&run[..], &["--predictions", "scores.parquet"]].concat();
    let alone = desk.run(&alone).report(0);
    for dimension in ["fairness", "hyperparameters"] {
        assert_eq!(metrics(&with_model, dimension), metrics(&alone, dimension));
    }
    for dimension in ["robustness", "resilience"] {
        let outcome = &alone["dimensions"][dimension];
        assert_eq!(outcome["status"], "not_applicable");
        let note = outcome["notes"][0].as_str().unwrap();
        assert!(note.contains("the scores come from a file"), "{note}");
    }
    let notes = alone["dimensions"]["uncertainty"]["notes"].to_string();
    assert!(
        notes.contains("no scores for the calibration set"),
        "{notes}"
    );
    let models = keys(&alone, "model");
    assert!(
        models.len() > 10 && !models.contains(&"model:random_forest".to_owned()),
        "{models:?}"
    );
}

#[test]
fn rows_may_stand_in_any_order() {
    let desk = Desk::new();
    let scores = predict(&desk, &logistic());
    let report = |name: &str, lines: &[&str]| {
        desk.write(name, lines.join("\n"));
        let file = experiment(&desk, name, "");
        desk.report(0, &[&file, "--dimensions", "fairness"])
    };
    let mut lines: Vec<&str> = scores.lines().collect();
    let in_order = report("in_order.csv", &lines);
    lines[1..].reverse();
    let reversed = report("reversed.csv", &lines);
    assert_eq!(
        metrics(&in_order, "fairness"),
        metrics(&reversed, "fairness")
    );
}

#[test]
fn scores_are_found_by_class_and_labels_do_without() {
    let desk = Desk::new();
    let scores = predict(&desk, &logistic());
    let rows = || {
        scores
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>())
    };
    let mut one_a_class = vec!["<=50K,>50K".to_owned()];
    one_a_class.extend(rows().map(|row| format!("0.5,{}", row[1])));
    desk.write("classes.csv", one_a_class.join("\n"));
    let mut labels = vec!["row,label".to_owned()];
    labels.extend(rows().map(|row| format!("{},{}", row[0], row[2])));
    desk.write("labels.csv", labels.join("\n"));
    let report = |name| {
        desk.report(
            0,
            &[
                &experiment(&desk, name, ""),
                "--dimensions",
                "fairness,uncertainty",
            ],
        )
    };
    let (scored, classes, labels) = (
        report("scores.csv"),
        report("classes.csv"),
        report("labels.csv"),
    );
    assert_eq!(metrics(&scored, "fairness"), metrics(&classes, "fairness"));
    let rate = |report: &Value| metrics(report, "fairness")["sex.demographic_parity_ratio"].clone();
    assert_eq!(rate(&scored), rate(&labels));
    let reason = labels["dimensions"]["uncertainty"]["notes"].to_string();
    assert!(reason.contains("labels only"), "{reason}");
}

#[test]
fn files_that_do_not_fit_the_dataset_are_told() {
    let desk = Desk::new();
    let scores = predict(&desk, &logistic());
    let lines: Vec<&str> = scores.lines().collect();
    let changed = |row: usize, line: &str| {
        let mut lines = lines.clone();
        lines[row + 1] = line;
        lines.join("\n")
    };
    let short = lines[..lines.len() - 1].join("\n");
    for (what, contents, words) in [
        ("short", short, "it has 59 rows, and the dataset has 60"),
        ("twice", changed(3, "2,0.5,>50K"), "`row` holds 2 twice"),
        (
            "beyond",
            changed(3, "60,0.5,>50K"),
            "`row` holds 60, and the dataset's rows are 0 to 59",
        ),
        (
            "gap",
            changed(3, "3,,>50K"),
            "row 3 (counted from 0) has no score",
        ),
        (
            "margin",
            changed(3, "3,1.5,>50K"),
            "the score of row 3 is 1.5, which is no probability",
        ),
    ] {
        desk.write("bad.csv", contents);
        let file = experiment(&desk, "bad.csv", "");
        let outcome = desk.run(&["run", &file, "--dimensions", "fairness"]);
        assert_eq!(outcome.code, Some(2), "{what}: {}", outcome.stderr);
        let told = outcome.stdout + &outcome.stderr;
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(words), "{what}: no {words:?} in {told}");
        assert!(told.contains("bad.csv"), "{what}: {told}");
    }
    for (what, header, words) in [
        (
            "near",
            "row,scor,lable",
            "there is no column `score`; did you mean `scor`?",
        ),
        (
            "none",
            "a,b,c",
            "the scores are in `score`, or in one column a class, here `>50K`",
        ),
    ] {
        let body = lines[1..].join("\n");
        desk.write("bad.csv", format!("{header}\n{body}"));
        let file = experiment(&desk, "bad.csv", "");
        for command in ["check", "run"] {
            desk.run(&[command, &file])
                .refuses(what, &["model.predictions: ", "bad.csv", words]);
        }
    }
    let file = experiment(&desk, "none.csv", "");
    desk.run(&["run", &file])
        .refuses("absent", &["model.predictions: ", "no such file"]);
    let mut labels = vec!["row,label".to_owned()];
    labels.extend((0..60).map(|row| format!("{row},yes")));
    desk.write("labels.csv", labels.join("\n"));
    let file = experiment(&desk, "labels.csv", "");
    let outcome = desk.run(&["run", &file, "--dimensions", "fairness", "--format", "json"]);
    assert!(
        outcome
            .stderr
            .contains("the label `yes` is no value of the target"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn predict_asks_the_model_and_says_so_when_there_is_none() {
    let desk = Desk::new();
    let scores = predict(&desk, &logistic());
    let file = experiment(&desk, "scores.csv", "");
    desk.run(&["predict", &file, "--output", "again.csv"])
        .refuses("no model", &["predict runs a model", "--model"]);
    let more = format!("path = '{}'", logistic());
    let file = experiment(&desk, "scores.csv", &more);
    // Its own scores are what it may write over.
    let outcome = desk.run(&[&["predict", &file, "--output", "scores.csv"], &NATIVE[..]].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(desk.path("scores.csv")).unwrap(), scores);
}

//! Every file of the zoo from data, target and model alone: what the program takes it to be, and
//! that it then gives what the library that trained the model says. Bad files are refused in words.

mod cases;

use std::fs;
use std::path::Path;

use cases::CASES;
use serde_json::Value;

use crate::cli::desk::{Desk, flags, needs_runtime, text, zoo};

const BACKENDS: [[&str; 2]; 2] = [["--backend", "native"], ["--backend", "onnxruntime"]];

fn column(path: &Path, name: &str) -> Vec<Option<f64>> {
    let whole = fs::read_to_string(path).unwrap();
    let mut lines = whole.lines();
    let index = lines.next().unwrap().split(',').position(|c| c == name);
    let index = index.unwrap_or_else(|| panic!("{} has no {name}", path.display()));
    let field = |line: &str| line.split(',').nth(index).unwrap().parse::<f64>().ok();
    lines
        .map(|line| field(line).filter(|v| !v.is_nan()))
        .collect()
}

/// Writes `scores.csv` in the desk's folder.
fn predict(desk: &Desk, arguments: &[&str]) {
    let output = ["--output", "scores.csv"];
    let outcome = desk.run(&[&["predict"], arguments, &output].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
}

fn assert_close(name: &str, found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let tolerance = if name == "torch_fp16" { 5e-4 } else { 1e-5 };
    for (row, pair) in found.iter().zip(expected).enumerate() {
        let fits = match pair {
            (Some(found), Some(expected)) => {
                (found - expected).abs() <= tolerance * expected.abs().max(1.0)
            }
            (None, None) => true,
            _ => false,
        };
        assert!(fits, "{name}, row {row}: {pair:?}");
    }
}

fn models_of(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(zoo(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let models = names.filter_map(|name| name.strip_suffix(".onnx").map(str::to_owned));
    models.collect()
}

#[test]
fn no_model_of_the_zoo_is_left_out() {
    let apart = ["label_only", "torch_mlp_logit", "einsum", "hidden_logit"];
    for name in models_of("") {
        let is_there = CASES.iter().any(|case| case.model == name);
        assert!(is_there != apart.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_task_and_the_score_are_told_from_the_files() {
    let desk = Desk::new();
    for case in CASES {
        let flags = case.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let outcome = desk.run(&[&["check"], &flags[..]].concat());
        assert_eq!(outcome.code, Some(0), "{}: {}", case.model, outcome.stderr);
        for line in [
            format!("  task: {}\n", case.task),
            format!("  score: {}\n", case.score),
        ] {
            let found = &outcome.stdout;
            assert!(found.contains(&line), "{}: {line}{found}", case.model);
        }
    }
}

#[test]
fn scores_are_those_of_the_library_that_trained_the_model() {
    needs_runtime();
    let desk = Desk::new();
    for case in CASES {
        let flags = case.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let expected = zoo(&format!("expected/{}.csv", case.model));
        for backend in BACKENDS {
            predict(&desk, &[&flags[..], &backend].concat());
            for (own, theirs) in case.columns {
                let found = column(&desk.path("scores.csv"), own);
                assert_close(case.model, &found, &column(&expected, theirs));
            }
        }
    }
}

#[test]
fn every_dimension_says_something_of_every_model() {
    let desk = Desk::new();
    for case in CASES {
        // A score of this model is not a number where float16 cannot hold the feature.
        let code = if case.model == "torch_fp16" { 2 } else { 0 };
        let protected = if case.target == "income" {
            "sex"
        } else {
            "race"
        };
        let flags = case.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let data = text(&zoo(case.data));
        let more = ["--protected", protected, "--alternative", &data];
        let report = desk.report(code, &[&flags[..], &more].concat());
        let kind = case.task.split(':').next().unwrap().replace('-', "_");
        assert_eq!(
            report["understood"]["task"],
            kind.as_str(),
            "{}",
            case.model
        );
        for dimension in ["robustness", "fairness", "resilience"] {
            let outcome = &report["dimensions"][dimension];
            let wanted = if code == 0 { "ok" } else { "error" };
            assert_eq!(outcome["status"], wanted, "{}: {outcome:#}", case.model);
        }
        let uncertainty = &report["dimensions"]["uncertainty"]["status"];
        let wanted = match (code, case.score.contains("no probability")) {
            (0, false) => "ok",
            (0, true) => "not_applicable",
            _ => "error",
        };
        assert_eq!(uncertainty, wanted, "{}", case.model);
    }
}

#[test]
fn a_raw_score_is_read_as_a_logit() {
    let desk = Desk::new();
    let data = zoo("adult_500_ordinal.csv");
    let model = zoo("torch_mlp_logit.onnx");
    let logits = column(&zoo("expected/torch_mlp_logit.csv"), "output");
    let expected: Vec<Option<f64>> = logits
        .iter()
        .map(|l| l.map(|l| 1.0 / (1.0 + (-l).exp())))
        .collect();
    let (data, model) = (text(&data), text(&model));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    predict(&desk, &flags);
    assert_close(
        "detected",
        &column(&desk.path("scores.csv"), "score"),
        &expected,
    );
    let check = desk.run(&[&["check"], &flags[..]].concat());
    let words = "  score: output, a logit, turned into a probability\n";
    assert!(check.stdout.contains(words), "{}", check.stdout);
    predict(&desk, &[&flags[..], &["--model-output", "logit"]].concat());
    let told = column(&desk.path("scores.csv"), "score");
    assert_close("told", &told, &expected);
}

#[test]
fn scores_that_leave_0_to_1_are_logits_where_the_graph_does_not_tell() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("hidden_logit.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    let check = desk.run(&[&["check"], &flags[..]].concat());
    for words in [
        "  score: score, a logit, turned into a probability\n",
        "are no probabilities: they are read as logits",
    ] {
        assert!(check.stdout.contains(words), "{}", check.stdout);
    }
    let margin = [&["check"], &flags[..], &["--model-output", "margin"]].concat();
    let check = desk.run(&margin);
    let words = "  score: score, a margin, no probability\n";
    assert!(check.stdout.contains(words), "{}", check.stdout);
}

#[test]
fn either_class_may_be_the_positive_one() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("skl_lr_strlabel.onnx"));
    let arguments = [
        "--data",
        &data,
        "--model",
        &model,
        "--target",
        "income",
        "--positive",
        "<=50K",
    ];
    let expected = column(&zoo("expected/skl_lr_strlabel.csv"), "probabilities[0]");
    predict(&desk, &arguments);
    let found = column(&desk.path("scores.csv"), "score");
    assert_close("first class", &found, &expected);
}

#[test]
fn labels_alone_are_written_as_labels_and_carry_no_probabilities() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("label_only.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    predict(&desk, &flags);
    let found = fs::read_to_string(desk.path("scores.csv")).unwrap();
    let expected = fs::read_to_string(zoo("expected/label_only.csv")).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()).skip(1) {
        assert_eq!(found.ends_with(",>50K"), expected == "1", "{found}");
    }
    let report = desk.report(0, &[&flags[..], &["--protected", "sex"]].concat());
    assert_eq!(report["understood"]["score"], "label, labels only");
    let uncertainty = &report["dimensions"]["uncertainty"];
    assert_eq!(uncertainty["status"], "not_applicable");
    let note = uncertainty["notes"][0].as_str().unwrap();
    assert!(note.contains("the model gives labels only"), "{note}");
    assert_eq!(report["dimensions"]["fairness"]["status"], "ok");
    let robustness = &report["dimensions"]["robustness"];
    let metrics = robustness["metrics"].as_object().unwrap();
    for name in ["auc", "log_loss"] {
        assert_eq!(metrics[&format!("baseline.{name}")], Value::Null, "{name}");
    }
    assert!(metrics["baseline.accuracy"].as_f64().unwrap() > 0.7);
    let notes = robustness["notes"].to_string();
    assert!(notes.contains("no AUC and no log loss"), "{notes}");
}

#[test]
fn a_row_without_a_score_stays_empty_and_is_told() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("torch_fp16.onnx"));
    let output = ["--output", "scores.csv"];
    let outcome = desk.run(&[&["predict"], &flags(&data, &model)[..], &output].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("1 of 500 rows have no score"),
        "{}",
        outcome.stderr
    );
    let report = desk.report(2, &flags(&data, &model));
    let error = report["dimensions"]["robustness"]["error"]
        .as_str()
        .unwrap();
    assert!(error.contains("`capital_gain` is 99999 there"), "{error}");
}

#[test]
fn a_score_that_never_varies_leaves_ratios_undefined() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("bad/constant_score.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    let report = desk.report(0, &[&flags[..], &["--protected", "sex"]].concat());
    let fairness = &report["dimensions"]["fairness"]["metrics"];
    assert_eq!(fairness["sex.demographic_parity_ratio"], Value::Null);
    let robustness = &report["dimensions"]["robustness"]["metrics"];
    assert_eq!(robustness["baseline.auc"], 0.5);
}

#[test]
fn bad_files_are_refused_with_the_reason() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    for (name, words) in [
        ("empty", &["empty"][..]),
        ("truncated", &["truncated"]),
        ("text", &["not an ONNX file"]),
        ("lfs_pointer", &["git-lfs pointer", "git lfs pull"]),
        ("future_opset", &["opset 99", "newer"]),
        ("image_input", &["not a model for tables", "4 dimensions"]),
        ("wrong_width", &["takes 7 features", "the table has 14"]),
        (
            "external_missing",
            &["torch_dynamo_external.onnx.data", "missing"],
        ),
    ] {
        let model = text(&zoo(&format!("bad/{name}.onnx")));
        let flags = ["--data", &data, "--target", "income", "--model", &model];
        desk.refuses(name, &flags, words);
    }
}

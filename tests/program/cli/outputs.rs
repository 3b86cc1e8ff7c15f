//! Which output is the score: told by the rule, or asked for; and models whose rows know each other.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::desk::{Desk, Outcome, needs_runtime, text};

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/outputs")
        .join(file)
}

fn model(name: &str) -> String {
    text(&data(&format!("{name}.onnx")))
}

/// Writes the rows of a model without what its library says of them, and gives that: the last column.
fn rows(desk: &Desk, name: &str) -> Vec<f64> {
    let whole = fs::read_to_string(data(&format!("{name}.csv"))).unwrap();
    let cut = |line: &str| {
        line.rsplit_once(',')
            .map(|(rest, last)| (rest.to_owned(), last.to_owned()))
    };
    let lines: Vec<(String, String)> = whole.lines().filter_map(cut).collect();
    let table: Vec<&str> = lines.iter().map(|(rest, _)| rest.as_str()).collect();
    desk.write("rows.csv", table.join("\n"));
    lines[1..]
        .iter()
        .map(|(_, last)| last.parse().unwrap())
        .collect()
}

fn flags<'a>(model: &'a str, target: &'a str) -> Vec<&'a str> {
    vec!["--data", "rows.csv", "--target", target, "--model", model]
}

fn predict(desk: &Desk, arguments: &[&str]) -> Outcome {
    desk.run(&[&["predict"], arguments, &["--output", "scores.csv"]].concat())
}

fn scores(desk: &Desk) -> Vec<f64> {
    let whole = fs::read_to_string(desk.path("scores.csv")).unwrap();
    let mut lines = whole.lines();
    let place = lines
        .next()
        .unwrap()
        .split(',')
        .position(|c| c == "score")
        .unwrap();
    lines
        .map(|line| line.split(',').nth(place).unwrap().parse().unwrap())
        .collect()
}

fn assert_scores(desk: &Desk, name: &str, expected: &[f64], tolerance: f64) {
    let found = scores(desk);
    assert_eq!(found.len(), expected.len(), "{name}");
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        let off = (found - expected).abs() / expected.abs().max(1.0);
        assert!(
            off <= tolerance,
            "{name}, row {row}: {found} and {expected}"
        );
    }
}

/// Inputs that are passed through, pairs of raw scores, detectors of outliers, narrow integers: as the
/// library that made the model has them.
#[test]
fn the_rule_finds_the_score() {
    let desk = Desk::new();
    for (name, target, score) in [
        ("mlnet", "Price", "Score.output, the predicted number"),
        ("oneclass", "y", "scores, a margin, no probability"),
        (
            "raw_scores",
            "y",
            "probabilities[1], a margin, no probability",
        ),
        ("int8", "y", "probabilities[1], a probability"),
        ("svc", "y", "probabilities[1], a probability"),
    ] {
        let expected = rows(&desk, name);
        let model = model(name);
        let check = desk.run(&[&["check"], &flags(&model, target)[..]].concat());
        assert_eq!(check.code, Some(0), "{name}: {}", check.stderr);
        let line = format!("  score: {score}\n");
        assert!(check.stdout.contains(&line), "{name}: {}", check.stdout);
        let outcome = predict(&desk, &flags(&model, target));
        assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.stderr);
        let tolerance = if name == "svc" { 1e-4 } else { 1e-5 };
        assert_scores(&desk, name, &expected, tolerance);
    }
}

#[test]
fn raw_scores_are_logits_where_the_user_says_so() {
    let desk = Desk::new();
    let margins = rows(&desk, "raw_scores");
    let model = model("raw_scores");
    let told = [&flags(&model, "y")[..], &["--model-output", "logit"]].concat();
    assert_eq!(predict(&desk, &told).code, Some(0));
    let probabilities: Vec<f64> = margins.iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect();
    assert_scores(&desk, "sigmoid", &probabilities, 1e-6);
}

#[test]
fn what_could_be_several_things_is_asked_for() {
    let desk = Desk::new();
    let xy = numbered(30);
    let table = format!("a,b,y\n{xy}");
    for (name, words) in [
        (
            "two_outputs",
            "each of its outputs `first`, `second` could be the score",
        ),
        (
            "three_unnamed",
            "3 scores a row and does not name its classes",
        ),
        (
            "token_ids",
            "leaves open how many features its input `input_ids` takes",
        ),
        ("future_format", "version 99 of the ONNX format"),
    ] {
        desk.write("rows.csv", &table);
        let model = model(name);
        let arguments = [&flags(&model, "y")[..], &["--positive", "1"]].concat();
        desk.refuses(name, &arguments, &[words]);
    }
    for (name, target, words) in [
        (
            "multilabel",
            "a",
            "answers several questions a row (see its output `label`)",
        ),
        ("kmeans", "y", "sorts rows into clusters of its own"),
    ] {
        rows(&desk, if name == "kmeans" { "raw_scores" } else { name });
        desk.refuses(name, &flags(&model(name), target), &[words]);
    }
    let two = model("two_outputs");
    let wanted = [&flags(&two, "y")[..], &["--score-output", "third"]].concat();
    desk.write("rows.csv", &table);
    desk.refuses(
        "third",
        &wanted,
        &["no output `third`; the outputs are `first`, `second`"],
    );
}

#[test]
fn a_named_column_is_the_score() {
    let desk = Desk::new();
    let expected = rows(&desk, "multilabel");
    let model = model("multilabel");
    let named = [
        &flags(&model, "a")[..],
        &["--score-output", "probabilities[0]"],
    ]
    .concat();
    let check = desk.run(&[&["check"], &named[..]].concat());
    assert!(
        check
            .stdout
            .contains("  score: probabilities[0], a probability\n"),
        "{}",
        check.stdout
    );
    for backend in ["native", "onnxruntime"] {
        let arguments = [&named[..], &["--backend", backend]].concat();
        let outcome = predict(&desk, &arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_scores(&desk, backend, &expected, 1e-5);
    }
    let beyond = [
        &flags(&model, "a")[..],
        &["--score-output", "probabilities[3]"],
    ]
    .concat();
    let outcome = predict(&desk, &beyond);
    assert!(
        outcome.stderr.contains("there is no column 3"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_target_that_does_not_say_which_rows_are_outliers_is_refused() {
    let desk = Desk::new();
    rows(&desk, "oneclass");
    let coded = fs::read_to_string(desk.path("rows.csv"))
        .unwrap()
        .replace(",-1\n", ",0\n");
    desk.write("rows.csv", coded);
    let model = model("oneclass");
    let words = ["-1, from the rest, 1", "holds `0`, `1`"];
    desk.refuses("codes", &flags(&model, "y"), &words);
    let positive = [&flags(&model, "y")[..], &["--positive", "1"]].concat();
    desk.refuses("codes", &positive, &words);
}

#[test]
fn labels_that_are_not_the_side_of_the_threshold_are_counted() {
    let desk = Desk::new();
    rows(&desk, "svc");
    let model = model("svc");
    let told = "another than its score says in 5 of 30 rows";
    let outcome = predict(&desk, &flags(&model, "y"));
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let report = desk.report(
        0,
        &[&flags(&model, "y")[..], &["--dimensions", "robustness"]].concat(),
    );
    let notes = report["dimensions"]["robustness"]["notes"].to_string();
    assert!(notes.contains(told), "{notes}");
    // Where the user cuts elsewhere, that is the reason.
    let cut = [&flags(&model, "y")[..], &["--threshold", "0.3"]].concat();
    assert!(
        !predict(&desk, &cut)
            .stderr
            .contains("the model's own label")
    );
}

/// onnxruntime, all rows at once; a row alone scores otherwise by up to 0.04.
#[test]
fn rows_that_know_each_other_are_scored_together_and_told() {
    needs_runtime();
    let desk = Desk::new();
    let expected = rows(&desk, "quantised");
    let model = model("quantised");
    let told = "the scores of a row depend on the rows beside it";
    let check = desk.run(&[&["check"], &flags(&model, "y")[..]].concat());
    assert!(check.stdout.contains(told), "{}", check.stdout);
    for chunk in ["16", "64", "10000"] {
        let arguments = [&flags(&model, "y")[..], &["--chunk-rows", chunk]].concat();
        let outcome = predict(&desk, &arguments);
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
        assert_scores(&desk, chunk, &expected, 1e-5);
    }
    let report = desk.report(
        0,
        &[&flags(&model, "y")[..], &["--dimensions", "robustness"]].concat(),
    );
    assert!(report.to_string().contains(told));
}

/// The native backend promises to run it, and finds out when it opens it.
#[test]
fn a_mean_over_the_rows_is_seen_before_anything_runs() {
    needs_runtime();
    let desk = Desk::new();
    let xy: Vec<(u8, u8, u8)> = (0..40).map(|i| (i % 7, i % 5, i % 2)).collect();
    let lines = xy.iter().map(|(a, b, y)| format!("{a},{b},{y}\n"));
    desk.write("rows.csv", format!("a,b,y\n{}", lines.collect::<String>()));
    let model = model("centred");
    let check = desk.run(&[&["check"], &flags(&model, "y")[..]].concat());
    let told = "depend on the rows beside it";
    assert!(
        check.stdout.contains(told),
        "{}{}",
        check.stdout,
        check.stderr
    );
    assert_eq!(predict(&desk, &flags(&model, "y")).code, Some(0));
    let apart: Vec<f64> = xy
        .iter()
        .map(|(a, b, _)| f64::from(*a) - f64::from(*b))
        .collect();
    let mean = apart.iter().sum::<f64>() / apart.len() as f64;
    let expected: Vec<f64> = apart
        .iter()
        .map(|z| 1.0 / (1.0 + (mean - z).exp()))
        .collect();
    assert_scores(&desk, "centred", &expected, 1e-6);
}

/// ONNX Runtime changes the statistics of a normalisation in training mode with every run.
#[test]
fn scores_that_change_from_run_to_run_are_refused() {
    needs_runtime();
    let desk = Desk::new();
    let xy = numbered(40);
    desk.write("rows.csv", format!("a,b,y\n{xy}"));
    for name in ["training_mode", "noise"] {
        let words = ["the same rows other scores every time", "evaluation mode"];
        desk.refuses(name, &flags(&model(name), "y"), &words);
    }
}

#[test]
fn rows_that_a_model_fails_on_are_named_with_the_value() {
    needs_runtime();
    let desk = Desk::new();
    let table = fs::read_to_string(data("one_hot.csv")).unwrap();
    desk.write("rows.csv", table);
    let outcome = predict(&desk, &flags(&model("one_hot"), "y"));
    outcome.refuses(
        "one_hot",
        &["row 7 (counted from 0), where `city` is `Lima`"],
    );
}

#[test]
fn scores_that_are_no_numbers_for_no_reason_fail_a_prediction() {
    let desk = Desk::new();
    let table = fs::read_to_string(data("nan_base.csv")).unwrap();
    desk.write("rows.csv", table);
    let outcome = predict(&desk, &flags(&model("nan_base"), "y"));
    let words = [
        "6 of 6 rows have no score",
        "the model itself gives no number",
    ];
    outcome.refuses("nan_base", &words);
}

#[test]
fn whole_numbers_beyond_their_type_are_refused_with_the_row() {
    let desk = Desk::new();
    rows(&desk, "int8");
    let table = fs::read_to_string(desk.path("rows.csv")).unwrap();
    let second = table.lines().nth(2).unwrap().to_owned();
    let fields: Vec<&str> = second.split(',').collect();
    let wide = format!("300,{}", fields[1..].join(","));
    desk.write("rows.csv", table.replacen(&second, &wide, 1));
    let outcome = predict(&desk, &flags(&model("int8"), "y"));
    outcome.refuses("int8", &["`a` is 300 in row 1", "int8"]);
}

/// Rows of two numbers and a label.
fn numbered(rows: usize) -> String {
    let rows = (0..rows).map(|i| format!("{},{},{}", i % 7, i % 5, i % 2));
    rows.collect::<Vec<String>>().join("\n")
}

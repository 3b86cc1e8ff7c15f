//! Models that mean harm: ONNX Runtime is tried on them in a process of its own, and what the standard
//! does not allow is refused before anybody runs it.

use std::fs;

use serde_json::Value;

use super::hostile;
use crate::cli::desk::{Desk, flags, logistic, needs_runtime, text, uncovered};

const FEATURES: [&str; 2] = ["--features", "age,education_num,hours_per_week"];
const KEPT: &str = "data/onnxruntime_trials.json";

/// The verdicts that are kept.
fn verdicts(desk: &Desk) -> Vec<Value> {
    let kept = fs::read_to_string(desk.path(KEPT)).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    kept["trials"].as_array().unwrap().clone()
}

#[test]
fn a_graph_that_never_opens_is_refused_in_words_and_remembered() {
    needs_runtime();
    let desk = Desk::new();
    let model = text(&hostile("loop_endless.onnx"));
    let arguments = [&flags("good.csv", &model)[..], &FEATURES].concat();
    let words = [
        "loop_endless.onnx",
        "ONNX Runtime",
        // Some versions fold the loop when they open the model.
        "did not come to an end while it",
        "export it again",
        "onnxruntime_trials.json",
    ];
    desk.refuses("an endless loop", &arguments, &words);
    let kept = verdicts(&desk);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["verdict"]["kind"], "endless");
    let predict = ["predict", "--output", "scores.csv"];
    let predict = [&predict[..], &arguments].concat();
    desk.run(&predict).refuses("predict", &words);
    assert!(!desk.path("scores.csv").exists());
}

/// A graph of a few lines that makes 30 million numbers of a row: as many rows as a run scores together are
/// more than memory holds.
#[test]
fn a_graph_that_grows_with_its_rows_is_refused_before_a_run() {
    needs_runtime();
    let desk = Desk::new();
    let model = text(&hostile("grows.onnx"));
    let arguments = [&flags("good.csv", &model)[..], &FEATURES].concat();
    let words = [
        "grows.onnx",
        "of memory while it scored a batch of made-up rows",
    ];
    let run = [
        "run",
        "--backend",
        "onnxruntime",
        "--dimensions",
        "uncertainty",
    ];
    let outcome = desk.run(&[&run, &arguments[..]].concat());
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    let told = outcome.stdout + &outcome.stderr;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(verdicts(&desk)[0]["verdict"]["kind"], "no_memory");
}

/// What a graph of a few lines takes to score is found by its trial, and counts.
#[test]
fn a_graph_that_takes_more_than_the_budget_to_score_is_refused_before_a_run() {
    needs_runtime();
    for (name, fits, budget) in [
        ("large_constant.onnx", "1GB", "300MB"),
        ("wide_rows.onnx", "400MB", "200MB"),
    ] {
        let desk = Desk::new();
        let model = text(&hostile(name));
        let of_runtime = ["--backend", "onnxruntime", "--dimensions", "uncertainty"];
        let arguments = [&flags("good.csv", &model)[..], &FEATURES, &of_runtime].concat();
        let words = ["memory budget", "raise the budget"];
        let run = [&["run", "--memory-budget", budget], &arguments[..]].concat();
        desk.run(&run).refuses(name, &words);
        let report = desk.report(0, &[&arguments[..], &["--memory-budget", fits]].concat());
        let resources = report["resources"].as_array().unwrap();
        let model = resources.iter().find(|one| one["kind"] == "model").unwrap();
        assert!(model["bytes"].as_u64().unwrap() > 200 << 20, "{model}");
    }
}

#[test]
fn a_model_is_tried_once_and_natively_never() {
    needs_runtime();
    let desk = Desk::new();
    let model = uncovered();
    let arguments = [
        &flags("good.csv", &model)[..],
        &["--dimensions", "uncertainty"],
    ]
    .concat();
    let first = desk.report(0, &arguments);
    let kept = verdicts(&desk);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["verdict"]["kind"], "fine");
    let second = desk.report(0, &arguments);
    assert_eq!(
        first["dimensions"]["uncertainty"]["metrics"],
        second["dimensions"]["uncertainty"]["metrics"]
    );
    assert_eq!(verdicts(&desk), kept);

    let desk = Desk::new();
    let model = logistic();
    desk.report(0, &flags("good.csv", &model));
    assert!(!desk.path(KEPT).exists());
    // Where nothing can be kept, models are tried each time.
    let native = flags("good.csv", &model);
    let arguments = [
        &["run", "--format", "json", "--backend", "onnxruntime"],
        &native[..],
    ]
    .concat();
    fs::remove_dir_all(desk.path("data")).unwrap();
    desk.write("data", "a file in its place");
    desk.run(&arguments).report(0);
}

#[test]
fn what_is_kept_may_be_damaged() {
    needs_runtime();
    let desk = Desk::new();
    let model = uncovered();
    let arguments = [
        &flags("good.csv", &model)[..],
        &["--dimensions", "uncertainty"],
    ]
    .concat();
    for damaged in [
        "",
        "{",
        "[1]",
        r#"{"onnxruntime_trials":1,"trials":[{"model":"x"}]}"#,
    ] {
        fs::create_dir_all(desk.path("data")).unwrap();
        desk.write(KEPT, damaged);
        desk.report(0, &arguments);
        assert_eq!(verdicts(&desk).len(), 1, "{damaged:?}");
    }
}

#[test]
fn what_the_standard_does_not_allow_is_refused_by_check_and_run() {
    for (name, words) in [
        ("circle.onnx", "its graph runs in circles"),
        ("made_twice.onnx", "the value `z` is made twice"),
        ("misspelled.onnx", "operator Gemm has no attribute `aplha`"),
        (
            "misspelled_in_branch.onnx",
            "operator LeakyRelu has no attribute `alhpa`",
        ),
        (
            "wrong_type.onnx",
            "the attribute `alpha` of operator Gemm is not a float",
        ),
        (
            "outside_above.onnx",
            "not in its own folder: ../../etc/passwd",
        ),
        (
            "outside_absolute.onnx",
            "not in its own folder: /etc/passwd",
        ),
    ] {
        let desk = Desk::new();
        let model = text(&hostile(name));
        let arguments = [&flags("good.csv", &model)[..], &FEATURES].concat();
        desk.refuses(name, &arguments, &[name, words]);
    }
}

#[test]
fn an_open_case_of_the_standard_is_left_to_onnx_runtime_with_the_reason() {
    needs_runtime();
    let desk = Desk::new();
    let model = text(&hostile("mixed_ids.onnx"));
    let arguments = [&flags("good.csv", &model)[..], &FEATURES].concat();
    let reason = "the standard leaves open what their scores are";
    let check = desk.run(&[&["check"], &arguments[..]].concat());
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert!(check.stdout.contains(reason), "{}", check.stdout);
    let natively = [&arguments[..], &["--backend", "native"]].concat();
    desk.refuses("natively", &natively, &["mixed_ids.onnx", reason]);
}

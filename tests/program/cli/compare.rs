//! `doctor --compare`: both backends on a model's data, and what keeps them from it.

use std::fs;

use serde_json::Value;

use crate::cli::desk::{Desk, logistic, needs_runtime, text, trees, zoo};

fn target(data: &str) -> &'static str {
    match data {
        "wage_band_500.csv" => "wage_band",
        name if name.starts_with("wage") => "wage",
        _ => "income",
    }
}

/// The flags that compare a model of the zoo on its rows.
fn flags(entry: &Value) -> Vec<String> {
    let name = entry["name"].as_str().unwrap();
    let data = entry["data"].as_str().unwrap();
    let mut flags = vec![
        "doctor".to_owned(),
        "--compare".to_owned(),
        text(&zoo(&format!("{name}.onnx"))),
        text(&zoo(data)),
        "--missing-text".to_owned(),
        "?".to_owned(),
        "--target".to_owned(),
        target(data).to_owned(),
    ];
    // Two tensors share columns that a table has more of than they take.
    if entry["feeds"].as_array().unwrap().len() == 2 {
        let feeds = entry["feeds"].as_array().unwrap().iter();
        let columns = feeds.flat_map(|feed| feed["columns"].as_array().unwrap());
        let columns: Vec<&str> = columns.map(|c| c.as_str().unwrap()).collect();
        flags.extend(["--features".to_owned(), columns.join(",")]);
    }
    flags
}

#[test]
fn every_model_of_the_zoo_is_compared() {
    needs_runtime();
    let desk = Desk::new();
    let entries = fs::read_to_string(zoo("zoo.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&entries).unwrap();
    for entry in &entries {
        let name = entry["name"].as_str().unwrap();
        let mut flags = flags(entry);
        flags.extend(["--format".to_owned(), "json".to_owned()]);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let report = desk.run(&flags).report(0);
        assert_eq!(report["equal"], true, "{name}: {report:#}");
        let difference = &report["comparison"]["difference"];
        assert_eq!(difference["rows"], 500, "{name}");
        assert_eq!(difference["flipped"], 0, "{name}");
        assert_eq!(difference["rows_half_missing"], 0, "{name}");
        let is_scored = difference["largest"].is_object();
        assert_eq!(is_scored, name != "label_only", "{name}");
        for side in ["native", "onnxruntime"] {
            let memory = &report["comparison"][side]["memory"];
            assert!(memory["peak_bytes"].is_u64(), "{name}: {report:#}");
        }
    }
}

#[test]
fn people_read_what_was_understood_and_the_verdict() {
    needs_runtime();
    let desk = Desk::new();
    let outcome = desk.run(&[
        "doctor",
        "--compare",
        &logistic(),
        "good.csv",
        "--target",
        "income",
    ]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for words in [
        "probabilities of 2 classes",
        "X (float32) from 13 columns, age to native_country",
        "rows                  60",
        "ONNX Runtime",
        "other label           0 rows (0.00%)",
        "verdict               equal: every score within 1e-6",
    ] {
        assert!(
            outcome.stdout.contains(words),
            "no {words:?} in {}",
            outcome.stdout
        );
    }
}

#[test]
fn a_model_that_is_not_covered_is_refused_with_its_operator() {
    needs_runtime();
    let desk = Desk::new();
    let mut model = fs::read(zoo("torch_mlp_sigmoid.onnx")).unwrap();
    // An operator that is not covered, with a name of the same length.
    let mut changed = 0;
    while let Some(at) = model.windows(7).position(|name| name == b"Sigmoid") {
        model[at..at + 7].copy_from_slice(b"NonZero");
        changed += 1;
    }
    assert!(changed > 0);
    desk.write("nonzero.onnx", model);
    desk.run(&[
        "doctor",
        "--compare",
        "nonzero.onnx",
        "good.csv",
        "--target",
        "income",
    ])
    .refuses("not covered", &["nonzero.onnx", "native", "NonZero"]);
}

#[test]
fn what_cannot_be_compared_is_told_in_words() {
    needs_runtime();
    let desk = Desk::new();
    let (model, texts) = (logistic(), text(&zoo("adult_500.csv")));
    let refused: [(&str, &[&str], &[&str]); 8] = [
        (
            "no model",
            &["no.onnx", "good.csv"],
            &["no.onnx", "no such file"],
        ),
        ("no table", &[&model, "no.csv"], &["no.csv", "no such file"]),
        (
            "the target among the inputs",
            &[&model, "good.csv"],
            &["good.csv", "13 features", "--features", "--target COLUMN"],
        ),
        (
            "no such target",
            &[&model, "good.csv", "--target", "incme"],
            &["good.csv", "no column `incme`", "income"],
        ),
        (
            "no such feature",
            &[&model, "good.csv", "--features", "age,weight"],
            &["no column `weight`"],
        ),
        (
            "texts for numbers",
            &[&model, &texts, "--features", FEATURES],
            &["workclass", "hold texts"],
        ),
        ("one file", &[&model], &["--compare"]),
        (
            "no model at all",
            &["good.csv", "good.csv"],
            &["good.csv", "not an ONNX file"],
        ),
    ];
    for (what, arguments, words) in refused {
        let all = [&["doctor", "--compare"], arguments].concat();
        desk.run(&all).refuses(what, words);
    }
    desk.run(&["doctor", "--target", "income"])
        .refuses("a target alone", &["--compare"]);
}

const FEATURES: &str = "age,workclass,education,education_num,marital_status,occupation,\
                        relationship,race,sex,capital_gain,capital_loss,hours_per_week,\
                        native_country";

#[test]
fn rows_that_make_scores_differ_make_exit_code_1() {
    needs_runtime();
    let desk = Desk::new();
    // Likelihoods that are weighed 16 times make as much more of the last bits of their sums.
    let half = [&0.5_f32.to_le_bytes()[..], b"B\x0cprod_operand"].concat();
    let mut model = fs::read(zoo("skl_gnb.onnx")).unwrap();
    let at = model.windows(half.len()).position(|bytes| bytes == half);
    model[at.unwrap()..][..4].copy_from_slice(&8_f32.to_le_bytes());
    let outcome = desk.run(&[
        "doctor",
        "--compare",
        &text(&desk.write("sharp.onnx", model)),
        &text(&zoo("adult_500_ordinal.csv")),
        "--target",
        "income",
    ]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("DIFFERENT"), "{}", outcome.stdout);
}

#[test]
fn bench_sets_both_backends_side_by_side() {
    needs_runtime();
    let desk = Desk::new();
    fs::create_dir(desk.path("models")).unwrap();
    fs::copy(trees(), desk.path("models/xgb.onnx")).unwrap();
    let small = ["--rows", "500", "--repeats", "1", "--threads", "1"];
    let models = ["--models", "models"];
    let bench = [&["bench", "inference"], &small[..], &models[..]].concat();
    let report = desk.run(&[&bench[..], &["--format", "json"]].concat());
    let report = report.report(0);
    let found = report["inference"]["models"].as_array().unwrap();
    let names: Vec<&str> = found.iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["random_forest", "xgboost", "logistic_regression", "xgb"]
    );
    for model in found {
        let difference = &model["difference"];
        assert_eq!(difference["rows"], 500, "{model:#}");
        assert_eq!(difference["rows_over_limit"], 0, "{model:#}");
        let speed = &model["speeds"][0];
        assert!(speed["native"]["median"].as_f64().unwrap() > 0.0);
        assert!(speed["ratio"]["median"].as_f64().unwrap() > 0.0);
        assert!(
            model["memory"]["onnxruntime"]["model_bytes"]
                .as_u64()
                .unwrap()
                > 0
        );
    }
    let targets = report["targets"].as_array().unwrap();
    assert!(
        targets
            .iter()
            .any(|t| t["name"].as_str().unwrap().contains("texts"))
    );
    let outcome = desk.run(&bench);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for words in ["random_forest", "x ORT", "x memory", "wanted", "10x"] {
        assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
    }
}

#[test]
fn bench_refuses_what_it_cannot_measure() {
    needs_runtime();
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).unwrap();
    let refused: [(&str, &[&str], &[&str]); 5] = [
        ("no rows", &["--rows", "0"], &["--rows"]),
        (
            "an empty folder",
            &["--models", "empty"],
            &["empty", "no .onnx file"],
        ),
        ("no folder", &["--models", "nowhere"], &["nowhere"]),
        (
            "no Python",
            &["--python", "./no-python"],
            &["no-python", "--python"],
        ),
        ("kept by whom", &["--keep", "models"], &["--python"]),
    ];
    for (what, arguments, words) in refused {
        let all = [&["bench", "inference"], arguments].concat();
        desk.run(&all).refuses(what, words);
    }
}

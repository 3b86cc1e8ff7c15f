//! `predict` gives what the library that trained the model says, with little or no configuration.

use std::fs;

use crate::desk::{Desk, flags, needs_runtime, text, zoo};

/// Model, the expected column, and lines for [model] where flags do not do.
type Case = (&'static str, &'static str, Option<&'static str>);

const ORDINAL: &[Case] = &[
    ("skl_rf_zipmap_int", "output_probability[1]", None),
    ("skl_lr_zipmap_str", "output_probability[>50K]", None),
    ("skl_lr_strlabel", "probabilities[1]", None),
    ("skl_rf_default_opset", "probabilities[1]", None),
    ("skl_linearsvc_scores", "probabilities[1]", None),
    ("xgb_onnxmltools", "probabilities[1]", None),
    ("lgbm_onnxmltools", "probabilities[1]", None),
    ("skl_mlp", "probabilities[1]", None),
    ("skl_gbc", "probabilities[1]", None),
    ("skl_gnb", "probabilities[1]", None),
    ("skl_voting", "probabilities[1]", None),
    ("torch_mlp_sigmoid", "prob", None),
    ("torch_mlp_fixed_batch1", "out.24[1]", None),
    ("torch_fp16", "prob", None),
];

const TEXTS: &[Case] = &[
    (
        "skl_pipeline_cols_zipmap",
        "output_probability[>50K]",
        Some(""),
    ),
    ("skl_pipeline_cols_int64", "probabilities[1]", Some("")),
    (
        "skl_two_inputs",
        "probabilities[1]",
        Some(
            "features = ['age', 'education_num', 'capital_gain', 'capital_loss', \
             'hours_per_week', 'workclass', 'education', 'marital_status', 'occupation', \
             'relationship', 'race', 'sex', 'native_country']",
        ),
    ),
];

const BACKENDS: [[&str; 2]; 2] = [["--backend", "native"], ["--backend", "onnxruntime"]];

/// A column of a CSV file without quotes; what is empty or NaN is none.
fn column(path: &std::path::Path, name: &str) -> Vec<Option<f64>> {
    let whole = fs::read_to_string(path).unwrap();
    let mut lines = whole.lines();
    let index = lines.next().unwrap().split(',').position(|c| c == name);
    let index = index.unwrap_or_else(|| panic!("{} has no {name}", path.display()));
    let field = |line: &str| line.split(',').nth(index).unwrap().parse::<f64>().ok();
    lines
        .map(|line| field(line).filter(|v| !v.is_nan()))
        .collect()
}

fn predict(desk: &Desk, arguments: &[&str]) -> Vec<Option<f64>> {
    let output = ["--output", "scores.csv"];
    let outcome = desk.run(&[&["predict"], arguments, &output].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    column(&desk.path("scores.csv"), "score")
}

fn assert_close(name: &str, found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let tolerance = if name == "torch_fp16" { 5e-4 } else { 1e-5 };
    for (row, pair) in found.iter().zip(expected).enumerate() {
        let fits = match pair {
            (Some(found), Some(expected)) => (found - expected).abs() < tolerance,
            (None, None) => true,
            _ => false,
        };
        assert!(fits, "{name}, row {row}: {pair:?}");
    }
}

#[test]
fn models_of_numbers_need_no_configuration() {
    needs_runtime();
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    for (name, wanted, _) in ORDINAL {
        let model = text(&zoo(&format!("{name}.onnx")));
        let expected = column(&zoo(&format!("expected/{name}.csv")), wanted);
        for backend in BACKENDS {
            let arguments = [&flags(&data, &model)[..], &backend].concat();
            assert_close(name, &predict(&desk, &arguments), &expected);
        }
    }
}

#[test]
fn models_of_texts_need_the_text_for_what_is_missing() {
    needs_runtime();
    let desk = Desk::new();
    for (name, wanted, more) in TEXTS {
        let model = zoo(&format!("{name}.onnx"));
        let file = text(&desk.experiment(&zoo("adult_500.csv"), &model, more.unwrap_or_default()));
        let expected = column(&zoo(&format!("expected/{name}.csv")), wanted);
        for backend in BACKENDS {
            let arguments = [&[&*file], &backend[..]].concat();
            assert_close(name, &predict(&desk, &arguments), &expected);
        }
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
    let detected = predict(&desk, &flags(&text(&data), &text(&model)));
    assert_close("detected", &detected, &expected);
    let file = desk.experiment(&data, &model, "output = 'logit'");
    assert_close("told", &predict(&desk, &[&text(&file)]), &expected);
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
    assert_close("first class", &predict(&desk, &arguments), &expected);
}

#[test]
fn labels_alone_are_written_as_labels() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("label_only.onnx"));
    let output = ["--output", "labels.csv"];
    let outcome = desk.run(&[&["predict"], &flags(&data, &model)[..], &output].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let found = fs::read_to_string(desk.path("labels.csv")).unwrap();
    let expected = fs::read_to_string(zoo("expected/label_only.csv")).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()).skip(1) {
        assert_eq!(found.ends_with(",>50K"), expected == "1", "{found}");
    }
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

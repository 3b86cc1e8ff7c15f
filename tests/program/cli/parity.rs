//! Is the model the one that was trained? Its scores against those of the training library.

use std::fs;

use crate::cli::desk::{Desk, text, zoo};

/// The scores that `predict` writes, every `step`-th of them moved by `by`.
fn moved(desk: &Desk, flags: &[&str], step: usize, by: f64) -> String {
    let output = ["--output", "own.csv"];
    let outcome = desk.run(&[&["predict"], flags, &output].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let own = fs::read_to_string(desk.path("own.csv")).unwrap();
    let lines = own.lines().enumerate().map(|(line, text)| {
        let mut fields: Vec<String> = text.split(',').map(str::to_owned).collect();
        if line > 0 && line % step == 0 {
            let score: f64 = fields[1].parse().unwrap();
            let away = if score > 0.5 { -by } else { by };
            fields[1] = (score + away).to_string();
        }
        fields[..2].join(",")
    });
    let lines: Vec<String> = lines.collect();
    text(&desk.write("expected.csv", lines.join("\n") + "\n"))
}

#[test]
fn scores_that_agree_are_said_to() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("xgb_onnxmltools.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    let unknown = desk.run(&[&["check"], &flags[..]].concat());
    assert_eq!(unknown.code, Some(0), "{}", unknown.stderr);
    assert!(
        unknown.stdout.contains("parity: unknown"),
        "{}",
        unknown.stdout
    );
    // What the library that trained the model says.
    let library = fs::read_to_string(zoo("expected/xgb_onnxmltools.csv")).unwrap();
    let renamed = library.replacen("probabilities[1]", "score", 1);
    let expected = text(&desk.write("expected.csv", renamed));
    let parity = [&flags[..], &["--parity", &expected]].concat();
    let check = desk.run(&[&["check"], &parity[..]].concat());
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    let words = "parity: the scores are those of the training library: 500 rows";
    assert!(check.stdout.contains(words), "{}", check.stdout);
    let report = desk.report(0, &parity);
    assert_eq!(report["parity"]["differing"], 0);
    assert_eq!(report["parity"]["rows"], 500);
}

#[test]
fn a_few_rows_that_are_far_off_point_at_a_cast_before_the_trees() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("xgb_onnxmltools.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    let expected = moved(&desk, &flags, 100, 0.45);
    let parity = [&flags[..], &["--parity", &expected]].concat();
    let check = desk.run(&[&["check"], &parity[..]].concat());
    assert_eq!(check.code, Some(1), "{}", check.stderr);
    for words in [
        "5 of 500 rows (1.00%) are off by more than 1e-4, the worst by 0.45",
        "rounds to float32",
    ] {
        assert!(check.stdout.contains(words), "{}", check.stdout);
    }
    let report = desk.report(0, &parity);
    assert_eq!(report["parity"]["differing"], 5);
    assert!(report["parity"]["flipped"].as_u64().unwrap() > 0);
    let note = report["dimensions"]["robustness"]["notes"][0]
        .as_str()
        .unwrap();
    assert!(note.contains("not those of the training library"), "{note}");
}

#[test]
fn a_linear_model_that_is_off_everywhere_is_another_model() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("skl_lr_strlabel.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    let expected = moved(&desk, &flags, 1, 0.01);
    let parity = [&["check"], &flags[..], &["--parity", &expected]].concat();
    let check = desk.run(&parity);
    assert_eq!(check.code, Some(1), "{}", check.stderr);
    assert!(check.stdout.contains("500 of 500 rows"), "{}", check.stdout);
    assert!(check.stdout.contains("another model"), "{}", check.stdout);
    let few = moved(&desk, &flags, 100, 0.1);
    let parity = [&["check"], &flags[..], &["--parity", &few]].concat();
    let check = desk.run(&parity);
    let (_, parity) = check.stdout.split_once("parity: ").unwrap();
    assert!(!parity.contains("float32"), "{parity}");
}

#[test]
fn several_classes_and_numbers_are_compared_too() {
    let desk = Desk::new();
    for (model, data, target, columns) in [
        (
            "skl_rf_multiclass",
            "wage_band_500.csv",
            "wage_band",
            &[
                ("probabilities[0]", "high"),
                ("probabilities[1]", "low"),
                ("probabilities[2]", "mid"),
            ][..],
        ),
        (
            "skl_gbr_regression",
            "wage_500.csv",
            "wage",
            &[("variable", "score")],
        ),
    ] {
        let mut library = fs::read_to_string(zoo(&format!("expected/{model}.csv"))).unwrap();
        for (theirs, ours) in columns {
            library = library.replacen(theirs, ours, 1);
        }
        let expected = text(&desk.write("expected.csv", library));
        let (data, model) = (text(&zoo(data)), text(&zoo(&format!("{model}.onnx"))));
        let flags = ["--data", &data, "--target", target, "--model", &model];
        let check = [&["check"], &flags[..], &["--parity", &expected]].concat();
        let outcome = desk.run(&check);
        assert_eq!(
            outcome.code,
            Some(0),
            "{}{}",
            outcome.stdout,
            outcome.stderr
        );
        assert!(outcome.stdout.contains("500 rows"), "{}", outcome.stdout);
    }
}

#[test]
fn a_file_of_other_rows_is_refused() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500_ordinal.csv"));
    let model = text(&zoo("skl_lr_strlabel.onnx"));
    let flags = ["--data", &data, "--target", "income", "--model", &model];
    desk.write("short.csv", "row,score\n0,0.5\n");
    let parity = [&flags[..], &["--parity", "short.csv"]].concat();
    let outcome = desk.run(&[&["check"], &parity[..]].concat());
    assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
    for words in ["short.csv", "it has 1 rows, and the dataset has 500"] {
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}

//! Tables in which little happens: one class only, one row, one score for all.

use std::path::Path;

use serde_json::Value;

use crate::cli::desk::{Desk, text};

/// A logistic regression of one feature, with the classes 0 and 1.
fn model() -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/outputs/tiny.onnx"))
}

fn table(rows: usize, outcome: impl Fn(usize) -> u8) -> String {
    let row = |i: usize| {
        let (a, g) = ((i * 37 % 23) as f64 / 10.0 - 1.0, ["u", "v"][i % 2]);
        format!("{a},{g},{}\n", outcome(i))
    };
    format!("a,g,y\n{}", (0..rows).map(row).collect::<String>())
}

fn flags<'a>(data: &'a str, model: &'a str) -> Vec<&'a str> {
    vec![
        "--data",
        data,
        "--model",
        model,
        "--target",
        "y",
        "--features",
        "a",
    ]
}

fn metric<'r>(report: &'r Value, dimension: &str, name: &str) -> &'r Value {
    let found = &report["dimensions"][dimension];
    assert_eq!(found["status"], "ok", "{dimension}: {found:#}");
    found["metrics"]
        .get(name)
        .unwrap_or_else(|| panic!("{dimension} has no {name}"))
}

#[test]
fn an_alternative_without_a_positive_row_loses_only_what_needs_one() {
    let desk = Desk::new();
    let model = model();
    desk.write("data.csv", table(60, |i| u8::from(i % 3 == 0)));
    desk.write("quiet.csv", table(40, |_| 0));
    desk.write("lively.csv", table(40, |i| u8::from(i % 2 == 0)));
    let more = ["--alternative", "quiet.csv", "--alternative", "lively.csv"];
    for positive in [&[][..], &["--positive", "1"]] {
        let arguments = [&flags("data.csv", &model)[..], &more, positive].concat();
        let check = desk.run(&[&["check"], &arguments[..]].concat());
        assert_eq!(check.code, Some(0), "{}", check.stderr);
        let chosen = ["--dimensions", "resilience"];
        let report = desk.report(0, &[&arguments[..], &chosen].concat());
        assert!(metric(&report, "resilience", "quiet.auc").is_null());
        for name in [
            "quiet.accuracy",
            "quiet.log_loss",
            "quiet.psi.a",
            "lively.auc",
        ] {
            assert!(metric(&report, "resilience", name).is_number(), "{name}");
        }
        let notes = report["dimensions"]["resilience"]["notes"].to_string();
        assert!(notes.contains("`y` is `0` in every row"), "{notes}");
    }
}

#[test]
fn a_dataset_of_one_class_or_one_row_is_validated() {
    let desk = Desk::new();
    let model = model();
    desk.write("negatives.csv", table(60, |_| 0));
    desk.write("positives.csv", table(60, |_| 1));
    desk.write("row.csv", table(1, |_| 0));
    for data in ["negatives.csv", "positives.csv", "row.csv"] {
        let more = [
            "--protected",
            "g",
            "--alternative",
            data,
            "--calibration",
            data,
        ];
        let arguments = [&flags(data, &model)[..], &more].concat();
        let check = desk.run(&[&["check"], &arguments[..]].concat());
        assert_eq!(check.code, Some(0), "{data}: {}", check.stderr);
        let report = desk.report(0, &arguments);
        for (dimension, name) in [
            ("robustness", "baseline.accuracy"),
            ("fairness", "g.u.selection_rate"),
            ("uncertainty", "brier"),
            ("resilience", "base.log_loss"),
        ] {
            assert!(
                metric(&report, dimension, name).is_number(),
                "{data}: {name}"
            );
        }
        assert!(
            metric(&report, "robustness", "baseline.auc").is_null(),
            "{data}"
        );
    }
}

/// A class that nobody knows may be a slip of the pen: no table is taken for one without it.
#[test]
fn a_class_that_is_nowhere_is_refused_without_turning_the_question_round() {
    let desk = Desk::new();
    let model = model();
    desk.write(
        "data.csv",
        table(20, |i| (i % 2) as u8).replace(",1\n", ",yes\n"),
    );
    desk.write("other.csv", table(20, |_| 0).replace(",0\n", ",No\n"));
    let positive = ["--positive", "yes"];
    let arguments = [&flags("data.csv", &model)[..], &positive].concat();
    let check = desk.run(&[&["check"], &arguments[..]].concat());
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    let other = [&arguments[..], &["--alternative", "other.csv"]].concat();
    let check = desk.run(&[&["check"], &other[..]].concat());
    check.refuses(
        "No",
        &["is never `yes`; it is `No`", "rows of both classes"],
    );
}

/// A filter that nothing passes leaves an empty table: it says nothing of the others.
#[test]
fn an_alternative_without_rows_loses_nothing_but_itself() {
    let desk = Desk::new();
    let model = model();
    desk.write("data.csv", table(60, |i| u8::from(i % 3 == 0)));
    desk.write("empty.csv", table(0, |_| 0));
    desk.write("lively.csv", table(40, |i| u8::from(i % 2 == 0)));
    let more = ["--alternative", "empty.csv", "--alternative", "lively.csv"];
    let arguments = [&flags("data.csv", &model)[..], &more].concat();
    let check = desk.run(&[&["check"], &arguments[..]].concat());
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    let report = desk.report(0, &[&arguments[..], &["--protected", "g"]].concat());
    for name in [
        "auc",
        "accuracy",
        "log_loss.change",
        "psi.a",
        "missing_change.a",
        "score.ks",
    ] {
        let name = format!("empty.{name}");
        assert!(metric(&report, "resilience", &name).is_null(), "{name}");
    }
    for name in ["lively.auc", "lively.psi.a", "base.auc"] {
        assert!(metric(&report, "resilience", name).is_number(), "{name}");
    }
    assert!(metric(&report, "fairness", "g.u.selection_rate").is_number());
    let notes = report["dimensions"]["resilience"]["notes"].to_string();
    assert!(notes.contains("empty: it has no rows"), "{notes}");
    // A dataset without rows is still refused.
    desk.write("none.csv", table(0, |_| 0));
    let none = flags("none.csv", &model);
    let check = desk.run(&[&["check"], &none[..]].concat());
    check.refuses("none", &["the table has no rows"]);
}

/// Of a hundred tables that are as the dataset is, some lie outside their own interval of 95%; they
/// are a loss no more often than the level says once their number counts.
#[test]
fn losses_are_corrected_for_the_number_of_tables_and_metrics() {
    let desk = Desk::new();
    let model = model();
    // Outcomes of their own, which no feature knows of.
    let outcome = |table: u64| {
        move |row: usize| {
            // splitmix64
            let mixed = (row as u64 + 1 + table * 1009).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            u8::from((mixed ^ (mixed >> 31)).is_multiple_of(2))
        }
    };
    desk.write("data.csv", table(400, outcome(0)));
    let names: Vec<String> = (1..=40).map(|i| format!("t{i}.csv")).collect();
    let mut arguments = flags("data.csv", &model);
    for (place, name) in (1..).zip(&names) {
        desk.write(name, table(60, outcome(place)));
        arguments.extend(["--alternative", name]);
    }
    arguments.extend(["--dimensions", "resilience"]);
    let report = desk.report(0, &arguments);
    let found = &report["dimensions"]["resilience"];
    let outside = names.iter().filter(|name| {
        let stem = name.trim_end_matches(".csv");
        let of = |end: &str| {
            let metric = format!("{stem}.accuracy.change.{end}");
            found["metrics"][&metric].as_f64().unwrap()
        };
        of("high") < 0.0 || of("low") > 0.0
    });
    assert!(outside.count() > 0, "none lies outside: nothing is tried");
    let notes = found["notes"].to_string();
    assert!(!notes.contains("worse beyond chance"), "{notes}");
    assert!(
        notes.contains("corrected by Holm for the 160 metrics"),
        "{notes}"
    );
    // What is far beyond chance is still told.
    desk.write("worse.csv", table(60, |i| 1 - u8::from(i * 37 % 23 > 10)));
    arguments.extend(["--alternative", "worse.csv"]);
    let report = desk.report(0, &arguments);
    let notes = report["dimensions"]["resilience"]["notes"].to_string();
    assert!(notes.contains("worse: worse beyond chance"), "{notes}");
}

//! Data sets made to order: whole, runnable, the same for the same seed.

use std::fs;
use std::path::Path;

use crate::cli::desk::{Desk, needs_runtime, text};

/// 2,010 rows of 12 features in `folder`.
fn generate(desk: &Desk, folder: &str, more: &[&str]) -> String {
    let small = [
        "generate",
        "--rows",
        "2.01K",
        "--features",
        "12",
        "--output",
    ];
    let done = desk.run(&[&small[..], &[folder], more].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stderr
            .contains(&format!("next: lazydebugger {folder}/experiment.toml"))
    );
    done.stdout
}

fn hashes(checksums: &str) -> Vec<&str> {
    let lines = checksums.lines();
    lines
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

#[test]
fn all_dimensions_run_on_what_was_generated() {
    let desk = Desk::new();
    let checksums = generate(&desk, "made", &[]);
    let report = desk.report(0, &["made/experiment.toml"]);
    let dimensions = report["dimensions"].as_object().unwrap();
    assert_eq!(dimensions.len(), 5);
    for (name, found) in dimensions {
        assert_eq!(found["status"], "ok", "{name}: {}", found["error"]);
    }
    let metric = |dimension: &str, name: &str| {
        let value = dimensions[dimension]["metrics"][name].as_f64();
        value.unwrap_or_else(|| panic!("no {dimension}.{name}"))
    };
    let auc = metric("robustness", "baseline.auc");
    assert!(auc > 0.8 && auc < 0.95, "{auc}");
    // Women's first number is lower, and the model, which does not see the sex, sees that.
    assert!(metric("fairness", "sex.demographic_parity_difference") > 0.03);
    // What the outcome hangs on has changed in the alternative table.
    assert!(metric("resilience", "shifted.auc.change") < -0.02);
    // The file holds the model that was trained: it scores as it did on other rows.
    let best = metric("hyperparameters", "best");
    assert!((auc - best).abs() < 0.04, "{auc} {best}");

    for line in checksums.lines() {
        let (hash, file) = line.split_once("  ").unwrap();
        let bytes = fs::read(desk.path(file)).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), hash, "{file}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let desk = Desk::new();
    let (first, again) = (generate(&desk, "a", &[]), generate(&desk, "b", &[]));
    let other = generate(&desk, "c", &["--seed", "7"]);
    assert_eq!(hashes(&first).len(), 7);
    assert_eq!(hashes(&first), hashes(&again));
    let same = hashes(&first);
    let same = same.iter().zip(hashes(&other)).filter(|(a, b)| **a == *b);
    assert_eq!(same.count(), 0);
}

#[test]
fn a_folder_with_files_is_left_alone_unless_forced() {
    let desk = Desk::new();
    desk.write("good.txt", "mine");
    let folder = text(desk.path("good.csv").parent().unwrap());
    let arguments = ["generate", "--rows", "200", "--features", "4", "--output"];
    let refused = desk.run(&[&arguments[..], &[&folder]].concat());
    refused.refuses("a full folder", &["not empty", "--force"]);
    let forced = desk.run(&[&arguments[..], &[&folder, "--force"]].concat());
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    assert_eq!(fs::read_to_string(desk.path("good.txt")).unwrap(), "mine");
    assert!(desk.path("test.parquet").is_file());
    let file = [&arguments[..], &["good.csv", "--force"]].concat();
    desk.run(&file)
        .refuses("a file", &["good.csv", "this is a file"]);
}

#[test]
fn tables_may_be_text() {
    let desk = Desk::new();
    generate(&desk, "made", &["--format", "csv"]);
    let table = fs::read_to_string(desk.path("made/test.csv")).unwrap();
    let header = table.lines().next().unwrap();
    assert_eq!(header.split(',').count(), 14);
    assert!(header.starts_with("age,region,x01,x02"), "{header}");
    assert!(header.ends_with("sex,outcome"), "{header}");
    assert_eq!(table.lines().count(), 2011);
    let checked = desk.run(&["check", "made/experiment.toml"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
}

#[test]
fn sizes_that_cannot_be_are_refused_in_words() {
    let desk = Desk::new();
    for (flag, value, words) in [
        ("--rows", "many", "write for example 20000, 100K or 1M"),
        ("--rows", "1kk", "write for example 20000, 100K or 1M"),
        ("--rows", "0.00201K", "write for example 20000, 100K or 1M"),
        ("--rows", "99", "from 100 to"),
        ("--rows", "-5", "--rows"),
        ("--features", "3", "from 4 to"),
        ("--features", "2.5", "not a number"),
    ] {
        let flag_and_value = format!("{flag}={value}");
        let done = desk.run(&["generate", "--output", "made", &flag_and_value]);
        done.refuses(value, &[words]);
    }
    assert!(!Path::new(&desk.path("made")).exists());
}

/// Trees, their base and the texts mean to ONNX Runtime what they mean here.
#[test]
fn onnx_runtime_agrees_about_the_model() {
    needs_runtime();
    let desk = Desk::new();
    generate(&desk, "made", &[]);
    let compared = desk.run(&[
        "doctor",
        "--compare",
        "made/boosted_trees.onnx",
        "made/test.parquet",
        "--target",
        "outcome",
    ]);
    assert_eq!(
        compared.code,
        Some(0),
        "{}{}",
        compared.stdout,
        compared.stderr
    );
}

//! Only files are read: a pipe would be waited for, and a device has no end.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::hostile;
use crate::cli::desk::{Desk, Outcome, flags, logistic, text};

const KINDS: [(&str, &str); 3] = [
    ("pipe", "a pipe"),
    ("zero", "a device"),
    ("folder", "a folder"),
];

/// Makes a pipe, a device that never ends and a folder, of names that end like this.
fn plant(desk: &Desk, end: &str) {
    let pipe = desk.path(&format!("pipe{end}"));
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    symlink("/dev/zero", desk.path(&format!("zero{end}"))).unwrap();
    fs::create_dir(desk.path(&format!("folder{end}"))).unwrap();
}

#[test]
fn what_is_no_file_is_refused_in_words_wherever_one_is_read() {
    let desk = Desk::new();
    let model = logistic();
    let good = flags("good.csv", &model);
    for end in [".csv", ".parquet", ".arrow", ".onnx", ".toml", ".json"] {
        plant(&desk, end);
    }
    for (kind, words) in KINDS {
        let name = |end: &str| format!("{kind}{end}");
        for end in [".csv", ".parquet", ".arrow"] {
            let data = name(end);
            desk.refuses(&data, &flags(&data, &model), &[&data, words]);
        }
        let file = name(".onnx");
        desk.refuses(&file, &flags("good.csv", &file), &[&file, words]);
        let file = name(".toml");
        desk.refuses(&file, &[&file], &[&file, words]);
        for (flag, end, dimension) in [
            ("--alternative", ".csv", "resilience"),
            ("--calibration", ".parquet", "uncertainty"),
            ("--predictions", ".csv", "uncertainty"),
            ("--parity", ".csv", "uncertainty"),
        ] {
            let file = name(end);
            let more = [flag, &file, "--dimensions", dimension];
            let outcome = desk.run(&[&["run"], &good[..], &more].concat());
            let said = said(&outcome);
            assert!(said.contains(words), "{flag} {file}: {said}");
            assert_eq!(outcome.code, Some(2), "{flag} {file}: {said}");
        }
        for end in [".json", ".csv", ".parquet"] {
            let outcome = hyperparameters(&desk, &name(end));
            assert!(outcome.contains(words), "{kind}{end}: {outcome}");
        }
    }
}

/// What a run says that takes its hyperparameters from this file, and cannot.
fn hyperparameters(desk: &Desk, file: &str) -> String {
    let more = format!("[hyperparameters]\npath = '{file}'");
    let file = desk.experiment(&desk.path("good.csv"), logistic().as_ref(), &more);
    let outcome = desk.run(&["run", "--dimensions", "hyperparameters", &text(&file)]);
    let said = said(&outcome);
    assert_eq!(outcome.code, Some(2), "{said}");
    said
}

/// All that it says, as if there were no end to a line.
fn said(outcome: &Outcome) -> String {
    let said = format!("{} {}", outcome.stdout, outcome.stderr);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_variant_or_a_trace_that_is_no_file_is_refused() {
    let desk = Desk::new();
    plant(&desk, ".onnx");
    plant(&desk, ".jsonl");
    for (kind, words) in KINDS {
        let sweep = format!(
            r#"{{"variants": [
                {{"name": "a", "model": "{kind}.onnx", "parameters": {{"x": 1}}}},
                {{"name": "b", "model": "{kind}.onnx", "parameters": {{"x": 2}}}}]}}"#
        );
        desk.write("sweep.json", sweep);
        let said = hyperparameters(&desk, "sweep.json");
        assert!(said.contains(words), "{kind}: {said}");
    }
    for (kind, words) in KINDS {
        let trace = format!("{kind}.jsonl");
        desk.run(&["replay", &trace])
            .refuses(&trace, &[&trace, words]);
    }
}

#[test]
fn weights_that_are_no_file_are_refused() {
    let (model, weights) = ("external_weights.onnx", "weights.bin");
    for kind in ["pipe", "folder"] {
        let desk = Desk::new();
        desk.write(model, fs::read(hostile(model)).unwrap());
        plant(&desk, "");
        fs::rename(desk.path(kind), desk.path(weights)).unwrap();
        let words = [weights, "neither a file nor a link to one"];
        desk.refuses(kind, &flags("good.csv", model), &words);
    }
}

#[test]
fn a_history_that_is_no_file_costs_the_history() {
    for (kind, words) in KINDS {
        let desk = Desk::new();
        plant(&desk, ".jsonl");
        fs::create_dir(desk.path("data")).unwrap();
        let file = desk.path("data/load_history.jsonl");
        fs::rename(desk.path(&format!("{kind}.jsonl")), &file).unwrap();
        let model = logistic();
        let outcome = desk.run(&[&["run"], &flags("good.csv", &model)[..]].concat());
        assert_eq!(outcome.code, Some(0), "{kind}: {}", outcome.stderr);
        let said = said(&outcome);
        assert!(said.contains(words), "{kind}: {said}");
        assert!(!file.is_file(), "{kind} stays what it is");
    }
}

#[test]
fn a_file_that_is_read_whole_has_a_limit() {
    let desk = Desk::new();
    // Without a byte on the disk.
    let file = fs::File::create(desk.path("huge.toml")).unwrap();
    file.set_len(1 << 40).unwrap();
    let words = ["huge", "1099511627776 bytes, more than"];
    desk.refuses("experiment", &["huge.toml"], &words);
}

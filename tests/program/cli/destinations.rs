//! Where results are written: nothing is lost, and nothing is overwritten that is read.

use std::fs;
use std::process::{Command, Stdio};

use crate::cli::desk::{Desk, flags, logistic, text};

#[test]
fn places_that_cannot_be_written_are_told_before_anything_runs() {
    let desk = Desk::new();
    let model = logistic();
    let flags = flags("good.csv", &model);
    fs::create_dir(desk.path("folder.csv")).unwrap();
    for (command, flag, place, words) in [
        (
            "run",
            "--output",
            "none/report.json",
            "there is no folder none",
        ),
        ("run", "--output", "folder.csv", "this is a folder"),
        (
            "run",
            "--trace",
            "none/trace.jsonl",
            "there is no folder none",
        ),
        (
            "predict",
            "--output",
            "none/scores.csv",
            "there is no folder none",
        ),
        ("predict", "--output", "folder.csv", "this is a folder"),
        ("predict", "--output", "scores.txt", ".csv and .parquet"),
        ("predict", "--output", "scores", ".csv and .parquet"),
    ] {
        let arguments = [&[command], &flags[..], &[flag, place]].concat();
        desk.run(&arguments).refuses(command, &[place, words]);
    }
    let twice = ["--output", "one.txt", "--trace", "one.txt"];
    desk.run(&[&["run"], &flags[..], &twice].concat())
        .refuses("twice", &["--trace", "--output names the same file"]);
}

#[test]
fn what_the_experiment_reads_is_never_written_over() {
    let desk = Desk::new();
    let model = text(&desk.write("model.onnx", fs::read(logistic()).unwrap()));
    let data = fs::read(desk.path("good.csv")).unwrap();
    let flags = flags("good.csv", &model);
    for (command, flag, place) in [
        ("predict", "--output", "./good.csv"),
        ("run", "--output", "good.csv"),
        ("run", "--trace", "model.onnx"),
    ] {
        let arguments = [&[command], &flags[..], &[flag, place]].concat();
        desk.run(&arguments)
            .refuses(command, &[place, "the experiment reads this file"]);
    }
    let explore = [&flags[..], &["--trace", "good.csv"]].concat();
    desk.run(&explore)
        .refuses("screen", &["good.csv", "the experiment reads this file"]);
    assert_eq!(fs::read(desk.path("good.csv")).unwrap(), data);
    assert_eq!(fs::read(&model).unwrap(), fs::read(logistic()).unwrap());
}

#[test]
fn a_refusal_leaves_what_was_there() {
    let desk = Desk::new();
    desk.write("scores.csv", "old scores");
    let arguments = [&["predict"], &flags("no.csv", "no.onnx")[..], &["--output"]].concat();
    for place in ["scores.csv", "new.csv"] {
        let outcome = desk.run(&[&arguments[..], &[place]].concat());
        outcome.refuses("no dataset", &["no.csv"]);
    }
    assert_eq!(
        fs::read_to_string(desk.path("scores.csv")).unwrap(),
        "old scores"
    );
    assert!(!desk.path("new.csv").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_no_report() {
    let desk = Desk::new();
    let model = logistic();
    let arguments = [
        &["run"],
        &flags("good.csv", &model)[..],
        &["--output", "/dev/full"],
    ];
    let outcome = desk.run(&arguments.concat());
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome
            .stderr
            .contains("the report is on standard output instead")
    );
    assert!(outcome.stdout.contains("Robustness"), "{}", outcome.stdout);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let desk = Desk::new();
    let model = logistic();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
    desk.prepare(&mut command);
    let mut child = command
        .args([&["run", "--format", "json"], &flags("good.csv", &model)[..]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

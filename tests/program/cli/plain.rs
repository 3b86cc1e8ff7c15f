//! `--plain`: a line an event, the same for a run, its recording, and a recording that is still coming.

use std::fs::{self, File};

use crate::cli::desk::{Desk, adult, assert_harmless};

fn run(desk: &Desk) -> String {
    let adult = adult();
    let arguments = ["run", &adult, "--dimensions", "fairness"];
    let done = desk.run(&[&arguments[..], &["--plain", "--trace", "t.jsonl"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stdout.contains("Fairness"),
        "the report is on standard output"
    );
    done.stderr
}

#[test]
fn a_run_and_its_recording_tell_every_event_in_a_line() {
    let desk = Desk::new();
    let told = run(&desk);
    let recorded = fs::read_to_string(desk.path("t.jsonl")).unwrap();
    let replayed = desk.run(&["replay", "--plain", "t.jsonl"]);
    assert_eq!((replayed.code, &*replayed.stderr), (Some(0), ""));
    let lines: Vec<&str> = replayed.stdout.lines().collect();
    assert_eq!(lines.len() + 1, recorded.lines().count(), "but the header");
    assert_harmless(&replayed.stdout);
    for line in &lines {
        let (seconds, words) = line.split_once(" s  ").unwrap();
        assert!(seconds.trim().parse::<f64>().is_ok(), "{line}");
        assert!(!words.trim().is_empty(), "{line}");
    }
    for words in [
        "opened       Adult income",
        "miss         ",
        "loaded       ",
        "run          1 finished after ",
        "dimension    fairness ok",
    ] {
        assert!(
            lines.iter().any(|line| line.contains(words)),
            "{words} in {}",
            replayed.stdout
        );
    }
    // The session ends after its run does.
    let run_over = lines
        .iter()
        .position(|line| line.contains("1 finished"))
        .unwrap();
    for line in &lines[..=run_over] {
        assert!(told.contains(line), "{line}");
    }
}

#[test]
fn a_recording_on_standard_input_is_told_too() {
    let desk = Desk::new();
    run(&desk);
    let whole = desk.run(&["replay", "--plain", "t.jsonl"]).stdout;
    let trace = File::open(desk.path("t.jsonl")).unwrap();
    let followed = desk.run_with(&["replay", "--plain", "-"], |command| {
        command.stdin(trace);
    });
    assert_eq!(followed.code, Some(0));
    assert_eq!(followed.stdout, whole);
}

//! `demo`: both sides really run, say the same, and can be kept.

use std::fs;

use serde_json::Value;

use crate::cli::desk::{Desk, assert_harmless};

/// The figures of a side in the table at the end.
fn row<'a>(text: &'a str, side: &str) -> Vec<&'a str> {
    let line = text.lines().rfind(|line| line.starts_with(side)).unwrap();
    line.split_whitespace().collect()
}

#[test]
fn without_a_terminal_it_tells_in_lines_what_both_took() {
    let desk = Desk::new();
    let done = desk.run(&["demo", "--rows", "1000", "--record", "demo.jsonl"]);
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    assert_harmless(&done.stdout);
    let (eager, lazy) = (row(&done.stdout, "eager"), row(&done.stdout, "lazy"));
    let seconds = |row: &[&str]| row[1].parse::<f64>().unwrap();
    assert!(seconds(&eager) > 0.0 && seconds(&lazy) > 0.0);
    let loaded = |row: &[&str]| row[4].parse::<u32>().unwrap();
    assert!(loaded(&eager) > loaded(&lazy), "{eager:?} {lazy:?}");
    assert!(
        done.stdout
            .contains("metrics, to the last bit: eager took "),
        "{}",
        done.stdout
    );
    let kept = fs::read_to_string(desk.path("demo.jsonl")).unwrap();
    let header: Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    assert_eq!(header["demo"], serde_json::json!(["eager", "lazy-all"]));
    let replayed = desk.run(&["replay", "--plain", "demo.jsonl"]);
    assert_eq!((replayed.code, &*replayed.stderr), (Some(0), ""));
    assert_eq!(row(&replayed.stdout, "eager"), eager);
    assert_eq!(row(&replayed.stdout, "lazy"), lazy);
    let events = kept.lines().count() - 1;
    assert!(replayed.stdout.lines().count() > events);
}

#[test]
fn what_is_no_demo_any_more_is_said_with_its_line() {
    let desk = Desk::new();
    let done = desk.run(&["demo", "--plain", "--rows", "200", "--record", "demo.jsonl"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let kept = fs::read_to_string(desk.path("demo.jsonl")).unwrap();
    let cut: Vec<&str> = kept.lines().take(3).chain(["no event"]).collect();
    desk.write("cut.jsonl", cut.join("\n"));
    let replayed = desk.run(&["replay", "--plain", "cut.jsonl"]);
    replayed.refuses("a line that is no event", &["cut.jsonl", "line 4"]);
}

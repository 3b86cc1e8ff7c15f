//! `--auto-tune`: what the last session has measured sets the next, and the promise stands beside what
//! came of it.

use std::fs;

use crate::cli::desk::Desk;

use super::{desk, found};

fn run(desk: &Desk, arguments: &[&str]) -> crate::cli::desk::Outcome {
    let all = [
        "run",
        "--format",
        "json",
        "work/experiment.toml",
        "--no-disk-cache",
    ];
    desk.run(&[&all[..], arguments].concat())
}

#[test]
fn the_last_session_sets_the_next() {
    let desk = desk();
    let first = run(&desk, &["--auto-tune", "--strategy", "eager"]);
    assert!(
        first
            .stderr
            .contains("no session of this experiment is kept that has run"),
        "{}",
        first.stderr
    );
    let first = first.report(0);
    assert!(first["tuned"].is_null());
    let second = run(&desk, &["--auto-tune", "--strategy", "eager"]);
    let words = second.stderr.clone();
    for told in [
        "auto-tuned: ",
        "promised: ",
        "note: cache: ",
        "note: strategy: ",
        "eager or lazy: ",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    let second = second.report(0);
    let tuned = &second["tuned"];
    let size = tuned["settings"]["cache_bytes"].as_u64().unwrap();
    assert!(size < 256 << 20, "what there is takes less: {tuned}");
    for side in ["promised", "came"] {
        assert!(
            tuned[side]["peak_bytes"].as_u64() > Some(0),
            "{side}: {tuned}"
        );
    }
    assert_eq!(found(&second), found(&first), "the same answers");
}

#[test]
fn what_is_run_is_remembered_by_experiment() {
    let desk = desk();
    run(&desk, &["--dimensions", "fairness"]).report(0);
    run(&desk, &["--dimensions", "fairness,resilience"]).report(0);
    let file = desk.path("data/selection_history.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines[0]["selection_history"], 1);
    assert_eq!(lines[1]["dimensions"], serde_json::json!(["fairness"]));
    assert_eq!(
        lines[2]["dimensions"],
        serde_json::json!(["fairness", "resilience"])
    );
    assert_eq!(lines[1]["experiment"], lines[2]["experiment"]);
    assert_ne!(lines[1]["session"], lines[2]["session"]);
    assert_eq!(lines.len(), 3);
    // Whatever becomes of the file, runs go on.
    fs::write(&file, "nonsense").unwrap();
    let third = run(&desk, &["--dimensions", "fairness"]);
    assert!(
        third.stderr.contains("not a history of selections"),
        "{}",
        third.stderr
    );
    third.report(0);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
}

//! What a run wastes is said, counted, and refused where it is to be.

use serde_json::Value;

use crate::cli::desk::{Desk, adult};

fn found<'a>(report: &'a Value, lint: &str) -> Vec<&'a Value> {
    let all = report["lints"].as_array().unwrap().iter();
    all.filter(|finding| finding["lint"] == lint).collect()
}

#[test]
fn a_cache_that_is_too_small_is_told_and_can_be_denied() {
    let desk = Desk::new();
    let run = |entries: &str, deny: &str| {
        let adult = adult();
        let arguments = ["run", &adult, "--dimensions", "fairness,robustness"];
        let settings = [
            "--cache-entries",
            entries,
            "--deny",
            deny,
            "--format",
            "json",
        ];
        desk.run(&[&arguments[..], &settings].concat())
    };
    let small = run("2", "working-set-too-large");
    let report = small.report(1);
    let lint = found(&report, "working-set-too-large");
    assert_eq!(lint.len(), 1);
    let text = lint[0]["text"].as_str().unwrap();
    let asked = lint[0]["count"].as_u64().unwrap();
    assert!(
        asked > 2 && text.contains(&format!("are {asked} of")),
        "{text}"
    );
    assert!(
        small
            .stderr
            .contains(&format!("lint working-set-too-large: {text}"))
    );
    assert_eq!(
        run("2", "estimate-off").code,
        Some(0),
        "another one is denied"
    );
    let large = run("128", "working-set-too-large").report(0);
    assert_eq!(found(&large, "working-set-too-large").len(), 0);
    let fails = run("2", "waste");
    fails.refuses("no such lint", &["waste", "working-set-too-large"]);
}

#[test]
fn what_is_held_and_never_used_is_told() {
    let desk = Desk::new();
    let adult = adult();
    let run = |strategy: &str| {
        let arguments = [&*adult, "--dimensions", "fairness", "--strategy", strategy];
        desk.report(0, &[&arguments[..], &["--lint"]].concat())
    };
    let eager = run("eager");
    let held = found(&eager, "held-unused");
    assert!(!held.is_empty());
    for finding in held {
        let name = finding["resource"].as_str().unwrap();
        let mut resources = eager["resources"].as_array().unwrap().iter();
        let resource = resources.find(|r| r["key"] == name).unwrap();
        assert_eq!(resource["state"], "resident", "{name}");
        assert!(resource["bytes"].as_u64() >= Some(100_000), "{name}");
        let used = resource["requested_by"].as_array().unwrap();
        assert!(!used.contains(&Value::from("fairness")), "{name}");
    }
    assert_eq!(found(&run("lazy-all"), "held-unused").len(), 0);
}

#[test]
fn without_being_asked_nothing_is_said() {
    let desk = Desk::new();
    let done = desk.run(&["run", &adult(), "--cache-entries", "2", "--format", "json"]);
    assert_eq!(done.report(0)["lints"], Value::Null);
    assert!(!done.stderr.contains("lint "));
}

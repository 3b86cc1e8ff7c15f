//! Gates: the exit code tells how they went.

use crate::cli::desk::{Desk, text, zoo};

fn judged(gate: &str, dimensions: &str, code: i32) -> (serde_json::Value, String) {
    let desk = Desk::new();
    let more = format!("[protected]\nsex = 'categories'\n[gates]\n{gate}");
    let file = desk.experiment(&desk.path("good.csv"), &zoo("skl_lr_strlabel.onnx"), &more);
    let arguments = ["run", "--format", "json", "--dimensions", dimensions];
    let outcome = desk.run(&[&arguments[..], &[&text(&file)]].concat());
    (outcome.report(code), outcome.stderr)
}

#[test]
fn a_gate_decides_the_exit_code() {
    let accuracy = "\"robustness.baseline.accuracy\"";
    let (report, _) = judged(&format!("{accuracy} = {{ min = 0.1 }}"), "robustness", 0);
    assert_eq!(report["gates"][0]["passed"], true);
    let (report, _) = judged(&format!("{accuracy} = {{ min = 0.99 }}"), "robustness", 1);
    assert_eq!(report["gates"][0]["passed"], false);
    assert_eq!(report["dimensions"]["robustness"]["status"], "failed");
}

#[test]
fn a_gate_on_nothing_fails() {
    let unknown = "\"robustness.baseline.acuracy\" = { min = 0.1 }";
    let (report, _) = judged(unknown, "robustness", 1);
    let notes = report["dimensions"]["robustness"]["notes"].to_string();
    assert!(
        notes.contains("did you mean `robustness.baseline.accuracy`?"),
        "{notes}"
    );
    let undefined = "\"fairness.sex.0.ppv\" = { min = 0.1 }";
    let (report, _) = judged(undefined, "fairness", 1);
    assert!(report["gates"][0]["value"].is_null());
}

#[test]
fn a_gate_that_nothing_was_held_against_is_told() {
    let gate = "\"resilience.base.auc\" = { min = 0.1 }";
    let (report, _) = judged(gate, "resilience,fairness", 1);
    assert_eq!(report["gates"][0]["metric"], "resilience.base.auc");
    assert_eq!(report["gates"][0]["passed"], false);
    let (_, stderr) = judged(gate, "fairness", 0);
    assert!(
        stderr.contains("not judged: resilience.base.auc"),
        "{stderr}"
    );
}

fn constrained(constraints: &str, code: i32) -> (serde_json::Value, String) {
    let desk = Desk::new();
    let more = format!("[constraints]\n{constraints}");
    let file = desk.experiment(&desk.path("good.csv"), &zoo("skl_lr_strlabel.onnx"), &more);
    let arguments = ["run", "--format", "json", "--dimensions", "robustness"];
    let outcome = desk.run(&[&arguments[..], &[&text(&file)]].concat());
    (outcome.report(code), outcome.stderr)
}

#[test]
fn a_constraint_fails_a_run_as_a_gate_does() {
    let (report, _) = constrained("output = { min = 0.0, max = 1.0 }", 0);
    assert_eq!(
        report["gates"][0]["metric"],
        "robustness.constraints.output.verdict"
    );
    assert_eq!(report["gates"][0]["passed"], true);
    let (report, _) = constrained("output = { sign = \"negative\" }", 1);
    assert_eq!(report["gates"][0]["value"], -1.0);
    assert_eq!(report["gates"][0]["passed"], false);
    let metrics = &report["dimensions"]["robustness"]["metrics"];
    assert!(metrics["constraints.output.violations"].as_f64().unwrap() > 0.0);
    let table = &report["dimensions"]["robustness"]["tables"]["constraints"];
    assert!(table.to_string().contains("violated"), "{table}");
}

#[test]
fn what_is_no_constraint_is_said_to_be_none() {
    for (words, said) in [
        ("age = \"increasin\"", "increasing"),
        ("output = { sign = \"up\" }", "positive, non-negative"),
        ("output = {}", "give `min`, `max` or `sign`"),
        ("output = { min = 2, max = 1 }", "min is above max"),
    ] {
        let desk = Desk::new();
        let more = format!("[constraints]\n{words}");
        let file = desk.experiment(&desk.path("good.csv"), &zoo("skl_lr_strlabel.onnx"), &more);
        let outcome = desk.run(&["run", "--dimensions", "robustness", &text(&file)]);
        outcome.refuses(words, &[said]);
    }
}

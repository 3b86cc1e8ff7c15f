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

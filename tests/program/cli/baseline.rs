//! A run held against an earlier one.

use std::fs;

use serde_json::Value;

use crate::cli::desk::{Desk, Outcome, text, zoo};

/// What two models say of the rows of Adult, and what was computed of both elsewhere.
struct Adult {
    desk: Desk,
    reference: Value,
}

fn reference(name: &str) -> String {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Scores as `predict` writes them.
fn scores<'a>(scores: impl Iterator<Item = &'a str>) -> String {
    let rows = scores
        .enumerate()
        .map(|(row, score)| format!("{row},{score}\n"));
    format!("row,score\n{}", rows.collect::<String>())
}

impl Adult {
    fn new() -> Self {
        let desk = Desk::new();
        let table = reference("adult_test.csv");
        let forest = table
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(1).unwrap());
        desk.write("forest.csv", scores(forest));
        desk.write(
            "boosting.csv",
            scores(reference("adult_xgb_scores.csv").lines().skip(1)),
        );
        desk.write("adult.csv", &table);
        let all: Value = serde_json::from_str(&reference("paired_adult.json")).unwrap();
        let reference = all["comparisons"]["rf_pipeline vs xgb_pipeline"].clone();
        Self { desk, reference }
    }

    fn experiment(&self, name: &str, model: &str, data: &str, gates: &str) -> String {
        let written = format!(
            "[dataset]\npath = '{data}'\ntarget = 'y'\npositive = 1\n[model]\n\
             predictions = '{model}.csv'\n[protected]\nsex = 'categories'\nrace = 'categories'\n{gates}"
        );
        text(&self.desk.write(name, written))
    }

    /// Runs with a cache on the disk.
    fn run(&self, experiment: &str, more: &[&str]) -> Outcome {
        let arguments = ["run", experiment, "--dimensions", "fairness,uncertainty"];
        let kept = self.desk.path("kept");
        self.desk
            .run_with(&[&arguments[..], more].concat(), |command| {
                command.env("LAZYDEBUGGER_CACHE_DIR", kept);
            })
    }

    /// The forest's run, kept as a report and as a recording.
    fn forest(&self) {
        let experiment = self.experiment("forest.toml", "forest", "adult.csv", "");
        let files = ["--output", "forest.json", "--trace", "forest.jsonl"];
        let outcome = self.run(&experiment, &files);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    }

    /// Boosting's run, held against that.
    fn boosting(&self, gates: &str, code: i32) -> Value {
        self.boosting_against("forest.json", gates, code)
    }

    fn boosting_against(&self, baseline: &str, gates: &str, code: i32) -> Value {
        let experiment = self.experiment("boosting.toml", "boosting", "adult.csv", gates);
        let flags = ["--baseline", baseline, "--format", "json"];
        self.run(&experiment, &flags).report(code)
    }
}

#[track_caller]
fn close(found: &Value, wanted: &Value) {
    let (found, wanted) = (found.as_f64().unwrap(), wanted.as_f64().unwrap());
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn two_runs_are_compared_row_by_row() {
    let adult = Adult::new();
    adult.forest();
    let report = adult.boosting("", 0);
    let (found, wanted) = (&report["baseline"], &adult.reference);
    assert_eq!(found["paired_rows"], 9769, "{found:#}");
    assert_eq!(found["flips.right_to_wrong"], 130.0);
    assert_eq!(found["flips.wrong_to_right"], 238.0);
    for metric in ["brier", "log_loss"] {
        let (name, wanted) = (format!("uncertainty.{metric}"), &wanted["paired_t"][metric]);
        close(&found[format!("{name}.delta")], &wanted["mean"]);
        close(&found[format!("{name}.delta_low")], &wanted["ci95"][0]);
        close(&found[format!("{name}.delta_high")], &wanted["ci95"][1]);
        close(&found[format!("{name}.p")], &wanted["p"]);
        close(
            &found[format!("{name}.was")],
            &adult.reference["metrics"]["A"][metric],
        );
    }
    let groups = wanted["by_group"]["sex"]["groups"].as_object().unwrap();
    for (group, wanted) in groups {
        let name = format!("fairness.sex.{group}.accuracy");
        close(&found[format!("{name}.was")], &wanted["accuracy_A"]);
        close(&found[format!("{name}.p")], &wanted["mcnemar"]["exact_p"]);
        let ends = &wanted["non_inferiority"]["tango_ci95"];
        close(&found[format!("{name}.delta_low")], &ends[0]);
        close(&found[format!("{name}.delta_high")], &ends[1]);
    }
    let ratio = "fairness.sex.demographic_parity_ratio";
    let [low, delta, high] = ["delta_low", "delta", "delta_high"]
        .map(|what| found[format!("{ratio}.{what}")].as_f64().unwrap());
    assert!(low < delta && delta < high, "{low} {delta} {high}");
    let flips = found["tables"]["flips"]["rows"].as_array().unwrap();
    assert_eq!(flips.len(), 130 + 238);
    assert!(flips[..130].iter().all(|row| row[1] == "right to wrong"));
}

#[test]
fn a_recording_says_the_same_as_a_report() {
    let adult = Adult::new();
    adult.forest();
    let of_report = adult.boosting("", 0);
    let of_recording = adult.boosting_against("forest.jsonl", "", 0);
    let without_name = |report: &Value| {
        let mut found = report["baseline"].clone();
        found["name"].take();
        found
    };
    assert_eq!(without_name(&of_report), without_name(&of_recording));
}

/// What is answered from the disk names its scores, too, and can be a baseline.
#[test]
fn a_run_that_is_answered_from_the_disk_is_a_baseline_as_well() {
    let adult = Adult::new();
    adult.forest();
    let first = fs::read_to_string(adult.desk.path("forest.json")).unwrap();
    adult.forest();
    let second = fs::read_to_string(adult.desk.path("forest.json")).unwrap();
    let scored = |text: &str| serde_json::from_str::<Value>(text).unwrap()["scored"].clone();
    assert!(scored(&first)["scores"].is_string(), "{first}");
    assert_eq!(scored(&first), scored(&second));
    let same = adult.experiment("again.toml", "forest", "adult.csv", "");
    let report = adult.run(&same, &["--baseline", "forest.json", "--format", "json"]);
    let found = report.report(0)["baseline"].clone();
    assert_eq!(found["paired_rows"], 9769);
    assert_eq!(found["flips.all"], 0.0);
    assert_eq!(found["uncertainty.brier.p"], 1.0);
}

#[test]
fn gates_bound_flips_drops_and_margins() {
    let adult = Adult::new();
    adult.forest();
    let gates = |most: u32, margin: f64| {
        format!(
            "[gates.baseline]\nmax_flips = {most}\ncorrection = 'holm'\n\
             'fairness.sex.*.accuracy' = {{ margin = {margin}, max_drop = 0 }}\n\
             'uncertainty.brier' = {{ margin = {margin} }}\n"
        )
    };
    let report = adult.boosting(&gates(130, 0.005), 0);
    let passed = report["gates"].as_array().unwrap();
    assert_eq!(passed.len(), 1 + 2 * 2 + 1);
    let report = adult.boosting(&gates(129, 0.005), 1);
    let failed = report["gates"].as_array().unwrap().iter();
    let failed: Vec<&Value> = failed.filter(|gate| gate["passed"] == false).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["metric"], "baseline.flips.right_to_wrong");
    assert_eq!(failed[0]["max"], 129.0);

    // The other way round it is the forest that is to be no worse.
    let gates = "[gates.baseline]\n'fairness.sex.*.accuracy' = { margin = 0.005 }\n";
    let boosting = adult.experiment("boosting.toml", "boosting", "adult.csv", "");
    adult.run(&boosting, &["--output", "boosting.json"]);
    let forest = adult.experiment("gated.toml", "forest", "adult.csv", gates);
    let outcome = adult.run(&forest, &["--baseline", "boosting.json"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    for words in [
        "row by row, 9,769 rows",
        "baseline.fairness.sex.Male.accuracy.p_not_worse",
        "2 gates FAILED",
    ] {
        assert!(
            outcome.stdout.contains(words),
            "{words}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn without_the_scores_of_before_there_are_two_samples() {
    let adult = Adult::new();
    adult.forest();
    let gates = "[gates.baseline]\nmax_flips = 1000\n";
    let paired = adult.boosting("", 0);
    fs::remove_dir_all(adult.desk.path("kept")).unwrap();
    let report = adult.boosting(gates, 1);
    let found = &report["baseline"];
    assert!(found["paired_rows"].is_null());
    let why = found["unpaired"].as_str().unwrap();
    assert!(why.contains("kept in no cache"), "{why}");
    assert!(found["flips.right_to_wrong"].is_null());
    assert!(report["gates"][0]["value"].is_null());
    let width = |found: &Value| {
        let end = |what: &str| found[format!("fairness.sex.Male.accuracy.{what}")].as_f64();
        end("delta_high").unwrap() - end("delta_low").unwrap()
    };
    assert!(width(found) > 1.5 * width(&paired["baseline"]));
    let notes = found["notes"].to_string();
    assert!(notes.contains("intervals wider"), "{notes}");
}

#[test]
fn other_rows_are_told() {
    let adult = Adult::new();
    adult.forest();
    let table = reference("adult_test.csv");
    let fewer: Vec<&str> = table.lines().take(5_001).collect();
    adult.desk.write("fewer.csv", fewer.join("\n"));
    let forest = fewer
        .iter()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap());
    adult.desk.write("few.csv", scores(forest));
    let experiment = adult.experiment("fewer.toml", "few", "fewer.csv", "");
    let outcome = adult.run(
        &experiment,
        &["--baseline", "forest.json", "--format", "json"],
    );
    let report = outcome.report(0);
    let why = report["baseline"]["unpaired"].as_str().unwrap();
    assert!(why.contains("the rows are others"), "{why}");
    assert!(why.contains("9769 rows and 5000"), "{why}");
    let p = report["baseline"]["fairness.sex.Male.accuracy.p"].as_f64();
    assert!(p > Some(1e-3), "the same model on some of its rows: {p:?}");
}

#[test]
fn gates_without_a_baseline_are_not_judged_and_wrong_ones_are_told() {
    let adult = Adult::new();
    let gates = "[gates.baseline]\n'uncertainty.brie' = { max_drop = 0.1 }\n";
    let experiment = adult.experiment("gated.toml", "forest", "adult.csv", gates);
    let outcome = adult.run(&experiment, &["--format", "json"]);
    assert_eq!(outcome.code, Some(0));
    let words = "gate not judged: baseline.uncertainty.brie";
    assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    adult.forest();
    let report = adult.boosting(gates, 1);
    let notes = report["baseline"]["notes"].to_string();
    assert!(
        notes.contains("did you mean `uncertainty.brier`?"),
        "{notes}"
    );

    let missing = adult.run(&experiment, &["--baseline", "none.json"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("none.json"), "{}", missing.stderr);
}

/// The scores are the same, and nothing is kept on the disk: each run decides by its own threshold.
#[test]
fn another_threshold_flips_rows_in_some_slices_more_than_in_others() {
    let desk = Desk::new();
    // Its first column is a row number.
    let rows = fs::read_to_string(zoo("adult_500_ordinal.csv")).unwrap();
    let rows = rows.lines().map(|line| line.split_once(',').unwrap().1);
    let data = desk.write("all.csv", rows.collect::<Vec<_>>().join("\n"));
    let experiment = text(&desk.experiment(&data, &zoo("skl_lr_strlabel.onnx"), ""));
    let run = |more: &[&str]| {
        let dimensions = ["run", &experiment, "--dimensions", "robustness"];
        desk.run(&[&dimensions[..], more].concat())
    };
    let before = run(&["--output", "before.json"]);
    assert_eq!(before.code, Some(0), "{}", before.stderr);
    let after = run(&[
        "--threshold",
        "0.1",
        "--baseline",
        "before.json",
        "--format",
        "json",
    ]);
    let report = after.report(0);
    let found = &report["baseline"];
    let number = |name: &str| found[name].as_f64().unwrap();
    let lost = number("flips.right_to_wrong");
    let gained = number("flips.wrong_to_right");
    assert!(lost > gained && gained > 0.0, "{lost} {gained}");
    assert_eq!(number("robustness.baseline.auc.delta"), 0.0);
    assert_eq!(number("robustness.baseline.auc.p"), 1.0);
    let delta = number("robustness.baseline.accuracy.delta");
    let rows = found["paired_rows"].as_f64().unwrap();
    assert!((delta - (gained - lost) / rows).abs() < 1e-12);
    let accuracy = &report["dimensions"]["robustness"]["metrics"]["baseline.accuracy"];
    let was = number("robustness.baseline.accuracy.was");
    assert!((accuracy.as_f64().unwrap() - was - delta).abs() < 1e-12);
    let slices = found["tables"]["slices"]["rows"].as_array().unwrap();
    let deltas: Vec<f64> = slices.iter().map(|row| row[4].as_f64().unwrap()).collect();
    assert!(deltas.len() > 5 && deltas.is_sorted(), "{deltas:?}");
    assert!(deltas[0] < delta, "{deltas:?}");
}

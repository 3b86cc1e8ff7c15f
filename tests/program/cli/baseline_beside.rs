//! What was scored beside the dataset - under disturbance, on other tables, by other models, by variants -
//! held against an earlier run.

use std::fs;

use serde_json::Value;

use crate::cli::desk::{Desk, text, zoo};

/// Two models of the same columns beside the same others, and rows of older people.
struct Both(Desk);

impl Both {
    fn new() -> Self {
        let both = Self(Desk::new());
        both.older(35);
        both
    }

    /// Writes the other table: the rows of people of this age and more.
    fn older(&self, least: u32) {
        let rows = fs::read_to_string(zoo("adult_500.csv")).unwrap();
        let is_old = |row: &&str| {
            let age = row.split(',').nth(1).unwrap().parse::<u32>();
            age.is_ok_and(|age| age >= least)
        };
        let head = rows.lines().take(1);
        let older: Vec<&str> = head.chain(rows.lines().skip(1).filter(is_old)).collect();
        self.0.write("older.csv", older.join("\n"));
    }

    fn run(&self, model: &str, more: &[&str]) -> crate::cli::desk::Outcome {
        let data = text(&zoo("adult_500.csv"));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data/adult");
        let experiment = format!(
            "[dataset]\npath = '{data}'\ntarget = 'income'\npositive = '>50K'\n\
             missing_text = '?'\nalternative = ['older.csv']\n\
             [protected]\nsex = 'categories'\nrace = 'categories'\n\
             [model]\npath = '{folder}/{model}.onnx'\n\
             [[alternative_models]]\nname = 'linear'\n\
             path = '{folder}/logistic_regression.onnx'\n\
             [hyperparameters]\npath = '{folder}/sweep.json'\n"
        );
        let experiment = text(&self.0.write(&format!("{model}.toml"), experiment));
        let kept = self.0.path("kept");
        let arguments = [&["run", &experiment, "--preset", "medium"], more].concat();
        self.0.run_with(&arguments, |command| {
            command.env("LAZYDEBUGGER_CACHE_DIR", kept);
        })
    }

    fn forest(&self) {
        let outcome = self.run("random_forest", &["--output", "forest.json"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    }
}

fn number(found: &Value, name: &str) -> f64 {
    let value = found[name].as_f64();
    value.unwrap_or_else(|| panic!("no {name}"))
}

/// The change has an interval around it, and is the difference of what both runs have told.
#[track_caller]
fn is_paired(report: &Value, before: &Value, name: &str) {
    let found = &report["baseline"];
    let of = |what: &str| number(found, &format!("{name}.{what}"));
    let (low, delta, high) = (of("delta_low"), of("delta"), of("delta_high"));
    assert!(
        low <= delta && delta <= high,
        "{name}: {low} {delta} {high}"
    );
    assert!((0.0..=1.0).contains(&of("p")), "{name}");
    let (dimension, metric) = name.split_once('.').unwrap();
    let told = |report: &Value| number(&report["dimensions"][dimension]["metrics"], metric);
    assert!((of("was") - told(before)).abs() < 1e-9, "{name}");
    assert!((told(report) - told(before) - delta).abs() < 1e-9, "{name}");
}

#[test]
fn everything_that_both_have_scored_is_paired() {
    let both = Both::new();
    both.forest();
    let before: Value =
        serde_json::from_str(&fs::read_to_string(both.0.path("forest.json")).unwrap()).unwrap();
    let others = before["scored"]["others"].as_object().unwrap();
    assert!(others.contains_key("validated@dataset~gaussian(0.5)#5"));
    assert!(others.contains_key("validated@alternative:older"));
    assert!(!others.keys().any(|name| name.contains("permuted")));
    let flags = ["--baseline", "forest.json", "--format", "json"];
    let report = both.run("xgboost", &flags).report(0);
    let found = &report["baseline"];
    assert_eq!(found["paired_rows"], 500, "{}", found["notes"]);
    for name in [
        "robustness.gaussian.0.5.auc.mean",
        "robustness.gaussian.1.0.log_loss.mean",
        "robustness.quantile.0.1.accuracy.mean",
        "robustness.categorical.0.5.f1.mean",
        "robustness.gaussian.0.5.flip_rate.mean",
        "robustness.gaussian.0.5.mean_abs_score_change.mean",
        "resilience.older.auc",
        "resilience.older.accuracy",
        "resilience.older.f1",
        "resilience.older.auc.change",
        "uncertainty.conformal.0.1.coverage",
        "uncertainty.conformal.0.1.coverage.1",
        "uncertainty.conformal.0.1.coverage.sex.Male",
        "uncertainty.conformal.0.1.mean_set_size",
        "fairness.sex.Male.ppv",
        "fairness.sex & race.Male & White.accuracy",
        "fairness.sex & race.equalized_odds_difference",
        "hyperparameters.best",
    ] {
        is_paired(&report, &before, name);
    }
    // Neither of these has changed, so nothing of it may seem to have.
    let variant = before["dimensions"]["hyperparameters"]["metrics"]
        .as_object()
        .unwrap();
    let variant = variant.keys().find(|name| name.starts_with("score."));
    let variant = format!("hyperparameters.{}", variant.unwrap());
    for name in [
        "robustness.model.linear.baseline.auc",
        "robustness.model.linear.gaussian.0.5.auc.mean",
        &variant,
    ] {
        is_paired(&report, &before, name);
        assert_eq!(number(found, &format!("{name}.delta")), 0.0, "{name}");
        assert_eq!(number(found, &format!("{name}.p")), 1.0, "{name}");
    }
    let slices = found["tables"]["slices"]["rows"].as_array().unwrap();
    let is_searched = |row: &&Value| {
        ["this run", "the baseline", "both"]
            .iter()
            .any(|w| row[9] == *w)
    };
    let searched = slices.iter().filter(is_searched);
    let searched: Vec<&str> = searched.map(|row| row[0].as_str().unwrap()).collect();
    assert!(!searched.is_empty() && searched.iter().all(|name| name.contains(" & ")));
    let changes = found["tables"]["changes"]["rows"].as_array().unwrap();
    assert_eq!(changes[0][0], "robustness.baseline.auc");
    assert!(changes.len() > 200, "{}", changes.len());
}

#[test]
fn a_short_report_counts_what_it_does_not_show() {
    let both = Both::new();
    both.forest();
    let flags = ["--baseline", "forest.json"];
    let text = both.run("xgboost", &flags).stdout;
    let (_, after) = text.split_once("Changes, with 95% intervals").unwrap();
    let mut lines = after.lines().skip(2);
    let shown = lines
        .by_ref()
        .take_while(|line| !line.contains("more in the JSON report"));
    assert_eq!(shown.count(), 20, "{text}");
}

/// The same names stand for other rows: they are not taken for the same.
#[test]
fn another_table_of_the_same_name_has_the_change_alone() {
    let both = Both::new();
    both.forest();
    both.older(50);
    let flags = ["--baseline", "forest.json", "--format", "json"];
    let report = both.run("xgboost", &flags).report(0);
    let found = &report["baseline"];
    assert_eq!(found["paired_rows"], 500);
    assert!(found["resilience.older.auc.delta"].is_number());
    assert!(found["resilience.older.auc.delta_low"].is_null());
    assert!(found["resilience.older.auc.change.delta_low"].is_null());
    assert!(found["robustness.gaussian.0.5.auc.mean.delta_low"].is_number());
    let notes = found["notes"].to_string();
    let words = "the change alone is told of some disturbances, tables or other models (1)";
    assert!(notes.contains(words), "{notes}");
    let words = "the change alone is told of importances and drift";
    assert!(notes.contains(words), "{notes}");
}

/// A gate on what happens under noise tests what it says.
#[test]
fn a_margin_holds_under_disturbance_too() {
    let both = Both::new();
    both.forest();
    let gated = |margin: f64| {
        let gates = format!(
            "[gates.baseline]\n'robustness.gaussian.*.auc.mean' = {{ margin = {margin} }}\n"
        );
        let before = fs::read_to_string(both.0.path("random_forest.toml")).unwrap();
        let file = text(&both.0.write("gated.toml", format!("{before}{gates}")));
        let kept = both.0.path("kept");
        let arguments = [
            "run",
            &file,
            "--preset",
            "medium",
            "--dimensions",
            "robustness",
            "--baseline",
            "forest.json",
            "--format",
            "json",
        ];
        both.0.run_with(&arguments, |command| {
            command.env("LAZYDEBUGGER_CACHE_DIR", kept);
        })
    };
    let report = gated(0.01).report(0);
    let gates = report["gates"].as_array().unwrap();
    assert_eq!(gates.len(), 10, "{gates:?}");
    assert!(gates.iter().all(|gate| gate["value"] == 0.0), "{gates:?}");
    // By nothing at all nobody can be shown to be no worse.
    let report = gated(0.0).report(1);
    assert!(
        report["gates"]
            .as_array()
            .unwrap()
            .iter()
            .all(|gate| gate["passed"] == false)
    );
}

/// Of three classes, and of a number: what there is of metrics is paired, too.
#[test]
fn runs_of_other_tasks_are_paired_as_well() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data/wage");
    let both = Desk::new();
    let run = |experiment: &str, more: &[&str]| {
        let dimensions = "robustness,fairness,uncertainty,resilience";
        let arguments = [&["run", experiment, "--dimensions", dimensions], more].concat();
        both.run_with(&arguments, |command| {
            command.env("LAZYDEBUGGER_CACHE_DIR", both.path("kept"));
        })
    };
    let experiment = format!("{folder}/multi_class.toml");
    let before = run(&experiment, &["--output", "before.json"]);
    assert_eq!(before.code, Some(0), "{}", before.stderr);
    let flags = ["--baseline", "before.json", "--format", "json"];
    let report = run(&experiment, &flags).report(0);
    let before: Value =
        serde_json::from_str(&fs::read_to_string(both.path("before.json")).unwrap()).unwrap();
    for name in [
        "robustness.gaussian.0.5.auc.mean",
        "robustness.gaussian.0.5.f1.mean",
        "resilience.wage_shifted.auc",
        "resilience.wage_shifted.auc.change",
        "uncertainty.brier",
        "uncertainty.ece_top_label",
        "uncertainty.conformal.0.1.coverage.mid",
        "fairness.age.30-44.accuracy",
        "fairness.age.30-44.selection_rate.mid",
        "fairness.age.30-44.tpr.high",
    ] {
        is_paired(&report, &before, name);
    }
    let experiment = format!("{folder}/regression.toml");
    let outcome = run(&experiment, &["--output", "before.json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let report = run(&experiment, &flags).report(0);
    let before: Value =
        serde_json::from_str(&fs::read_to_string(both.path("before.json")).unwrap()).unwrap();
    for name in [
        "robustness.gaussian.0.5.rmse.mean",
        "robustness.gaussian.0.5.r2.mean",
        "resilience.wage_shifted.rmse.change",
        "uncertainty.mae",
        "uncertainty.conformal.0.1.coverage",
    ] {
        is_paired(&report, &before, name);
        assert_eq!(number(&report["baseline"], &format!("{name}.delta")), 0.0);
    }
    let slices = &report["baseline"]["tables"]["slices"];
    assert_eq!(slices["columns"][2], "MAE");
}

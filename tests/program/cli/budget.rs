//! The memory budget, as a user meets it.

use std::fs;

use lazydebugger::event::Event;
use lazydebugger::ledger::Ledger;
use polars::prelude::{CsvReadOptions, CsvReader, ParquetWriter, SerReader};
use serde_json::Value;

use crate::cli::desk::{Desk, adult, logistic, text, zoo};

/// The report of a run within a budget, and the most that resources took at any event.
fn run_within(desk: &Desk, file: &str, budget: &str, dimensions: &str, code: i32) -> (Value, u64) {
    let outcome = desk.run(&[
        "run",
        file,
        "--dimensions",
        dimensions,
        "--memory-budget",
        budget,
        "--backend",
        "native",
        "--format",
        "json",
        "--trace",
        "trace.jsonl",
    ]);
    let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
    let mut ledger = Ledger::default();
    let held = trace.lines().skip(1).map(|line| {
        let event: Event = serde_json::from_str(line).unwrap();
        ledger.apply(&event);
        ledger.estimated_bytes()
    });
    let most = held.max().unwrap();
    (outcome.report(code), most)
}

#[test]
fn a_budget_with_room_changes_nothing_and_is_never_exceeded() {
    let (report, most) = run_within(&Desk::new(), &adult(), "500MB", "robustness,fairness", 0);
    assert!(0 < most && most <= 500_000_000, "{most}");
    assert_eq!(report["memory"]["budget_bytes"], 500_000_000);
    assert_eq!(report["memory"]["peak_estimated_bytes"], most);
}

/// An experiment with three tables of 20,000 rows; the features of one take 2.1 MB.
fn large_experiment(desk: &Desk) -> String {
    let path = Some(zoo("adult_500_ordinal.csv"));
    let options = CsvReadOptions::default();
    let reader: CsvReader<_> = options.try_into_reader_with_file_path(path).unwrap();
    let rows = reader.finish().unwrap();
    let mut large = rows.clone();
    for _ in 1..40 {
        large.vstack_mut(&rows).unwrap();
    }
    for name in ["rows.parquet", "calib.parquet", "other.parquet"] {
        let file = fs::File::create(desk.path(name)).unwrap();
        ParquetWriter::new(file).finish(&mut large).unwrap();
    }
    let written = format!(
        "[dataset]\npath = 'rows.parquet'\ntarget = 'income'\npositive = '>50K'\ncalibration = \
         'calib.parquet'\nalternative = ['other.parquet']\n[protected]\nsex = 'categories'\n\
         [model]\npath = '{}'\n",
        logistic()
    );
    text(&desk.write("large.toml", written))
}

#[test]
fn within_a_tight_budget_what_fits_answers_as_ever_and_what_does_not_fails_alone() {
    const BUDGET: u64 = 3_000_000;
    let desk = Desk::new();
    let file = large_experiment(&desk);
    let dimensions = "fairness,uncertainty,resilience";
    let (roomy, most) = run_within(&desk, &file, "500MB", dimensions, 0);
    assert!(most > BUDGET, "{most}");
    let (report, most) = run_within(&desk, &file, "3MB", dimensions, 2);
    assert!(most <= BUDGET, "{most}");
    for dimension in ["fairness", "uncertainty"] {
        let metrics = |report: &Value| report["dimensions"][dimension]["metrics"].clone();
        assert_eq!(metrics(&report), metrics(&roomy), "{dimension}");
        assert_eq!(report["dimensions"][dimension]["status"], "ok");
    }
    // Resilience looks at the features of two tables side by side.
    let failed = &report["dimensions"]["resilience"];
    assert_eq!(failed["status"], "error");
    let error = failed["error"].as_str().unwrap();
    for words in [
        "resilience -> columns:alternative:other[features]: needs about 2.",
        " of the memory budget of 3.0 MB are in use (columns:dataset[features] 1.9 MB by resilience",
        "raise the budget, or run fewer dimensions at a time",
    ] {
        assert!(error.contains(words), "no {words:?} in {error}");
    }
    let told = desk.run(&[
        "run",
        &file,
        "--memory-budget",
        "3MB",
        "--backend",
        "native",
    ]);
    let hint = "hint: --memory-budget SIZE: Most bytes that resources may take together";
    assert!(told.stderr.contains(hint), "{}", told.stderr);
    let told = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("budget 3.0 MB: at most "), "{told}");
    assert!(told.contains(" for it"), "{told}");
    assert!(told.contains("by strategy and "), "{told}");
}

//! The report of a run, read from small logs.

mod forms;
mod json;
mod junit;
mod log;
mod memory;
mod model;
mod tables;
mod text;
mod times;

use lazydebugger::event::{DimensionOutcome, DimensionStatus, EventKind};
use lazydebugger::ledger::Ledger;
use lazydebugger::report::{TextOptions, exit_code, json, progress_line, text};
use lazydebugger::vocabulary::Dimension;
use serde_json::json as object;

use crate::report::log::{Log, gate, outcome};

const WIDE: TextOptions = TextOptions {
    width: 100,
    colour: false,
};

#[test]
fn an_empty_log_still_makes_a_report() {
    let ledger = Ledger::default();
    assert_eq!(json(&ledger)["cache"]["hit_rate"], object!(null));
    assert_eq!(json(&ledger)["dimensions"], object!({}));
    assert!(text(&ledger, WIDE).contains("Nothing ran."));
    assert_eq!(progress_line(&ledger, 80), "");
}

#[test]
fn what_was_asked_for_and_gave_nothing_is_reported() {
    let mut log = Log::opened();
    log.add(EventKind::DimensionUnavailable {
        dimension: Dimension::Hyperparameters,
        reason: Some("the experiment names no variants".to_owned()),
    })
    .run(&[
        Dimension::Robustness,
        Dimension::Uncertainty,
        Dimension::Hyperparameters,
    ])
    .finish(Dimension::Robustness, outcome(DimensionStatus::Ok));
    let unfinished = json(&log.ledger());
    let report = json(&log.end(true).ledger());
    let status =
        |report: &serde_json::Value, name: &str| report["dimensions"][name]["status"].clone();
    assert_eq!(status(&report, "uncertainty"), "cancelled");
    assert_eq!(status(&unfinished, "uncertainty"), "error");
    assert_eq!(status(&report, "hyperparameters"), "not_applicable");
    assert_eq!(
        report["dimensions"]["hyperparameters"]["notes"],
        object!(["the experiment names no variants"])
    );
    assert_eq!(report["dimensions"]["fairness"], object!(null));
}

#[test]
fn exit_codes_tell_the_outcome() {
    use DimensionStatus::{Cancelled, Error, Failed, NotApplicable, Ok as Fine};
    let failing = DimensionOutcome {
        gates: vec![gate("fairness.x", None, false)],
        ..outcome(Fine)
    };
    let passing = DimensionOutcome {
        gates: vec![gate("fairness.x", Some(0.9), true)],
        ..outcome(Fine)
    };
    for (outcomes, cancelled, code) in [
        (vec![outcome(Fine), passing], false, 0),
        (vec![outcome(Fine), outcome(NotApplicable)], false, 0),
        (vec![outcome(Fine), failing.clone()], false, 1),
        (vec![outcome(Fine), outcome(Failed)], false, 1),
        (vec![failing, outcome(Error)], false, 2),
        (vec![outcome(Error), outcome(Cancelled)], true, 130),
        (vec![outcome(Fine)], false, 2),
    ] {
        let mut log = Log::opened();
        let dimensions = [Dimension::Robustness, Dimension::Fairness];
        log.run(&dimensions);
        for (dimension, outcome) in dimensions.into_iter().zip(outcomes.clone()) {
            log.finish(dimension, outcome);
        }
        let ledger = log.end(cancelled).ledger();
        assert_eq!(exit_code(&ledger), code, "{outcomes:#?}");
    }
    let mut log = Log::opened();
    assert_eq!(exit_code(&log.ledger()), 2, "nothing ran");
    log.run(&[Dimension::Fairness]);
    assert_eq!(exit_code(&log.ledger()), 2, "the run goes on");
}

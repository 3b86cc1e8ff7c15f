//! How long a run still takes: by the plan at first, and then at the pace at which it goes.

use lazydebugger::event::{Basis, Event, EventKind, Forecast, PlannedLoad};
use lazydebugger::explain::progress::{run_left_seconds, run_left_words};
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{Dimension, ResourceName};

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const PLANS: &str = include_str!("../fixtures/adult_plans.jsonl");
/// When the run began, and when the second of the planned loads ended.
const BEGAN: f64 = 3.4;
const HALF_DONE: f64 = 4.519_417;
const OVER: f64 = 9.0;

/// A model that takes half a second, scores that do, and others that take one.
fn plan(basis: Basis) -> EventKind {
    let mut plans = events(PLANS).swap_remove(1).kind;
    let EventKind::PlansCompared { forecasts, .. } = &mut plans else {
        panic!("{plans:?} is no plan");
    };
    let load = |name: &str, start: f64, end: f64| PlannedLoad {
        name: ResourceName::from(name),
        group: None,
        worker: 0,
        start,
        end,
        basis,
        bytes: None,
        asked_by: (start > 0.0).then_some(Dimension::Robustness),
    };
    let first = forecasts[0].clone();
    forecasts[0] = Forecast {
        basis,
        load_seconds: 1.0,
        load_seconds_sum: 2.0,
        schedule: vec![
            load("model:random_forest", 0.0, 0.5),
            load("predictions:random_forest@dataset", 0.5, 1.0),
            load(
                "predictions:random_forest@dataset~gaussian(0.5)#3",
                1.0,
                2.0,
            ),
        ],
        ..first
    };
    plans
}

/// The session with this plan before its run, up to a moment.
fn until(moment: f64, basis: Basis) -> Vec<Event> {
    let mut log = events(SESSION);
    log.retain(|event| event.t <= moment);
    let run = log
        .iter()
        .position(|event| matches!(event.kind, EventKind::RunStarted { .. }));
    let run = run.unwrap();
    let told = Event {
        t: log[run].t,
        seq: log[run].seq,
        kind: plan(basis),
    };
    log.insert(run, told);
    for (seq, event) in log.iter_mut().enumerate() {
        event.seq = seq as u64;
    }
    log
}

fn left(moment: f64, basis: Basis) -> Option<f64> {
    let ledger = Ledger::of(&until(moment, basis));
    run_left_seconds(&ledger, moment)
}

#[test]
fn a_run_that_begins_takes_what_its_plan_says() {
    assert_eq!(left(BEGAN, Basis::Measured), Some(1.0));
    assert_eq!(left(BEGAN, Basis::Guessed), Some(1.0));
    assert_eq!(left(BEGAN, Basis::Unknown), None, "nothing is known yet");
}

#[test]
fn a_run_that_goes_on_tells_its_own_pace() {
    for basis in [Basis::Measured, Basis::Unknown] {
        // Half of the work is done: the other half takes as long.
        let left = left(HALF_DONE, basis).unwrap();
        assert!((left - (HALF_DONE - BEGAN)).abs() < 1e-9, "{left}");
    }
}

#[test]
fn a_run_that_is_over_takes_no_more() {
    assert_eq!(left(OVER, Basis::Measured), None);
}

#[test]
fn the_head_says_it() {
    let log = until(HALF_DONE, Basis::Measured);
    let ledger = Ledger::of(&log);
    let words = run_left_words(&ledger, HALF_DONE).unwrap();
    assert_eq!(words, "~1.1 s left");
    let lines: Vec<String> = log
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    let head = |size| {
        let shown = Shown::live(size, &lines.join("\n"), HALF_DONE);
        shown.text().lines().next().unwrap().to_owned()
    };
    assert!(head((120, 40)).contains(&words), "{}", head((120, 40)));
    assert!(head((80, 24)).contains(&words), "{}", head((80, 24)));
    // There the name of the experiment matters more.
    assert!(!head((60, 16)).contains(&words), "{}", head((60, 16)));
}

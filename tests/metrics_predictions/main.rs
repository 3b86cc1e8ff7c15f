//! Classification, fairness, calibration and conformal metrics against the reference values of the
//! Adult random forest (`tests/reference/README.md`), and their corner cases.
#![allow(clippy::unwrap_used, reason = "a failed test is a panic")]

mod calibration;
mod classification;
mod conformal;
mod fairness;
#[path = "../reference/support.rs"]
mod support;

use lazydebugger::metrics::classification::{DECISION_THRESHOLD, decide};
use support::csv;

/// The references carry 16 digits of values made by counts and one division, or by short sums.
const TOLERANCE: f64 = 1e-12;

struct Test {
    labels: Vec<bool>,
    scores: Vec<f64>,
    predicted: Vec<bool>,
}

fn adult_test() -> Test {
    let table = csv("adult_test.csv");
    let scores = table.scores("p1");
    Test {
        labels: table.labels(),
        predicted: decide(&scores, DECISION_THRESHOLD),
        scores,
    }
}

//! Classification, fairness, calibration and conformal metrics against the reference values of the
//! Adult random forest (`tests/reference/README.md`), and their corner cases.

mod calibration;
mod classification;
mod conformal;
mod fairness;

use lazydebugger::metrics::classification::{DECISION_THRESHOLD, decide};

use crate::support::csv;

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

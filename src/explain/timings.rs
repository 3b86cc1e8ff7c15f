//! How long it took from the start of the process to what a user waits for.

use crate::display;
use crate::ledger::{Ledger, Timings};

/// What is known of them, in the order in which it happens; the total is another matter on a screen
/// that stays open.
pub fn timing_words(timings: &Timings) -> String {
    known(&[
        ("understood", timings.understood_seconds),
        ("identify", Some(timings.identify_seconds)),
        ("setup", timings.setup_seconds),
        ("first result", timings.first_result_seconds),
    ])
}

/// The same for a screen, where somebody looks around before anything runs: what follows from
/// running is counted from the moment when the last run began.
pub fn run_timing_words(ledger: &Ledger) -> String {
    let timings = ledger.timings();
    let run = ledger.runs.last();
    let since_it_began = |t: Option<f64>| Some(t? - run?.started_at);
    known(&[
        ("understood", timings.understood_seconds),
        ("identify", Some(timings.identify_seconds)),
        (
            "setup",
            since_it_began(run.and_then(|run| run.first_computing_at)),
        ),
        (
            "first result",
            since_it_began(run.and_then(|run| run.first_result_at)),
        ),
    ])
}

fn known(parts: &[(&str, Option<f64>)]) -> String {
    let known = parts
        .iter()
        .filter_map(|(name, seconds)| Some(format!("{name} {}", display::seconds((*seconds)?))));
    known.collect::<Vec<_>>().join(", ")
}

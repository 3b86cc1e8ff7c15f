//! How long it took from the start of the process to what a user waits for.

use crate::display;
use crate::display::layout::width;
use crate::ledger::{Ledger, Timings};

/// What is known of them, in the order in which it happens; the total is another matter on a screen
/// that stays open.
pub fn timing_words(timings: &Timings) -> String {
    words(&known(&[
        ("understood", timings.understood_seconds),
        ("identify", Some(timings.identify_seconds)),
        ("setup", timings.setup_seconds),
        ("first result", timings.first_result_seconds),
    ]))
}

/// The same for a screen, where somebody looks around before anything runs: what follows from
/// running is counted from the moment when the last run began.
pub fn run_timing_words(ledger: &Ledger) -> String {
    words(&run_timings(ledger))
}

/// As many of these as there are columns for: first goes what was waited for least.
pub fn run_timing_words_within(ledger: &Ledger, columns: usize) -> String {
    /// The least important first.
    const DROPPED: [&str; 3] = ["identify", "understood", "setup"];
    let mut parts = run_timings(ledger);
    for name in DROPPED {
        if width(&words(&parts)) <= columns {
            break;
        }
        parts.retain(|(part, _)| *part != name);
    }
    let words = words(&parts);
    if width(&words) <= columns {
        words
    } else {
        String::new()
    }
}

fn run_timings(ledger: &Ledger) -> Vec<Part> {
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

/// What was waited for, and how long in seconds.
type Part = (&'static str, f64);

fn known(parts: &[(&'static str, Option<f64>)]) -> Vec<Part> {
    let known = parts
        .iter()
        .filter_map(|(name, seconds)| Some((*name, (*seconds)?)));
    known.collect()
}

fn words(parts: &[Part]) -> String {
    let words = parts
        .iter()
        .map(|(name, seconds)| format!("{name} {}", display::seconds(*seconds)));
    words.collect::<Vec<_>>().join(", ")
}

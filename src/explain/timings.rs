//! How long it took from the start of the process to what a user waits for.

use crate::display;
use crate::ledger::Timings;

/// What is known of them, in the order in which it happens; the total is another matter on a screen
/// that stays open.
pub fn timing_words(timings: &Timings) -> String {
    let parts = [
        ("understood", timings.understood_seconds),
        ("identify", Some(timings.identify_seconds)),
        ("setup", timings.setup_seconds),
        ("first result", timings.first_result_seconds),
    ];
    let known = parts
        .iter()
        .filter_map(|(name, seconds)| Some(format!("{name} {}", display::seconds((*seconds)?))));
    known.collect::<Vec<_>>().join(", ")
}

//! Proposed settings in words: what they are, what is promised of them, and what came of it.

use crate::display::{bytes, seconds};
use crate::event::{Promise, Tuning};
use crate::ledger::TunedRecord;

/// What would be set, in a few words.
pub fn proposal_words(tuning: &Tuning) -> String {
    let mut words = Vec::new();
    words.extend(
        tuning
            .cache_bytes
            .map(|size| format!("a cache of {}", bytes(size))),
    );
    words.extend(
        tuning
            .strategy
            .map(|strategy| format!("strategy {strategy}")),
    );
    words.extend(
        tuning
            .columns
            .map(|columns| format!("columns {columns}, from the next session on")),
    );
    words.extend(
        tuning
            .threads
            .map(|threads| format!("{threads} threads, from the next session on")),
    );
    if words.is_empty() {
        "as it is set now".to_owned()
    } else {
        words.join("; ")
    }
}

/// What a run is thought to come to, or has come to.
pub fn promise_words(promise: &Promise) -> String {
    let time = |micros: u64| seconds(micros as f64 / 1e6);
    let mut words = Vec::new();
    words.extend(
        promise
            .load_us
            .map(|load| format!("{} of loads", time(load))),
    );
    words.extend(
        promise
            .peak_bytes
            .map(|peak| format!("{} at most", bytes(peak))),
    );
    words.extend(
        promise
            .saved_us
            .map(|saved| format!("{} saved by the cache", time(saved))),
    );
    if words.is_empty() {
        "nothing that could be told".to_owned()
    } else {
        words.join(", ")
    }
}

/// What was promised beside what came of it.
pub fn tuned_words(tuned: &TunedRecord) -> String {
    let promised = promise_words(&tuned.tuning.promise);
    match &tuned.came {
        Some(came) => format!("promised {promised}; came to {}", promise_words(came)),
        None => format!("promised {promised}; no whole run since"),
    }
}

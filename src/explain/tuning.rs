//! Proposed settings in words: what they are, what is promised of them, and what came of it.

use crate::display::{bytes, seconds};
use crate::event::{Promise, Tuning};
use crate::ledger::TunedRecord;

/// What would be set, in a few words; all of it at once, as where a session begins.
pub fn proposal_words(tuning: &Tuning) -> String {
    let mut words = changes_now(tuning);
    words.extend(changes_later(tuning));
    if words.is_empty() {
        "as it is set now".to_owned()
    } else {
        words.join("; ")
    }
}

/// The same while a session goes on: what takes effect at once, and what only where one begins.
pub fn timed_proposal_words(tuning: &Tuning) -> String {
    let (now, later) = (changes_now(tuning), changes_later(tuning));
    let at_once = match now.is_empty() {
        false => format!("at once: {}", now.join(", ")),
        true if later.is_empty() => return "as it is set now".to_owned(),
        true => "nothing at once".to_owned(),
    };
    if later.is_empty() {
        return at_once;
    }
    let later = later.join(", ");
    format!("{at_once}; where a session begins with --auto-tune: {later}")
}

fn changes_now(tuning: &Tuning) -> Vec<String> {
    let cache = tuning.cache_bytes;
    let cache = cache.map(|size| format!("a cache of {}", bytes(size)));
    let strategy = tuning.strategy;
    let strategy = strategy.map(|strategy| format!("strategy {strategy}"));
    cache.into_iter().chain(strategy).collect()
}

/// Ways of columns and lanes are chosen with the plan that a session begins with.
fn changes_later(tuning: &Tuning) -> Vec<String> {
    let columns = tuning.columns;
    let columns = columns.map(|columns| format!("columns {columns}"));
    let threads = tuning.threads.map(|threads| match threads {
        1 => "1 thread".to_owned(),
        _ => format!("{threads} threads"),
    });
    columns.into_iter().chain(threads).collect()
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

//! What loading lazily has spared so far.

use super::prefetch::prefetch_words;
use crate::display;
use crate::ledger::Ledger;
use crate::vocabulary::Strategy;

/// What has been loaded of what eager loads, in one line: resources, bytes and seconds. What eager
/// would take is an estimate, and marked so, until all of it has been loaded.
pub fn savings_words(ledger: &Ledger) -> String {
    let found = ledger.against_eager();
    let who = match ledger.strategy() {
        Strategy::Eager => "eager",
        _ => "lazy",
    };
    let about = if found.is_estimate { "~" } else { "" };
    let seconds = display::seconds(found.loaded_seconds);
    let seconds = match found.eager_seconds {
        Some(eager) => format!("{seconds} of {about}{}", display::seconds(eager)),
        None => seconds,
    };
    let ahead = prefetch_words(ledger).map_or_else(String::new, |words| format!(", {words}"));
    format!(
        "{who} has loaded {} of {} resources, {} of {about}{}, {seconds}{ahead}",
        display::count(found.loaded as u64),
        display::count(found.eager as u64),
        display::bytes(found.loaded_bytes),
        display::bytes(found.eager_bytes),
    )
}

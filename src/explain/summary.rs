//! A session in a few lines, for the scrollback after its screen is gone.

use super::events::outcome_words;
use super::savings::savings_words;
use crate::display;
use crate::ledger::Ledger;
use crate::vocabulary::Dimension;

/// Columns of the labels.
const LABEL: usize = 16;

/// What was validated, what each dimension found, what was loaded, reused and held: nine lines at
/// most. Empty where nothing has run and nothing was loaded.
pub fn lines(ledger: &Ledger) -> Vec<String> {
    let Some(experiment) = &ledger.experiment else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut tell = |label: &str, words: String| {
        let line = format!("{label:<LABEL$}{words}");
        lines.push(display::clean(&line).into_owned());
    };
    let runs = match ledger.runs.total() {
        0 if ledger.spans.is_empty() => return Vec::new(),
        0 => "no run".to_owned(),
        1 => "1 run".to_owned(),
        runs => format!("{} runs", display::count(runs as u64)),
    };
    let strategy = ledger.strategy();
    let time = display::seconds(ledger.now);
    let name = &experiment.name;
    tell("session", format!("{name}: {runs}, {strategy}, {time}"));
    for dimension in Dimension::ALL {
        let record = ledger.dimension(dimension);
        if let Some(outcome) = &record.outcome {
            let took = display::seconds(outcome.seconds);
            let words = format!("{}, {took}", outcome_words(outcome));
            tell(dimension.name(), words);
        }
    }
    tell("loaded", savings_words(ledger));
    let cache = ledger.cache();
    let cached = format!(
        "{} hits, {} misses, {} saved, {} evicted",
        display::count(cache.hits),
        display::count(cache.misses),
        display::seconds(cache.seconds_saved),
        display::count(cache.evictions)
    );
    tell("cache", cached);
    if let Some(memory) = ledger.memory.latest {
        let peak = display::bytes(memory.peak_rss_bytes);
        let held = display::bytes(ledger.estimated_bytes());
        tell("memory", format!("peak RSS {peak}, {held} held at the end"));
    }
    lines
}

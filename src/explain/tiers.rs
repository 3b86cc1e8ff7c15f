//! The tiers below memory in words.

use super::reasons::miss_words;
use crate::display::{age, bytes, count, seconds};
use crate::ledger::TierFigures;
use crate::vocabulary::{TierLookup, TierName, TierState};

/// What a tier has been asked and has given, in a line.
pub fn tier_words(tier: TierName, figures: &TierFigures) -> String {
    let mut words = format!(
        "{tier}: {} hits, {} misses, {} read",
        count(figures.hits),
        count(figures.misses),
        bytes(figures.read_bytes)
    );
    if let Some(middle) = figures.middle_seconds {
        words = format!("{words}, p50 {}", milliseconds(middle));
    }
    let saved = figures.saved_seconds;
    words = if saved < 0.0 {
        format!("{words}, {} lost", seconds(-saved))
    } else {
        format!("{words}, {} saved", seconds(saved))
    };
    if let Some(losing) = losing_words(figures) {
        words = format!("{words} ({losing})");
    }
    if figures.writes > 0 {
        let written = bytes(figures.written_bytes);
        words = format!("{words}; {} kept ({written})", count(figures.writes));
    }
    if figures.refused > 0 {
        words = format!("{words}; {} not kept", count(figures.refused));
    }
    if figures.state != TierState::Ok {
        words = format!("{words}; {}: {}", figures.state, figures.reason);
    }
    if !figures.miss_reasons.is_empty() {
        words = format!("{words}; misses: {}", reasons(figures));
    }
    words
}

/// Which entries cost more than they save; none where none does.
pub fn losing_words(figures: &TierFigures) -> Option<String> {
    let (worst, lost) = figures.losing.first()?;
    let others = match figures.losing.len() - 1 {
        0 => String::new(),
        more => format!(" and {} more", count(more as u64)),
    };
    let lost = milliseconds(*lost);
    Some(format!("{worst}{others} cost more than they save: {lost}"))
}

/// What a tier had of a resource when it was last asked, and why not.
pub fn lookup_words(lookup: &TierLookup) -> String {
    match lookup {
        TierLookup::Hit {
            bytes: stored,
            saved_seconds,
            age_seconds,
        } => format!(
            "kept {} ago, {}, {} to make",
            age(*age_seconds),
            bytes(*stored),
            seconds(*saved_seconds)
        ),
        TierLookup::Miss(reason) => format!("not kept: {}", miss_words(reason)),
    }
}

/// Its misses by reason.
pub fn reasons(figures: &TierFigures) -> String {
    let reasons = figures.miss_reasons.iter();
    let reasons: Vec<String> = reasons
        .map(|(reason, count)| format!("{} {count}", reason.replace('_', " ")))
        .collect();
    reasons.join(", ")
}

/// A time far below a second.
pub fn milliseconds(seconds: f64) -> String {
    let milliseconds = seconds * 1e3;
    if milliseconds < 10.0 {
        format!("{milliseconds:.2} ms")
    } else {
        format!("{milliseconds:.0} ms")
    }
}

//! A comparison for people.

use std::fmt::Write;

use super::difference::{Change, Comparison, MetricChange};
use crate::display::{bytes, metric, seconds, signed};
use crate::explain::differences::changed_words;

/// Metrics of a dimension that are shown where not all are.
const SHOWN: usize = 8;

// Writing to a string cannot fail.

/// What is different, in sections; at most eight metrics a dimension unless `all` are wanted.
pub fn text(comparison: &Comparison, all: bool) -> String {
    let mut text = String::new();
    let mut sections = vec![
        dimensions(comparison),
        gates(comparison),
        metrics(comparison, all),
        resources(comparison),
        measured(comparison),
    ];
    sections.retain(|section| !section.is_empty());
    if comparison.is_same() {
        text.push_str("The results and all that they were made from are the same.\n\n");
    }
    text.push_str(&sections.join("\n"));
    text
}

fn dimensions(comparison: &Comparison) -> String {
    let mut text = String::new();
    for change in &comparison.dimensions {
        let status =
            |status: &Option<String>| status.clone().unwrap_or_else(|| "not run".to_owned());
        let [before, after] = [0, 1].map(|which| status(&change.status[which]));
        let _ = writeln!(text, "{:<16} {before} -> {after}", change.dimension);
    }
    text
}

fn gates(comparison: &Comparison) -> String {
    let mut text = String::new();
    for change in &comparison.gates {
        let word = |passed: Option<bool>| match passed {
            None => "not judged",
            Some(true) => "holds",
            Some(false) => "fails",
        };
        let [before, after] = change.passed.map(word);
        let _ = writeln!(text, "gate {}: {before} -> {after}", change.gate);
    }
    text
}

fn metrics(comparison: &Comparison, all: bool) -> String {
    let mut text = String::new();
    let (other, same) = (comparison.metrics.len(), comparison.same_metrics);
    if other + same == 0 {
        return text;
    }
    let _ = writeln!(text, "{other} of {} metrics are other", other + same);
    let by_dimension = comparison
        .metrics
        .chunk_by(|a, b| a.dimension == b.dimension);
    for changes in by_dimension {
        let shown = if all { changes.len() } else { SHOWN };
        for change in changes.iter().take(shown) {
            line(&mut text, change);
        }
        if let Some(more) = changes.len().checked_sub(shown).filter(|more| *more > 0) {
            let dimension = &changes[0].dimension;
            let _ = writeln!(text, "  {dimension:<16} and {more} more; --all shows them");
        }
    }
    text
}

fn line(text: &mut String, change: &MetricChange) {
    let shown = |value: Option<f64>| value.map_or_else(|| "undefined".to_owned(), metric);
    let [before, after] = change.values.map(shown);
    let delta = change.delta();
    let delta = delta.map_or_else(String::new, |delta| format!("  ({})", signed(delta)));
    let _ = writeln!(
        text,
        "  {:<16} {}: {before} -> {after}{delta}",
        change.dimension, change.metric
    );
}

fn resources(comparison: &Comparison) -> String {
    let mut text = String::new();
    let (other, same) = (&comparison.resources, comparison.same_resources);
    if other.len() + same == 0 {
        return text;
    }
    let count = |change: Change| other.iter().filter(|r| r.change == change).count();
    let _ = writeln!(
        text,
        "{same} resources the same, {} changed, {} new, {} gone",
        count(Change::Changed),
        count(Change::New),
        count(Change::Gone),
    );
    for resource in other {
        let (word, why) = match resource.change {
            Change::New => ("new", String::new()),
            Change::Gone => ("gone", String::new()),
            Change::Changed if resource.because.is_empty() => ("changed", String::new()),
            Change::Changed => ("changed", format!(": {}", changed_words(&resource.because))),
        };
        let _ = writeln!(text, "  {word:<8} {}{why}", resource.resource);
    }
    text
}

fn measured(comparison: &Comparison) -> String {
    let mut text = String::new();
    if let [Some(before), Some(after)] = comparison.total_seconds {
        let _ = writeln!(text, "total {} -> {}", seconds(before), seconds(after));
    }
    if let [Some(before), Some(after)] = comparison.peak_rss_bytes {
        let _ = writeln!(text, "peak memory {} -> {}", bytes(before), bytes(after));
    }
    text
}

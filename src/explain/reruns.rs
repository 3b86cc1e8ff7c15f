//! What a run did again, what it had not to do, and what came out otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::reasons::miss_words;
use crate::display;
use crate::display::layout::width;
use crate::ledger::{Ledger, RunRecord};
use crate::vocabulary::{Lookup, MissReason, ResourceKind, ResourceName};

/// Of a run after the first: predictions that were made again and why, what was there, what that saved,
/// and the result that differs most. As much as there are columns for, empty where there is nothing to
/// say.
pub fn rerun_words(ledger: &Ledger, columns: usize) -> String {
    let Some(run) = ledger.runs.last() else {
        return String::new();
    };
    let again = Again::of(ledger, run);
    let result = other_result(ledger, run);
    let saved = again
        .saved
        .map(|seconds| format!("{} saved", display::seconds(seconds)));
    let made = again.made_words(false);
    let made_since = again.made_words(true);
    let reused = again.reused_words();
    let reused_in_short = again
        .saved
        .map(|_| format!("{} reused", display::count(again.predictions)));
    // The result matters most, and then why anything was made again.
    let choices = [
        [&made_since, &reused, &saved, &result],
        [&made_since, &reused, &None, &result],
        [&made_since, &reused_in_short, &saved, &result],
        [&made_since, &None, &None, &result],
        [&made, &None, &None, &result],
        [&made_since, &None, &None, &None],
        [&None, &reused_in_short, &saved, &None],
        [&None, &None, &None, &result],
    ];
    let words = |parts: [&Option<String>; 4]| {
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(", ")
    };
    let mut choices = choices.into_iter().map(words);
    choices
        .find(|words| width(words) <= columns)
        .unwrap_or_default()
}

/// What a run made, and what it found.
#[derive(Default)]
struct Again {
    /// Predictions that were made, by the reason.
    misses: BTreeMap<String, u64>,
    /// Predictions that were there.
    predictions: u64,
    /// Tables that were.
    tables: BTreeSet<ResourceName>,
    /// What the predictions would have taken, in seconds; none where there were none.
    saved: Option<f64>,
}

impl Again {
    fn of(ledger: &Ledger, run: &RunRecord) -> Self {
        let mut again = Self::default();
        let lookups = ledger.lookups.iter().rev();
        for lookup in lookups.take_while(|lookup| lookup.t >= run.started_at) {
            match &lookup.lookup {
                Lookup::Hit { saved_seconds } if lookup.counts() => {
                    again.predictions += 1;
                    *again.saved.get_or_insert(0.0) += saved_seconds;
                }
                Lookup::Miss(reason) if lookup.counts() => {
                    *again.misses.entry(why(reason)).or_default() += 1;
                }
                Lookup::Hit { .. } if is_table(ledger, &lookup.name) => {
                    again.tables.insert(lookup.name.clone());
                }
                _ => {}
            }
        }
        // What a run loads first is there later on: that is no reuse.
        let spans = ledger.spans.iter().rev();
        for span in spans.take_while(|span| span.started_at >= run.started_at) {
            again.tables.remove(&span.name);
        }
        again
    }

    /// How many predictions were made, and why.
    fn made_words(&self, with_reason: bool) -> Option<String> {
        let made = counted(self.misses.values().sum(), "prediction");
        let (why, _) = self.misses.iter().max_by_key(|(_, count)| **count)?;
        if !with_reason {
            return Some(format!("{made} made"));
        }
        let more = if self.misses.len() > 1 {
            " and other reasons"
        } else {
            ""
        };
        Some(format!("{made} made ({why}{more})"))
    }

    fn reused_words(&self) -> Option<String> {
        let kinds = [
            (self.predictions, "prediction"),
            (self.tables.len() as u64, "table"),
        ];
        let there = kinds.into_iter().filter(|(count, _)| *count > 0);
        let there: Vec<String> = there.map(|(count, what)| counted(count, what)).collect();
        (!there.is_empty()).then(|| format!("{} reused", there.join(" and ")))
    }
}

/// The reason, the same for all that went to make room, whatever for.
fn why(reason: &MissReason) -> String {
    match reason {
        MissReason::Evicted { .. } => "evicted".to_owned(),
        reason => miss_words(reason),
    }
}

fn is_table(ledger: &Ledger, name: &ResourceName) -> bool {
    let resource = ledger.resource(name);
    resource.is_some_and(|resource| resource.kind == ResourceKind::Table)
}

fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", display::count(count))
}

/// The headline of the run that differs most from the one before, in parts of what it was.
fn other_result(ledger: &Ledger, run: &RunRecord) -> Option<String> {
    let changed = run.dimensions.iter().filter_map(|dimension| {
        let record = ledger.dimension(*dimension);
        let (name, before) = record.headline_before.as_ref()?;
        let (now_named, now) = record.outcome.as_ref()?.headline.as_ref()?;
        let is_other = name == now_named && before.to_bits() != now.to_bits();
        is_other.then_some((name, *before, *now))
    });
    let by = |before: f64, now: f64| (now - before).abs() / before.abs().max(f64::MIN_POSITIVE);
    let most = changed.max_by(|a, b| by(a.1, a.2).total_cmp(&by(b.1, b.2)));
    most.map(|(name, before, now)| {
        let (before, now) = (display::metric(before), display::metric(now));
        format!("{name} {before} to {now}")
    })
}

//! The curves as plain text: what is saved over the capacity, a column a policy.

use std::fmt::Write;

use super::{Accesses, Enough, Outcome, Totals};
use crate::display::{bytes, count, percent, seconds};
use crate::vocabulary::CachePolicy;

/// Columns of a capacity, and of a policy.
const WIDTH: usize = 10;

/// What the outcomes are, with what is enough for each policy.
pub fn text(accesses: &Accesses, outcomes: &[Outcome], enough: &[Enough]) -> String {
    let totals = accesses.totals();
    let mut text = format!(
        "{} accesses to {} entries of {} together; {} to make one for every access\n",
        count(totals.requests),
        count(totals.entries),
        bytes(totals.footprint),
        of_micros(totals.cost_us),
    );
    let share = |part: u64, whole: u64| match whole {
        0 => "-".to_owned(),
        _ => percent(part as f64 / whole as f64),
    };
    curve(&mut text, "Seconds of work saved", outcomes, |outcome| {
        of_micros(outcome.hit_cost)
    });
    curve(&mut text, "Accesses that find it", outcomes, |outcome| {
        share(outcome.hits, outcome.requests)
    });
    curve(&mut text, "Bytes that are found", outcomes, |outcome| {
        share(outcome.hit_bytes, totals.bytes)
    });
    for found in enough {
        text.push('\n');
        text.push_str(&enough_words(found, &totals));
    }
    text
}

/// A table of one figure.
fn curve(
    text: &mut String,
    title: &str,
    outcomes: &[Outcome],
    figure: impl Fn(&Outcome) -> String,
) {
    let mut policies: Vec<CachePolicy> = outcomes.iter().map(|o| o.policy).collect();
    policies.dedup();
    let mut capacities: Vec<u64> = outcomes.iter().map(|o| o.capacity).collect();
    capacities.sort_unstable();
    capacities.dedup();
    // Writing to a string cannot fail.
    let _ = write!(text, "\n{title}\n{:>WIDTH$}", "capacity");
    for policy in &policies {
        let _ = write!(text, "  {policy:>WIDTH$}");
    }
    text.push('\n');
    for capacity in capacities {
        let _ = write!(text, "{:>WIDTH$}", bytes(capacity));
        for policy in &policies {
            let mut found = outcomes.iter();
            let found = found.find(|o| o.policy == *policy && o.capacity == capacity);
            let shown = found.map_or_else(String::new, &figure);
            let _ = write!(text, "  {shown:>WIDTH$}");
        }
        text.push('\n');
    }
}

/// How much is enough, what it saves, and what it costs.
pub fn enough_words(enough: &Enough, totals: &Totals) -> String {
    let outcome = &enough.outcome;
    format!(
        "{} is enough for {}: it saves {} of {}, and 100 MB more would save {} more. It costs that \
         memory, and {} of work is done all the same, {} of it for the first time",
        bytes(outcome.capacity),
        outcome.policy,
        of_micros(outcome.hit_cost),
        of_micros(totals.cost_us),
        seconds(enough.more_seconds),
        of_micros(enough.remade_us(totals)),
        of_micros(totals.first_cost_us),
    )
}

fn of_micros(micros: u64) -> String {
    seconds(micros as f64 / 1e6)
}

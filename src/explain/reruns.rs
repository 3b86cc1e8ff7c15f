//! What a run did again, what it had not to do, and what came out otherwise.

use std::collections::BTreeMap;

use super::reasons::miss_words;
use crate::display;
use crate::display::layout::width;
use crate::ledger::Ledger;
use crate::vocabulary::Lookup;

/// Of a run after the first: predictions that were made again and why, those that were there, what that
/// saved, and the first result that is another. As much as there are columns for, empty where there is
/// nothing to say.
pub fn rerun_words(ledger: &Ledger, columns: usize) -> String {
    let mut parts = made_again(ledger);
    parts.extend(other_result(ledger));
    let words = |parts: &[String]| parts.join(", ");
    while width(&words(&parts)) > columns {
        parts.pop();
    }
    words(&parts)
}

fn made_again(ledger: &Ledger) -> Vec<String> {
    let Some(run) = ledger.runs.last() else {
        return Vec::new();
    };
    let lookups = ledger.lookups.iter().rev();
    let of_run = lookups.take_while(|lookup| lookup.t >= run.started_at);
    let (mut hits, mut saved) = (0_u64, 0.0);
    let mut misses: BTreeMap<String, u64> = BTreeMap::new();
    for lookup in of_run.filter(|lookup| lookup.counts()) {
        match &lookup.lookup {
            Lookup::Hit { saved_seconds } => {
                hits += 1;
                saved += saved_seconds;
            }
            Lookup::Miss(reason) => *misses.entry(miss_words(reason)).or_default() += 1,
            Lookup::Coalesced => {}
        }
    }
    let predictions = |count: u64| match count {
        1 => "1 prediction".to_owned(),
        count => format!("{} predictions", display::count(count)),
    };
    let made: u64 = misses.values().sum();
    let mut parts = Vec::new();
    if let Some((why, _)) = misses.iter().max_by_key(|(_, count)| **count) {
        let more = if misses.len() > 1 {
            " and other reasons"
        } else {
            ""
        };
        parts.push(format!("{} made ({why}{more})", predictions(made)));
    }
    if hits > 0 {
        let saved = display::seconds(saved);
        parts.push(format!("{} reused, {saved} saved", display::count(hits)));
    }
    parts
}

/// The first dimension of the run whose headline is another than before.
fn other_result(ledger: &Ledger) -> Option<String> {
    let run = ledger.runs.last()?;
    run.dimensions.iter().find_map(|dimension| {
        let record = ledger.dimension(*dimension);
        let (name, before) = record.headline_before.as_ref()?;
        let (now_named, now) = record.outcome.as_ref()?.headline.as_ref()?;
        let is_other = name == now_named && before.to_bits() != now.to_bits();
        is_other.then(|| {
            let (before, now) = (display::metric(*before), display::metric(*now));
            format!("{name} {before} to {now}")
        })
    })
}

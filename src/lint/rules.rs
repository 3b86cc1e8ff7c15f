//! When each lint speaks.

use super::{Finding, costs};
use crate::display::{bytes, count, percent, seconds};
use crate::event::DimensionStatus;
use crate::ledger::{Ledger, LookupRecord, MemoryPoint, ResourceRecord};
use crate::vocabulary::{Dimension, Lint, Lookup, MissReason, Owner, ResourceName};

/// Of the settings that say from when on something is too much.
fn threshold(lint: Lint) -> Option<&'static str> {
    Some(match lint {
        Lint::Thrash => "lints.misses",
        Lint::HeldUnused => "lints.bytes",
        Lint::EstimateOff => "lints.estimate_off",
        Lint::UnattributedGrows => "lints.growth",
        Lint::CouldPreload => "lints.wait",
        Lint::PrefetchWasted => "lints.wasted",
        _ => return None,
    })
}

pub(super) fn find(lint: Lint, ledger: &Ledger) -> Vec<Finding> {
    let of_resources = |rule: &dyn Fn(&ResourceRecord) -> Option<(u64, String)>| {
        let found = ledger.resources().iter().filter_map(|resource| {
            let (count, text) = rule(resource)?;
            Some(Finding {
                lint,
                resource: Some(resource.name.clone()),
                count,
                text: format!("{}: {text}", resource.name),
                setting: threshold(lint),
                ..Finding::default()
            })
        });
        found.collect()
    };
    let of_session = |found: Option<(u64, String)>| {
        let found = found.map(|(count, text)| Finding {
            lint,
            count,
            text,
            setting: threshold(lint),
            ..Finding::default()
        });
        found.into_iter().collect()
    };
    match lint {
        Lint::WorkingSetTooLarge => of_session(working_set(ledger)),
        Lint::Thrash => {
            let mut found: Vec<Finding> = of_session(thrash(ledger));
            for finding in &mut found {
                (finding.resource, finding.lookup) = last_thrash(ledger).unzip();
            }
            found
        }
        Lint::LoadedAgain => of_resources(&loaded_again),
        Lint::PreloadedUnused => of_resources(&preloaded_unused),
        Lint::PrefetchWasted => of_resources(&|resource| costs::prefetch_wasted(resource, ledger)),
        Lint::HeldUnused => of_resources(&|resource| held_unused(resource, ledger)),
        Lint::OversizedEntry => of_resources(&oversized),
        Lint::EstimateOff => of_resources(&|resource| estimate_off(resource, ledger)),
        Lint::EntryCostsMore => of_resources(&|resource| costs::entry_costs_more(resource, ledger)),
        Lint::CouldPreload => of_resources(&|resource| costs::could_preload(resource, ledger)),
        Lint::UnattributedGrows => of_session(unattributed_grows(ledger)),
        Lint::UndefinedResults => undefined_results(ledger),
    }
}

fn working_set(ledger: &Ledger) -> Option<(u64, String)> {
    let settings = ledger.settings.as_ref()?;
    let asked = ledger.resources().iter();
    let asked = asked.filter(|r| r.is_cached_kind() && r.requests > 0);
    let sizes: Vec<u64> = asked.filter_map(|r| Some(r.bytes?.0)).collect();
    let (entries, sum) = (sizes.len(), sizes.iter().sum::<u64>());
    let is_off = settings.cache_entries == 0 || settings.cache_bytes == 0;
    let fits = entries <= settings.cache_entries && sum <= settings.cache_bytes;
    if is_off || fits {
        return None;
    }
    let most = match settings.cache_entries {
        usize::MAX => bytes(settings.cache_bytes),
        most => format!("{} of {}", count(most as u64), bytes(settings.cache_bytes)),
    };
    let text = format!(
        "the predictions that were asked for are {} of {} together, and the cache holds {most} at most",
        count(entries as u64),
        bytes(sum),
    );
    Some((entries as u64, text))
}

fn thrash(ledger: &Ledger) -> Option<(u64, String)> {
    let reasons = ledger.cache().miss_reasons;
    let again = reasons.get("evicted").copied().unwrap_or(0);
    let most = ledger.lints.misses.max(1);
    (again >= most).then(|| {
        let text = format!(
            "{} requests missed what the cache had given up ({most} are too many): a larger cache or \
             another policy may save them, see `whatif`",
            count(again)
        );
        (again, text)
    })
}

/// The newest request that missed what the cache had given up.
fn last_thrash(ledger: &Ledger) -> Option<(ResourceName, usize)> {
    let lookups = ledger.lookups.numbered();
    let is_it = |record: &LookupRecord| {
        matches!(
            &record.lookup,
            Lookup::Miss(MissReason::Evicted { .. }) if record.cached
        )
    };
    let last = lookups.filter(|(_, record)| is_it(record)).last();
    last.map(|(number, record)| (record.name.clone(), number))
}

/// Is it gone for want of an owner or of room, and not since it is another one now?
fn was_let_go(resource: &ResourceRecord) -> bool {
    let reason = resource.last_miss.as_ref();
    reason.is_some_and(|reason| {
        matches!(
            reason,
            MissReason::Evicted { .. } | MissReason::Released { .. } | MissReason::TooLarge
        )
    })
}

fn loaded_again(resource: &ResourceRecord) -> Option<(u64, String)> {
    let again = resource.loads.checked_sub(1).filter(|again| *again > 0)?;
    if !was_let_go(resource) {
        return None;
    }
    let took = resource.load_seconds.unwrap_or(0.0) * again as f64;
    let text = format!(
        "loaded {} times, since it was let go of in between: about {} of work that was done before",
        count(resource.loads),
        seconds(took)
    );
    Some((again, text))
}

/// Has a dimension asked for it, or a load that one needs?
fn is_used(resource: &ResourceRecord) -> bool {
    let mut by = resource.requested_by.iter();
    by.any(|owner| matches!(owner, Owner::Client { .. } | Owner::Load { .. }))
}

fn preloaded_unused(resource: &ResourceRecord) -> Option<(u64, String)> {
    let is_preloaded = resource.owners.iter().any(|owner| *owner == Owner::User);
    (is_preloaded && !is_used(resource)).then(|| {
        let text = format!("preloaded, and nobody has asked for it{}", held(resource));
        (1, text)
    })
}

fn held_unused(resource: &ResourceRecord, ledger: &Ledger) -> Option<(u64, String)> {
    let has_run = |dimension: Dimension| ledger.dimension(dimension).outcome.is_some();
    let is_needed = resource.needs.iter().any(|need| has_run(need.dimension));
    let is_large = resource
        .bytes
        .is_some_and(|(bytes, _)| bytes >= ledger.lints.bytes);
    let by_strategy = resource.owners.iter().any(|o| *o == Owner::Strategy);
    let is_wasted = resource.is_resident() && by_strategy && is_large && !is_needed;
    is_wasted.then(|| {
        let text = format!(
            "held by the strategy, and no dimension that has run needs it{}",
            held(resource)
        );
        (1, text)
    })
}

fn held(resource: &ResourceRecord) -> String {
    let bytes_held = resource.bytes.filter(|_| resource.is_resident());
    bytes_held.map_or_else(String::new, |(held, _)| format!(": {}", bytes(held)))
}

fn oversized(resource: &ResourceRecord) -> Option<(u64, String)> {
    (resource.refusals > 0).then(|| {
        let size = resource
            .bytes
            .map_or_else(String::new, |(b, _)| format!(" of {}", bytes(b)));
        let text = format!(
            "the cache refused this entry{size} {} times: it holds less than that",
            count(resource.refusals)
        );
        (resource.refusals, text)
    })
}

fn estimate_off(resource: &ResourceRecord, ledger: &Ledger) -> Option<(u64, String)> {
    let set = &ledger.lints;
    let (is, exact) = resource.bytes?;
    let estimated = resource.estimated_bytes?;
    if !exact || is.max(estimated) < set.bytes {
        return None;
    }
    let off = (is as f64 - estimated as f64).abs() / (is as f64).max(1.0);
    (off > set.estimate_off).then(|| {
        let text = format!(
            "takes {}, and {} were estimated: off by {}, more than {}",
            bytes(is),
            bytes(estimated),
            percent(off),
            percent(set.estimate_off)
        );
        (1, text)
    })
}

/// From the first quarter of the session to its last, the least that was unattributed in each.
fn unattributed_grows(ledger: &Ledger) -> Option<(u64, String)> {
    if ledger.runs.total() < 3 {
        return None;
    }
    let baseline = ledger.memory.baseline?.rss_bytes;
    let history = &ledger.memory.history;
    let quarter = history.len() / 4;
    let least = |points: &[MemoryPoint]| {
        let unattributed =
            |p: &MemoryPoint| p.rss_bytes.saturating_sub(p.estimated_bytes + baseline);
        points.iter().map(unattributed).min()
    };
    let before = least(history.get(..quarter)?)?;
    let after = least(history.get(history.len() - quarter..)?)?;
    let growth = after.saturating_sub(before);
    let most = ledger.lints.growth;
    (growth > most).then(|| {
        let text = format!(
            "memory that no resource accounts for has grown from {} to {} over {} runs, by more than {}",
            bytes(before),
            bytes(after),
            count(ledger.runs.total() as u64),
            bytes(most)
        );
        (1, text)
    })
}

fn undefined_results(ledger: &Ledger) -> Vec<Finding> {
    let found = Dimension::ALL.into_iter().filter_map(|dimension| {
        let outcome = ledger.dimension(dimension).outcome.as_ref()?;
        let has_results = matches!(
            outcome.status,
            DimensionStatus::Ok | DimensionStatus::Failed
        );
        let undefined: Vec<&str> = outcome
            .metrics
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        let text = match undefined.as_slice() {
            _ if !has_results => return None,
            [] if outcome.metrics.is_empty() => format!("{dimension} has no metric at all"),
            [] => return None,
            [first, ..] => format!(
                "{dimension}: {} of {} metrics are not defined, {first} among them",
                count(undefined.len() as u64),
                count(outcome.metrics.len() as u64)
            ),
        };
        Some(Finding {
            lint: Lint::UndefinedResults,
            dimension: Some(dimension),
            count: (undefined.len() as u64).max(1),
            text,
            ..Finding::default()
        })
    });
    found.collect()
}

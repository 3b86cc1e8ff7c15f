//! What costs time that could have been saved.

use crate::display::{bytes, count, percent, seconds};
use crate::ledger::{Ledger, Planned, ResourceRecord};
use crate::vocabulary::{Lookup, MissReason, Owner, ResourceKind};

/// An entry of the cache that costs more than it saves.
pub(super) fn entry_costs_more(
    resource: &ResourceRecord,
    ledger: &Ledger,
) -> Option<(u64, String)> {
    restored_slowly(resource).or_else(|| made_others_go(resource, ledger))
}

fn restored_slowly(resource: &ResourceRecord) -> Option<(u64, String)> {
    let packed = resource.packed.as_ref()?;
    let load = resource.load_seconds?;
    (packed.restore_seconds > load).then(|| {
        let text = format!(
            "restoring it takes {}, and making it {}: do not pack, or do not cache it",
            seconds(packed.restore_seconds),
            seconds(load)
        );
        (1, text)
    })
}

/// What went for it had to be made again, and that took longer than its hits have saved.
fn made_others_go(resource: &ResourceRecord, ledger: &Ledger) -> Option<(u64, String)> {
    let (mut misses, mut cost, mut saved) = (0_u64, 0.0, 0.0);
    for record in &ledger.lookups {
        match &record.lookup {
            Lookup::Miss(MissReason::Evicted { for_name, .. }) if *for_name == resource.name => {
                misses += 1;
                let gone = ledger.resource(&record.name);
                cost += gone.and_then(|gone| gone.load_seconds).unwrap_or(0.0);
            }
            Lookup::Hit { saved_seconds } if record.name == resource.name => saved += saved_seconds,
            _ => {}
        }
    }
    (misses > 0 && cost > saved).then(|| {
        let text = format!(
            "{} requests missed what went to make room for it, {} to make again, and its hits have \
             saved {}",
            count(misses),
            seconds(cost),
            seconds(saved)
        );
        (misses, text)
    })
}

/// Loaded ahead in vain, in a session whose loads ahead are so too often.
pub(super) fn prefetch_wasted(resource: &ResourceRecord, ledger: &Ledger) -> Option<(u64, String)> {
    let in_vain = resource.prefetch_waste;
    let figures = ledger.prefetch();
    let settled = figures.hidden_seconds + figures.wasted_seconds;
    let share = figures.wasted_seconds / settled;
    let most = ledger.lints.wasted;
    (in_vain.loads > 0 && share > most).then(|| {
        let text = format!(
            "loaded ahead {} times, {} and {}, and it went before anybody asked for it; of what was \
             loaded ahead, {} of the time was in vain, more than {}",
            count(in_vain.loads),
            seconds(in_vain.seconds),
            bytes(in_vain.bytes),
            percent(share),
            percent(most)
        );
        (in_vain.loads, text)
    })
}

/// A load on the longest chain of the last run, for which a dimension waited though all that it is made
/// from was known before.
pub(super) fn could_preload(resource: &ResourceRecord, ledger: &Ledger) -> Option<(u64, String)> {
    let is_large = matches!(
        resource.kind,
        ResourceKind::Table | ResourceKind::Model | ResourceKind::Predictions
    );
    if !is_large || resource.planned != Planned::Later {
        return None;
    }
    let took = resource.load_seconds?;
    if took < ledger.lints.wait_seconds {
        return None;
    }
    let times = ledger.load_times()?;
    let waits = resource.requested_by.iter().find_map(|owner| match owner {
        Owner::Client { client } => Some(client.name()),
        _ => None,
    })?;
    times.critical_path.contains(&resource.name).then(|| {
        let text = format!(
            "{waits} waited {} for it, and nothing stood against loading it before: preload it, or \
             choose a strategy that does",
            seconds(took)
        );
        (1, text)
    })
}

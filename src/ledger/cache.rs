//! The prediction cache as the log tells it.

use std::collections::BTreeMap;

use super::Ledger;
use crate::vocabulary::{ContentId, Lookup, Owner, ResourceName};

/// The paper's target for the hit rate, which the cache panel draws as a line.
pub const TARGET_HIT_RATE: f64 = 0.7;

/// A request and what it found.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupRecord {
    /// When, in seconds since the session began.
    pub t: f64,
    /// What was asked for.
    pub name: ResourceName,
    /// Who asked.
    pub by: Owner,
    /// What was found.
    pub lookup: Lookup,
    /// What it stood for at that moment.
    pub content: ContentId,
    /// The parts of that which are not those of the last request for the same name.
    pub differs: Vec<ResourceName>,
    /// Does the prediction cache keep resources of this kind? Only these count as its hits.
    pub cached: bool,
}

/// Figures of the prediction cache.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CacheFigures {
    /// Requests that found their predictions resident.
    pub hits: u64,
    /// Requests that made a load.
    pub misses: u64,
    /// Requests that joined a load under way.
    pub coalesced: u64,
    /// Sum of what the hits would have cost, at the cost of the load they made superfluous.
    pub seconds_saved: f64,
    /// Entries that the cache holds now.
    pub entries: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Entries given up for room.
    pub evictions: u64,
    /// Entries refused.
    pub refused: u64,
    /// Misses by reason.
    pub miss_reasons: BTreeMap<&'static str, u64>,
}

impl CacheFigures {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let mut figures = Self::default();
        for record in ledger.lookups.iter().filter(|l| l.cached) {
            let is_input = matches!(record.by, Owner::Load { .. });
            match &record.lookup {
                // Whoever asks for what is made from it asks for it too: counted once.
                Lookup::Hit { .. } | Lookup::Coalesced if is_input => {}
                Lookup::Hit { saved_seconds } => {
                    figures.hits += 1;
                    figures.seconds_saved += saved_seconds;
                }
                Lookup::Coalesced => figures.coalesced += 1,
                Lookup::Miss(reason) => {
                    figures.misses += 1;
                    *figures.miss_reasons.entry(reason.name()).or_default() += 1;
                }
            }
        }
        for resource in ledger.resources() {
            figures.evictions += resource.evictions;
            figures.refused += resource.refusals;
            if resource.owners.contains(&Owner::Cache) {
                figures.entries += 1;
                figures.bytes += resource.bytes_or_estimate().unwrap_or(0);
            }
        }
        figures
    }

    /// Hits among hits and misses; none before the first lookup.
    pub fn hit_rate(&self) -> Option<f64> {
        let lookups = self.hits + self.misses;
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }
}

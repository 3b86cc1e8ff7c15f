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
    /// Another resource of the same content, which stands in for it.
    pub same_as: Option<ResourceName>,
    /// Does the prediction cache keep resources of this kind? Only these count as its hits.
    pub cached: bool,
}

impl LookupRecord {
    /// Does it count? See [`Lookup::counts`].
    pub fn counts(&self) -> bool {
        self.cached && self.lookup.counts(&self.by)
    }
}

/// What requests found in the prediction cache.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LookupCounts {
    /// Requests that found their predictions resident.
    pub hits: u64,
    /// Requests that made a load.
    pub misses: u64,
    /// Those of them for what nobody had asked for before, and so no cache could have had.
    pub new: u64,
    /// Requests that joined a load under way.
    pub coalesced: u64,
    /// Sum of what the hits would have cost, at the cost of the load they made superfluous.
    pub seconds_saved: f64,
}

impl LookupCounts {
    /// Hits among hits and misses; none before the first lookup.
    pub fn hit_rate(&self) -> Option<f64> {
        self.share_of_lookups(self.hits)
    }

    /// What the hit rate would be if everything that had been asked for before were still there.
    pub fn best_hit_rate(&self) -> Option<f64> {
        self.share_of_lookups(self.hits + self.misses - self.new)
    }

    fn share_of_lookups(&self, part: u64) -> Option<f64> {
        let lookups = self.hits + self.misses;
        (lookups > 0).then(|| part as f64 / lookups as f64)
    }

    pub(super) fn count(&mut self, record: &LookupRecord) {
        if !record.counts() {
            return;
        }
        match &record.lookup {
            Lookup::Hit { saved_seconds } => {
                self.hits += 1;
                self.seconds_saved += saved_seconds;
            }
            Lookup::Coalesced => self.coalesced += 1,
            Lookup::Miss(reason) => {
                self.misses += 1;
                self.new += u64::from(reason.is_new());
            }
        }
    }
}

/// Figures of the prediction cache since the session began.
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
    /// Hits among hits and misses; none before the first lookup.
    pub fn hit_rate(&self) -> Option<f64> {
        let lookups = self.hits + self.misses;
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }
}

/// What all requests so far found, and what became of entries.
#[derive(Clone, Debug, Default)]
pub(super) struct CacheTotals {
    counts: LookupCounts,
    miss_reasons: BTreeMap<&'static str, u64>,
    pub(super) evictions: u64,
    pub(super) refused: u64,
}

impl CacheTotals {
    pub(super) fn count(&mut self, record: &LookupRecord) {
        self.counts.count(record);
        if let Lookup::Miss(reason) = &record.lookup
            && record.counts()
        {
            *self.miss_reasons.entry(reason.name()).or_default() += 1;
        }
    }
}

impl Ledger {
    /// What all requests so far found.
    pub fn cache_lookups(&self) -> LookupCounts {
        self.cache.counts
    }

    /// Hits, misses, and what the cache holds now.
    pub fn cache(&self) -> CacheFigures {
        let totals = &self.cache;
        let LookupCounts {
            hits,
            misses,
            coalesced,
            seconds_saved,
            ..
        } = totals.counts;
        CacheFigures {
            hits,
            misses,
            coalesced,
            seconds_saved,
            entries: self.held.entries,
            bytes: self.held.entry_bytes,
            evictions: totals.evictions,
            refused: totals.refused,
            miss_reasons: totals.miss_reasons.clone(),
        }
    }
}

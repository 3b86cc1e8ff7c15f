//! What if the cache had another policy, or another size? Recorded accesses are played through every
//! policy at many capacities. The policies are those that a session uses, and a load that is saved
//! counts with what it took: a high share of hits may save little time.
//!
//! An access asks for one entry. Where that is not kept it is made and offered, at once: what a
//! session holds for other reasons does not count here.

mod accesses;
mod advice;
mod curves;
mod lru_curve;
mod table;
mod text;
mod tuning;

use std::collections::HashMap;
use std::hash::Hash;

use rayon::prelude::*;
use serde::Serialize;

pub use accesses::{Recorded, RecordedAccess};
pub use advice::Enough;
pub use curves::{Curves, Made, WORTH_SECONDS};
pub use table::{AccessError, read_table};
pub use text::{enough_words, text};
pub use tuning::propose;

use crate::engine::cache::{Weight, policy};
use crate::vocabulary::CachePolicy;

/// Somebody asked for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Tells the entry from others: numbered from 0 in the order of first accesses.
    pub entry: usize,
    /// Bytes that it takes.
    pub bytes: u64,
    /// What it takes to make it, in microseconds.
    pub cost_us: u64,
}

/// What a cache would have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// By which policy.
    pub policy: CachePolicy,
    /// How many bytes it may hold.
    pub capacity: u64,
    /// Accesses.
    pub requests: u64,
    /// Those that found the entry.
    pub hits: u64,
    /// The bytes of these.
    pub hit_bytes: u64,
    /// What it would have taken to make these, in microseconds.
    pub hit_cost: u64,
}

impl Outcome {
    fn begin(policy: CachePolicy, capacity: u64) -> Self {
        Self {
            policy,
            capacity,
            requests: 0,
            hits: 0,
            hit_bytes: 0,
            hit_cost: 0,
        }
    }

    fn hit(&mut self, access: &Access) {
        self.hits += 1;
        self.hit_bytes += access.bytes;
        self.hit_cost += access.cost_us;
    }
}

/// Accesses in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accesses {
    all: Vec<Access>,
    /// Bytes of each entry.
    entries: Vec<u64>,
    /// For each access, the place of the next for the same entry, as far as a plan sees.
    next_uses: Vec<Option<u64>>,
}

/// Sums over accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Accesses.
    pub requests: u64,
    /// Entries that were asked for.
    pub entries: u64,
    /// Bytes of these together.
    pub footprint: u64,
    /// Bytes of all accesses.
    pub bytes: u64,
    /// What it would take to make an entry for each access, in microseconds.
    pub cost_us: u64,
    /// What it takes to make each entry once: no cache saves that.
    pub first_cost_us: u64,
}

impl Accesses {
    /// Of keys, with bytes and cost in microseconds. A key with other bytes than before is another
    /// entry.
    pub fn of<K: Eq + Hash>(accesses: impl IntoIterator<Item = (K, u64, u64)>) -> Self {
        let mut known = HashMap::new();
        let mut found = Self::default();
        for (key, bytes, cost_us) in accesses {
            let entry = *known.entry((key, bytes)).or_insert_with(|| {
                found.entries.push(bytes);
                found.entries.len() - 1
            });
            found.all.push(Access {
                entry,
                bytes,
                cost_us,
            });
        }
        found.foresee(&[]);
        found
    }

    /// With plans that see no further than to these places, each the first of a run.
    #[must_use]
    pub fn planned_by_run(mut self, starts: &[usize]) -> Self {
        self.foresee(starts);
        self
    }

    fn foresee(&mut self, starts: &[usize]) {
        let mut next = vec![None; self.entries.len()];
        let mut next_uses = vec![None; self.all.len()];
        for (place, access) in self.all.iter().enumerate().rev() {
            next_uses[place] = next[access.entry].replace(place as u64);
            if starts.binary_search(&place).is_ok() {
                next.fill(None);
            }
        }
        self.next_uses = next_uses;
    }

    /// Every access.
    pub fn all(&self) -> &[Access] {
        &self.all
    }

    /// Sums over all of them.
    pub fn totals(&self) -> Totals {
        Totals {
            requests: self.all.len() as u64,
            entries: self.entries.len() as u64,
            footprint: self.entries.iter().sum(),
            bytes: self.all.iter().map(|access| access.bytes).sum(),
            cost_us: self.all.iter().map(|access| access.cost_us).sum(),
            first_cost_us: self.first_cost_us(),
        }
    }

    fn first_cost_us(&self) -> u64 {
        let mut seen = vec![false; self.entries.len()];
        let firsts = self
            .all
            .iter()
            .filter(|access| !std::mem::replace(&mut seen[access.entry], true));
        firsts.map(|access| access.cost_us).sum()
    }

    /// Twenty capacities, each the same factor above the one before it, from a 64th of what all
    /// entries take to all of it; fewer where that is little.
    pub fn capacities(&self) -> Vec<u64> {
        const STEPS: u32 = 20;
        const SMALLEST: f64 = 1.0 / 64.0;
        let footprint = self.totals().footprint.max(1) as f64;
        let step = |n: u32| {
            let share = SMALLEST.powf(f64::from(STEPS - n) / f64::from(STEPS - 1));
            (footprint * share).ceil() as u64
        };
        let mut capacities: Vec<u64> = (1..=STEPS).map(step).collect();
        capacities.dedup();
        capacities
    }

    /// Plays the accesses through a cache.
    pub fn play(&self, chosen: CachePolicy, capacity: u64) -> Outcome {
        let mut outcome = Outcome::begin(chosen, capacity);
        outcome.requests = self.all.len() as u64;
        if capacity == 0 {
            return outcome;
        }
        let mut cache = policy(chosen, capacity, self.entries.len().max(1));
        let mut gone = Vec::new();
        for (access, next_use) in self.all.iter().zip(&self.next_uses) {
            if cache.contains(&access.entry) {
                cache.foresee(&access.entry, *next_use);
                cache.touch(&access.entry);
                outcome.hit(access);
                continue;
            }
            let weight = Weight {
                bytes: access.bytes,
                cost: access.cost_us as f64,
                next_use: *next_use,
            };
            gone.clear();
            cache.insert(access.entry, weight, &mut gone);
        }
        outcome
    }

    /// Plays them through every policy at every capacity, policy by policy, on all cores.
    pub fn play_all(&self, policies: &[CachePolicy], capacities: &[u64]) -> Vec<Outcome> {
        let by_policy = policies.par_iter().map(|chosen| match chosen {
            CachePolicy::Lru => lru_curve::outcomes(self, capacities),
            _ => capacities
                .par_iter()
                .map(|capacity| self.play(*chosen, *capacity))
                .collect(),
        });
        let by_policy: Vec<Vec<Outcome>> = by_policy.collect();
        by_policy.into_iter().flatten().collect()
    }
}

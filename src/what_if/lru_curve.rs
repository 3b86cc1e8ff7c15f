//! LRU at many capacities in one pass, exactly, by stack distances in bytes (Mattson, Gecsei, Slutz
//! and Traiger 1970): an access finds its entry if that and all other entries asked for since it was
//! last asked for fit together.
//!
//! An entry larger than the whole cache is never kept, so a cache smaller than the largest entry sees
//! the accesses without those of larger ones, in a pass of its own.

use super::{Access, Accesses, Outcome};
use crate::vocabulary::CachePolicy;

pub(super) fn outcomes(accesses: &Accesses, capacities: &[u64]) -> Vec<Outcome> {
    let largest = accesses.entries.iter().copied().max().unwrap_or(0);
    let whole = distances(accesses, largest);
    let at = |capacity: &u64| {
        if *capacity >= largest {
            count(accesses, &whole, *capacity)
        } else {
            count(accesses, &distances(accesses, *capacity), *capacity)
        }
    };
    capacities.iter().map(at).collect()
}

/// Bytes that a cache must hold for an access to find its entry; none for a first access, and for one
/// of an entry that is larger than `most`.
fn distances(accesses: &Accesses, most: u64) -> Vec<Option<u64>> {
    let mut since = BytesSince::new(accesses.all.len());
    let mut last = vec![None; accesses.entries.len()];
    let places = accesses.all.iter().enumerate();
    let distance = |(place, access): (usize, &Access)| {
        if access.bytes > most {
            return None;
        }
        let before = last[access.entry].replace(place);
        let distance = before.map(|before| {
            let distance = since.after(before) + access.bytes;
            since.take(before, access.bytes);
            distance
        });
        since.put(place, access.bytes);
        distance
    };
    places.map(distance).collect()
}

fn count(accesses: &Accesses, distances: &[Option<u64>], capacity: u64) -> Outcome {
    let mut outcome = Outcome::begin(CachePolicy::Lru, capacity);
    outcome.requests = accesses.all.len() as u64;
    for (access, distance) in accesses.all.iter().zip(distances) {
        if distance.is_some_and(|distance| distance <= capacity) {
            outcome.hit(access);
        }
    }
    outcome
}

/// The bytes of entries by where they were last asked for (a Fenwick tree).
struct BytesSince {
    sums: Vec<u64>,
    total: u64,
}

impl BytesSince {
    fn new(places: usize) -> Self {
        Self {
            sums: vec![0; places + 1],
            total: 0,
        }
    }

    fn put(&mut self, place: usize, bytes: u64) {
        self.total += bytes;
        self.change(place, |sum| *sum += bytes);
    }

    fn take(&mut self, place: usize, bytes: u64) {
        self.total -= bytes;
        self.change(place, |sum| *sum -= bytes);
    }

    fn change(&mut self, place: usize, change: impl Fn(&mut u64)) {
        let mut at = place + 1;
        while let Some(sum) = self.sums.get_mut(at) {
            change(sum);
            at += at & at.wrapping_neg();
        }
    }

    /// Those after a place.
    fn after(&self, place: usize) -> u64 {
        let mut up_to = 0;
        let mut at = place + 1;
        while at > 0 {
            up_to += self.sums[at];
            at -= at & at.wrapping_neg();
        }
        self.total - up_to
    }
}

//! Policies that rank entries and give up the lowest: least recently used, least frequently used, and
//! greedy-dual by size, frequency and cost (Cherkasova 1998; rank = age + uses x cost / bytes, where
//! the age is the rank of what went last); and by plan: what is asked for last goes, where it is known
//! when things are asked for (Belady 1966, as far as the plan sees). Of equals, what was used longer ago
//! goes first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use quick_cache::DefaultHashBuilder;

use super::policy::{Policy, Weight};
use crate::vocabulary::CachePolicy;

/// A rank that is not negative, as bits that order as it does; and when it was used last.
type Place = (u64, u64);

struct Entry {
    weight: Weight,
    uses: u64,
    place: Place,
}

/// The sooner it is asked for, the more it is worth.
fn by_plan(weight: Weight) -> u64 {
    weight.next_use.map_or(0, |at| u64::MAX - at)
}

/// See the module.
pub(super) struct Ranked<I> {
    policy: CachePolicy,
    max_bytes: u64,
    bytes: u64,
    entries: HashMap<I, Entry, DefaultHashBuilder>,
    order: BTreeMap<Place, I>,
    /// Counts uses, for an order among equals.
    now: u64,
    /// The rank of what went last.
    age: f64,
}

impl<I: Copy + Eq + Hash> Ranked<I> {
    pub(super) fn new(policy: CachePolicy, max_bytes: u64) -> Self {
        Self {
            policy,
            max_bytes,
            bytes: 0,
            entries: HashMap::default(),
            order: BTreeMap::new(),
            now: 0,
            age: 0.0,
        }
    }

    /// Where an entry stands that is used now, for the so-manieth time.
    fn place(&mut self, weight: Weight, uses: u64) -> Place {
        self.now += 1;
        let rank = match self.policy {
            CachePolicy::Lfu => uses as f64,
            CachePolicy::Gdsf => self.age + uses as f64 * weight.cost / weight.bytes.max(1) as f64,
            CachePolicy::Plan => return (by_plan(weight), self.now),
            CachePolicy::Quick | CachePolicy::Lru => 0.0,
        };
        (rank.max(0.0).to_bits(), self.now)
    }

    fn put(&mut self, id: I, weight: Weight) {
        let place = self.place(weight, 1);
        self.bytes += weight.bytes;
        self.order.insert(place, id);
        self.entries.insert(
            id,
            Entry {
                weight,
                uses: 1,
                place,
            },
        );
    }

    fn take(&mut self, id: &I) -> bool {
        let Some(entry) = self.entries.remove(id) else {
            return false;
        };
        self.bytes -= entry.weight.bytes;
        self.order.remove(&entry.place);
        true
    }

    fn lowest(&self, spared: &HashSet<I>) -> Option<I> {
        let mut ids = self.order.values();
        ids.find(|id| !spared.contains(id)).copied()
    }

    fn give_up(&mut self, id: I) {
        if let Some(entry) = self.entries.get(&id) {
            self.age = f64::from_bits(entry.place.0);
        }
        self.take(&id);
    }

    /// Gives up the lowest until there is room for so many bytes more.
    fn make_room(&mut self, bytes: u64, gone: &mut Vec<I>) {
        while self.bytes.saturating_add(bytes) > self.max_bytes {
            let Some((_, id)) = self.order.first_key_value() else {
                return;
            };
            let id = *id;
            self.give_up(id);
            gone.push(id);
        }
    }
}

impl<I: Copy + Eq + Hash + Send> Policy<I> for Ranked<I> {
    fn insert(&mut self, id: I, weight: Weight, gone: &mut Vec<I>) -> bool {
        if weight.bytes > self.max_bytes {
            return false;
        }
        // By cost and by plan, the newcomer competes with those that are here; otherwise it is worth
        // most.
        if matches!(self.policy, CachePolicy::Gdsf | CachePolicy::Plan) {
            self.put(id, weight);
            self.make_room(0, gone);
        } else {
            self.make_room(weight.bytes, gone);
            self.put(id, weight);
        }
        true
    }

    fn touch(&mut self, id: &I) {
        let Some(entry) = self.entries.get_mut(id) else {
            return;
        };
        entry.uses += 1;
        let (weight, uses, before) = (entry.weight, entry.uses, entry.place);
        let place = self.place(weight, uses);
        self.order.remove(&before);
        self.order.insert(place, *id);
        if let Some(entry) = self.entries.get_mut(id) {
            entry.place = place;
        }
    }

    fn weigh_again(&mut self, id: &I, bytes: u64) {
        if let Some(entry) = self.entries.get_mut(id) {
            self.bytes = self.bytes - entry.weight.bytes + bytes;
            entry.weight.bytes = bytes;
        }
    }

    fn foresee(&mut self, id: &I, next_use: Option<u64>) {
        let Some(entry) = self.entries.get_mut(id) else {
            return;
        };
        entry.weight.next_use = next_use;
        if self.policy == CachePolicy::Plan {
            let before = entry.place;
            entry.place = (by_plan(entry.weight), before.1);
            let place = entry.place;
            self.order.remove(&before);
            self.order.insert(place, *id);
        }
    }

    fn resize(&mut self, max_bytes: u64, gone: &mut Vec<I>) {
        self.max_bytes = max_bytes;
        self.make_room(0, gone);
    }

    fn remove(&mut self, id: &I) -> bool {
        self.take(id)
    }

    fn evict(&mut self, spared: HashSet<I>) -> Vec<I> {
        let lowest = self.lowest(&spared);
        lowest.into_iter().inspect(|id| self.give_up(*id)).collect()
    }

    fn contains(&self, id: &I) -> bool {
        self.entries.contains_key(id)
    }

    fn len(&self) -> usize {
        self.entries.len()
    }
}

//! The cache by itself: both limits, what is refused, what is listed as gone.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Weak};

use lazydebugger::engine::cache::{Admission, Cache, Weight};
use lazydebugger::vocabulary::{CachePolicy, Choice, ContentId};
use proptest::prelude::*;

/// What a key stands for.
fn id(key: usize) -> ContentId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&key.to_le_bytes());
    ContentId::new(bytes)
}

/// A cache beside what it should hold by its own account.
struct Watched {
    cache: Cache<usize, u64>,
    held: BTreeSet<usize>,
    values: Vec<(usize, u64, Weak<u64>)>,
}

impl Watched {
    fn quick(entries: usize, bytes: u64) -> Self {
        Self::new(CachePolicy::Quick, entries, bytes)
    }

    fn new(policy: CachePolicy, entries: usize, bytes: u64) -> Self {
        Self {
            cache: Cache::new(policy, entries, bytes),
            held: BTreeSet::new(),
            values: Vec::new(),
        }
    }

    fn insert(&mut self, key: usize, bytes: u64) -> (Admission, Vec<usize>) {
        assert!(
            !self.held.contains(&key),
            "it is loaded because it is not held"
        );
        let value = Arc::new(bytes);
        let cost = (key % 7) as f64;
        let next_use = (!key.is_multiple_of(3)).then_some(key as u64 % 5);
        let weight = Weight {
            bytes,
            cost,
            next_use,
        };
        self.values.push((key, bytes, Arc::downgrade(&value)));
        let (admission, evicted) = self.cache.insert(id(key), &key, &value, weight);
        for gone in &evicted {
            assert!(self.held.remove(gone), "{gone} was held");
        }
        if admission == Admission::Kept {
            self.held.insert(key);
        }
        (admission, evicted)
    }

    fn evict(&mut self) -> Vec<usize> {
        let evicted = self.cache.evict(HashSet::new());
        for gone in &evicted {
            assert!(self.held.remove(gone), "{gone} was held");
        }
        evicted
    }

    /// What is alive is what is held, and that is what has not been listed as gone.
    fn check(&mut self) {
        self.values.retain(|(.., value)| value.upgrade().is_some());
        let alive: BTreeSet<usize> = self.values.iter().map(|(key, ..)| *key).collect();
        assert_eq!(alive, self.held);
        assert!(self.held.iter().all(|key| self.cache.contains(&id(*key))));
    }

    fn bytes(&self) -> u64 {
        self.values.iter().map(|(_, bytes, _)| bytes).sum()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(usize, u64),
    Touch(usize),
    Remove(usize),
    Evict(Vec<usize>),
}

fn weight() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 30..150_u64, 1 => 0..1200_u64]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..20_usize, weight()).prop_map(|(key, bytes)| Step::Insert(key, bytes)),
        4 => (0..20_usize).prop_map(Step::Touch),
        1 => (0..20_usize).prop_map(Step::Remove),
        1 => prop::collection::vec(0..20_usize, 0..4).prop_map(Step::Evict),
    ]
}

#[test]
fn many_evictions_leave_the_limits_as_they_were() {
    let mut watched = Watched::quick(1, 1000);
    for (key, weight) in [3, 86, 85, 30, 483]
        .into_iter()
        .cycle()
        .take(5000)
        .enumerate()
    {
        let (admission, _) = watched.insert(key, weight);
        assert_eq!(admission, Admission::Kept, "entry {key} of {weight} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_limits_hold_and_whatever_goes_is_listed(
        policy in prop::sample::select(CachePolicy::ALL),
        entries in prop::sample::select(vec![1_usize, 2, 5, 40]),
        bytes in prop::sample::select(vec![1_u64, 100, 1000, 3000, 1 << 30]),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut watched = Watched::new(policy, entries, bytes);
        for step in steps {
            match step {
                Step::Insert(key, _) if watched.held.contains(&key) => {}
                Step::Insert(key, weight) => {
                    let (admission, _) = watched.insert(key, weight);
                    prop_assert_ne!(admission, Admission::Disabled);
                    // Only weight is a reason to refuse; the policy's own limit is near 97%.
                    if weight <= bytes / 2 {
                        prop_assert_ne!(admission, Admission::TooLarge);
                        // By cost or plan, a newcomer may be worth less than what is there.
                        let weighs = matches!(policy, CachePolicy::Gdsf | CachePolicy::Plan);
                        prop_assert!(admission == Admission::Kept || weighs);
                    }
                    if weight > bytes {
                        prop_assert_eq!(admission, Admission::TooLarge);
                    }
                }
                Step::Touch(key) => watched.cache.touch(&id(key)),
                Step::Remove(key) => {
                    prop_assert_eq!(watched.cache.remove(&id(key)), watched.held.remove(&key));
                }
                Step::Evict(spared) => {
                    let spared: HashSet<usize> = spared.into_iter().collect();
                    let evicted = watched.cache.evict(spared.iter().copied().map(id).collect());
                    let unspared = watched.held.iter().filter(|k| !spared.contains(*k)).count();
                    prop_assert_eq!(evicted.is_empty(), unspared == 0);
                    for gone in evicted {
                        prop_assert!(!spared.contains(&gone));
                        prop_assert!(watched.held.remove(&gone));
                    }
                }
            }
            watched.check();
            prop_assert!(watched.held.len() <= entries);
            prop_assert!(watched.bytes() <= bytes);
        }
    }
}

#[test]
fn who_says_bytes_leaves_the_number_of_entries_to_them() {
    for policy in CachePolicy::ALL {
        let mut watched = Watched::new(*policy, 2, 1000);
        for key in 0..3 {
            watched.insert(key, 10);
        }
        assert_eq!(watched.held.len(), 2, "{policy}");
        assert!(watched.cache.resize(1000).is_empty());
        for key in 10..20 {
            watched.insert(key, 10);
        }
        assert_eq!(watched.held.len(), 12, "{policy}");
    }
}

#[test]
fn the_byte_limit_evicts() {
    let mut watched = Watched::quick(100, 1000);
    for key in 0..20 {
        assert_eq!(watched.insert(key, 300).0, Admission::Kept);
        watched.check();
    }
    assert_eq!(watched.held.len(), 3);
}

#[test]
fn the_entry_limit_evicts() {
    let mut watched = Watched::quick(3, 1 << 30);
    for key in 0..20 {
        assert_eq!(watched.insert(key, 300).0, Admission::Kept);
        watched.check();
    }
    assert_eq!(watched.held.len(), 3);
    assert!(watched.held.contains(&19));
}

#[test]
fn one_entry_is_replaced_however_popular_it_was() {
    let mut watched = Watched::quick(1, 1000);
    watched.insert(0, 10);
    for _ in 0..10 {
        watched.cache.touch(&id(0));
    }
    assert_eq!(watched.insert(1, 10), (Admission::Kept, vec![0]));
}

#[test]
fn what_is_used_outlasts_what_is_not() {
    let mut watched = Watched::quick(4, 1 << 30);
    for key in 0..4 {
        watched.insert(key, 10);
    }
    for key in 4..20 {
        watched.cache.touch(&id(0));
        watched.insert(key, 10);
    }
    assert!(watched.held.contains(&0));
}

#[test]
fn what_comes_back_soon_after_it_went_is_kept() {
    // The policy remembers that 1 went, takes it back among its best, and gives it up again at
    // once in favour of 2, which was used.
    let mut watched = Watched::quick(40, 100);
    watched.insert(0, 50);
    watched.insert(1, 50);
    assert_eq!(watched.insert(2, 50), (Admission::Kept, vec![1]));
    watched.cache.touch(&id(2));
    assert_eq!(watched.insert(1, 50).0, Admission::Kept);
    watched.check();
}

#[test]
fn all_that_goes_at_once_is_listed() {
    // Giving up one byte promotes 3, and for it two others have to go.
    let mut watched = Watched::quick(40, 100);
    watched.insert(1, 2);
    watched.insert(2, 40);
    watched.insert(3, 57);
    watched.cache.touch(&id(3));
    assert_eq!(watched.evict().len(), 2);
    watched.check();
}

#[test]
fn too_heavy_is_refused_and_throws_nobody_out() {
    let mut watched = Watched::quick(10, 1000);
    watched.insert(0, 400);
    watched.insert(1, 400);
    assert_eq!(watched.insert(2, 990), (Admission::TooLarge, vec![]));
    watched.check();
    assert_eq!(watched.held.len(), 2);
}

#[test]
fn no_capacity_is_no_cache() {
    for (entries, bytes) in [(0, 1000), (10, 0), (0, 0)] {
        let mut watched = Watched::quick(entries, bytes);
        assert_eq!(watched.insert(0, 1), (Admission::Disabled, vec![]));
        assert!(!watched.cache.contains(&id(0)));
        assert_eq!(watched.cache.evict(HashSet::new()), Vec::<usize>::new());
        watched.cache.touch(&id(0));
        watched.check();
    }
}

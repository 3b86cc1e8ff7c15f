//! The prediction cache: which entries stay when there is no room for all.
//!
//! The policy is quick_cache's (CLOCK-Pro kin: scan-resistant, not LRU). It knows bytes only and
//! refuses silently, so the entry limit, the refusals and the list of what it gave up are ours.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter, unsync};

/// The name of the policy, for events and reports.
pub const POLICY: &str = "quick_cache";

/// What a full cache did with a new entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insertion<K> {
    /// Kept; these went for it.
    Kept {
        /// Keys and weights of what went.
        evicted: Vec<(K, u64)>,
    },
    /// Not kept: heavier than the cache may hold of one entry.
    TooLarge,
    /// Not kept: the cache has no capacity at all.
    Disabled,
}

struct Entry<V> {
    // Held, not read: the cache is an owner.
    _value: Arc<V>,
    bytes: u64,
}

#[derive(Clone)]
struct ByBytes;

impl<K, V> Weighter<K, Entry<V>> for ByBytes {
    fn weight(&self, _: &K, entry: &Entry<V>) -> u64 {
        entry.bytes.max(1)
    }
}

struct Evictions<K>(Arc<Mutex<Vec<(K, u64)>>>);

impl<K, V> Lifecycle<K, Entry<V>> for Evictions<K> {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), key: K, entry: Entry<V>) {
        let mut evicted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        evicted.push((key, entry.bytes));
    }
}

type Policy<K, V> = unsync::Cache<K, Entry<V>, ByBytes, DefaultHashBuilder, Evictions<K>>;

/// Holds values up to a number of entries and a number of bytes, whichever is reached first.
pub struct Cache<K, V> {
    policy: Option<Policy<K, V>>,
    evicted: Arc<Mutex<Vec<(K, u64)>>>,
    max_entries: usize,
    max_bytes: u64,
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    /// A cache of these limits; zero of either switches it off.
    pub fn new(max_entries: usize, max_bytes: u64) -> Self {
        let evicted = Arc::new(Mutex::new(Vec::new()));
        let options = OptionsBuilder::new()
            .estimated_items_capacity(max_entries)
            .weight_capacity(max_bytes)
            .shards(1)
            .build();
        let enabled = max_entries > 0 && max_bytes > 0;
        let policy = options.ok().filter(|_| enabled).map(|options| {
            let lifecycle = Evictions(evicted.clone());
            unsync::Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), lifecycle)
        });
        Self {
            policy,
            evicted,
            max_entries,
            max_bytes,
        }
    }

    /// Offers an entry.
    pub fn insert(&mut self, key: &K, value: Arc<V>, bytes: u64) -> Insertion<K> {
        let Some(policy) = &mut self.policy else {
            return Insertion::Disabled;
        };
        let entry = Entry {
            _value: value,
            bytes,
        };
        policy.insert(key.clone(), entry);
        while policy.len() > self.max_entries {
            let before = policy.len();
            // The policy evicts for bytes only: taking a byte away makes it choose one more.
            policy.set_capacity(policy.weight().saturating_sub(1));
            policy.set_capacity(self.max_bytes);
            if policy.len() == before {
                break;
            }
        }
        let kept = policy.contains_key(key);
        let mut evicted = self.take_evicted();
        evicted.retain(|(gone, _)| gone != key);
        if kept {
            Insertion::Kept { evicted }
        } else {
            Insertion::TooLarge
        }
    }

    /// Tells the policy that an entry was used.
    pub fn touch(&mut self, key: &K) {
        if let Some(policy) = &mut self.policy {
            policy.get(key);
        }
    }

    /// Is it held here?
    pub fn contains(&self, key: &K) -> bool {
        self.policy.as_ref().is_some_and(|p| p.contains_key(key))
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &K) -> bool {
        let policy = self.policy.as_mut();
        policy.is_some_and(|p| p.remove(key).is_some())
    }

    /// Gives up the entry that the policy values least.
    pub fn evict_one(&mut self) -> Option<(K, u64)> {
        let policy = self.policy.as_mut()?;
        if policy.is_empty() {
            return None;
        }
        policy.set_capacity(policy.weight().saturating_sub(1));
        policy.set_capacity(self.max_bytes);
        self.take_evicted().pop()
    }

    /// The keys held.
    pub fn keys(&self) -> Vec<K> {
        let policy = self.policy.iter();
        policy
            .flat_map(|p| p.iter().map(|(key, _)| key.clone()))
            .collect()
    }

    fn take_evicted(&self) -> Vec<(K, u64)> {
        let mut evicted = self.evicted.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *evicted)
    }
}

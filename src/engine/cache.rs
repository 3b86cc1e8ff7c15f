//! The prediction cache: which entries stay when there is no room for all. Entries are known by what
//! they are, their content ids, and remember under which key they came.
//!
//! The policy is quick_cache's (CLOCK-Pro kin: scan-resistant, not LRU). It knows bytes only and
//! refuses silently, so the entry limit, the refusals and the list of what it gave up are ours.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter, unsync};

use crate::vocabulary::ContentId;

/// The name of the policy, for events and reports.
pub const POLICY: &str = "quick_cache";

/// What the cache did with a new entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is kept.
    Kept,
    /// Not kept: heavier than the cache may hold of one entry.
    TooLarge,
    /// Not kept: the cache has no capacity at all.
    Disabled,
}

struct Entry<K, V> {
    key: K,
    // Held, not read: the cache is an owner.
    _value: Arc<V>,
    bytes: u64,
}

#[derive(Clone)]
struct ByBytes;

impl<K, V> Weighter<ContentId, Entry<K, V>> for ByBytes {
    fn weight(&self, _: &ContentId, entry: &Entry<K, V>) -> u64 {
        weight(entry.bytes)
    }
}

/// What the policy may not give up, and what it gave up.
struct Choice<K> {
    spared: HashSet<ContentId>,
    evicted: Vec<K>,
}

struct Choices<K>(Arc<Mutex<Choice<K>>>);

impl<K> Choices<K> {
    fn lock(&self) -> MutexGuard<'_, Choice<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Lifecycle<ContentId, Entry<K, V>> for Choices<K> {
    type RequestState = ();

    fn is_pinned(&self, content: &ContentId, _: &Entry<K, V>) -> bool {
        self.lock().spared.contains(content)
    }

    fn on_evict(&self, (): &mut (), _: ContentId, entry: Entry<K, V>) {
        self.lock().evicted.push(entry.key);
    }
}

/// The policy's weight units in a byte. Each change of its capacity rounds its inner limits down by
/// up to a unit, for good: units this small keep that from ever adding up to a byte that matters.
const UNITS_A_BYTE: u64 = 1 << 20;

fn weight(bytes: u64) -> u64 {
    bytes.saturating_mul(UNITS_A_BYTE).max(1)
}

type Policy<K, V> = unsync::Cache<ContentId, Entry<K, V>, ByBytes, DefaultHashBuilder, Choices<K>>;

/// Holds values up to a number of entries and a number of bytes, whichever is reached first.
pub struct Cache<K, V> {
    policy: Option<Policy<K, V>>,
    choices: Choices<K>,
    max_entries: usize,
    max_bytes: u64,
}

impl<K: Clone + Eq, V> Cache<K, V> {
    /// A cache of these limits; zero of either switches it off.
    pub fn new(max_entries: usize, max_bytes: u64) -> Self {
        let choice = Arc::new(Mutex::new(Choice {
            spared: HashSet::new(),
            evicted: Vec::new(),
        }));
        let options = OptionsBuilder::new()
            .estimated_items_capacity(max_entries)
            .weight_capacity(weight(max_bytes))
            .shards(1)
            .build();
        let enabled = max_entries > 0 && max_bytes > 0;
        let policy = options.ok().filter(|_| enabled).map(|options| {
            let lifecycle = Choices(choice.clone());
            unsync::Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), lifecycle)
        });
        Self {
            policy,
            choices: Choices(choice),
            max_entries,
            max_bytes,
        }
    }

    /// Offers what `key` is made of; the keys are what went for it.
    pub fn insert(
        &mut self,
        content: ContentId,
        key: &K,
        value: &Arc<V>,
        bytes: u64,
    ) -> (Admission, Vec<K>) {
        // Room is made first, so that the newcomer is not the one to go.
        let mut evicted = Vec::new();
        while !self.contains(&content) && self.is_full() {
            let gone = self.evict(HashSet::new());
            if gone.is_empty() {
                break;
            }
            evicted.extend(gone);
        }
        let Some(policy) = &mut self.policy else {
            return (Admission::Disabled, evicted);
        };
        // An entry that comes back soon after it went may be given up again at once. The second
        // time it is nobody special, and only one that is too large is refused.
        for _ in 0..2 {
            if !policy.contains_key(&content) {
                let entry = Entry {
                    key: key.clone(),
                    _value: value.clone(),
                    bytes,
                };
                policy.insert(content, entry);
            }
        }
        let admission = if policy.contains_key(&content) {
            Admission::Kept
        } else {
            Admission::TooLarge
        };
        evicted.append(&mut self.choices.lock().evicted);
        evicted.retain(|gone| gone != key);
        (admission, evicted)
    }

    fn is_full(&self) -> bool {
        let policy = self.policy.as_ref();
        policy.is_some_and(|p| p.len() >= self.max_entries)
    }

    /// Tells the policy that an entry was used.
    pub fn touch(&mut self, content: &ContentId) {
        if let Some(policy) = &mut self.policy {
            policy.get(content);
        }
    }

    /// An entry takes fewer bytes than it did.
    pub fn weigh_again(&mut self, content: &ContentId, bytes: u64) {
        let entry = self.policy.as_mut().and_then(|p| p.peek_mut(content));
        if let Some(mut entry) = entry {
            entry.bytes = bytes;
        }
    }

    /// Is it held here?
    pub fn contains(&self, content: &ContentId) -> bool {
        self.policy
            .as_ref()
            .is_some_and(|p| p.contains_key(content))
    }

    /// Takes an entry out.
    pub fn remove(&mut self, content: &ContentId) -> bool {
        let policy = self.policy.as_mut();
        policy.is_some_and(|p| p.remove(content).is_some())
    }

    /// Gives up what the policy values least, `spared` ones excepted: one entry, rarely a few, none
    /// when there is nothing to give up.
    pub fn evict(&mut self, spared: HashSet<ContentId>) -> Vec<K> {
        let Some(policy) = &mut self.policy else {
            return Vec::new();
        };
        self.choices.lock().spared = spared;
        // The policy evicts for weight only: taking a unit away makes it choose one more.
        policy.set_capacity(policy.weight().saturating_sub(1));
        policy.set_capacity(weight(self.max_bytes));
        let mut choice = self.choices.lock();
        choice.spared.clear();
        std::mem::take(&mut choice.evicted)
    }
}

//! The prediction cache: which entries stay when there is no room for all. Entries are known by what
//! they are, their content ids, and remember under which key they came.
//!
//! A [`Policy`] chooses by bytes, uses and cost; the entry limit and the values are kept here.

mod policy;
mod quick;
mod ranked;

use std::collections::HashSet;
use std::sync::Arc;

pub use policy::{Policy, Weight, policy};

use super::KeyMap;
use crate::vocabulary::{CachePolicy, ContentId};

/// What the cache did with a new entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is kept.
    Kept,
    /// Not kept: the policy values all that is there more.
    Outweighed,
    /// Not kept: heavier than the cache may hold of one entry.
    TooLarge,
    /// Not kept: the cache has no capacity at all.
    Disabled,
}

struct Entry<K, V> {
    key: K,
    // Held, not read: the cache is an owner.
    _value: Arc<V>,
}

/// Entries that are expected where their number has no limit.
const EXPECTED: usize = 1_024;

/// Entries that are expected under a limit.
fn expected(max_entries: usize) -> usize {
    match max_entries {
        0 | usize::MAX => EXPECTED,
        most => most,
    }
}

/// Holds values up to a number of entries and a number of bytes, whichever is reached first.
pub struct Cache<K, V> {
    chosen: CachePolicy,
    policy: Option<Box<dyn Policy<ContentId>>>,
    entries: KeyMap<ContentId, Entry<K, V>>,
    max_entries: usize,
}

impl<K: Clone + Eq, V> Cache<K, V> {
    /// A cache of these limits; zero of either switches it off.
    pub fn new(chosen: CachePolicy, max_entries: usize, max_bytes: u64) -> Self {
        let is_enabled = max_entries > 0 && max_bytes > 0;
        Self {
            chosen,
            policy: is_enabled.then(|| policy(chosen, max_bytes, expected(max_entries))),
            entries: KeyMap::default(),
            max_entries,
        }
    }

    /// By what it chooses.
    pub fn policy(&self) -> CachePolicy {
        self.chosen
    }

    /// Offers what `key` is made of; the keys are what went for it.
    pub fn insert(
        &mut self,
        content: ContentId,
        key: &K,
        value: &Arc<V>,
        weight: Weight,
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
        let mut gone = Vec::new();
        let fits = policy.contains(&content) || policy.insert(content, weight, &mut gone);
        let is_kept = policy.contains(&content);
        if is_kept {
            let entry = || Entry {
                key: key.clone(),
                _value: value.clone(),
            };
            self.entries.entry(content).or_insert_with(entry);
        }
        gone.retain(|gone| *gone != content);
        evicted.extend(self.let_go(gone));
        let admission = match (is_kept, fits) {
            (true, _) => Admission::Kept,
            (false, true) => Admission::Outweighed,
            (false, false) => Admission::TooLarge,
        };
        (admission, evicted)
    }

    fn is_full(&self) -> bool {
        let policy = self.policy.as_ref();
        policy.is_some_and(|p| p.len() >= self.max_entries)
    }

    /// The keys of what the policy gave up.
    fn let_go(&mut self, gone: Vec<ContentId>) -> Vec<K> {
        let gone = gone.into_iter();
        gone.filter_map(|content| Some(self.entries.remove(&content)?.key))
            .collect()
    }

    /// Tells the policy that an entry was used.
    pub fn touch(&mut self, content: &ContentId) {
        if let Some(policy) = &mut self.policy {
            policy.touch(content);
        }
    }

    /// An entry takes fewer bytes than it did.
    pub fn weigh_again(&mut self, content: &ContentId, bytes: u64) {
        if let Some(policy) = &mut self.policy {
            policy.weigh_again(content, bytes);
        }
    }

    /// Tells the policy when each entry will be asked for next, by its key.
    pub fn foresee(&mut self, next_use: impl Fn(&K) -> Option<u64>) {
        if let Some(policy) = &mut self.policy {
            for (content, entry) in &self.entries {
                policy.foresee(content, next_use(&entry.key));
            }
        }
    }

    /// Holds so many bytes at most from now on, in any number of entries, and nothing where that is
    /// zero. The keys are what went for it.
    pub fn resize(&mut self, max_bytes: u64) -> Vec<K> {
        let expected = expected(self.max_entries);
        self.max_entries = usize::MAX;
        if max_bytes == 0 {
            self.policy = None;
            let entries = std::mem::take(&mut self.entries);
            return entries.into_values().map(|entry| entry.key).collect();
        }
        let chosen = self.chosen;
        let make = || policy(chosen, max_bytes, expected);
        let mut gone = Vec::new();
        self.policy
            .get_or_insert_with(make)
            .resize(max_bytes, &mut gone);
        self.let_go(gone)
    }

    /// Is it held here?
    pub fn contains(&self, content: &ContentId) -> bool {
        self.entries.contains_key(content)
    }

    /// Takes an entry out.
    pub fn remove(&mut self, content: &ContentId) -> bool {
        if let Some(policy) = &mut self.policy {
            policy.remove(content);
        }
        self.entries.remove(content).is_some()
    }

    /// Gives up what the policy values least, `spared` ones excepted: one entry, rarely a few, none
    /// when there is nothing to give up.
    pub fn evict(&mut self, spared: HashSet<ContentId>) -> Vec<K> {
        let gone = self.policy.as_mut().map(|policy| policy.evict(spared));
        self.let_go(gone.unwrap_or_default())
    }
}

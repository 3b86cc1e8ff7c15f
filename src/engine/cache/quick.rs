//! quick_cache's policy (CLOCK-Pro kin: scan-resistant, not LRU). It knows bytes only and refuses
//! silently, so the list of what it gave up is ours.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter, unsync};

use super::policy::{Policy, Weight};

#[derive(Clone)]
struct ByBytes;

impl<I> Weighter<I, u64> for ByBytes {
    fn weight(&self, _: &I, bytes: &u64) -> u64 {
        units(*bytes)
    }
}

/// What the policy may not give up, and what it gave up.
struct Choice<I> {
    spared: HashSet<I>,
    evicted: Vec<I>,
}

struct Choices<I>(Arc<Mutex<Choice<I>>>);

impl<I> Choices<I> {
    fn lock(&self) -> MutexGuard<'_, Choice<I>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I: Eq + Hash> Lifecycle<I, u64> for Choices<I> {
    type RequestState = ();

    fn is_pinned(&self, id: &I, _: &u64) -> bool {
        self.lock().spared.contains(id)
    }

    fn on_evict(&self, (): &mut (), id: I, _: u64) {
        self.lock().evicted.push(id);
    }
}

/// The policy's weight units in a byte. Each change of its capacity rounds its inner limits down by
/// up to a unit, for good: units this small keep that from ever adding up to a byte that matters.
const UNITS_A_BYTE: u64 = 1 << 20;

fn units(bytes: u64) -> u64 {
    bytes.saturating_mul(UNITS_A_BYTE).max(1)
}

/// See the module.
pub(super) struct Quick<I> {
    inner: unsync::Cache<I, u64, ByBytes, DefaultHashBuilder, Choices<I>>,
    choices: Choices<I>,
    max_bytes: u64,
}

impl<I: Copy + Eq + Hash> Quick<I> {
    #[expect(clippy::expect_used, reason = "all that the options need is given")]
    pub(super) fn new(max_bytes: u64, entries: usize) -> Self {
        let choice = Arc::new(Mutex::new(Choice {
            spared: HashSet::new(),
            evicted: Vec::new(),
        }));
        let options = OptionsBuilder::new()
            .estimated_items_capacity(entries)
            .weight_capacity(units(max_bytes))
            .shards(1)
            .build()
            .expect("a capacity and a number of items are given");
        let lifecycle = Choices(choice.clone());
        let hasher = DefaultHashBuilder::default();
        Self {
            inner: unsync::Cache::with_options(options, ByBytes, hasher, lifecycle),
            choices: Choices(choice),
            max_bytes,
        }
    }
}

impl<I: Copy + Eq + Hash + Send> Policy<I> for Quick<I> {
    fn insert(&mut self, id: I, weight: Weight, gone: &mut Vec<I>) -> bool {
        // An entry that comes back soon after it went may be given up again at once. The second
        // time it is nobody special, and only one that is too large is refused.
        for _ in 0..2 {
            if !self.inner.contains_key(&id) {
                self.inner.insert(id, weight.bytes);
            }
        }
        gone.append(&mut self.choices.lock().evicted);
        gone.retain(|other| *other != id);
        self.inner.contains_key(&id)
    }

    fn touch(&mut self, id: &I) {
        self.inner.get(id);
    }

    fn weigh_again(&mut self, id: &I, bytes: u64) {
        if let Some(mut known) = self.inner.peek_mut(id) {
            *known = bytes;
        }
    }

    fn resize(&mut self, max_bytes: u64, gone: &mut Vec<I>) {
        self.max_bytes = max_bytes;
        self.inner.set_capacity(units(max_bytes));
        gone.append(&mut self.choices.lock().evicted);
    }

    fn remove(&mut self, id: &I) -> bool {
        self.inner.remove(id).is_some()
    }

    fn evict(&mut self, spared: HashSet<I>) -> Vec<I> {
        self.choices.lock().spared = spared;
        // The policy evicts for weight only: taking a unit away makes it choose one more.
        let weight = self.inner.weight();
        self.inner.set_capacity(weight.saturating_sub(1));
        self.inner.set_capacity(units(self.max_bytes));
        let mut choice = self.choices.lock();
        choice.spared.clear();
        std::mem::take(&mut choice.evicted)
    }

    fn contains(&self, id: &I) -> bool {
        self.inner.contains_key(id)
    }

    fn len(&self) -> usize {
        self.inner.len()
    }
}

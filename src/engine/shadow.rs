//! A workload without files or values, its keys numbered: what a run can be played through with.

use std::sync::Arc;

use super::KeyMap;
use super::recipe::Recipe;
use super::workload::{LoadContext, LoadError, Loaded, Storage, Workload};
use crate::vocabulary::{MemoryPool, ResourceName};

/// Stands in for a workload. Its keys are places in a table of what the workload says of each, so
/// that playing through a run clones no key and asks nothing twice.
pub(super) struct Shadow<K> {
    keys: Vec<K>,
    places: KeyMap<K, usize>,
    told: Vec<Told>,
}

/// What a workload says of a key.
struct Told {
    name: ResourceName,
    is_known: bool,
    inputs: Vec<usize>,
    storage: Storage,
    estimated_bytes: Option<u64>,
    working_bytes: u64,
    pools: (MemoryPool, MemoryPool),
    exclusive_class: Option<u32>,
    pass: Option<usize>,
}

impl<K: Clone + Ord + std::hash::Hash> Shadow<K> {
    /// Of these keys and all that they need, which may be unknown or run in a circle.
    pub(super) fn of<W: Workload<Key = K>>(workload: &W, roots: impl Iterator<Item = K>) -> Self {
        let mut inputs: KeyMap<K, Vec<K>> = KeyMap::default();
        let mut open: Vec<K> = roots.collect();
        while let Some(key) = open.pop() {
            if inputs.contains_key(&key) {
                continue;
            }
            let needed = if workload.is_known(&key) {
                workload.inputs(&key)
            } else {
                Vec::new()
            };
            open.extend(needed.iter().cloned());
            inputs.insert(key, needed);
        }
        // Places in the order of the keys: what the engine decides by it stays the same.
        let mut keys: Vec<K> = inputs.keys().cloned().collect();
        keys.sort();
        let places = keys.iter().cloned().enumerate();
        let places: KeyMap<K, usize> = places.map(|(place, key)| (key, place)).collect();
        let mut passes: KeyMap<K, usize> = KeyMap::default();
        let told = keys.iter().map(|key| {
            let is_known = workload.is_known(key);
            Told {
                name: workload.name(key),
                is_known,
                inputs: inputs[key].iter().map(|input| places[input]).collect(),
                storage: if is_known {
                    workload.storage(key)
                } else {
                    Storage::Owners
                },
                estimated_bytes: is_known.then(|| workload.estimated_bytes(key)).flatten(),
                working_bytes: if is_known {
                    workload.working_bytes(key)
                } else {
                    0
                },
                pools: if is_known {
                    (workload.pool(key), workload.working_pool(key))
                } else {
                    (MemoryPool::Host, MemoryPool::Host)
                },
                exclusive_class: is_known.then(|| workload.exclusive_class(key)).flatten(),
                pass: is_known.then(|| workload.pass(key)).flatten().map(|pass| {
                    let next = passes.len();
                    *passes.entry(pass).or_insert(next)
                }),
            }
        });
        let told = told.collect();
        Self { keys, places, told }
    }

    /// Where a key is; none for one that it was not made for.
    pub(super) fn place(&self, key: &K) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// The key at a place.
    pub(super) fn key(&self, place: usize) -> &K {
        &self.keys[place]
    }

    /// All keys.
    pub(super) fn keys(&self) -> &[K] {
        &self.keys
    }
}

impl<K: Send + Sync + 'static> Workload for Shadow<K> {
    type Key = usize;
    type Value = ();

    fn name(&self, place: &usize) -> ResourceName {
        self.told[*place].name.clone()
    }

    fn is_known(&self, place: &usize) -> bool {
        self.told[*place].is_known
    }

    fn inputs(&self, place: &usize) -> Vec<usize> {
        self.told[*place].inputs.clone()
    }

    fn storage(&self, place: &usize) -> Storage {
        self.told[*place].storage
    }

    /// Without files nothing is known to be the same as something else.
    fn recipe(&self, place: &usize) -> Recipe {
        Recipe::new("shadow").with("place", *place as u64)
    }

    fn estimated_bytes(&self, place: &usize) -> Option<u64> {
        self.told[*place].estimated_bytes
    }

    fn working_bytes(&self, place: &usize) -> u64 {
        self.told[*place].working_bytes
    }

    fn pool(&self, place: &usize) -> MemoryPool {
        self.told[*place].pools.0
    }

    fn working_pool(&self, place: &usize) -> MemoryPool {
        self.told[*place].pools.1
    }

    fn exclusive_class(&self, place: &usize) -> Option<u32> {
        self.told[*place].exclusive_class
    }

    fn pass(&self, place: &usize) -> Option<usize> {
        self.told[*place].pass
    }

    fn load(
        &self,
        place: &usize,
        _: &[Arc<()>],
        _: &LoadContext<'_>,
    ) -> Result<Loaded<()>, LoadError> {
        Ok(Loaded {
            value: (),
            bytes: self.told[*place].estimated_bytes.unwrap_or(0),
            mapped_bytes: 0,
            exact: false,
            detail: String::new(),
        })
    }
}

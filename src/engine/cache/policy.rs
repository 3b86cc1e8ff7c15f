//! What a cache asks of a policy. A policy knows ids and weights, no values: the engine's cache and a
//! replay of recorded accesses use the same ones.

use std::collections::HashSet;
use std::hash::Hash;

use super::quick::Quick;
use super::ranked::Ranked;
use crate::vocabulary::CachePolicy;

/// What an entry takes, and what it would cost to make it again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// Bytes.
    pub bytes: u64,
    /// In any unit that all entries share: seconds, or microseconds.
    pub cost: f64,
    /// When it will be asked for next, on any clock that all entries share; none where that is not
    /// known. Only [`CachePolicy::Plan`] looks at it.
    pub next_use: Option<u64>,
}

/// Decides which entries stay when there is no room for all.
pub trait Policy<I>: Send {
    /// Offers an entry that is not here. What goes is added to `gone`; a policy may find that this is
    /// the newcomer itself. False, with nothing gone, for one that is heavier than all that may be held.
    fn insert(&mut self, id: I, weight: Weight, gone: &mut Vec<I>) -> bool;

    /// An entry was used.
    fn touch(&mut self, id: &I);

    /// An entry takes other bytes than it did.
    fn weigh_again(&mut self, id: &I, bytes: u64);

    /// It is known by now when an entry will be asked for next.
    fn foresee(&mut self, _id: &I, _next_use: Option<u64>) {}

    /// Holds so many bytes at most from now on; what goes for that is added to `gone`.
    fn resize(&mut self, max_bytes: u64, gone: &mut Vec<I>);

    /// Takes an entry out; was it here?
    fn remove(&mut self, id: &I) -> bool;

    /// Gives up what it values least, `spared` ones excepted: one entry, rarely a few, none when there
    /// is nothing to give up.
    fn evict(&mut self, spared: HashSet<I>) -> Vec<I>;

    /// Is it here?
    fn contains(&self, id: &I) -> bool;

    /// How many there are.
    fn len(&self) -> usize;

    /// Is there nothing?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A policy over entries of `bytes` together, of which some `entries` are expected.
pub fn policy<I>(policy: CachePolicy, bytes: u64, entries: usize) -> Box<dyn Policy<I>>
where
    I: Copy + Eq + Hash + Send + 'static,
{
    match policy {
        CachePolicy::Quick => Box::new(Quick::new(bytes, entries)),
        CachePolicy::Lru | CachePolicy::Lfu | CachePolicy::Gdsf | CachePolicy::Plan => {
            Box::new(Ranked::new(policy, bytes))
        }
    }
}

//! Plans: what a strategy loads before the first client starts, and what it leaves for later.

use super::graph::{GraphError, closure};
use super::workload::Workload;
use super::{KeyMap, KeySet};
use crate::vocabulary::Strategy;

/// What a run would load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<K> {
    /// Before the first client starts.
    pub first: Vec<K>,
    /// What of `first` the strategy keeps for later runs.
    pub kept: Vec<K>,
    /// When a client asks.
    pub later: Vec<K>,
}

/// What the strategies tell apart.
#[derive(Clone, Debug)]
pub struct Roots<'a, K> {
    /// What each client of the run asks for.
    pub asked: &'a [Vec<K>],
    /// What `eager-core` loads first, where the run needs it.
    pub core: &'a [K],
    /// What `eager` loads first, needed or not.
    pub everything: &'a [K],
    /// What the user wants loaded first and kept, whatever the strategy.
    pub preload: &'a [K],
}

/// Plans a run.
pub fn plan<W: Workload>(
    workload: &W,
    strategy: Strategy,
    roots: &Roots<'_, W::Key>,
) -> Result<Plan<W::Key>, GraphError> {
    let needed = closure(workload, &roots.asked.concat())?;
    let mut wanted = roots.preload.to_vec();
    match strategy {
        Strategy::LazyAll => {}
        Strategy::Eager => wanted.extend_from_slice(roots.everything),
        Strategy::EagerCore => {
            let core: KeySet<&W::Key> = roots.core.iter().collect();
            wanted.extend(needed.iter().filter(|k| core.contains(k)).cloned());
        }
        Strategy::Adaptive => wanted.extend(shared(workload, roots.asked)?),
    }
    let first = closure(workload, &wanted)?;
    Ok(Plan {
        later: all_but(needed, &first),
        kept: first.clone(),
        first,
    })
}

/// Plans a run; where the strategy cannot, with the reason why not, everything of which a plan can
/// be made is loaded first.
pub fn plan_or_eager<W: Workload>(
    workload: &W,
    strategy: Strategy,
    roots: &Roots<'_, W::Key>,
) -> (Plan<W::Key>, Option<GraphError>) {
    let error = match plan(workload, strategy, roots) {
        Ok(plan) => return (plan, None),
        Err(error) => error,
    };
    let asked = roots.asked.concat();
    let all = roots.preload.iter().chain(roots.everything).chain(&asked);
    let possible: Vec<W::Key> = all
        .filter(|key| closure(workload, std::slice::from_ref(*key)).is_ok())
        .cloned()
        .collect();
    let first = closure(workload, &possible).unwrap_or_default();
    let plan = Plan {
        kept: first.clone(),
        first,
        later: Vec::new(),
    };
    (plan, Some(error))
}

/// What two or more of the clients need, inputs before what is made from them.
pub fn shared<W: Workload>(workload: &W, asked: &[Vec<W::Key>]) -> Result<Vec<W::Key>, GraphError> {
    let mut users: KeyMap<W::Key, usize> = KeyMap::default();
    for keys in asked {
        for key in closure(workload, keys)? {
            *users.entry(key).or_default() += 1;
        }
    }
    let all = closure(workload, &asked.concat())?;
    Ok(all.into_iter().filter(|key| users[key] > 1).collect())
}

/// `keys` without those of `others`.
pub(super) fn all_but<K: Clone + Eq + std::hash::Hash>(keys: Vec<K>, others: &[K]) -> Vec<K> {
    let others: KeySet<&K> = others.iter().collect();
    keys.into_iter().filter(|k| !others.contains(k)).collect()
}

//! Plans: what a strategy loads before the first dimension starts, and what it leaves for later.

use std::collections::HashSet;

use super::graph::{Cycle, closure};
use super::workload::Workload;
use crate::event::Strategy;

/// What a run would load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<K> {
    /// Before the first dimension starts; the strategy keeps these.
    pub first: Vec<K>,
    /// When a dimension asks.
    pub later: Vec<K>,
}

/// What the strategies tell apart.
#[derive(Clone, Debug)]
pub struct Roots<'a, K> {
    /// What the dimensions of the run ask for.
    pub asked: &'a [K],
    /// What `eager-core` loads first, where the run needs it.
    pub core: &'a [K],
    /// What `eager` loads first, needed or not.
    pub everything: &'a [K],
}

/// Plans a run.
pub fn plan<W: Workload>(
    workload: &W,
    strategy: Strategy,
    roots: &Roots<'_, W::Key>,
) -> Result<Plan<W::Key>, Cycle> {
    let needed = closure(workload, roots.asked)?;
    let first = match strategy {
        Strategy::LazyAll => Vec::new(),
        Strategy::Eager => closure(workload, roots.everything)?,
        Strategy::EagerCore => {
            let core: HashSet<&W::Key> = roots.core.iter().collect();
            let wanted: Vec<W::Key> = needed
                .iter()
                .filter(|k| core.contains(k))
                .cloned()
                .collect();
            closure(workload, &wanted)?
        }
    };
    let loaded: HashSet<&W::Key> = first.iter().collect();
    let later = needed.into_iter().filter(|k| !loaded.contains(k)).collect();
    Ok(Plan { first, later })
}

//! How large a cache is large enough.

use serde::Serialize;

use super::{Accesses, Outcome, Totals};
use crate::vocabulary::CachePolicy;

/// The next bytes that a cache must be worth.
const MORE_BYTES: u64 = 100_000_000;

/// The smallest capacity of which more is not worth it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Enough {
    /// What it does there.
    pub outcome: Outcome,
    /// Seconds that 100 MB more would save.
    pub more_seconds: f64,
}

impl Enough {
    /// What is made all the same, in microseconds.
    pub fn remade_us(&self, totals: &Totals) -> u64 {
        totals.cost_us.saturating_sub(self.outcome.hit_cost)
    }

    /// Of these capacities the smallest at which 100 MB more save less than `worth` seconds.
    pub fn find(
        accesses: &Accesses,
        chosen: CachePolicy,
        capacities: &[u64],
        worth: f64,
    ) -> Option<Self> {
        let mut capacities = capacities.to_vec();
        capacities.sort_unstable();
        capacities.into_iter().find_map(|capacity| {
            let outcome = accesses.play(chosen, capacity);
            let more = accesses.play(chosen, capacity.saturating_add(MORE_BYTES));
            let saved = more.hit_cost.saturating_sub(outcome.hit_cost);
            let more_seconds = saved as f64 / 1e6;
            (more_seconds < worth).then_some(Self {
                outcome,
                more_seconds,
            })
        })
    }
}

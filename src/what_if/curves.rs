//! Every policy at many capacities, to be looked at.

use super::{Accesses, Enough, Outcome, Recorded, Totals};
use crate::vocabulary::{CachePolicy, Choice};

/// Seconds that 100 MB more must save to be worth it, where nobody says otherwise.
pub const WORTH_SECONDS: f64 = 0.1;

/// What a cache would have had to make, of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Made {
    /// Seconds that this takes.
    #[default]
    Seconds,
    /// How many requests.
    Requests,
    /// Their bytes.
    Bytes,
}

impl Made {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Seconds, Self::Requests, Self::Bytes];

    /// The next kind.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

/// The accesses of a session through every policy at twenty capacities.
#[derive(Clone, Debug)]
pub struct Curves {
    /// The capacities, smallest first.
    pub capacities: Vec<u64>,
    /// Sums over the accesses.
    pub totals: Totals,
    /// The policy in force.
    pub policy: CachePolicy,
    /// The smallest capacity of which more is not worth it, by the policy in force.
    pub enough: Option<Enough>,
    outcomes: Vec<Outcome>,
}

impl Curves {
    /// Of what a session has asked for; none where it has asked for nothing that was made.
    pub fn of(recorded: &Recorded) -> Option<Self> {
        let accesses: Accesses = recorded.accesses();
        let totals = accesses.totals();
        if totals.requests == 0 {
            return None;
        }
        let policy = recorded.settings.as_ref().map(|s| s.cache_policy);
        let policy = policy.unwrap_or_default();
        let capacities = accesses.capacities();
        Some(Self {
            outcomes: accesses.play_all(CachePolicy::ALL, &capacities),
            enough: Enough::find(&accesses, policy, &capacities, WORTH_SECONDS),
            totals,
            policy,
            capacities,
        })
    }

    /// What a policy does at one of the capacities, by its place.
    pub fn outcome(&self, policy: CachePolicy, place: usize) -> Option<&Outcome> {
        let capacity = self.capacities.get(place)?;
        let mut outcomes = self.outcomes.iter();
        outcomes.find(|o| o.policy == policy && o.capacity == *capacity)
    }

    /// What it has to make there.
    pub fn made(&self, policy: CachePolicy, place: usize, what: Made) -> Option<f64> {
        let outcome = self.outcome(policy, place)?;
        Some(match what {
            Made::Seconds => self.totals.cost_us.saturating_sub(outcome.hit_cost) as f64 / 1e6,
            Made::Requests => outcome.requests.saturating_sub(outcome.hits) as f64,
            Made::Bytes => self.totals.bytes.saturating_sub(outcome.hit_bytes) as f64,
        })
    }

    /// What would have to be made without a cache.
    pub fn all(&self, what: Made) -> f64 {
        match what {
            Made::Seconds => self.totals.cost_us as f64 / 1e6,
            Made::Requests => self.totals.requests as f64,
            Made::Bytes => self.totals.bytes as f64,
        }
    }
}

//! Which strategy fits a selection, and why: one table of rules, of which the first that holds is
//! the advice.

use crate::display;
use crate::event::Advice;
use crate::vocabulary::Strategy;

/// Loads of model and dataset from which on keeping them for the next run is felt.
const SLOW_CORE_SECONDS: f64 = 1.0;
/// Share of its bytes that `eager` may load in vain and still be the plainest choice.
const LITTLE: f64 = 0.05;

/// What the advice rests on. Sizes are estimates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Dimensions selected, of those that can be answered.
    pub selected: usize,
    /// Dimensions that can be answered.
    pub available: usize,
    /// Resources that two or more of the selected dimensions need.
    pub shared: usize,
    /// Their bytes.
    pub shared_bytes: u64,
    /// Bytes of everything that the experiment names.
    pub everything_bytes: u64,
    /// Bytes of what the experiment names and no selected dimension needs.
    pub in_vain_bytes: u64,
    /// The memory budget.
    pub budget_bytes: Option<u64>,
    /// How long the model and the dataset took to load before, if that is known.
    pub core_seconds: Option<f64>,
}

struct Rule {
    holds: fn(&Facts) -> bool,
    strategy: Strategy,
    reason: fn(&Facts) -> String,
}

const RULES: &[Rule] = &[
    Rule {
        holds: |f| f.selected == 0,
        strategy: Strategy::EagerCore,
        reason: |_| "nothing is selected yet; select dimensions and look again".to_owned(),
    },
    Rule {
        holds: |f| {
            f.budget_bytes
                .is_some_and(|budget| f.everything_bytes > budget)
        },
        strategy: Strategy::LazyAll,
        reason: |f| {
            format!(
                "everything takes ~{}, more than the memory budget of {}: hold only what the \
                 running dimension needs",
                display::bytes(f.everything_bytes),
                display::bytes(f.budget_bytes.unwrap_or(0))
            )
        },
    },
    Rule {
        holds: |f| {
            f.selected == f.available
                && f.in_vain_bytes as f64 <= LITTLE * f.everything_bytes as f64
        },
        strategy: Strategy::Eager,
        reason: |_| {
            "everything is needed anyway: load it all first, side by side, and nothing waits later"
                .to_owned()
        },
    },
    Rule {
        holds: |f| f.selected == 1 && f.core_seconds.is_some_and(|s| s >= SLOW_CORE_SECONDS),
        strategy: Strategy::EagerCore,
        reason: |f| {
            format!(
                "the model and the dataset took {} to load: keep them for the next run",
                display::seconds(f.core_seconds.unwrap_or(0.0))
            )
        },
    },
    Rule {
        holds: |f| f.selected == 1,
        strategy: Strategy::LazyAll,
        reason: |f| {
            format!(
                "one dimension shares nothing with others: load what it needs, then free it; ~{} \
                 would be loaded in vain",
                display::bytes(f.in_vain_bytes)
            )
        },
    },
    Rule {
        holds: |f| f.shared > 0,
        strategy: Strategy::Adaptive,
        reason: |f| {
            format!(
                "two or more of the selected dimensions need {} (~{}): load that first and keep it, \
                 and the rest when asked",
                count(f.shared),
                display::bytes(f.shared_bytes)
            )
        },
    },
];

const OTHERWISE: Rule = Rule {
    holds: |_| true,
    strategy: Strategy::LazyAll,
    reason: |_| "the selected dimensions share nothing: load what each needs".to_owned(),
};

fn count(resources: usize) -> String {
    let ending = if resources == 1 { "" } else { "s" };
    format!("{resources} resource{ending}")
}

/// The strategy that fits.
pub fn advise(facts: &Facts) -> Advice {
    let mut rules = RULES.iter();
    let rule = rules.find(|r| (r.holds)(facts)).unwrap_or(&OTHERWISE);
    Advice {
        strategy: rule.strategy,
        reason: (rule.reason)(facts),
    }
}

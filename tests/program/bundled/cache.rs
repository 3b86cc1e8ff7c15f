//! What the prediction cache counts, and that each miss has its reason.

use std::collections::HashSet;

use lazydebugger::event::{Command, EventKind};
use lazydebugger::vocabulary::{ClearedBy, Dimension, Lookup, MissReason};

use crate::bundled::driven::{Driven, bundled};

const SHARED: &str = "predictions:random_forest@dataset";

#[test]
fn one_forward_pass_for_each_distinct_prediction_and_hits_for_those_who_share() {
    let mut driven = Driven::open(bundled());
    driven.run(&Dimension::ALL);
    let cache = driven.ledger.cache();
    let cached = driven.ledger.lookups.iter().filter(|l| l.cached);
    let distinct: HashSet<_> = cached.map(|l| &l.name).collect();
    assert_eq!(cache.misses, distinct.len() as u64);
    assert_eq!(cache.miss_reasons.get("first_touch"), Some(&cache.misses));
    let found = driven.lookups(SHARED);
    assert_eq!(found[0], Lookup::Miss(MissReason::FirstTouch));
    // Fairness, uncertainty and resilience come after robustness and share its baseline.
    assert_eq!(found.len(), 4);
    assert!(
        found[1..]
            .iter()
            .all(|l| matches!(l, Lookup::Hit { saved_seconds } if *saved_seconds > 0.0))
    );
    // Resilience also shares the scores of the calibration set, which uncertainty has asked for.
    assert_eq!(cache.hits, 4);
}

#[test]
fn fairness_after_robustness_loads_nothing_but_the_protected_attributes() {
    let mut driven = Driven::open(bundled());
    driven.run(&[Dimension::Robustness]);
    let before = driven.log.len();
    driven.run(&[Dimension::Fairness]);
    assert_eq!(driven.loaded_since(before), ["protected_attributes"]);
}

#[test]
fn a_cleared_cache_misses_by_that_reason_and_gives_the_same_answers() {
    let mut driven = Driven::open(bundled());
    driven.run(&[Dimension::Fairness]);
    let before = driven
        .ledger
        .dimension(Dimension::Fairness)
        .outcome
        .clone()
        .unwrap();
    driven.send(Command::ClearCache);
    driven.run(&[Dimension::Fairness]);
    let cleared = MissReason::Cleared {
        by: ClearedBy::ClearCache,
    };
    assert_eq!(driven.lookups(SHARED)[1], Lookup::Miss(cleared));
    let after = driven
        .ledger
        .dimension(Dimension::Fairness)
        .outcome
        .clone()
        .unwrap();
    assert_eq!(after.metrics, before.metrics);
}

#[test]
fn a_rerun_is_warm_and_loads_nothing() {
    let mut driven = Driven::open(bundled());
    driven.run(&[Dimension::Uncertainty]);
    let loads = |driven: &Driven| driven.ledger.spans.total();
    driven.send(Command::PreloadAll);
    let columns = "columns:calibration[outcome]";
    driven.until(|kind| matches!(kind, EventKind::LoadQueued { name } if &*name.0 == columns));
    while driven.ledger.is_busy() {
        driven.until(|_| true);
    }
    let before = loads(&driven);
    driven.send(Command::Run(Dimension::Uncertainty));
    driven.finish_run();
    assert_eq!(loads(&driven), before);
    let outcome = driven
        .ledger
        .dimension(Dimension::Uncertainty)
        .outcome
        .as_ref()
        .unwrap();
    assert!(outcome.warm);
}

#[test]
fn a_cache_of_one_entry_evicts_and_says_for_whom() {
    let mut experiment = bundled();
    experiment.engine.cache_entries = 1;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Uncertainty]);
    driven.run(&[Dimension::Uncertainty]);
    let cache = driven.ledger.cache();
    assert!(cache.evictions >= 1, "{cache:?}");
    assert!(cache.entries <= 1);
    let evicted = driven.ledger.lookups.iter().any(|l| {
        matches!(&l.lookup, Lookup::Miss(MissReason::Evicted { for_name, .. })
            if for_name.0.starts_with("predictions:"))
    });
    assert!(evicted, "{:?}", driven.ledger.lookups);
}

#[test]
fn a_cache_switched_off_is_the_reason_of_its_misses() {
    let mut experiment = bundled();
    experiment.engine.cache_entries = 0;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness]);
    driven.run(&[Dimension::Fairness]);
    assert_eq!(
        driven.lookups(SHARED)[1],
        Lookup::Miss(MissReason::CacheDisabled)
    );
    assert_eq!(driven.ledger.cache().entries, 0);
}

//! Strategies differ in what they load and when, never in the answers.

use std::collections::BTreeMap;

use lazydebugger::event::{Dimension, Strategy};
use lazydebugger::ledger::Ledger;

use crate::driven::{Driven, bundled};

type Metrics = BTreeMap<String, Option<f64>>;

fn fairness_under(strategy: Strategy) -> (Metrics, Ledger) {
    let mut experiment = bundled();
    experiment.engine.strategy = strategy;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness]);
    let outcome = driven.ledger.dimension(Dimension::Fairness).outcome.clone();
    (outcome.unwrap().metrics, driven.ledger)
}

/// Resources ever loaded, and their bytes.
fn loaded(ledger: &Ledger) -> (usize, u64) {
    let loaded = ledger.resources().iter().filter(|r| r.loads > 0);
    let bytes = loaded
        .clone()
        .filter_map(|r| r.bytes)
        .map(|(bytes, _)| bytes);
    (loaded.count(), bytes.sum())
}

#[test]
fn lazy_strategies_load_less_than_eager_and_answer_the_same_bit_for_bit() {
    let (eager, eager_ledger) = fairness_under(Strategy::Eager);
    let (eager_count, eager_bytes) = loaded(&eager_ledger);
    for strategy in [Strategy::LazyAll, Strategy::EagerCore] {
        let (lazy, ledger) = fairness_under(strategy);
        let (count, bytes) = loaded(&ledger);
        assert!(count < eager_count, "{strategy}: {count} of {eager_count}");
        assert!(bytes < eager_bytes, "{strategy}: {bytes} of {eager_bytes}");
        assert_eq!(lazy, eager, "{strategy}");
    }
}

#[test]
fn lazy_all_loads_exactly_what_follows_from_the_selection() {
    let (_, ledger) = fairness_under(Strategy::LazyAll);
    let loaded = ledger.resources().iter().filter(|r| r.loads > 0);
    let names: Vec<&str> = loaded.map(|r| &*r.name.0).collect();
    let wanted = [
        "dataset",
        "columns:dataset[outcome]",
        "columns:dataset[protected]",
        "columns:dataset[features]",
        "model:random_forest",
        "predictions:random_forest@dataset",
        "protected_attributes",
    ];
    for name in wanted {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert_eq!(names.len(), wanted.len(), "{names:?}");
}

#[test]
fn what_nobody_holds_is_freed_and_what_the_strategy_keeps_stays() {
    let held = |ledger: &Ledger| -> Vec<String> {
        let resident = ledger.resources().iter().filter(|r| r.is_resident());
        resident.map(|r| r.name.to_string()).collect()
    };
    let (_, lazy) = fairness_under(Strategy::LazyAll);
    assert_eq!(held(&lazy), ["predictions:random_forest@dataset"]);
    let (_, core) = fairness_under(Strategy::EagerCore);
    let kept = held(&core);
    for name in [
        "dataset",
        "columns:dataset[outcome]",
        "columns:dataset[protected]",
        "columns:dataset[features]",
        "model:random_forest",
        "predictions:random_forest@dataset",
    ] {
        assert!(kept.iter().any(|k| k == name), "{name} in {kept:?}");
    }
    assert_eq!(kept.len(), 6, "{kept:?}");
}

#[test]
fn toggling_what_needs_nothing_new_loads_nothing() {
    use lazydebugger::event::{Command, EventKind};
    let mut driven = Driven::open(bundled());
    for _ in 0..2 {
        driven.send(Command::ToggleDimension(Dimension::Fairness));
        driven.until(|kind| matches!(kind, EventKind::DimensionToggled { .. }));
        driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    }
    assert!(driven.ledger.spans.is_empty());
    assert!(driven.ledger.lookups.is_empty());
}

#[test]
fn a_change_of_strategy_frees_what_the_new_one_does_not_keep() {
    use lazydebugger::event::{Command, EventKind};
    let mut experiment = bundled();
    experiment.engine.strategy = Strategy::Eager;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness]);
    driven.send(Command::SetStrategy(Strategy::LazyAll));
    driven.until(|kind| matches!(kind, EventKind::StrategyChanged { .. }));
    driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    driven.send(Command::NextStrategy);
    driven.send(Command::NextStrategy);
    driven.until(|kind| matches!(kind, EventKind::StrategyChanged { .. }));
    driven.until(|kind| matches!(kind, EventKind::StrategyChanged { .. }));
    assert_eq!(driven.ledger.strategy(), Strategy::EagerCore);
    let resident = driven.ledger.resources().iter().filter(|r| r.is_resident());
    let names: Vec<&str> = resident.map(|r| &*r.name.0).collect();
    assert_eq!(names, ["predictions:random_forest@dataset"]);
}

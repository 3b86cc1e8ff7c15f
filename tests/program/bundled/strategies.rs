//! Strategies differ in what they load and when, never in the answers.

use std::collections::BTreeMap;

use lazydebugger::event::{Basis, Command, EventKind};
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{Dimension, Owner, Strategy};

use crate::bundled::driven::{Driven, bundled};

const PREDICTIONS: &str = "predictions:random_forest@dataset";

/// The dataset and the model, with what these are made from.
const CORE: [&str; 8] = [
    "dataset",
    "file:adult_test.parquet",
    "columns:dataset[outcome]",
    "columns:dataset[protected]",
    "columns:dataset[features]",
    "header:random_forest",
    "file:random_forest.onnx",
    "model:random_forest",
];

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
    for strategy in [Strategy::LazyAll, Strategy::EagerCore, Strategy::Adaptive] {
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
    let mut wanted = CORE.to_vec();
    wanted.extend([PREDICTIONS, "protected_attributes"]);
    for name in &wanted {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    assert_eq!(names.len(), wanted.len(), "{names:?}");
}

#[test]
fn what_nobody_holds_is_freed_and_what_the_strategy_keeps_stays() {
    let (_, lazy) = fairness_under(Strategy::LazyAll);
    assert_eq!(held(&lazy), [PREDICTIONS]);
    let (_, core) = fairness_under(Strategy::EagerCore);
    let kept = held(&core);
    for name in CORE.into_iter().chain([PREDICTIONS]) {
        assert!(kept.iter().any(|k| k == name), "{name} in {kept:?}");
    }
    assert_eq!(kept.len(), CORE.len() + 1, "{kept:?}");
}

/// What is in memory, apart from what the session alone rests on.
fn held(ledger: &Ledger) -> Vec<String> {
    let resident = ledger.resources().iter().filter(|r| r.is_resident());
    let held = resident.filter(|r| r.owners != [Owner::Session]);
    held.map(|r| r.name.to_string()).collect()
}

#[test]
fn toggling_what_needs_nothing_new_loads_nothing() {
    let mut driven = Driven::open(bundled());
    driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    let figures = |ledger: &Ledger| (ledger.spans.total(), ledger.lookups.total());
    let before = figures(&driven.ledger);
    for _ in 0..2 {
        driven.send(Command::ToggleDimension(Dimension::Fairness));
        driven.until(|kind| matches!(kind, EventKind::DimensionToggled { .. }));
        driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    }
    assert_eq!(figures(&driven.ledger), before);
}

#[test]
fn a_change_of_strategy_frees_what_the_new_one_does_not_keep() {
    let mut experiment = bundled();
    experiment.engine.strategy = Strategy::Eager;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness]);
    driven.send(Command::SetStrategy(Strategy::LazyAll));
    driven.until(|kind| matches!(kind, EventKind::StrategyChanged { .. }));
    driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    for _ in 1..Strategy::ALL.len() {
        driven.send(Command::NextStrategy);
        driven.until(|kind| matches!(kind, EventKind::StrategyChanged { .. }));
    }
    assert_eq!(driven.ledger.strategy(), Strategy::EagerCore);
    assert_eq!(held(&driven.ledger), [PREDICTIONS]);
}

#[test]
fn adaptive_keeps_what_dimensions_share_and_frees_the_rest() {
    let mut experiment = bundled();
    experiment.engine.strategy = Strategy::Adaptive;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness, Dimension::Resilience]);
    let kept = |ledger: &Ledger| -> Vec<String> {
        let kept = ledger
            .resources()
            .iter()
            .filter(|r| r.owners.contains(&Owner::Strategy));
        let mut kept: Vec<String> = kept.map(|r| r.name.to_string()).collect();
        kept.sort_unstable();
        kept
    };
    let mut shared = CORE.to_vec();
    shared.push(PREDICTIONS);
    shared.sort_unstable();
    assert_eq!(kept(&driven.ledger), shared);
    // Now everything has been timed, and what idle workers loaded beside is not kept either.
    driven.send(Command::ClearAll);
    driven.run(&[Dimension::Fairness, Dimension::Resilience]);
    assert_eq!(kept(&driven.ledger), shared);
    let alone = driven.run(&[Dimension::Fairness]);
    assert!(!alone.cancelled);
    assert_eq!(
        kept(&driven.ledger),
        Vec::<String>::new(),
        "alone it shares nothing"
    );
}

#[test]
fn a_preload_is_loaded_first_and_kept_under_a_lazy_strategy() {
    let mut experiment = bundled();
    experiment.engine.strategy = Strategy::LazyAll;
    experiment.engine.preload = vec!["calibration".to_owned()];
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness]);
    let columns = ["outcome", "features"].map(|set| format!("columns:calibration[{set}]"));
    let began = |wanted: &str| {
        let mut spans = driven.ledger.spans.iter();
        spans.position(|span| &*span.name.0 == wanted).unwrap()
    };
    let predictions = began("predictions:random_forest@dataset");
    for name in columns {
        assert!(began(&name) < predictions, "{name} is not loaded first");
        let record = driven.ledger.resource(&name.as_str().into()).unwrap();
        assert_eq!(record.owners, [Owner::Strategy], "{name}");
    }
    let calibration = driven.ledger.resource(&"calibration".into()).unwrap();
    assert!(calibration.owners.contains(&Owner::Strategy));
}

#[test]
fn a_preload_that_does_not_exist_is_refused_before_anything_is_loaded() {
    let mut experiment = bundled();
    experiment.engine.preload = vec!["modl:random_forest".to_owned()];
    let mut driven = Driven::open(experiment);
    driven.until(|kind| matches!(kind, EventKind::SessionRefused { .. }));
    let refusal = driven.ledger.refused.unwrap();
    assert!(
        refusal.problems[0].cause.contains("`model:random_forest`"),
        "{refusal:?}"
    );
}

#[test]
fn a_session_plans_by_what_it_has_timed() {
    let mut driven = Driven::open(bundled());
    driven.run(&[Dimension::Fairness]);
    let plans = driven.ledger.plans.as_ref().unwrap();
    let present = plans
        .forecasts
        .iter()
        .find(|f| f.strategy == Strategy::EagerCore);
    let present = present.unwrap();
    assert_eq!(present.basis, Basis::Measured);
    assert_eq!(present.first + present.later, present.schedule.len());
    let others = plans
        .forecasts
        .iter()
        .filter(|f| f.strategy != Strategy::EagerCore);
    assert!(others.map(|f| f.schedule.len()).all(|loads| loads == 0));
    let times = driven.ledger.load_times().unwrap();
    // The schema and the header were loaded before the run, to understand the experiment.
    assert_eq!(times.loads + 2, present.schedule.len());
    let (chain, wall) = (times.critical_path_seconds, times.wall_seconds);
    assert!(
        chain <= wall + 1e-9 && wall <= times.sum_seconds + 1e-9,
        "{times:?}"
    );
}

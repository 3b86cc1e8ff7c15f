//! Preload, unload, clear, cancel: what the keys of the screen send.

use lazydebugger::event::{Command, DimensionStatus, EventKind, Forecast};
use lazydebugger::ledger::ResourceState;
use lazydebugger::vocabulary::{Dimension, Owner, ResourceKind, ResourceName, Strategy};

use crate::bundled::driven::{Driven, bundled};

fn finished(kind: &EventKind, wanted: &str) -> bool {
    matches!(kind, EventKind::LoadFinished { name, .. } if &*name.0 == wanted)
}

/// Files' hashes, schemas and headers: few bytes, and all else is told by them.
fn only_what_the_session_rests_on_is_held(driven: &Driven) {
    let held = driven.ledger.resources().iter().filter(|r| r.is_resident());
    for record in held {
        let rests = record.name.0.starts_with("file:")
            || record.kind == ResourceKind::Header
            || matches!(&*record.name.0, "dataset" | "calibration");
        assert!(rests, "{} is held by {:?}", record.name, record.owners);
        assert_eq!(record.owners, [Owner::Session], "{}", record.name);
    }
    assert!(driven.ledger.estimated_bytes() < 10_000);
}

#[test]
fn a_preloaded_resource_stays_until_it_is_unloaded() {
    let mut driven = Driven::open(bundled());
    driven.until(|kind| matches!(kind, EventKind::PlanMade { .. }));
    let name = ResourceName::from("columns:calibration[outcome]");
    driven.send(Command::Preload(name.clone()));
    driven.until(|kind| finished(kind, "columns:calibration[outcome]"));
    driven.until(|kind| matches!(kind, EventKind::OwnerAdded { .. }));
    let record = driven.ledger.resource(&name).unwrap();
    assert_eq!(record.owners, [Owner::User]);
    assert!(record.bytes.unwrap().0 > 0);
    driven.send(Command::Unload(name.clone()));
    driven.until(|kind| matches!(kind, EventKind::Released { .. }));
    assert!(!driven.ledger.resource(&name).unwrap().is_resident());
    only_what_the_session_rests_on_is_held(&driven);
}

#[test]
fn preload_all_without_a_selection_loads_what_the_experiment_names() {
    let mut driven = Driven::open(bundled());
    driven.send(Command::PreloadAll);
    let all_eager_are_resident = |driven: &Driven| {
        let mut eager = driven
            .ledger
            .resources()
            .iter()
            .filter(|r| r.eager)
            .peekable();
        eager.peek().is_some() && eager.all(lazydebugger::ledger::ResourceRecord::is_resident)
    };
    while !all_eager_are_resident(&driven) {
        driven.until(|_| true);
    }
    let others = driven.ledger.resources().iter().filter(|r| !r.eager);
    assert!(others.into_iter().all(|r| r.state == ResourceState::Absent));
}

#[test]
fn clear_all_leaves_in_memory_what_the_session_rests_on_alone() {
    let mut driven = Driven::open(bundled());
    driven.run(&[Dimension::Fairness]);
    driven.send(Command::ClearAll);
    let has_gone = |kind: &EventKind, wanted: &str| matches!(kind, EventKind::Released { name, .. } if &*name.0 == wanted);
    driven.until(|kind| has_gone(kind, "predictions:random_forest@dataset"));
    // A command that changes nothing is answered when all before it has been told.
    driven.send(Command::ToggleDimension(Dimension::Fairness));
    driven.until(|kind| matches!(kind, EventKind::DimensionToggled { .. }));
    only_what_the_session_rests_on_is_held(&driven);
}

#[test]
fn a_cancelled_run_ends_as_cancelled_and_can_be_run_again() {
    let mut driven = Driven::open(bundled());
    driven.send(Command::ToggleDimension(Dimension::Robustness));
    driven.send(Command::ToggleDimension(Dimension::Fairness));
    driven.send(Command::RunSelected);
    driven.until(
        |kind| matches!(kind, EventKind::LoadStarted { name, .. } if name.0.contains("gaussian")),
    );
    driven.send(Command::Cancel);
    assert!(driven.finish_run().cancelled);
    for dimension in [Dimension::Robustness, Dimension::Fairness] {
        let outcome = driven.ledger.dimension(dimension).outcome.as_ref().unwrap();
        assert_eq!(outcome.status, DimensionStatus::Cancelled, "{dimension}");
    }
    let run = driven.run(&[Dimension::Robustness, Dimension::Fairness]);
    assert!(!run.cancelled);
    let outcome = driven
        .ledger
        .dimension(Dimension::Robustness)
        .outcome
        .as_ref()
        .unwrap();
    assert_eq!(outcome.status, DimensionStatus::Ok);
}

/// What the present strategy is said to do, once that is told anew.
fn forecast(driven: &mut Driven) -> Forecast {
    let mut told = None;
    driven.until(|kind| {
        if let EventKind::PlansCompared { forecasts, .. } = kind {
            told = forecasts
                .iter()
                .find(|f| f.strategy == Strategy::EagerCore)
                .cloned();
        }
        told.is_some()
    });
    told.unwrap()
}

#[test]
fn plans_are_for_the_budget_of_now() {
    let mut experiment = bundled();
    experiment.engine.threads = 1;
    let mut driven = Driven::open(experiment);
    for dimension in [Dimension::Fairness, Dimension::Resilience] {
        driven.send(Command::ToggleDimension(dimension));
    }
    driven.until(|kind| {
        matches!(
            kind,
            EventKind::DimensionToggled {
                dimension: Dimension::Resilience,
                ..
            }
        )
    });
    let at_first = forecast(&mut driven);
    assert_eq!(at_first.problems, Vec::<String>::new());
    driven.send(Command::SetMemoryBudget(Some(100_000)));
    let tight = forecast(&mut driven);
    assert!(
        tight
            .problems
            .iter()
            .any(|problem| problem.contains("budget")),
        "{:?}",
        tight.problems
    );
    driven.send(Command::SetMemoryBudget(None));
    assert_eq!(forecast(&mut driven), at_first);
}

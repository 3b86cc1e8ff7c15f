//! Preload, unload, clear, cancel: what the keys of the screen send.

use lazydebugger::event::{Command, DimensionStatus, EventKind};
use lazydebugger::ledger::ResourceState;
use lazydebugger::vocabulary::{Dimension, Owner, ResourceName};

use crate::bundled::driven::{Driven, bundled};

fn finished(kind: &EventKind, wanted: &str) -> bool {
    matches!(kind, EventKind::LoadFinished { name, .. } if &*name.0 == wanted)
}

#[test]
fn a_preloaded_resource_stays_until_it_is_unloaded() {
    let mut driven = Driven::open(bundled());
    let name = ResourceName::from("calibration");
    driven.send(Command::Preload(name.clone()));
    driven.until(|kind| finished(kind, "calibration"));
    driven.until(|kind| matches!(kind, EventKind::OwnersChanged { .. }));
    let record = driven.ledger.resource(&name).unwrap();
    assert_eq!(record.owners, [Owner::User]);
    assert!(record.bytes.unwrap().0 > 0);
    driven.send(Command::Unload(name.clone()));
    driven.until(|kind| matches!(kind, EventKind::Released { .. }));
    assert!(!driven.ledger.resource(&name).unwrap().is_resident());
    assert_eq!(driven.ledger.estimated_bytes(), 0);
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
fn clear_all_leaves_nothing_in_memory() {
    let mut driven = Driven::open(bundled());
    driven.run(&[Dimension::Fairness]);
    driven.send(Command::ClearAll);
    while driven.ledger.estimated_bytes() > 0 {
        driven.until(|_| true);
    }
    assert!(
        driven
            .ledger
            .resources()
            .iter()
            .all(|r| r.owners.is_empty())
    );
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

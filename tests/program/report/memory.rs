//! What is held beside what the eager strategy would hold.

use lazydebugger::event::{Declaration, Event, EventKind};
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{Dimension, MemoryPool, Need, ResourceKind};

use crate::report::log::Log;

/// A disturbed copy's predictions: not what `eager` loads up front, but what a dimension asks for.
fn with_disturbed() -> Log {
    let mut log = Log::opened();
    log.add(EventKind::ResourceDeclared(Box::new(Declaration {
        name: "predictions:random_forest~noise".into(),
        resource: ResourceKind::Predictions,
        inputs: Vec::new(),
        group: None,
        estimated_bytes: Some(300_000),
        needs: vec![Need {
            dimension: Dimension::Robustness,
            derived: false,
        }],
        eager: false,
        backend: None,
        way: None,
        working_bytes: 0,
        pool: MemoryPool::Host,
    })));
    log
}

#[test]
fn what_eager_would_hold_follows_the_selection() {
    let mut log = with_disturbed();
    assert_eq!(log.ledger().eager_bytes(), 4 * 2_000_000);
    log.add(EventKind::DimensionToggled {
        dimension: Dimension::Robustness,
        selected: true,
    });
    assert_eq!(log.ledger().eager_bytes(), 4 * 2_000_000 + 300_000);
    log.load("predictions:random_forest~noise", 78_152)
        .load("dataset", 1_500_000);
    let loaded = 3 * 2_000_000 + 1_500_000 + 78_152;
    assert_eq!(log.ledger().eager_bytes(), loaded);
    // What ran still counts when it is no longer selected.
    log.add(EventKind::DimensionToggled {
        dimension: Dimension::Robustness,
        selected: false,
    });
    assert_eq!(log.ledger().eager_bytes(), loaded);
}

#[test]
fn nothing_that_is_held_is_left_out_of_it() {
    for log in [
        include_str!("../../fixtures/adult_session.jsonl"),
        include_str!("../../fixtures/adult_cancelled.jsonl"),
        include_str!("../../fixtures/adult_error.jsonl"),
    ] {
        let mut ledger = Ledger::default();
        let mut most = 0;
        for line in log.lines() {
            let event: Event = serde_json::from_str(line).unwrap();
            ledger.apply(&event);
            let (held, eager) = (ledger.estimated_bytes(), ledger.eager_bytes());
            assert!(held <= eager, "{held} of {eager} at {} s", event.t);
            most = most.max(held);
        }
        assert!(most > 0);
    }
}

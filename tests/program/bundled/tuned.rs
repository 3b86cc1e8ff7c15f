//! Auto-tuning while a session goes on.

use lazydebugger::event::{Command, EventKind};
use lazydebugger::vocabulary::{Dimension, Strategy};
use lazydebugger::what_if::{Curves, Recorded, propose};

use super::driven::{Driven, bundled};

#[test]
fn what_is_promised_stands_beside_what_came_of_it() {
    let mut experiment = bundled();
    experiment.engine.strategy = Strategy::Eager;
    let dimensions = [Dimension::Fairness, Dimension::Uncertainty];
    let mut driven = Driven::open(experiment);
    assert_eq!(propose(&driven.ledger, None), None, "nothing was measured");
    driven.run(&dimensions);
    let curves = Curves::of(&Recorded::of(driven.log.iter())).unwrap();
    let enough = curves.enough.as_ref().unwrap();
    let tuning = propose(&driven.ledger, Some((enough, &curves.totals))).unwrap();
    assert_eq!(tuning.cache_bytes, Some(enough.outcome.capacity));
    assert!(tuning.promise.load_us.is_some() && tuning.promise.peak_bytes > Some(0));
    let labels = ["cache: ", "strategy: ", "eager or lazy: "];
    for (label, reason) in labels.iter().zip(&tuning.reasons) {
        assert!(reason.starts_with(label), "{reason}");
    }
    driven.send(Command::Tune(Box::new(tuning.clone())));
    driven.until(|kind| matches!(kind, EventKind::Tuned(_)));
    let tuned = driven.ledger.tuned.clone().unwrap();
    assert_eq!((&tuned.tuning, tuned.came), (&tuning, None));
    driven.run(&dimensions);
    let came = driven.ledger.tuned.as_ref().unwrap().came.unwrap();
    assert!(
        came.peak_bytes > Some(0) && came.saved_us.is_some(),
        "{came:?}"
    );
    let settings = driven.ledger.settings.as_ref().unwrap();
    assert_eq!(settings.cache_bytes, enough.outcome.capacity);
    assert_eq!(
        settings.strategy,
        tuning.strategy.unwrap_or(Strategy::Eager)
    );
}

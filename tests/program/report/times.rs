//! What loading in parallel gained, and a fallback, as folds over the log.

use lazydebugger::event::{
    Declaration, DimensionStatus, Event, EventKind, TaskKind, Understanding,
};
use lazydebugger::ledger::Ledger;
use lazydebugger::report::{json, text};
use lazydebugger::vocabulary::{
    ContentId, Dimension, MemoryPool, ResourceKind, ResourceName, Strategy,
};
use serde_json::json as object;

use crate::report::WIDE;
use crate::report::log::{Log, outcome};

const RUN: EventKind = EventKind::RunStarted {
    run: 1,
    dimensions: Vec::new(),
};

/// Loads, each with what it is made from, where it runs and from when to when.
fn folded(before_run: &[Load], in_run: &[Load]) -> Ledger {
    let mut ledger = Ledger::default();
    let mut seq = 0;
    let mut apply = |t: f64, kind: EventKind| {
        ledger.apply(&Event { seq, t, kind });
        seq += 1;
    };
    for load in in_run.iter().chain(before_run) {
        let declared = EventKind::ResourceDeclared(Box::new(Declaration {
            name: load.0.into(),
            resource: ResourceKind::Table,
            inputs: load
                .1
                .iter()
                .map(|name| ResourceName::from(*name))
                .collect(),
            group: None,
            estimated_bytes: None,
            needs: Vec::new(),
            eager: false,
            backend: None,
            way: None,
            working_bytes: 0,
            pool: MemoryPool::Host,
        }));
        apply(0.0, declared);
    }
    for (loads, run) in [(before_run, None), (in_run, Some(RUN))] {
        let mut events: Vec<(f64, EventKind)> = Vec::new();
        for (name, _, start, end, worker) in loads {
            let name = ResourceName::from(*name);
            events.push((
                *start,
                EventKind::LoadStarted {
                    name: name.clone(),
                    worker: *worker,
                },
            ));
            events.push((
                *end,
                EventKind::LoadFinished {
                    name,
                    bytes: 1,
                    mapped_bytes: 0,
                    exact: true,
                    seconds: end - start,
                    digest: ContentId::new([0; 32]),
                    detail: String::new(),
                    fetched: false,
                },
            ));
        }
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        let began = events.first().map_or(60.0, |event| event.0);
        if let Some(kind) = run {
            apply(began, kind);
        }
        for (t, kind) in events {
            apply(t, kind);
        }
    }
    ledger
}

type Load = (&'static str, &'static [&'static str], f64, f64, usize);

#[test]
fn overlapping_loads_count_once_against_the_clock() {
    let ledger = folded(
        &[("preloaded", &[], 0.0, 50.0, 1)],
        &[
            ("table", &[], 100.0, 101.0, 2),
            ("model", &[], 100.0, 104.0, 3),
            ("scores", &["model", "table"], 104.0, 106.0, 4),
            ("other", &[], 101.0, 103.5, 5),
            // Nothing was under way for a second.
            ("late", &["preloaded"], 107.0, 109.0, 6),
        ],
    );
    let times = ledger.load_times().unwrap();
    assert_eq!(
        (times.loads, times.sum_seconds, times.wall_seconds),
        (5, 11.5, 8.0)
    );
    assert_eq!(
        times.critical_path,
        ["model".into(), "scores".into()] as [ResourceName; 2]
    );
    assert_eq!(times.critical_path_seconds, 6.0);
    assert_eq!(
        (times.speedup(), times.speedup_bound()),
        (11.5 / 8.0, 11.5 / 6.0)
    );
}

#[test]
fn what_is_made_in_one_pass_takes_its_time_once() {
    let pass = ["gaussian#1", "gaussian#2", "gaussian#3"].map(|name| (name, &[][..], 0.0, 4.0, 0));
    let [a, b, c] = pass;
    let times = folded(&[], &[a, b, c, ("survey", &[], 1.0, 3.0, 1)])
        .load_times()
        .unwrap();
    assert_eq!(
        (times.loads, times.sum_seconds, times.wall_seconds),
        (4, 6.0, 4.0)
    );
}

#[test]
fn a_chain_goes_through_a_load_that_was_done_again() {
    let ledger = folded(
        &[],
        &[
            ("model", &[], 0.0, 1.0, 7),
            ("first", &["model"], 1.0, 2.0, 8),
            ("model", &[], 5.0, 9.0, 9),
            ("second", &["model"], 9.0, 10.0, 10),
        ],
    );
    let times = ledger.load_times().unwrap();
    assert_eq!(
        times.critical_path,
        ["model".into(), "second".into()] as [ResourceName; 2]
    );
    assert_eq!(times.critical_path_seconds, 5.0);
}

#[test]
fn a_run_without_loads_has_no_times() {
    let ledger = folded(&[("preloaded", &[], 0.0, 50.0, 11)], &[]);
    assert_eq!(ledger.load_times(), None);
    let timings = &json(&ledger)["timings"];
    for name in [
        "load_seconds_sum",
        "parallel_speedup",
        "critical_path_seconds",
    ] {
        assert_eq!(timings[name], object!(null));
    }
}

#[test]
fn a_fallback_is_told_in_both_reports() {
    let mut log = Log::opened();
    log.run(&[Dimension::Fairness])
        .add(EventKind::FellBackToEager {
            strategy: Strategy::LazyAll,
            reason: "toy:3 depends on itself".to_owned(),
        });
    let ledger = log.end(false).ledger();
    assert_eq!(
        json(&ledger)["fallback"],
        object!({ "from": "lazy-all", "to": "eager", "reason": "toy:3 depends on itself" })
    );
    let shown = text(&ledger, WIDE);
    let words = "Warning     lazy-all cannot make a plan (toy:3 depends on itself): everything is";
    assert!(shown.contains(words), "{shown}");
}

#[test]
fn times_count_from_the_start_of_the_process() {
    let mut ledger = Ledger::default();
    ledger.process_seconds = 0.5;
    let file = |name: &str| {
        EventKind::ResourceDeclared(Box::new(Declaration {
            name: name.into(),
            resource: ResourceKind::File,
            inputs: Vec::new(),
            group: None,
            estimated_bytes: None,
            needs: Vec::new(),
            eager: false,
            backend: None,
            way: None,
            working_bytes: 0,
            pool: MemoryPool::Host,
        }))
    };
    let begun = |name: &str| EventKind::LoadStarted {
        name: name.into(),
        worker: 0,
    };
    let cancelled = |name: &str| EventKind::LoadCancelled {
        name: name.into(),
        failed: None,
    };
    let understood = EventKind::Understood(Box::new(Understanding {
        task: TaskKind::Regression,
        target: "wage".to_owned(),
        classes: Vec::new(),
        score: "variable".to_owned(),
        threshold: None,
        expected: None,
    }));
    let finished = |status| EventKind::DimensionFinished {
        dimension: Dimension::Fairness,
        outcome: Box::new(outcome(status)),
    };
    let computing = EventKind::DimensionComputing {
        dimension: Dimension::Fairness,
        working_bytes: 0,
    };
    let events = [
        (0.0, file("a")),
        (0.0, file("b")),
        (0.0, begun("a")),
        (1.0, begun("b")),
        (2.0, cancelled("a")),
        (3.0, cancelled("b")),
        (3.5, understood),
        (4.0, RUN),
        (4.5, computing.clone()),
        (5.0, finished(DimensionStatus::Ok)),
        (6.0, RUN),
        (6.0, begun("a")),
        (6.5, computing),
        (7.0, finished(DimensionStatus::Cancelled)),
        (7.5, finished(DimensionStatus::Failed)),
        (8.0, EventKind::CancelRequested),
    ];
    for (seq, (t, kind)) in (0..).zip(events) {
        ledger.apply(&Event { seq, t, kind });
    }
    let timings = ledger.timings();
    assert_eq!(timings.understood_seconds, Some(4.0));
    assert_eq!(timings.identify_seconds, 5.0, "one is still under way");
    assert_eq!(timings.setup_seconds, Some(7.0));
    assert_eq!(timings.first_result_seconds, Some(8.0));
    assert_eq!(timings.total_seconds, 8.5);
    let line =
        "understood 4.00 s, identify 5.00 s, setup 7.00 s, first result 8.00 s, total 8.50 s";
    assert!(text(&ledger, WIDE).contains(line));
}

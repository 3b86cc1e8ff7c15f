//! Loading ahead in a session: by what earlier sessions have run, and only where that teaches anything.

use std::path::Path;

use lazydebugger::event::{Command, EventKind};
use lazydebugger::history::History;
use lazydebugger::ledger::Ledger;
use lazydebugger::lint::{Finding, findings};
use lazydebugger::vocabulary::{Dimension, Lint, Owner, Strategy};

use super::driven::{Driven, bundled};
use crate::cli::desk::{Desk, adult};

const FAIRNESS: [Dimension; 1] = [Dimension::Fairness];
const RESILIENCE: [Dimension; 1] = [Dimension::Resilience];

/// A history in which sessions like this one ran these, one after the other, and load times are known.
fn taught(folder: &Path, sessions: &[&[Dimension]]) -> History {
    let file = folder.join("load_history.jsonl");
    for dimensions in sessions {
        let mut driven = Driven::watching_with(bundled(), History::at(file.clone()));
        driven.run(dimensions);
        driven.close();
    }
    History::at(file)
}

/// The same selection without end.
fn always(folder: &Path, dimensions: &[Dimension], sessions: usize) -> History {
    let file = folder.join("load_history.jsonl");
    taught(folder, &[dimensions]);
    let beside = folder.join("selection_history.jsonl");
    let text = std::fs::read_to_string(&beside).unwrap();
    let (head, line) = text.trim_end().split_once('\n').unwrap();
    let lines = (0..sessions).map(|session| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["session"] = session.into();
        line["waited_seconds"] = 60.0.into();
        line.to_string()
    });
    let all: Vec<String> = std::iter::once(head.to_owned()).chain(lines).collect();
    std::fs::write(&beside, format!("{}\n", all.join("\n"))).unwrap();
    History::at(file)
}

fn is_forecast(kind: &EventKind) -> bool {
    matches!(kind, EventKind::DemandForecast(_))
}

/// Waits until all that pays is there.
fn wait_for_what_is_ahead(driven: &mut Driven) {
    driven.until(is_forecast);
    let forecast = driven.ledger.demand.clone().unwrap();
    let mut left: Vec<_> = forecast.ahead.into_iter().map(|ahead| ahead.name).collect();
    assert!(!left.is_empty(), "something pays");
    while !left.is_empty() {
        driven.until(|kind| {
            if let EventKind::OwnerAdded {
                name,
                owner: Owner::Prefetch,
            } = kind
            {
                left.retain(|wanted| wanted != name);
                return true;
            }
            false
        });
    }
}

fn loads(ledger: &Ledger, name: &str) -> u64 {
    ledger.resource(&name.into()).unwrap().loads
}

const PREDICTIONS: &str = "predictions:random_forest@dataset";

#[test]
fn what_is_always_run_is_there_before_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let history = always(folder.path(), &FAIRNESS, 40);
    let mut driven = Driven::watching_with(bundled(), history);
    wait_for_what_is_ahead(&mut driven);
    assert!(driven.ledger.runs.is_empty());
    let forecast = driven.ledger.demand.clone().unwrap();
    assert!(forecast.is_open);
    let of = |wanted| {
        let mut all = forecast.dimensions.iter();
        all.find(|(dimension, _)| *dimension == wanted).unwrap().1
    };
    assert!(of(Dimension::Fairness) > 0.9 && of(Dimension::Resilience) < 0.1);
    assert_eq!(loads(&driven.ledger, PREDICTIONS), 1);
    let before = driven.log.len();
    driven.run(&FAIRNESS);
    let again = driven.loaded_since(before);
    assert!(!again.contains(&PREDICTIONS.to_owned()), "{again:?}");
    let figures = driven.ledger.prefetch();
    assert!(figures.hidden_seconds > 0.0, "{figures:?}");
    let mut cold = Driven::watching(bundled());
    cold.run(&FAIRNESS);
    let found = |driven: &Driven| driven.outcome(Dimension::Fairness).metrics.clone();
    assert_eq!(found(&driven), found(&cold), "the same answers");
}

#[test]
fn another_request_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let history = always(folder.path(), &FAIRNESS, 40);
    let mut driven = Driven::watching_with(bundled(), history);
    driven.until(is_forecast);
    driven.run(&RESILIENCE);
    assert!(driven.outcome(Dimension::Resilience).came_to_results());
    let figures = driven.ledger.prefetch();
    assert!(
        figures.used + figures.wasted + figures.unused > 0,
        "{figures:?}"
    );
}

#[test]
fn nothing_is_loaded_ahead_without_history_or_where_it_is_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    always(folder.path(), &FAIRNESS, 40);
    let file = folder.path().join("load_history.jsonl");
    let mut off = bundled();
    off.engine.prefetch = false;
    let with_history = Driven::watching_with(off, History::at(file));
    for mut driven in [with_history, Driven::watching(bundled())] {
        driven.run(&FAIRNESS);
        driven.run(&FAIRNESS);
        assert_eq!(driven.ledger.prefetch().loads, 0);
        assert_eq!(driven.ledger.demand, None);
    }
}

#[test]
fn what_is_unloaded_does_not_come_back_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let history = always(folder.path(), &FAIRNESS, 40);
    let mut driven = Driven::watching_with(bundled(), history);
    wait_for_what_is_ahead(&mut driven);
    driven.send(Command::ClearAll);
    driven.until(|kind| matches!(kind, EventKind::Released { .. }));
    driven.send(Command::SetStrategy(Strategy::LazyAll));
    driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
    let resources = driven.ledger.resources().iter();
    let ahead = resources.filter(|r| r.owners.contains(&Owner::Prefetch));
    assert_eq!(ahead.count(), 0);
    assert!(driven.ledger.prefetch().wasted > 0);
    let wasted: Vec<Finding> = findings(&driven.ledger)
        .into_iter()
        .filter(|finding| finding.lint == Lint::PrefetchWasted)
        .collect();
    let names: Vec<String> = wasted
        .iter()
        .map(|finding| finding.resource.as_ref().unwrap().to_string())
        .collect();
    assert!(names.iter().any(|name| name == PREDICTIONS), "{names:?}");
    assert!(
        wasted[0].text.contains("before anybody asked"),
        "{}",
        wasted[0].text
    );
}

#[test]
fn a_plan_says_what_is_expected_next() {
    let desk = Desk::new();
    let data = desk.path("data");
    std::fs::create_dir(&data).unwrap();
    always(&data, &FAIRNESS, 40);
    let adult = adult();
    let plan = |format: &str, more: &[&str]| {
        let arguments = [&["plan", &adult, "--format", format], more].concat();
        desk.run(&arguments)
    };
    let demand = &plan("json", &[]).report(0)["demand"];
    assert_eq!(demand["is_open"], true);
    assert_eq!(demand["dimensions"][1][0], "fairness");
    assert!(demand["dimensions"][1][1].as_f64().unwrap() > 0.9);
    let ahead = demand["ahead"].as_array().unwrap();
    assert!(
        ahead.iter().any(|load| load["name"] == PREDICTIONS),
        "{ahead:?}"
    );
    let text = plan("text", &[]).stdout;
    for words in ["expected next", "is loaded ahead: needed with"] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    let off = &plan("json", &["--no-prefetch"]).report(0)["demand"];
    assert_eq!(off["ahead"].as_array().unwrap().len(), 0);
    let new = Desk::new();
    let plans = new.run(&["plan", &adult, "--format", "json"]).report(0);
    assert!(plans["demand"].is_null(), "nothing was run before");
}

//! A run that is pinned: every number beside what it was, every resource with what became of it.

use lazydebugger::event::{Cell, DimensionOutcome, Event, EventKind, Figure};
use lazydebugger::tui::app_loop::App;
use lazydebugger::vocabulary::Dimension;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const LARGE: (u16, u16) = (200, 60);
const SMALL: (u16, u16) = (80, 24);
/// When the first run has ended.
const FIRST_RUN_DONE: f64 = 9.0;

fn tell(shown: &mut Shown, kind: EventKind) {
    let ledger = shown.screen.ledger();
    let (seq, t) = (ledger.events, ledger.now + 0.01);
    shown.screen.on_event(&Event { seq, t, kind });
    shown.draw();
}

/// What fairness finds in a later run: every number a quarter more.
fn more(shown: &Shown) -> DimensionOutcome {
    let found = shown
        .screen
        .ledger()
        .dimension(Dimension::Fairness)
        .outcome
        .clone();
    let mut outcome = found.unwrap();
    if let Some((_, value)) = &mut outcome.headline {
        *value += 0.25;
    }
    for table in outcome.tables.values_mut() {
        for cell in table.rows.iter_mut().flatten() {
            match cell {
                Cell::Number(number) => *number += 0.25,
                Cell::Count(count) => *count += 3,
                _ => {}
            }
        }
    }
    for figure in &mut outcome.figures {
        if let Figure::Bars { bars, .. } = figure {
            for bar in bars {
                bar.value = bar.value.map(|value| value + 0.25);
            }
        }
    }
    outcome
}

fn rerun(size: (u16, u16), keys: &str) -> Shown {
    let mut shown = Shown::live(size, SESSION, FIRST_RUN_DONE).keys(keys);
    let dimension = Dimension::Fairness;
    let outcome = Box::new(more(&shown));
    let dimensions = vec![dimension];
    tell(&mut shown, EventKind::RunStarted { run: 2, dimensions });
    tell(
        &mut shown,
        EventKind::DimensionFinished { dimension, outcome },
    );
    let (run, seconds, cancelled) = (2, 0.5, false);
    tell(
        &mut shown,
        EventKind::RunFinished {
            run,
            seconds,
            cancelled,
        },
    );
    shown
}

fn row(shown: &Shown, words: &str) -> String {
    let text = shown.text();
    let found = text.lines().find(|line| line.contains(words));
    found
        .unwrap_or_else(|| panic!("no {words:?} in\n{text}"))
        .to_owned()
}

#[test]
fn every_number_has_its_difference_beside_it() {
    for size in [SMALL, LARGE] {
        let shown = rerun(size, "b");
        assert!(
            row(&shown, "fairness  ").contains("+0.2500"),
            "{}",
            shown.text()
        );
        let shown = shown.keys("2 z");
        let headline = row(&shown, "demographic_parity_ratio");
        assert!(headline.contains("+0.2500"), "{headline}");
        shown.find("vs run 1");
        // Of bars and of tables.
        let many = shown.text().matches("+0.2500").count();
        assert!(many > 5, "{many} in\n{}", shown.text());
        let shown = shown.keys("G k");
        assert!(shown.text().contains("+3"), "{}", shown.text());
    }
}

#[test]
fn what_is_the_same_says_so_and_nothing_is_left_when_it_is_unpinned() {
    let before = Shown::live(LARGE, SESSION, FIRST_RUN_DONE).keys("2 z");
    let panels = |shown: &Shown| {
        let text = shown.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[..lines.len() - 2].join("\n")
    };
    let plain = panels(&before);
    let pinned = before.keys("b");
    assert!(
        row(&pinned, "demographic_parity_ratio").contains(" = "),
        "{}",
        pinned.text()
    );
    assert_eq!(
        pinned.screen.message().unwrap().text,
        "compared with run 1 from now on"
    );
    let unpinned = pinned.keys("b");
    assert_eq!(panels(&unpinned), plain);
    assert_eq!(
        unpinned.screen.message().unwrap().text,
        "no longer compared with run 1"
    );
}

#[test]
fn every_resource_has_its_fate() {
    let mut shown = Shown::live(LARGE, SESSION, FIRST_RUN_DONE).keys("b");
    for event in events(SESSION) {
        if event.t > FIRST_RUN_DONE {
            shown.screen.on_event(&event);
        }
    }
    shown.draw();
    let shown = shown.keys("tab z");
    let text = shown.text();
    for word in ["reused", "new", "vs run 1"] {
        assert!(text.contains(word), "{word} in\n{text}");
    }
    // Nothing that was loaded once only since is said to have been made again.
    let ledger = shown.screen.ledger();
    let is_remade = ledger.resources().iter().any(|r| r.loads > 1);
    assert_eq!(text.contains("remade: "), is_remade, "{text}");
}

#[test]
fn before_a_run_has_ended_there_is_nothing_to_pin() {
    let shown = Shown::live(LARGE, SESSION, 2.0).keys("b");
    let said = shown.screen.message().unwrap().text;
    assert_eq!(said, "no run has ended that could be pinned");
}

#[test]
fn a_row_is_opened_with_what_it_means_and_what_it_was() {
    let shown = rerun(LARGE, "b").keys("2 G enter");
    let text = shown.text();
    for words in [
        "table",
        "selection rate",
        "Share of rows that are predicted positive.",
        "+0.2500",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

//! Looking back: at any moment every panel shows what it showed then.

use std::time::Duration;

use lazydebugger::event::{Event, EventKind, KeptOutcome};
use lazydebugger::log::Log;
use lazydebugger::tui::app_loop::App;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::{Dimension, TierName};

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
const OPTIONS: Options = Options {
    theme: ThemeName::Dark,
    colours: true,
    unicode: true,
};

/// A screen that has seen all of the session and can look back on it.
fn whole(size: (u16, u16)) -> Shown {
    let log = Log::of(events(SESSION));
    let screen = Screen::new(OPTIONS, Source::Session).looking_back_on(log);
    Shown::new(screen, size, SESSION, f64::INFINITY)
}

/// A screen that has seen so many events.
fn as_of(size: (u16, u16), seen: usize) -> Shown {
    let mut shown = Shown::new(Screen::new(OPTIONS, Source::Session), size, "", 0.0);
    for event in events(SESSION).iter().take(seen) {
        shown.screen.on_event(event);
    }
    shown.draw();
    shown
}

/// What is between the head and the lines at the foot, which speak of now.
fn panels(shown: &Shown) -> String {
    let text = shown.text();
    let lines: Vec<&str> = text.lines().collect();
    lines[1..lines.len() - 2].join("\n")
}

fn check(name: &str, shown: &Shown) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    settings.bind(|| insta::assert_snapshot!(name, shown.text()));
}

fn head(shown: &Shown) -> String {
    shown.text().lines().next().unwrap().to_owned()
}

fn foot(shown: &Shown) -> String {
    let text = shown.text();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len() - 2..].join("\n")
}

#[test]
fn every_moment_is_shown_as_it_was() {
    let all = events(SESSION).len();
    for size in SIZES {
        let mut shown = whole(size);
        for seen in (1..all).rev().take(60) {
            shown = shown.keys("[");
            let words = format!("event {seen} of {all}");
            assert!(head(&shown).contains(&words), "{words} in {}", head(&shown));
            let then = as_of(size, seen);
            assert_eq!(panels(&shown), panels(&then), "after {seen} events");
        }
        for seen in all - 59..all {
            shown = shown.keys("]");
            assert_eq!(panels(&shown), panels(&as_of(size, seen)), "{seen} again");
        }
        let now = whole(size);
        assert_eq!(panels(&shown.keys("]")), panels(&now), "the last is now");
    }
}

#[test]
fn what_happens_meanwhile_is_not_shown_and_not_lost() {
    let size = SIZES[1];
    let all = events(SESSION);
    let log = Log::of(all.clone());
    let screen = Screen::new(OPTIONS, Source::Session).looking_back_on(log);
    let before = all[all.len() / 2].t;
    let mut shown = Shown::new(screen, size, SESSION, before).keys("[ [");
    let then = panels(&shown);
    for event in all.iter().filter(|event| event.t > before) {
        shown.screen.on_event(event);
    }
    shown.draw();
    assert_eq!(panels(&shown), then);
    assert_eq!(panels(&shown.keys("L")), panels(&whole(size)));
}

#[test]
fn a_moment_of_the_past_takes_no_commands() {
    let shown = whole(SIZES[1]).keys("[ r c s space");
    assert_eq!(shown.given(), []);
    assert!(foot(&shown).contains("this moment is past: L goes back to now"));
    let shown = shown.keys("esc s");
    assert_eq!(shown.given().len(), 1, "esc goes back to now too");
}

#[test]
fn runs_and_requests_are_gone_to() {
    let all = events(SESSION);
    let starts = |event: &&Event| matches!(event.kind, EventKind::RunStarted { .. });
    let runs: Vec<u64> = all.iter().filter(starts).map(|event| event.seq).collect();
    assert!(runs.len() > 1);
    let is_at = |shown: &Shown, seq: u64| {
        let words = format!("event {} of", seq + 1);
        assert!(head(shown).contains(&words), "{words} in {}", head(shown));
    };
    let mut shown = whole(SIZES[2]);
    for seq in runs.iter().rev() {
        shown = shown.keys("{");
        is_at(&shown, *seq);
    }
    shown = shown.keys("{");
    assert!(foot(&shown).contains("there is no such moment"));
    is_at(&shown, runs[0]);
    shown = shown.keys("}");
    is_at(&shown, runs[1]);
    // The cursor is on the dataset.
    shown = shown.keys("L tab <");
    let asked = |event: &&Event| match &event.kind {
        EventKind::Requested { name, .. } => *name.0 == *"dataset",
        _ => false,
    };
    let last = all.iter().rfind(asked).unwrap();
    is_at(&shown, last.seq);
}

#[test]
fn the_timeline_shows_all_runs_and_where_the_panels_stand() {
    for (name, size) in [
        ("80x24", SIZES[0]),
        ("120x40", SIZES[1]),
        ("200x60", SIZES[2]),
    ] {
        check(&format!("timeline_run_{name}"), &whole(size).keys("T"));
        let shown = whole(size).keys("{ { T z");
        check(&format!("timeline_all_{name}"), &shown);
    }
}

#[test]
fn left_and_right_move_the_moment_by_a_cell() {
    let mut shown = whole(SIZES[1]).keys("T z left");
    let mut before = f64::INFINITY;
    for _ in 0..20 {
        let head = head(&shown);
        let (seconds, _) = head.split_once(" s, event").unwrap();
        let seconds: f64 = seconds.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(seconds < before, "{seconds} after {before}");
        before = seconds;
        shown = shown.keys("left");
    }
    // The panels behind it show the moment when it is gone.
    let then = shown.keys("T");
    assert_eq!(then.screen.overlay(), None);
    assert!(head(&then).contains(", event "));
}

#[test]
fn the_past_is_played_until_it_is_now() {
    let size = SIZES[1];
    let mut shown = whole(size).keys("+ + + + + + + .");
    assert!(head(&shown).contains("64x"), "{}", head(&shown));
    assert_eq!(shown.screen.next_tick(), Some(Duration::from_millis(100)));
    let mut ticks = 0;
    while head(&shown).contains("64x") {
        shown.screen.on_tick();
        shown.draw();
        ticks += 1;
        assert!(ticks < 100);
    }
    assert_eq!(panels(&shown), panels(&whole(size)));
    let shown = shown.keys(". .");
    assert_eq!(shown.screen.next_tick(), None, "stopped, nothing moves");
}

#[test]
fn what_comes_from_disk_is_drawn_at_its_moment_and_does_not_wait() {
    let log = events(SESSION);
    let found = log.iter().rev().find_map(|event| match &event.kind {
        EventKind::DimensionFinished { dimension, outcome }
            if *dimension == Dimension::Fairness =>
        {
            Some(outcome.clone())
        }
        _ => None,
    });
    let mut outcome = found.unwrap();
    outcome.kept = Some(KeptOutcome {
        tier: TierName::Disk,
        age_seconds: 60,
        seconds: 1.5,
    });
    let dimension = Dimension::Fairness;
    let (run, seconds, cancelled) = (1, 0.4, false);
    let told = [
        (
            3.0,
            EventKind::RunStarted {
                run,
                dimensions: vec![dimension],
            },
        ),
        (
            3.1,
            EventKind::DimensionStarted {
                dimension,
                resources: 0,
            },
        ),
        (3.3, EventKind::DimensionFinished { dimension, outcome }),
        (
            3.4,
            EventKind::RunFinished {
                run,
                seconds,
                cancelled,
            },
        ),
    ];
    let screen = Screen::new(OPTIONS, Source::Session);
    let mut shown = Shown::new(screen, SIZES[1], SESSION, 2.0);
    let load = log
        .iter()
        .find(|e| matches!(e.kind, EventKind::LoadStarted { .. }))
        .unwrap();
    shown.screen.on_event(load);
    for (t, kind) in told {
        let seq = shown.screen.ledger().events;
        shown.screen.on_event(&Event { seq, t, kind });
    }
    shown.draw();
    let shown = shown.keys("T");
    let text = shown.text();
    let lane = text
        .lines()
        .find(|line| line.contains("  fairness  "))
        .unwrap();
    assert_eq!(lane.matches('◆').count(), 1, "{text}");
    assert!(!lane.contains('─'), "{lane}");
    shown.find("◆ from disk");
}

#[test]
fn what_is_held_is_known_from_the_loads_and_not_only_from_samples() {
    let shown = whole(SIZES[1]);
    let ledger = shown.screen.ledger();
    let mut held = ledger.course.held.iter().map(|(_, bytes)| *bytes);
    assert_eq!(held.clone().max(), Some(ledger.memory.peak_estimated_bytes));
    assert_eq!(held.next_back(), Some(ledger.estimated_bytes()));
    // The first load ends before memory is sampled for the first time after it.
    let log = events(SESSION);
    let finished = log
        .iter()
        .find(|e| matches!(e.kind, EventKind::LoadFinished { .. }));
    let first = ledger.course.held.iter().next().map(|(t, _)| *t);
    assert_eq!(first, finished.map(|event| event.t));
}

//! What follows when the user does something, as the log tells it: the screen says what happened,
//! not what was asked for, and a recording says the same.

use lazydebugger::event::{Command, Event, EventKind};
use lazydebugger::tui::app_loop::{App, End};
use lazydebugger::tui::command::Action;
use lazydebugger::tui::keymap::Keymap;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::{
    ClearedBy, Note, Owner, Problem, ReleaseCause, ResourceName, Strategy,
};

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const MIDDLE: (u16, u16) = (120, 40);
/// When the first run has ended.
const FIRST_RUN_DONE: f64 = 9.0;

const OPTIONS: Options = Options {
    theme: ThemeName::Dark,
    colours: true,
    unicode: true,
};

fn at(source: Source, log: &str, until: f64) -> Shown {
    Shown::new(Screen::new(OPTIONS, source), MIDDLE, log, until)
}

fn tell(shown: &mut Shown, kinds: impl IntoIterator<Item = EventKind>) {
    for kind in kinds {
        let ledger = shown.screen.ledger();
        let (seq, t) = (ledger.events, ledger.now);
        shown.screen.on_event(&Event { seq, t, kind });
    }
    shown.draw();
}

fn resident(shown: &Shown) -> Vec<ResourceName> {
    let resources = shown.screen.ledger().resources().iter();
    let resident = resources.filter(|r| r.is_resident());
    resident.map(|r| r.name.clone()).collect()
}

fn released(name: &ResourceName, by: ClearedBy) -> EventKind {
    EventKind::Released {
        name: name.clone(),
        bytes: 0,
        cause: ReleaseCause::Cleared { by },
    }
}

fn said(shown: &Shown) -> String {
    shown.screen.message().unwrap().text
}

#[test]
fn nothing_is_said_to_be_freed_before_it_is() {
    let shown = at(Source::Session, SESSION, FIRST_RUN_DONE);
    let before = said(&shown);
    let shown = shown.keys("C");
    assert_eq!(shown.given(), [Command::ClearAll]);
    assert_eq!(said(&shown), before);
}

#[test]
fn of_a_rerun_it_is_said_what_was_made_again_and_what_is_other() {
    let shown = at(Source::Session, SESSION, f64::INFINITY);
    // The last run asked for one prediction, which was there: it had taken 0.66 s to make.
    let words = "reused, 0.66 s saved";
    assert!(said(&shown).ends_with(words), "{}", said(&shown));
    assert!(said(&shown).contains("; 1 prediction"), "{}", said(&shown));
    let mut shown = at(Source::Session, SESSION, FIRST_RUN_DONE);
    let log = events(SESSION);
    let finished = |event: &&Event| matches!(event.kind, EventKind::DimensionFinished { .. });
    let last = log.iter().rfind(finished).unwrap().kind.clone();
    let EventKind::DimensionFinished {
        dimension,
        mut outcome,
    } = last
    else {
        unreachable!("it was looked for");
    };
    let (name, value) = outcome.headline.clone().unwrap();
    outcome.headline = Some((name.clone(), value / 2.0));
    let (run, dimensions) = (9, vec![dimension]);
    let end = |seconds| EventKind::RunFinished {
        run,
        seconds,
        cancelled: false,
    };
    let began = EventKind::RunStarted { run, dimensions };
    let done = EventKind::DimensionFinished { dimension, outcome };
    tell(&mut shown, [began, done, end(0.5)]);
    let (half, whole) = (value / 2.0, value);
    let words = format!("{name} {whole:.4} to {half:.4}");
    assert!(said(&shown).contains(&words), "{words} in {}", said(&shown));
}

#[test]
fn of_a_clear_it_is_said_what_stays() {
    for source in [Source::Session, Source::Recording] {
        let mut shown = at(source, SESSION, FIRST_RUN_DONE);
        let there = resident(&shown);
        assert!(there.len() > 3, "{there:?}");
        let command = Command::ClearAll;
        tell(&mut shown, [EventKind::CommandGiven { command }]);
        assert_eq!(
            said(&shown),
            format!("nothing freed: {} resources in use stay", there.len())
        );
        let freed = there.iter().skip(2);
        tell(&mut shown, freed.map(|n| released(n, ClearedBy::ClearAll)));
        let words = said(&shown);
        let count = there.len() - 2;
        assert!(
            words.starts_with(&format!("{count} resources freed, "))
                && words.ends_with("; 2 in use stay"),
            "{words}"
        );
        let rest = there.iter().take(2);
        tell(&mut shown, rest.map(|n| released(n, ClearedBy::ClearAll)));
        let all = format!("everything freed: {} resources, ", there.len());
        assert!(said(&shown).starts_with(&all), "{}", said(&shown));
    }
}

#[test]
fn what_the_session_rests_on_is_not_there_to_be_freed() {
    let mut shown = at(Source::Session, SESSION, FIRST_RUN_DONE);
    let there = resident(&shown);
    let (kept, rest) = there.split_first().unwrap();
    let owner = Owner::Session;
    let name = kept.clone();
    tell(&mut shown, [EventKind::OwnerAdded { name, owner }]);
    let command = Command::ClearAll;
    tell(&mut shown, [EventKind::CommandGiven { command }]);
    let freed = rest.iter().map(|n| released(n, ClearedBy::ClearAll));
    tell(&mut shown, freed);
    let words = format!(
        "everything freed but what the session rests on: {} resources, ",
        rest.len()
    );
    assert!(said(&shown).starts_with(&words), "{}", said(&shown));
    assert_eq!(
        shown.screen.available(Action::ClearAll),
        Err("nothing is loaded".into())
    );
}

#[test]
fn of_the_cache_only_what_it_holds_is_counted() {
    let mut shown = at(Source::Session, SESSION, FIRST_RUN_DONE);
    let resources = shown.screen.ledger().resources().iter();
    let held = resources.filter(|r| r.owners.contains(&Owner::Cache));
    let held: Vec<ResourceName> = held.map(|r| r.name.clone()).collect();
    assert!(held.len() > 1);
    let command = Command::ClearCache;
    tell(&mut shown, [EventKind::CommandGiven { command }]);
    tell(
        &mut shown,
        held.iter().map(|n| released(n, ClearedBy::ClearCache)),
    );
    let words = format!("prediction cache cleared: {} resources freed, ", held.len());
    assert!(said(&shown).starts_with(&words), "{}", said(&shown));
}

#[test]
fn what_the_screen_says_of_itself_gives_way_to_news() {
    let mut shown = at(Source::Session, SESSION, FIRST_RUN_DONE).keys("t");
    assert_eq!(said(&shown), "theme light");
    let strategy = Strategy::LazyAll;
    tell(&mut shown, [EventKind::StrategyChanged { strategy }]);
    assert_eq!(said(&shown), "the strategy is now lazy-all");
    let shown = shown.keys("t");
    assert_eq!(said(&shown), "theme terminal");
}

#[test]
fn the_end_of_a_run_does_not_hide_what_went_wrong_in_it() {
    let finished = |run| EventKind::RunFinished {
        run,
        seconds: 1.0,
        cancelled: false,
    };
    let started = |run| EventKind::RunStarted {
        run,
        dimensions: Vec::new(),
    };
    let failed = EventKind::LoadFailed {
        name: ResourceName::from("calibration"),
        problem: Problem::new("no rows"),
    };
    let mut shown = at(Source::Session, SESSION, FIRST_RUN_DONE);
    tell(&mut shown, [started(7), failed, finished(7)]);
    assert_eq!(said(&shown), "calibration: no rows");
    let noted = EventKind::Noted(Note::warning("mind the gap"));
    tell(&mut shown, [started(8), noted, finished(8)]);
    assert_eq!(said(&shown), "mind the gap");
    tell(&mut shown, [started(9), finished(9)]);
    assert_eq!(said(&shown), "run 9 finished in 1.00 s");
}

#[test]
fn gates_that_nothing_was_held_against_are_shown_from_the_log() {
    let mut log = events(SESSION);
    if let EventKind::SessionOpened { experiment, .. } = &mut log[0].kind {
        experiment.gates = vec![
            "fairness.sex.demographic_parity_ratio".to_owned(),
            "resilience.adult_shifted.auc.change".to_owned(),
        ];
    }
    let log: Vec<String> = log
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    let shown = at(Source::Recording, &log.join("\n"), FIRST_RUN_DONE);
    let unjudged: Vec<_> = shown.screen.ledger().unjudged_gates().collect();
    assert_eq!(unjudged.len(), 1, "{unjudged:?}");
    let text = shown.keys("4").text();
    let gate = text.lines().find(|line| line.contains("gate, not judged"));
    assert!(
        gate.is_some_and(|line| line.contains("resilience.adu")),
        "{text}"
    );
}

#[test]
fn a_log_that_ends_is_the_end_of_a_session_and_not_of_a_replay() {
    for (source, is_over) in [(Source::Session, true), (Source::Recording, false)] {
        let mut shown = at(source, SESSION, FIRST_RUN_DONE);
        assert!(!shown.screen.is_over() && shown.screen.end().is_none());
        shown.screen.on_end(End::Over);
        assert_eq!(shown.screen.end(), Some(&End::Over));
        assert_eq!(shown.screen.is_over(), is_over, "{source:?}");
    }
    let mut shown = at(Source::Recording, SESSION, FIRST_RUN_DONE);
    shown
        .screen
        .on_end(End::Lost("the disk is gone".to_owned()));
    assert_eq!(said(&shown), "the disk is gone");
}

#[test]
fn keys_that_were_changed_are_those_that_are_shown() {
    let keymap = Keymap::with(&[("f5", "run_selected"), ("r", "run_one")]).unwrap();
    let screen = Screen::new(OPTIONS, Source::Session).with_keymap(keymap);
    let shown = Shown::new(screen, MIDDLE, SESSION, FIRST_RUN_DONE);
    shown.find("f5 run");
    let shown = shown.keys("f5");
    assert_eq!(shown.given(), [Command::RunSelected]);
    let shown = shown.keys("5");
    shown.find("r runs it.");
    let shown = shown.keys("?");
    shown.find("f5 ");
}

#[test]
fn the_help_of_a_recording_has_no_commands() {
    let help = |source| at(source, SESSION, f64::INFINITY).keys("?").text();
    for words in ["Run the selected dimensions", "Load and free"] {
        assert!(help(Source::Session).contains(words), "{words}");
        assert!(!help(Source::Recording).contains(words), "{words}");
    }
    assert!(help(Source::Recording).contains("Why it was loaded"));
}

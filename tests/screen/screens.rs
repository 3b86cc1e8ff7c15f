//! What the screen shows for recorded sessions, and what it does with keys and the mouse.

use crossterm::event::MouseEventKind;
use lazydebugger::event::{Command, Event, EventKind};
use lazydebugger::tui::app_loop::{App, Flow, Input};
use lazydebugger::tui::command::COMMANDS;
use lazydebugger::tui::keymap::Keymap;
use lazydebugger::tui::layout::PanelName;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::{Dimension, Note, ResourceKind, ResourceName, Strategy};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
/// What was told of plans: for three dimensions before anything was timed, and for all five after
/// a run.
const PLANS: &str = include_str!("../fixtures/adult_plans.jsonl");
const ERROR: &str = include_str!("../fixtures/adult_error.jsonl");
/// What follows on [`SESSION`] when the model's file changes.
const CHANGED: &str = include_str!("../fixtures/adult_changed.jsonl");
const CANCELLED: &str = include_str!("../fixtures/adult_cancelled.jsonl");

/// Moments of the session, in seconds since it began.
const START: f64 = 2.0;
const SELECTED: f64 = 3.2;
const LOADING: f64 = 5.5;
const FIRST_RUN_DONE: f64 = 9.0;
const END: f64 = f64::INFINITY;

fn check(name: &str, shown: &Shown) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    settings.bind(|| insta::assert_snapshot!(name, shown.text()));
}

const SMALL: (u16, u16) = (80, 24);
const MIDDLE: (u16, u16) = (120, 40);
const LARGE: (u16, u16) = (200, 60);
const SIZES: [(&str, (u16, u16)); 3] = [("80x24", SMALL), ("120x40", MIDDLE), ("200x60", LARGE)];

#[test]
fn the_course_of_a_session() {
    for (size_name, size) in SIZES {
        for (moment, log, until) in [
            ("start", SESSION, START),
            ("selected", SESSION, SELECTED),
            ("loading", SESSION, LOADING),
            ("done", SESSION, FIRST_RUN_DONE),
            ("end", SESSION, END),
            ("error", ERROR, END),
            ("cancelled", CANCELLED, END),
        ] {
            check(
                &format!("{moment}_{size_name}"),
                &Shown::live(size, log, until),
            );
        }
    }
}

#[test]
fn the_results_of_each_dimension() {
    for dimension in Dimension::ALL {
        let key = (dimension as usize + 1).to_string();
        for (size_name, size) in [("80x24", SMALL), ("120x40", MIDDLE)] {
            let shown = Shown::live(size, SESSION, END).keys(&key);
            check(&format!("result_{dimension}_{size_name}"), &shown);
        }
        let zoomed = Shown::live(MIDDLE, SESSION, END).keys(&format!("{key} z"));
        check(&format!("result_{dimension}_zoomed"), &zoomed);
    }
}

/// The session's end, and then the model's file changes.
fn changed(mut shown: Shown) -> Shown {
    for event in events(CHANGED) {
        shown.screen.on_event(&event);
    }
    shown.draw();
    shown
}

#[test]
fn a_file_that_changed() {
    for (size_name, size) in SIZES {
        let shown = changed(Shown::live(size, SESSION, END));
        check(&format!("changed_{size_name}"), &shown);
        // The resources, then why one of them.
        let shown = shown.keys("tab");
        check(&format!("changed_resources_{size_name}"), &shown);
    }
}

#[test]
fn a_file_that_changes_back() {
    let mut shown = changed(Shown::live(MIDDLE, SESSION, END));
    assert!(shown.text().contains("≠ stale"));
    for mut event in events(CHANGED) {
        if let EventKind::ContentChanged { name, digest, .. } = &mut event.kind {
            let record = shown.screen.ledger().resource(name);
            *digest = record.and_then(|r| r.digest);
        }
        shown.screen.on_event(&event);
    }
    shown.draw();
    assert!(!shown.text().contains("stale"), "{}", shown.text());
    shown.find("random_forest.onnx is again what it was");
}

#[test]
fn why_a_resource_is_stale() {
    let shown = changed(Shown::live(MIDDLE, SESSION, END)).keys("tab");
    let row = shown.find("random_forest@dataset");
    let mut shown = shown;
    shown.click(row);
    check("why_stale_120x40", &shown.keys("enter"));
}

#[test]
fn one_panel_at_a_time_on_a_small_screen() {
    for (name, keys) in [("cache", "tab tab"), ("memory", "tab tab tab")] {
        check(
            &format!("{name}_80x24"),
            &Shown::live(SMALL, SESSION, END).keys(keys),
        );
    }
    check(
        "wide_and_low",
        &Shown::live((130, 26), SESSION, END).keys("2"),
    );
}

#[test]
fn overlays() {
    for (size_name, size) in [("80x24", SMALL), ("120x40", MIDDLE)] {
        let at = |moment| Shown::live(size, SESSION, moment);
        check(&format!("help_{size_name}"), &at(END).keys("?"));
        check(
            &format!("why_lookup_{size_name}"),
            &at(END).keys("tab tab up enter"),
        );
        check(
            &format!("why_model_{size_name}"),
            &at(LOADING).keys("tab j j j j enter"),
        );
        check(&format!("quit_{size_name}"), &at(LOADING).keys("q"));
    }
}

/// A session at a moment, with a plan of [`PLANS`] on top.
fn planned(size: (u16, u16), until: f64, plan: usize) -> Shown {
    let mut shown = Shown::live(size, SESSION, until);
    shown.screen.on_event(&events(PLANS).swap_remove(plan));
    shown.keys("v")
}

#[test]
fn plans() {
    for (size_name, size) in SIZES {
        check(
            &format!("plan_unknown_{size_name}"),
            &planned(size, SELECTED, 0),
        );
        check(&format!("plan_timed_{size_name}"), &planned(size, END, 1));
    }
    let scrolled = planned(SMALL, END, 1).keys("G");
    check("plan_scrolled_80x24", &scrolled);
}

#[test]
fn a_plan_may_be_changed_where_it_is_shown() {
    let shown = planned(MIDDLE, SELECTED, 0).keys("s r space");
    assert_eq!(shown.given(), [Command::NextStrategy]);
    for key in ["v", "esc", "q"] {
        let closed = planned(MIDDLE, SELECTED, 0).keys(key);
        assert!(closed.screen.overlay().is_none(), "{key}");
        assert_eq!(closed.last, Flow::Continue);
    }
    let without = Shown::live(MIDDLE, SESSION, SELECTED).keys("v");
    assert!(without.text().contains("no plan has been made"));
}

#[test]
fn a_fallback_to_eager_is_told() {
    let mut shown = Shown::live(MIDDLE, SESSION, SELECTED);
    shown.screen.on_event(&Event {
        seq: 9_999,
        t: SELECTED,
        kind: EventKind::FellBackToEager {
            strategy: Strategy::LazyAll,
            reason: "dataset depends on itself".to_owned(),
        },
    });
    shown.draw();
    let words =
        "lazy-all cannot make a plan (dataset depends on itself): everything is loaded first";
    assert!(shown.text().contains(words), "{}", shown.text());
}

#[test]
fn without_utf_8_everything_is_ascii() {
    for until in [START, LOADING, END] {
        for keys in ["", "1", "2", "3", "tab", "?", "tab enter", "v", "T"] {
            let options = Options {
                theme: ThemeName::Dark,
                colours: false,
                unicode: false,
            };
            let screen = Screen::new(options, Source::Session);
            let mut shown = Shown::new(screen, MIDDLE, SESSION, until);
            shown.screen.on_event(&events(PLANS).swap_remove(1));
            let shown = shown.keys(keys);
            assert!(shown.text().is_ascii(), "{}", shown.text());
            if until == LOADING && keys.is_empty() {
                check("ascii_120x40", &shown);
            }
        }
    }
}

#[test]
fn a_screen_that_is_too_small_says_so() {
    check("too_small", &Shown::live((52, 14), SESSION, LOADING));
}

#[test]
fn any_size_can_be_drawn() {
    for keys in ["", "1 G", "tab z G", "tab tab z", "?", "tab j enter", "v"] {
        let mut shown = Shown::live(SMALL, SESSION, END);
        shown.screen.on_event(&events(PLANS).swap_remove(1));
        shown = shown.keys(keys);
        for columns in [0, 1, 2, 59, 60, 61, 79, 99, 111, 112, 130, 167, 168, 240] {
            for rows in [0, 1, 15, 16, 17, 19, 20, 24, 31, 32, 36, 70] {
                shown.terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
                shown.draw();
            }
        }
    }
}

#[test]
fn keys_become_commands() {
    let model = || ResourceName::from("model:random_forest");
    for (keys, expected) in [
        (
            "space",
            vec![Command::ToggleDimension(Dimension::Uncertainty)],
        ),
        (
            "k space",
            vec![Command::ToggleDimension(Dimension::Fairness)],
        ),
        (
            "g space",
            vec![Command::ToggleDimension(Dimension::Robustness)],
        ),
        ("a", vec![Command::ToggleAll]),
        ("r", vec![Command::RunSelected]),
        ("G R", vec![Command::Run(Dimension::Hyperparameters)]),
        ("P", vec![Command::PreloadAll]),
        ("c C", vec![Command::ClearCache, Command::ClearAll]),
        ("s", vec![Command::NextStrategy]),
        ("tab g j j j j j u", vec![Command::Unload(model())]),
        (
            "tab g j j j j j j p",
            vec![Command::Preload(ResourceName::from("model:xgboost"))],
        ),
        ("x", vec![]),
    ] {
        let shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE).keys(keys);
        assert_eq!(shown.given(), expected, "{keys}");
    }
}

#[test]
fn a_group_is_preloaded_and_freed_member_by_member() {
    let shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE).keys("tab g p");
    let names = ["calibration", "alternative:adult_shifted"];
    let expected = names.map(|name| Command::Preload(ResourceName::from(name)));
    assert_eq!(shown.given(), expected);
}

#[test]
fn commands_that_can_do_nothing_say_why() {
    for (until, keys, words) in [
        (START, "r", "nothing selected: press space or a"),
        (START, "x", "nothing is under way"),
        (START, "c", "the prediction cache is empty"),
        (LOADING, "r", "a run goes on: x cancels it"),
        (START, "tab u", "it is not loaded"),
    ] {
        let shown = Shown::live(SMALL, SESSION, until).keys(keys);
        assert_eq!(shown.given(), [], "{keys}");
        assert!(shown.text().contains(words), "{}", shown.text());
    }
}

#[test]
fn a_recording_takes_no_commands() {
    let options = Options {
        theme: ThemeName::Dark,
        colours: true,
        unicode: true,
    };
    let screen = Screen::new(options, Source::Recording);
    let shown = Shown::new(screen, SMALL, SESSION, END).keys("r");
    assert!(shown.text().contains("replay: nothing to run here"));
    assert!(shown.text().contains("LazyDebugger replay"));
    assert_eq!(shown.keys("q").last, Flow::Quit);
}

#[test]
fn quitting_asks_while_a_run_goes_on() {
    let shown = Shown::live(SMALL, SESSION, LOADING).keys("q");
    assert_eq!(shown.last, Flow::Continue);
    let shown = shown.keys("n");
    assert_eq!(
        (shown.last.clone(), shown.given()),
        (Flow::Continue, vec![])
    );
    let shown = shown.keys("ctrl-c y");
    assert_eq!((shown.last.clone(), shown.given()), (Flow::Quit, vec![]));
}

#[test]
fn the_question_before_quitting_tells_when_the_run_has_ended() {
    let mut shown = Shown::live(SMALL, SESSION, LOADING).keys("q");
    shown.find("A run goes on. Leaving cancels it.");
    for event in events(SESSION) {
        if event.t > LOADING {
            shown.screen.on_event(&event);
        }
    }
    shown.draw();
    shown.find("The run has ended. Leave now?");
    assert_eq!(shown.keys("y").last, Flow::Quit);
}

#[test]
fn the_footer_lists_only_what_works_now() {
    for until in [START, SELECTED, LOADING, FIRST_RUN_DONE, END] {
        let mut shown = Shown::live(LARGE, SESSION, until);
        for _ in PanelName::ALL {
            let panel = shown.screen.focus();
            let footer = shown.screen.footer();
            assert!(!footer.is_empty());
            for spec in COMMANDS.iter().filter(|spec| spec.footer > 0) {
                let works = spec.scope.covers(panel) && shown.screen.available(spec.action).is_ok();
                let listed = footer.iter().any(|shown| shown.name == spec.name);
                assert_eq!(works, listed, "{} on {panel:?} at {until} s", spec.name);
            }
            shown = shown.keys("tab");
        }
    }
}

#[test]
fn the_mouse_selects_toggles_and_scrolls() {
    let mut shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE);
    shown.click(shown.find("resilience"));
    assert_eq!(shown.screen.dimension(), Dimension::Resilience);
    assert_eq!(shown.given(), []);
    shown.click(shown.find("[ ] hyperparameters"));
    assert_eq!(
        shown.given(),
        [Command::ToggleDimension(Dimension::Hyperparameters)]
    );
    shown.click(shown.find("xgboost"));
    assert_eq!(shown.screen.focus(), PanelName::Resources);
    let before = shown.screen.lookup_row();
    let over_cache = shown.find("last lookups");
    shown.mouse(MouseEventKind::ScrollUp, over_cache);
    assert_eq!(shown.screen.lookup_row(), before - 3);
    assert_eq!(shown.screen.focus(), PanelName::Resources);
    let mut small = Shown::live(SMALL, SESSION, END);
    small.click(small.find("Memory"));
    assert_eq!(small.screen.focus(), PanelName::Memory);
}

#[test]
fn groups_open_and_fold() {
    let shown = Shown::live(MIDDLE, SESSION, END).keys("tab G k k k");
    assert!(!shown.text().contains("gaussian(0.5)#3"));
    let shown = shown.keys("right");
    assert!(shown.text().contains("gaussian(0.1)#1"));
    let shown = shown.keys("right right left left");
    assert!(!shown.text().contains("gaussian(0.1)#1"));
}

#[test]
fn what_is_known_of_files_is_folded_under_one_heading() {
    let mut shown = Shown::live(SMALL, SESSION, END);
    let EventKind::ResourceDeclared(declared) = events(SESSION).swap_remove(1).kind else {
        panic!("the first event but one declares a resource");
    };
    for (name, resource, group) in [
        (
            "file:/data/adult.parquet",
            ResourceKind::File,
            Some("files"),
        ),
        ("file:/data/forest.onnx", ResourceKind::File, Some("files")),
        ("header:forest", ResourceKind::Header, Some("headers")),
        ("target_values", ResourceKind::TargetValues, None),
    ] {
        let mut declared = declared.clone();
        declared.name = ResourceName::from(name);
        declared.resource = resource;
        declared.group = group.map(str::to_owned);
        shown.screen.on_event(&Event {
            seq: 9_999,
            t: 60.0,
            kind: EventKind::ResourceDeclared(declared),
        });
    }
    let shown = shown.keys("tab z G");
    assert!(shown.text().contains("Facts"), "{}", shown.text());
    assert!(!shown.text().contains("target_values"), "{}", shown.text());
    let shown = shown.keys("right right down right G");
    for name in ["target_values", "adult.parquet", "forest.onnx", "headers"] {
        shown.find(name);
    }
}

#[test]
fn nothing_moves_while_nothing_happens() {
    let mut idle = Shown::live(SMALL, SESSION, END);
    assert_eq!(idle.screen.next_tick(), None);
    assert!(!idle.screen.is_dirty());
    idle.screen.on_input(Input::Resize(80, 24));
    assert!(idle.screen.is_dirty());
    let mut busy = Shown::live(SMALL, SESSION, LOADING);
    assert!(busy.screen.next_tick().is_some());
    let before = busy.text();
    busy.screen.on_tick();
    busy.draw();
    assert_ne!(busy.text(), before);
}

#[test]
fn text_from_files_cannot_reach_the_terminal_raw() {
    let mut shown = Shown::live(MIDDLE, SESSION, START);
    let mut hostile = events(SESSION).swap_remove(1);
    if let EventKind::ResourceDeclared(declared) = &mut hostile.kind {
        declared.name = ResourceName::from("model:\u{1b}]0;owned\u{7}\u{202e}x\r\n");
        declared.group = Some("\u{1b}[2J".to_owned());
    }
    shown.screen.on_event(&hostile);
    shown.screen.on_event(&Event {
        seq: 9_999,
        t: 3.0,
        kind: EventKind::Noted(Note::warning("\u{9b}31mred\u{0}")),
    });
    shown.draw();
    let raw = |cell: &ratatui::buffer::Cell| cell.symbol().chars().any(char::is_control);
    assert!(!shown.buffer().content.iter().any(raw));
    assert!(shown.text().contains("31mred"));
}

#[test]
fn the_table_of_keys_for_the_readme() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("keys", Keymap::default().markdown()));
}

//! What if, what is wasted, why, the link, and eager over lazy: as they are seen.

use lazydebugger::event::{Command, Event};
use lazydebugger::log::Log;
use lazydebugger::tui::Overlay;
use lazydebugger::tui::app_loop::App;
use lazydebugger::tui::race::{Race, Titles};
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::terminal::LinkFigures;
use lazydebugger::tui::theme::ThemeName;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const MIDDLE: (u16, u16) = (120, 40);
const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (200, 60)];

const OPTIONS: Options = Options {
    theme: ThemeName::Dark,
    colours: true,
    unicode: true,
};

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The session that comes with the program.
fn sample() -> Vec<Event> {
    let session = include_str!("../../sample_data/adult/session.jsonl");
    let lines: Vec<&str> = session.lines().skip(1).collect();
    events(&lines.join("\n"))
}

fn with_log(source: Source, size: (u16, u16)) -> Shown {
    let log = Log::of(events(SESSION));
    let screen = Screen::new(OPTIONS, source).looking_back_on(log);
    Shown::new(screen, size, SESSION, f64::INFINITY)
}

/// The curves, once they have been played.
fn what_if(source: Source, size: (u16, u16)) -> Shown {
    let mut shown = with_log(source, size).keys("W");
    while shown.screen.is_computing_curves() {
        assert!(shown.screen.next_tick().is_some(), "it is looked after");
        std::thread::yield_now();
    }
    shown.draw();
    shown
}

#[test]
fn what_other_caches_would_have_made_is_drawn_and_can_be_applied() {
    let shown = what_if(Source::Session, MIDDLE);
    for words in [
        "seconds of recomputation",
        "quick ▸",
        "gdsf",
        "plan",
        "is enough for quick",
    ] {
        shown.find(words);
    }
    let shown = shown.keys("tab");
    shown.find("requests that are not found");
    let shown = shown.keys("tab");
    shown.find("bytes that are not found");
    let largest = shown.text();
    let shown = shown.keys("left left");
    assert_ne!(shown.text(), largest, "the cursor has moved");
    let shown = shown.keys("enter");
    let given = shown.given();
    let [Command::SetCacheBytes(bytes)] = given.as_slice() else {
        panic!("{given:?}");
    };
    assert!(*bytes > 0);
    assert_eq!(shown.screen.overlay(), None);
}

#[test]
fn nobody_changes_the_cache_of_a_recording() {
    let shown = what_if(Source::Recording, MIDDLE).keys("enter");
    assert!(shown.given().is_empty());
}

#[test]
fn curves_fit_every_screen() {
    for size in SIZES {
        let (columns, rows) = size;
        let shown = what_if(Source::Session, size);
        check(&format!("what_if_{columns}x{rows}"), &shown.text());
    }
}

#[test]
fn what_is_wasted_is_listed_and_leads_to_the_evidence() {
    for size in SIZES {
        let (columns, rows) = size;
        let shown = Shown::live(size, SESSION, f64::INFINITY).keys("!");
        check(&format!("lints_{columns}x{rows}"), &shown.text());
    }
    let shown = Shown::live(MIDDLE, SESSION, f64::INFINITY).keys("! enter");
    assert!(!matches!(
        shown.screen.overlay(),
        Some(Overlay::Lints { .. })
    ));
}

#[test]
fn the_link_is_shown_when_asked_for() {
    let mut shown = Shown::live(MIDDLE, SESSION, f64::INFINITY);
    let figures = LinkFigures {
        bytes_a_second: 1_500,
        lag: Some(std::time::Duration::from_millis(83)),
        ..LinkFigures::default()
    };
    shown.screen.on_link(figures);
    shown.draw();
    assert!(!shown.text().contains("lag 83.0 ms"));
    let mut shown = shown.keys("f12");
    shown.screen.on_link(figures);
    shown.draw();
    shown.find("1.5 kB/s, lag 83.0 ms");
}

fn race(size: (u16, u16), options: Options, moment: Option<f64>) -> String {
    let titles = Titles {
        data: "250,000 rows x 60 features, 310 MB; 1 thread each".to_owned(),
        sides: [
            "loads all that the experiment names, then answers".to_owned(),
            "loads what fairness asks for, when it asks".to_owned(),
        ],
    };
    let sides = vec![events(SESSION), sample()];
    let mut race = Race::recorded(titles, options, sides);
    match moment {
        Some(seconds) => race.skip_to(seconds),
        None => race.skip_to_end(),
    }
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| race.draw(frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content.chunks(usize::from(size.0));
    let line = |row: &[ratatui::buffer::Cell]| {
        let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        line.trim_end().to_owned() + "\n"
    };
    rows.map(line).collect()
}

#[test]
fn eager_over_lazy_is_seen_at_a_glance() {
    for size in SIZES {
        let (columns, rows) = size;
        check(
            &format!("race_{columns}x{rows}"),
            &race(size, OPTIONS, None),
        );
    }
    let plain = Options {
        colours: false,
        unicode: false,
        ..OPTIONS
    };
    let text = race(MIDDLE, plain, Some(1.0));
    assert!(text.is_ascii(), "{text}");
    check("race_ascii_120x40", &text);
}

#[test]
fn any_size_of_the_race_can_be_drawn_at_any_moment() {
    for (columns, rows) in [(1, 1), (59, 15), (60, 16), (61, 17), (300, 100)] {
        for moment in [Some(0.0), Some(0.4), Some(3.0), None] {
            race((columns, rows), OPTIONS, moment);
        }
    }
}

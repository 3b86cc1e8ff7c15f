//! Looking for something: filters, orders, jumps and the way back.

use lazydebugger::event::{Event, EventKind};
use lazydebugger::log::Log;
use lazydebugger::tui::app_loop::{App, Input};
use lazydebugger::tui::layout::PanelName;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::{ContentId, Dimension, Lookup, MissReason, Owner, ResourceName};
use ratatui::style::Modifier;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const LARGE: (u16, u16) = (200, 60);
const SMALL: (u16, u16) = (80, 24);
const OPTIONS: Options = Options {
    theme: ThemeName::Dark,
    colours: true,
    unicode: true,
};

fn looking(size: (u16, u16), keys: &str) -> Shown {
    let log = Log::of(events(SESSION));
    let screen = Screen::new(OPTIONS, Source::Session).looking_back_on(log);
    Shown::new(screen, size, SESSION, f64::INFINITY).keys(keys)
}

fn typed(words: &str) -> String {
    let letters = words.chars().map(|letter| match letter {
        ' ' => "space".to_owned(),
        letter => letter.to_string(),
    });
    letters.collect::<Vec<_>>().join(" ")
}

/// The lines that hold a lookup.
fn lookups(shown: &Shown) -> Vec<String> {
    let text = shown.text();
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("last lookups"))
        .take_while(|line| !line.starts_with(" cache"));
    let is_lookup = |line: &&str| {
        [" hit ", " miss ", " join "]
            .iter()
            .any(|word| line.contains(word))
    };
    lines.filter(is_lookup).map(str::to_owned).collect()
}

#[test]
fn a_filter_leaves_what_it_holds_of_while_it_is_typed() {
    let before = looking(SMALL, "tab tab");
    assert!(lookups(&before).iter().any(|line| line.contains(" hit ")));
    let shown = before.keys(&format!("/ {}", typed("miss by:robustness")));
    let found = lookups(&shown);
    assert!(
        !found.is_empty() && found.iter().all(|line| line.contains(" miss ")),
        "{found:?}"
    );
    shown.find("/miss by:robustness");
    shown.find("enter keeps it, esc clears it");
    let shown = shown.keys("enter");
    assert_eq!(lookups(&shown), found);
    let kept = shown.text();
    assert!(kept.contains(" rows") || kept.contains(" row "), "{kept}");
    // One thing after the other: the filter goes first.
    let shown = shown.keys("esc");
    assert!(lookups(&shown).iter().any(|line| line.contains(" hit ")));
    let shown = shown.keys(&format!("/ {} esc", typed("nothing is so")));
    assert!(!lookups(&shown).is_empty());
}

#[test]
fn what_is_looked_for_is_marked() {
    let shown = looking(SMALL, &format!("tab tab / {}", typed("MISS")));
    let marked = shown
        .buffer()
        .content
        .iter()
        .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
    let marked: String = marked.map(ratatui::buffer::Cell::symbol).collect();
    assert!(marked.contains("miss"), "{marked}");
}

#[test]
fn sizes_are_looked_for() {
    let shown = looking(LARGE, &format!("tab z / {} enter", typed(">10MB")));
    let ledger = shown.screen.ledger();
    for resource in ledger.resources() {
        let is_large = resource
            .bytes_or_estimate()
            .is_some_and(|bytes| bytes > 10_000_000);
        let name = resource.name.0.rsplit(':').next().unwrap();
        if !name.contains(['(', '~', '@']) {
            assert_eq!(
                shown.text().contains(name),
                is_large,
                "{name} in\n{}",
                shown.text()
            );
        }
    }
}

#[test]
fn what_was_pasted_is_looked_for_too() {
    let mut shown = looking(SMALL, "tab tab /");
    shown
        .screen
        .on_input(Input::Paste("miss\u{1b}[2J".to_owned()));
    shown.draw();
    shown.find("/miss[2J");
}

#[test]
fn resources_are_sorted_by_a_marked_column() {
    let shown = looking(LARGE, "tab o");
    shown.find("▼size");
    let sizes: Vec<u64> = shown
        .screen
        .ledger()
        .resources()
        .iter()
        .filter_map(lazydebugger::ledger::ResourceRecord::bytes_or_estimate)
        .collect();
    let largest = shown
        .screen
        .ledger()
        .resources()
        .iter()
        .max_by_key(|r| r.bytes_or_estimate());
    let largest = largest.unwrap().name.0.to_string();
    let short = largest.trim_start_matches("model:");
    let first = shown
        .text()
        .lines()
        .find(|line| line.contains("▌"))
        .map(str::to_owned);
    assert!(
        sizes.len() > 3 && first.is_some_and(|line| line.contains(short)),
        "{short}"
    );
    let shown = shown.keys("O");
    shown.find("▲size");
    let shown = shown.keys("o o o o");
    assert!(
        !shown.text().contains("▼"),
        "after the last column it is a tree"
    );
}

#[test]
fn a_table_of_results_is_sorted_by_the_column_that_is_marked() {
    let shown = looking(LARGE, "2 z G");
    let shown = shown.keys("o o");
    let text = shown.text();
    let head = text
        .lines()
        .find(|line| line.contains('▼'))
        .unwrap_or_else(|| panic!("{text}"));
    assert!(head.contains("▼n"), "{head}");
}

fn some_content() -> ContentId {
    let told = events(SESSION).into_iter();
    let mut contents = told.filter_map(|event| match event.kind {
        EventKind::Requested { content, .. } => Some(content),
        _ => None,
    });
    contents.next().unwrap()
}

fn requested(seq: u64, name: &str, lookup: Lookup) -> Event {
    Event {
        seq,
        t: 60.0 + seq as f64,
        kind: EventKind::Requested {
            name: ResourceName::from(name),
            by: Owner::from(Dimension::Fairness),
            lookup,
            content: some_content(),
            differs: Vec::new(),
            same_as: None,
        },
    }
}

#[test]
fn from_a_miss_to_its_evictor_and_back() {
    let mut shown = looking(LARGE, "tab tab");
    let names: Vec<String> = shown
        .screen
        .ledger()
        .resources()
        .iter()
        .filter(|r| r.is_cached_kind())
        .map(|r| r.name.0.to_string())
        .take(2)
        .collect();
    let evicted = Lookup::Miss(MissReason::Evicted {
        policy: "lru".to_owned(),
        for_name: ResourceName::from(names[0].as_str()),
    });
    let seq = shown.screen.ledger().events;
    let saved = Lookup::Hit { saved_seconds: 0.1 };
    let told = [
        (&names[0], Lookup::Miss(MissReason::FirstTouch)),
        (&names[1], saved.clone()),
        (&names[0], saved),
        (&names[1], evicted),
    ];
    for (nth, (name, lookup)) in told.into_iter().enumerate() {
        shown
            .screen
            .on_event(&requested(seq + nth as u64, name, lookup));
    }
    shown.draw();
    let here = shown.screen.lookup_row();
    let shown = shown.keys("e");
    assert_eq!(shown.screen.lookup_row(), here - 3);
    let shown = shown.keys("e");
    assert_eq!(
        shown.screen.message().unwrap().text,
        "nothing was evicted here"
    );
    let shown = shown.keys("tab ctrl-o");
    assert_eq!(
        (shown.screen.focus(), shown.screen.lookup_row()),
        (PanelName::Cache, here)
    );
    let shown = shown.keys("ctrl-o");
    assert_eq!(
        shown.screen.message().unwrap().text,
        "no jump to go back from"
    );
}

#[test]
fn the_cursor_follows_or_stays() {
    let shown = looking(LARGE, "tab tab");
    shown.find("follows");
    let mut shown = shown.keys("F");
    let here = shown.screen.lookup_row();
    let seq = shown.screen.ledger().events;
    let mut resources = shown.screen.ledger().resources().iter();
    let cached = resources.find(|resource| resource.is_cached_kind());
    let name = cached.unwrap().name.0.to_string();
    shown
        .screen
        .on_event(&requested(seq, &name, Lookup::Hit { saved_seconds: 0.1 }));
    shown.draw();
    assert_eq!(shown.screen.lookup_row(), here);
    let shown = shown.keys("F");
    assert_ne!(shown.screen.lookup_row(), here);
}

#[test]
fn events_are_read_where_they_are() {
    let all = events(SESSION).len();
    let shown = looking(LARGE, "shift-tab");
    assert_eq!(shown.screen.focus(), PanelName::Events);
    let last = events(SESSION).pop().unwrap();
    shown.find(&format!("{:.3} s", last.t));
    let shown = shown.keys("g");
    shown.find("opened");
    // The moment of an event: every panel shows it.
    let shown = shown.keys("j j j space");
    assert!(
        shown
            .text()
            .lines()
            .next()
            .unwrap()
            .contains(&format!("event 4 of {all}"))
    );
    let shown = shown
        .keys("L")
        .keys(&format!("/ {} enter g", typed("run started")));
    let runs = events(SESSION);
    let runs = runs
        .iter()
        .filter(|e| matches!(e.kind, EventKind::RunStarted { .. }))
        .count();
    shown.find(&format!("· {runs} rows"));
}

/// The session with forty tables of other populations, each with its columns.
fn with_forty_populations(keys: &str) -> Shown {
    let mut log = events(SESSION);
    let is_table = |event: &Event| match &event.kind {
        EventKind::ResourceDeclared(declared) => &*declared.name.0 == "calibration",
        _ => false,
    };
    let at = log.iter().position(is_table).unwrap();
    let like = log[at].clone();
    for number in 0..40 {
        for set in ["features", "outcome"] {
            let mut event = like.clone();
            if let EventKind::ResourceDeclared(declared) = &mut event.kind {
                let table = format!("alternative:population_{number:02}_sweep");
                declared.name = ResourceName::from(&*format!("columns:{table}[{set}]"));
                declared.group = Some(table);
            }
            log.insert(at + 1, event);
        }
    }
    for (seq, event) in log.iter_mut().enumerate() {
        event.seq = seq as u64;
    }
    let line = |event: &Event| serde_json::to_string(event).unwrap();
    let lines: Vec<String> = log.iter().map(line).collect();
    let screen = Screen::new(OPTIONS, Source::Session);
    Shown::new(screen, SMALL, &lines.join("\n"), f64::INFINITY).keys(keys)
}

#[test]
fn forty_tables_whose_names_begin_alike_are_one_row_until_it_is_opened() {
    let text = with_forty_populations("tab z").text();
    assert_eq!(text.matches("_*_sweep").count(), 1, "{text}");
    assert!(!text.contains("population_07"), "{text}");
    assert!(text.contains("0 of 80"), "its members count: {text}");
    assert!(
        text.contains("Predictions"),
        "what follows is in sight: {text}"
    );
    // Opened, each has the part of its name that tells it from the others.
    let text = with_forty_populations("tab z j j j space").text();
    let row = text.lines().find(|line| line.contains("▸ 39 "));
    assert!(row.is_some_and(|row| row.contains("0 of 2")), "{text}");
    assert!(!text.contains("population_39"), "{text}");
}

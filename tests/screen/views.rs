//! Every view at every size, in colour, without, and in ASCII; and whatever happens in whatever order,
//! nothing of it panics.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use lazydebugger::event::Event;
use lazydebugger::log::Log;
use lazydebugger::tui::app_loop::{App, Flow, Input};
use lazydebugger::tui::command::{COMMANDS, Scope, Spec};
use lazydebugger::tui::key::Key;
use lazydebugger::tui::keymap::Keymap;
use lazydebugger::tui::layout::PanelName;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::Severity;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const PLANS: &str = include_str!("../fixtures/adult_plans.jsonl");
/// Moments of the session: before a run, amid one, between two.
const MOMENTS: [f64; 4] = [2.0, 5.5, 9.0, f64::INFINITY];

/// Every view with the keys that lead to it.
const VIEWS: &[(&str, &str)] = &[
    ("dimensions", ""),
    ("resources", "tab"),
    ("resources_found", "tab / f o r e s t enter"),
    ("resources_sorted", "tab o"),
    ("cache", "tab tab"),
    ("cache_found", "tab tab / m i s s"),
    ("memory", "tab tab tab"),
    ("robustness", "1"),
    ("fairness", "2"),
    ("uncertainty", "3"),
    ("resilience", "4"),
    ("hyperparameters", "5"),
    ("results_zoomed", "2 z"),
    ("results_sorted", "5 z G o o o o o"),
    ("events", "shift-tab"),
    ("events_found", "shift-tab / e v i c t"),
    ("compared", "b 2"),
    ("compared_resources", "b tab z"),
    ("row", "2 j j enter"),
    ("help", "?"),
    ("help_found", "? / c a c h e"),
    ("palette", ":"),
    ("palette_found", ": t h e m"),
    ("plan", "v"),
    ("timeline", "T"),
    ("lints", "!"),
    ("map", "M"),
    ("graph", "tab j j j j d"),
    ("why", "tab j j j j j enter"),
];

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (200, 60)];

const COLOURS: Options = Options {
    theme: ThemeName::Dark,
    colours: true,
    unicode: true,
};

/// The session and a plan, read once.
fn told() -> &'static [Event] {
    static TOLD: OnceLock<Vec<Event>> = OnceLock::new();
    TOLD.get_or_init(|| events(SESSION))
}

/// The session up to a moment, with the log at hand and a plan.
fn looking(options: Options, size: (u16, u16), until: f64, keys: &str) -> Shown {
    let mut all: Vec<Event> = told()
        .iter()
        .filter(|event| event.t <= until)
        .cloned()
        .collect();
    let mut plan = events(PLANS).swap_remove(1);
    let last = all.last().unwrap();
    (plan.seq, plan.t) = (last.seq + 1, last.t);
    all.push(plan);
    let log = Log::of(all.clone());
    let screen = Screen::new(options, Source::Session).looking_back_on(log);
    let mut shown = Shown::new(screen, size, "", 0.0);
    for event in &all {
        shown.screen.on_event(event);
    }
    shown.draw();
    shown.keys(keys)
}

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots/views");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_view_at_every_size() {
    for size in SIZES {
        // A file a size: what has changed in one view is a few lines of it.
        let mut all = String::new();
        for (name, keys) in VIEWS {
            let shown = looking(COLOURS, size, f64::INFINITY, keys);
            write!(all, "== {name}: {keys}\n{}", shown.text()).unwrap();
        }
        check(&format!("views_{}x{}", size.0, size.1), &all);
    }
}

/// The words that are said, but for what the bands of curves are: without colours there are none.
fn words(shown: &Shown) -> BTreeSet<String> {
    let text = shown.text();
    let words = text.split(|sign: char| !sign.is_alphabetic());
    let words = words.filter(|word| word.len() > 3 && *word != "interval");
    words.map(str::to_owned).collect()
}

#[test]
fn without_colours_curves_differ_by_their_signs() {
    let plain = Options {
        colours: false,
        ..COLOURS
    };
    let memory = looking(plain, SIZES[2], f64::INFINITY, "").text();
    assert!(
        memory.contains("* estimated") && memory.contains("o process RSS"),
        "{memory}"
    );
    assert!(
        memory.contains("****") && memory.contains("oooo"),
        "{memory}"
    );
}

#[test]
fn without_colours_every_view_says_the_same() {
    let plain = Options {
        colours: false,
        ..COLOURS
    };
    let mono = Options {
        theme: ThemeName::Mono,
        ..COLOURS
    };
    for (name, keys) in VIEWS {
        let coloured = looking(COLOURS, SIZES[2], f64::INFINITY, keys);
        for options in [plain, mono] {
            let shown = looking(options, SIZES[2], f64::INFINITY, keys);
            let (said, plainly) = (words(&coloured), words(&shown));
            let unsaid: Vec<&String> = said.difference(&plainly).collect();
            assert_eq!(unsaid, Vec::<&String>::new(), "{name}");
            let is_plain =
                |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
            assert!(shown.buffer().content.iter().all(is_plain), "{name}");
        }
    }
}

#[test]
fn every_theme_tells_good_from_bad_and_text_from_its_ground() {
    for theme in ThemeName::all().filter(|theme| *theme != ThemeName::Mono) {
        let theme_of = lazydebugger::tui::theme::Theme::builtin(theme);
        let inks: BTreeSet<String> = [theme_of.good, theme_of.warn, theme_of.bad]
            .iter()
            .map(|style| format!("{:?}", style.fg))
            .collect();
        assert_eq!(inks.len(), 3, "{}", theme.name());
        if let (Some(Color::Rgb(..)), Some(ground)) = (theme_of.text.fg, theme_of.ground.bg) {
            let text = theme_of.text.fg.unwrap();
            assert!(contrast(text, ground) >= 7.0, "{}", theme.name());
            let dim = theme_of.dim.fg.unwrap();
            assert!(contrast(dim, ground) >= 4.5, "dim of {}", theme.name());
        }
    }
}

/// The contrast of two colours by WCAG 2.
fn contrast(one: Color, other: Color) -> f64 {
    let light = |colour: Color| {
        let Color::Rgb(r, g, b) = colour else {
            panic!("{colour} is no true colour");
        };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_view_can_be_told_in_ascii() {
    let ascii = Options {
        theme: ThemeName::Mono,
        colours: false,
        unicode: false,
    };
    let mut all = String::new();
    for (name, keys) in VIEWS {
        let text = looking(ascii, SIZES[1], f64::INFINITY, keys).text();
        assert!(text.is_ascii(), "{name}:\n{text}");
        write!(all, "== {name}: {keys}\n{text}").unwrap();
    }
    check("views_ascii", &all);
}

/// Numbers that look random, and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as usize) % most.max(1)
    }
}

/// All keys that mean something, and some that are typed.
fn all_keys() -> Vec<Key> {
    let keymap = Keymap::default();
    let keys = COMMANDS
        .iter()
        .flat_map(|spec| keymap.keys(spec.action).to_vec());
    // What leaves is no way to go on, and what is saved is no part of this.
    let keys = keys.filter(|key| !matches!(key.name(), "q" | "ctrl-c" | "S"));
    let others = ["esc", "enter", "backspace", "x", "y", "n"];
    keys.chain(others.into_iter().filter_map(Key::named))
        .collect()
}

#[test]
fn at_any_size_every_view_of_any_moment_can_be_drawn() {
    let mut chance = Chance(7);
    for moment in MOMENTS {
        for (_, keys) in VIEWS {
            let mut shown = looking(COLOURS, SIZES[2], moment, keys);
            for _ in 0..4 {
                let size = (1 + chance.below(300) as u16, 1 + chance.below(100) as u16);
                shown.terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
                shown.draw();
            }
            for size in [(1, 1), (300, 100), (59, 16), (60, 15), (60, 16)] {
                shown.terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
                shown.draw();
            }
        }
    }
}

#[test]
fn events_in_any_order_and_keys_of_any_kind_do_no_harm() {
    let all = told();
    let keys = all_keys();
    for seed in 0..12 {
        let mut chance = Chance(seed);
        let mut order: Vec<usize> = (0..all.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, chance.below(at + 1));
        }
        // Some are left out: what they begin never ends.
        order.truncate(all.len() - chance.below(all.len() / 2));
        let told = order.iter().enumerate().map(|(seq, at)| Event {
            seq: seq as u64,
            t: seq as f64 * 0.01,
            kind: all[*at].kind.clone(),
        });
        let told: Vec<Event> = told.collect();
        let log = Log::of(told.clone());
        let screen = Screen::new(COLOURS, Source::Recording).looking_back_on(log);
        let mut shown = Shown::new(screen, SIZES[2], "", 0.0);
        for event in &told {
            shown.screen.on_event(event);
            if chance.below(40) == 0 {
                let size = (1 + chance.below(220) as u16, 1 + chance.below(70) as u16);
                shown.terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
                shown.draw();
                for _ in 0..4 {
                    let key = &keys[chance.below(keys.len())];
                    shown.screen.on_input(Input::Key(key.event()));
                    shown.screen.on_tick();
                }
                shown.draw();
            }
        }
    }
}

/// The panel on which a command is to be tried.
fn place(spec: &Spec) -> PanelName {
    match spec.scope {
        Scope::Everywhere => PanelName::Dimensions,
        Scope::On(panels) => panels[0],
    }
}

/// Keys that lead to a panel.
fn to(panel: PanelName) -> String {
    "tab ".repeat(panel as usize)
}

#[test]
fn every_key_of_the_table_does_something_or_says_why_not() {
    let keymap = Keymap::default();
    for moment in MOMENTS {
        for spec in COMMANDS {
            for key in keymap.keys(spec.action) {
                let shown = looking(COLOURS, SIZES[2], moment, &to(place(spec)));
                assert_eq!(shown.screen.focus(), place(spec));
                let (before, said) = (shown.text(), shown.screen.message());
                let answer = shown.screen.available(spec.action);
                let shown = shown.keys(key.name());
                let did = shown.last != Flow::Continue
                    || shown.text() != before
                    || shown.screen.message() != said;
                match answer {
                    // What only moves the cursor may be where it is to go; nothing is known of the
                    // link where nothing is sent.
                    Ok(()) => {
                        let is_still = matches!(
                            spec.name,
                            "up" | "page_up"
                                | "top"
                                | "down"
                                | "page_down"
                                | "bottom"
                                | "collapse"
                                | "sort_other_way"
                                | "expand"
                                | "toggle_dimension"
                                | "show_link"
                        );
                        assert!(did || is_still, "{} ({key}) at {moment} s", spec.name);
                    }
                    Err(why_not) => {
                        let said = shown.screen.message().unwrap();
                        assert_eq!(said.text, why_not, "{} ({key})", spec.name);
                        assert_eq!(said.severity, Severity::Warning);
                    }
                }
            }
        }
    }
}

#[test]
fn the_palette_reaches_every_command() {
    for spec in COMMANDS.iter().filter(|spec| spec.name != "show_palette") {
        let typed: Vec<String> = spec
            .name
            .chars()
            .map(|letter| {
                if letter == '_' {
                    "space".to_owned()
                } else {
                    letter.to_string()
                }
            })
            .collect();
        let shown = looking(COLOURS, SIZES[1], f64::INFINITY, ":").keys(&typed.join(" "));
        let first = shown.text();
        // Not that of the panel behind it.
        let has_cursor = |line: &&str| line.chars().skip(3).any(|sign| sign == '▌');
        let row = first.lines().find(has_cursor);
        let row = row.unwrap_or_else(|| panic!("{} in\n{first}", spec.name));
        assert!(
            row.contains(&spec.name.replace('_', " ")),
            "{}: {row}",
            spec.name
        );
    }
}

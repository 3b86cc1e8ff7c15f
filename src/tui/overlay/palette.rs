//! The palette: everything that can be done, by name. What is typed need not be whole: its letters, in
//! their order, are enough.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Style;

use super::{Line, Overlay, Reply};
use crate::display::clean;
use crate::event::Command;
use crate::settings::Size;
use crate::tui::command::{Action, COMMANDS, Scope, Spec};
use crate::tui::draw::theme::ThemeName;
use crate::tui::draw::{View, text};
use crate::tui::key::Key;
use crate::vocabulary::{Choice as _, Preset, Strategy};

/// Columns of the names.
const NAME: usize = 26;
/// Columns of the keys.
const KEYS: usize = 12;
/// Letters of what is typed; no name is longer.
const LONGEST: usize = 60;
/// What is typed before a size.
const CACHE_SIZE: &str = "cache size ";
const BUDGET: &str = "memory budget ";

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) enum Choice {
    /// A command of the screen.
    Do(Action),
    /// A command for the session.
    Give(Command),
    /// A theme.
    Theme(ThemeName),
    /// What it takes is to be typed after this.
    Type(&'static str),
}

/// A row of the palette.
struct Entry {
    name: String,
    keys: String,
    doc: String,
    choice: Choice,
}

impl Entry {
    fn new(name: impl Into<String>, doc: &str, choice: Choice) -> Self {
        Self {
            name: name.into(),
            keys: String::new(),
            doc: doc.trim_end_matches('.').to_owned(),
            choice,
        }
    }
}

/// What commands for the session take that are not keys' commands.
fn settings(typed: &str) -> Vec<Entry> {
    let strategies = Strategy::ALL.iter().map(|strategy| {
        let choice = Choice::Give(Command::SetStrategy(*strategy));
        Entry::new(format!("strategy {strategy}"), strategy.doc(), choice)
    });
    let presets = Preset::ALL.iter().map(|preset| {
        let choice = Choice::Give(Command::SetPreset(*preset));
        Entry::new(format!("preset {preset}"), preset.doc(), choice)
    });
    let mut entries: Vec<Entry> = strategies.chain(presets).collect();
    let last = typed.split_whitespace().last();
    match last.and_then(|word| Some((word, word.parse::<Size>().ok()?))) {
        Some((word, Size(bytes))) => entries.extend([
            Entry::new(
                format!("cache size {word}"),
                "Most bytes of the prediction cache from now on",
                Choice::Give(Command::SetCacheBytes(bytes)),
            ),
            Entry::new(
                format!("memory budget {word}"),
                "Most bytes that resources may take together from now on",
                Choice::Give(Command::SetMemoryBudget(Some(bytes))),
            ),
        ]),
        None => entries.extend([
            Entry::new(
                CACHE_SIZE.trim_end(),
                "Most bytes of the prediction cache: type a size, such as 64MB",
                Choice::Type(CACHE_SIZE),
            ),
            Entry::new(
                BUDGET.trim_end(),
                "Most bytes of all resources: type a size, such as 2GB",
                Choice::Type(BUDGET),
            ),
        ]),
    }
    entries.push(Entry::new(
        "memory budget none",
        "Resources may take what they take",
        Choice::Give(Command::SetMemoryBudget(None)),
    ));
    entries
}

/// All that can be chosen: first what commands do, then what they take.
fn entries(view: &View<'_>, typed: &str) -> Vec<Entry> {
    // Where the palette itself is, and what only moves about in it, is of no use here.
    let is_shown = |spec: &&Spec| spec.action != Action::ShowPalette;
    let commands = COMMANDS.iter().filter(is_shown).map(|spec| {
        let keys = view.keymap.keys(spec.action);
        let keys: Vec<&str> = keys.iter().map(Key::name).collect();
        Entry {
            name: spec.name.replace('_', " "),
            keys: keys.join(" "),
            doc: placed(spec),
            choice: Choice::Do(spec.action),
        }
    });
    let settings = if view.is_replay {
        Vec::new()
    } else {
        settings(typed)
    };
    let themes = ThemeName::all().map(|theme| {
        let name = format!("theme {}", theme.name());
        Entry::new(name, "The colours of the screen", Choice::Theme(theme))
    });
    commands.chain(settings).chain(themes).collect()
}

/// What a command does, and where.
fn placed(spec: &Spec) -> String {
    let doc = spec.doc.trim_end_matches('.');
    match spec.scope {
        Scope::Everywhere => doc.to_owned(),
        Scope::On(panels) => {
            let titles: Vec<_> = panels.iter().map(|panel| panel.title()).collect();
            format!("{doc} ({})", titles.join(", "))
        }
    }
}

/// What is typed as found in a name: how well, the best lowest, and where its letters are. None where
/// they are not all there, in their order.
fn found(name: &str, typed: &str) -> Option<(usize, Vec<usize>)> {
    let letters: Vec<char> = name.to_lowercase().chars().collect();
    let typed: Vec<char> = typed
        .to_lowercase()
        .split_whitespace()
        .flat_map(str::chars)
        .collect();
    let begins = |at: usize| at == 0 || !letters[at - 1].is_alphanumeric();
    // The match may begin at any word: the best of them counts.
    let starts =
        (0..letters.len()).filter(|at| typed.first().is_none_or(|first| letters[*at] == *first));
    let tries = starts.filter_map(|start| {
        let mut places = Vec::with_capacity(typed.len());
        let mut next = start;
        let mut cost = usize::from(!begins(start)) * 4;
        for letter in &typed {
            let at = (next..letters.len()).find(|at| letters[*at] == *letter)?;
            let is_next = places.last().is_none_or(|last| last + 1 == at);
            cost += if is_next || begins(at) {
                0
            } else {
                2 + (at - next).min(4)
            };
            places.push(at);
            next = at + 1;
        }
        Some((cost + start.min(2), places))
    });
    let best = tries.min_by_key(|(cost, _)| *cost);
    if typed.is_empty() {
        return Some((0, Vec::new()));
    }
    best
}

/// The rows that what is typed leaves, the best first, each with where its letters are.
fn matching(view: &View<'_>, typed: &str) -> Vec<(Entry, Vec<usize>)> {
    let entries = entries(view, typed).into_iter();
    let mut found: Vec<(usize, Entry, Vec<usize>)> = entries
        .filter_map(|entry| {
            // A key is a name too.
            let by_key = !typed.is_empty() && entry.keys.split(' ').any(|key| key == typed.trim());
            let (cost, places) = match found(&entry.name, typed) {
                Some(found) => found,
                None if by_key => (0, Vec::new()),
                None => return None,
            };
            Some((if by_key { 0 } else { cost }, entry, places))
        })
        .collect();
    if !typed.trim().is_empty() {
        found.sort_by_key(|(cost, entry, _)| (*cost, entry.name.len()));
    }
    let found = found.into_iter();
    found.map(|(_, entry, places)| (entry, places)).collect()
}

/// What a key leads to.
pub(super) fn reply(view: &View<'_>, typed: &str, at: usize, key: KeyEvent) -> Reply {
    let show = |typed: String, at: usize| Reply::Show(Overlay::Palette { typed, at });
    let rows = || matching(view, typed).len();
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc => Reply::Close,
        KeyCode::Char('c') if control => Reply::Close,
        KeyCode::Enter => match matching(view, typed).into_iter().nth(at) {
            Some((entry, _)) => match entry.choice {
                Choice::Type(begun) => show(begun.to_owned(), 0),
                choice => Reply::Choose(choice),
            },
            None => Reply::Stay,
        },
        KeyCode::Up => show(typed.to_owned(), at.saturating_sub(1)),
        KeyCode::Char('p') if control => show(typed.to_owned(), at.saturating_sub(1)),
        KeyCode::Down => show(typed.to_owned(), (at + 1).min(rows().saturating_sub(1))),
        KeyCode::Char('n') if control => {
            show(typed.to_owned(), (at + 1).min(rows().saturating_sub(1)))
        }
        KeyCode::Char('u') if control => show(String::new(), 0),
        KeyCode::Backspace => {
            let mut typed = typed.to_owned();
            typed.pop();
            show(typed, 0)
        }
        KeyCode::Char(letter) if !control && typed.len() < LONGEST => {
            let letter = letter.to_string();
            show(format!("{typed}{}", clean(&letter)), 0)
        }
        _ => Reply::Stay,
    }
}

/// Lines above the rows.
pub(super) const HEAD: usize = 2;

pub(super) fn lines(view: &View<'_>, typed: &str, at: usize, columns: usize) -> Vec<Line> {
    let theme = view.theme;
    let cursor = theme.text.add_modifier(ratatui::style::Modifier::REVERSED);
    let mut lines = vec![
        vec![
            (":".to_owned(), theme.accent),
            (typed.to_owned(), theme.strong),
            (" ".to_owned(), cursor),
        ],
        Line::new(),
    ];
    let rows = matching(view, typed);
    if rows.is_empty() {
        lines.push(vec![("nothing is called so".to_owned(), theme.dim)]);
    }
    for (row, (entry, places)) in rows.into_iter().enumerate() {
        lines.push(line(view, &entry, &places, row == at, columns));
    }
    lines
}

fn line(view: &View<'_>, entry: &Entry, places: &[usize], is_here: bool, columns: usize) -> Line {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let sign = if is_here { glyphs.cursor } else { " " };
    let plain = if is_here { theme.strong } else { theme.text };
    let mut line = vec![(sign.to_owned(), theme.focus)];
    let mut put = |words: String, style: Style| match line.last_mut() {
        Some((last, own)) if *own == style => last.push_str(&words),
        _ => line.push((words, style)),
    };
    for (place, letter) in entry.name.chars().enumerate() {
        let style = if places.contains(&place) {
            theme.accent
        } else {
            plain
        };
        put(letter.to_string(), style);
    }
    put(
        " ".repeat(NAME.saturating_sub(text::width(&entry.name)).max(1)),
        plain,
    );
    let keys = text::fit(&entry.keys, KEYS - 1, glyphs.ellipsis);
    put(format!("{keys:<KEYS$}"), theme.dim);
    let room = columns.saturating_sub(1 + NAME + KEYS);
    put(
        text::fit(&entry.doc, room, glyphs.ellipsis).into_owned(),
        theme.dim,
    );
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_their_order_are_enough() {
        assert!(found("clear cache", "clc").is_some());
        assert!(found("clear cache", "Clear Cache").is_some());
        assert!(found("clear cache", "xc").is_none());
        assert_eq!(found("clear cache", "cc").unwrap_or_default().1, [0, 6]);
    }

    #[test]
    fn the_beginnings_of_words_are_best() {
        let cost = |name, typed| found(name, typed).map(|(cost, _)| cost);
        assert!(cost("run one", "ro") < cost("strategy eager-core", "ro"));
        assert!(cost("theme dark", "dark") < cost("redo all the ark", "dark"));
        assert_eq!(cost("quit", ""), Some(0));
    }
}

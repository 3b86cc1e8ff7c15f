//! All keys by heading, from the table of commands and the keymap; those that are looked for, by words
//! or by key.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Line, Overlay, Reply, labelled};
use crate::display::clean;
use crate::tui::command::{COMMANDS, Heading, Scope, Spec};
use crate::tui::draw::View;
use crate::tui::key::Key;

/// Columns of the keys.
const KEYS: usize = 18;
/// Letters of what is looked for.
const LONGEST: usize = 60;

pub(super) fn lines(view: &View<'_>, search: Option<&str>, columns: usize) -> Vec<Line> {
    let theme = view.theme;
    let mut lines = Vec::new();
    if let Some(search) = search {
        let cursor = theme.text.add_modifier(ratatui::style::Modifier::REVERSED);
        lines.push(vec![
            ("/".to_owned(), theme.accent),
            (search.to_owned(), theme.strong),
            (" ".to_owned(), cursor),
        ]);
    }
    let search = search.unwrap_or_default().trim();
    // Where one can but look, what cannot be done is no help.
    let headings = Heading::ALL.into_iter();
    for heading in headings.filter(|heading| !(view.is_replay && heading.gives_commands())) {
        let of_it = COMMANDS.iter().filter(|spec| spec.heading == heading);
        let mut found = of_it.filter(|spec| is_found(view, spec, search)).peekable();
        if found.peek().is_none() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(vec![(heading.title().to_owned(), theme.strong)]);
        for spec in found {
            let keys = keys(view.keymap.keys(spec.action));
            let keys = (keys.as_str(), KEYS, theme.accent);
            let doc = doc(spec, columns.saturating_sub(KEYS));
            lines.extend(labelled(keys, &doc, columns, theme.text));
        }
    }
    lines
}

/// Is this command looked for: by one of its keys, or by words of its name or of what it does?
fn is_found(view: &View<'_>, spec: &Spec, search: &str) -> bool {
    let by_key = view
        .keymap
        .keys(spec.action)
        .iter()
        .any(|key| key.name() == search);
    let folded = search.to_lowercase();
    let texts = [spec.name.replace('_', " "), spec.doc.to_lowercase()];
    let has = |word: &str| texts.iter().any(|text| text.contains(word));
    // A single letter is a key.
    let by_words = search.chars().count() != 1 && folded.split_whitespace().all(has);
    by_key || by_words
}

/// What a key leads to while something is looked for.
pub(super) fn reply(search: &str, key: KeyEvent) -> Reply {
    let show = |search: String| {
        Reply::Show(Overlay::Help {
            search: Some(search),
        })
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc | KeyCode::Enter => Reply::Close,
        KeyCode::Backspace => {
            let mut search = search.to_owned();
            search.pop();
            show(search)
        }
        KeyCode::Char('u') if control => show(String::new()),
        KeyCode::Char('c') if control => Reply::Close,
        KeyCode::Char(letter) if !control && search.len() < LONGEST => {
            let letter = letter.to_string();
            show(format!("{search}{}", clean(&letter)))
        }
        _ => Reply::Stay,
    }
}

fn keys(keys: &[Key]) -> String {
    match keys {
        [first, .., last] if keys.len() > 3 => format!("{first}..{last}"),
        keys => {
            let names: Vec<_> = keys.iter().map(Key::name).collect();
            names.join(" ")
        }
    }
}

fn doc(spec: &Spec, columns: usize) -> String {
    let doc = spec.doc.trim_end_matches('.');
    match spec.scope {
        Scope::Everywhere => doc.to_owned(),
        Scope::On(panels) => {
            let titles: Vec<_> = panels.iter().map(|panel| panel.title()).collect();
            let place = format!(" ({})", titles.join(", "));
            if doc.len() + place.len() <= columns {
                format!("{doc}{place}")
            } else {
                doc.to_owned()
            }
        }
    }
}

//! All keys by heading, from the table of commands and the keymap.

use super::{Line, labelled};
use crate::tui::command::{COMMANDS, Heading, Scope, Spec};
use crate::tui::draw::View;
use crate::tui::key::Key;

/// Columns of the keys.
const KEYS: usize = 18;

pub(super) fn lines(view: &View<'_>, columns: usize) -> Vec<Line> {
    let theme = view.theme;
    let mut lines = Vec::new();
    for heading in Heading::ALL {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(vec![(heading.title().to_owned(), theme.strong)]);
        for spec in COMMANDS.iter().filter(|spec| spec.heading == heading) {
            let keys = keys(view.keymap.keys(spec.action));
            let keys = (keys.as_str(), KEYS, theme.accent);
            let doc = doc(spec, columns.saturating_sub(KEYS));
            lines.extend(labelled(keys, &doc, columns, theme.text));
        }
    }
    lines
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

//! All keys by heading, from the table of commands.

use super::overlay::Line;
use crate::tui::command::{COMMANDS, Heading, Scope, Spec};
use crate::tui::screen::Screen;

/// Columns of the keys.
const KEYS: usize = 18;

pub(super) fn lines(screen: &Screen, columns: usize) -> Vec<Line> {
    let theme = screen.theme();
    let mut lines = Vec::new();
    for heading in Heading::ALL {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(vec![(heading.title().to_owned(), theme.strong)]);
        for spec in COMMANDS.iter().filter(|spec| spec.heading == heading) {
            lines.push(vec![
                (format!("{:<KEYS$}", keys(spec)), theme.accent),
                (doc(spec, columns.saturating_sub(KEYS)), theme.text),
            ]);
        }
    }
    lines
}

fn keys(spec: &Spec) -> String {
    match spec.keys {
        [first, .., last] if spec.keys.len() > 3 => format!("{first}..{last}"),
        keys => keys.join(" "),
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

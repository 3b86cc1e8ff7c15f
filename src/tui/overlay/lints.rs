//! What the session wastes: a sentence each, how often, from when on that is too much, and the way to
//! what shows it.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Line, Overlay, Reply};
use crate::explain::names::short_name;
use crate::lint::{Finding, findings};
use crate::tui::command::Action;
use crate::tui::draw::{View, text};
use crate::tui::layout::PanelName;
use crate::vocabulary::Lint;

/// Columns of how often.
const COUNT: usize = 6;

/// What a key leads to.
pub(super) fn reply(view: &View<'_>, at: usize, key: KeyEvent) -> Option<Reply> {
    let show = |at: usize| Some(Reply::Show(Overlay::Lints { at }));
    let found = findings(view.ledger);
    let last = found.len().saturating_sub(1);
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => show(at.saturating_sub(1)),
        KeyCode::Down | KeyCode::Char('j') => show((at + 1).min(last)),
        KeyCode::Enter => found.get(at).map(evidence),
        _ => None,
    }
}

/// Where a finding is seen.
fn evidence(finding: &Finding) -> Reply {
    if let Some(name) = &finding.resource {
        return Reply::Show(Overlay::Why {
            name: name.clone(),
            lookup: finding.lookup,
        });
    }
    if let Some(dimension) = finding.dimension {
        return Reply::GoTo(PanelName::Results, Some(dimension));
    }
    match finding.lint {
        Lint::WorkingSetTooLarge | Lint::Thrash => Reply::Do(Action::ShowWhatIf),
        Lint::UnattributedGrows => Reply::GoTo(PanelName::Memory, None),
        _ => Reply::GoTo(PanelName::Cache, None),
    }
}

/// What enter leads to, in words.
fn evidence_words(finding: &Finding) -> String {
    match (&finding.resource, finding.dimension) {
        (Some(name), _) => format!("enter: why, of {}", short_name(&name.0)),
        (None, Some(dimension)) => format!("enter: the results of {dimension}"),
        (None, None) => match finding.lint {
            Lint::UnattributedGrows => "enter: memory over time".to_owned(),
            _ => "enter: what another cache would have saved".to_owned(),
        },
    }
}

pub(super) fn lines(view: &View<'_>, at: usize, columns: usize) -> Vec<Line> {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let found = findings(view.ledger);
    if found.is_empty() {
        let words = if view.ledger.runs.is_empty() {
            "nothing has run yet"
        } else {
            "nothing is wasted, as far as is known"
        };
        return vec![vec![(words.to_owned(), theme.dim)]];
    }
    let at = at.min(found.len() - 1);
    let mut lines = Vec::new();
    for (row, finding) in found.iter().enumerate() {
        let is_here = row == at;
        let sign = if is_here { glyphs.cursor } else { " " };
        let style = if is_here { theme.strong } else { theme.text };
        let lint = finding.lint.name();
        let often = format!("{:>width$}x ", finding.count, width = COUNT - 3);
        lines.push(vec![
            (format!("{sign} "), theme.focus),
            (often, theme.warn),
            (lint.to_owned(), theme.accent),
        ]);
        let room = columns.saturating_sub(2 + COUNT - 1);
        let margin = " ".repeat(2 + COUNT - 1);
        for line in text::wrap(&finding.text, room) {
            lines.push(vec![(margin.clone(), theme.text), (line, style)]);
        }
        if is_here {
            let mut words = evidence_words(finding);
            if let Some(setting) = finding.setting {
                words = format!("{words}; from when on: `{setting}`");
            }
            for line in text::wrap(&words, room) {
                lines.push(vec![(margin.clone(), theme.text), (line, theme.dim)]);
            }
        }
    }
    lines
}

/// The line of the row under the cursor.
pub(super) fn cursor_line(view: &View<'_>, at: usize, columns: usize) -> usize {
    let before = findings(view.ledger).into_iter().take(at);
    let room = columns.saturating_sub(2 + COUNT - 1);
    before
        .map(|finding| 1 + text::wrap(&finding.text, room).len())
        .sum()
}

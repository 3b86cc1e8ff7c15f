//! The question before leaving while a run goes on.

use crossterm::event::{KeyCode, KeyEvent};

use super::Line;
use crate::tui::command::Action;
use crate::tui::draw::View;

/// Columns of its box.
pub(super) const COLUMNS: u16 = 44;

pub(super) fn lines(view: &View<'_>) -> Vec<Line> {
    let theme = view.theme;
    // The run may end while the question is up.
    let words = if view.ledger.active_run().is_some() {
        "A run goes on. Leaving cancels it."
    } else {
        "The run has ended. Leave now?"
    };
    vec![
        vec![(words.to_owned(), theme.text)],
        Line::new(),
        vec![
            ("y".to_owned(), theme.accent),
            (" quit   ".to_owned(), theme.dim),
            ("n".to_owned(), theme.accent),
            (" stay".to_owned(), theme.dim),
        ],
    ]
}

/// Is this key a yes?
pub(super) fn leaves(key: KeyEvent, action: Option<Action>) -> bool {
    matches!(key.code, KeyCode::Char('y' | 'Y') | KeyCode::Enter) || action == Some(Action::Quit)
}

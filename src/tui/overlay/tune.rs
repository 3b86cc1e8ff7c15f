//! Auto-tuning: what is proposed by what was measured, and what came of what was proposed before.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Line, Reply, labelled};
use crate::event::{Command, Tuning};
use crate::explain::tuning::{promise_words, timed_proposal_words, tuned_words};
use crate::tui::draw::View;
use crate::tui::overlay::Choice;
use crate::what_if::propose;

/// Columns of the labels.
const LABEL: usize = 10;

fn proposed(view: &View<'_>) -> Option<Tuning> {
    let enough = view
        .curves
        .and_then(|curves| Some((curves.enough.as_ref()?, &curves.totals)));
    propose(view.ledger, enough)
}

/// What enter would apply: none where nothing would change at once.
fn applicable(view: &View<'_>) -> Option<Tuning> {
    let is_live = !view.is_replay;
    proposed(view).filter(|tuning| is_live && tuning.changes_at_once())
}

/// What a key leads to.
pub(super) fn reply(view: &View<'_>, key: KeyEvent) -> Option<Reply> {
    if key.code != KeyCode::Enter {
        return None;
    }
    let tuning = applicable(view)?;
    let command = Command::Tune(Box::new(tuning));
    Some(Reply::Choose(Choice::Give(command)))
}

/// The keys that work here.
pub(super) fn keys(view: &View<'_>) -> String {
    let applies = match applicable(view) {
        Some(_) => "enter applies what takes effect at once, ",
        None => "",
    };
    format!("{applies}esc closes")
}

pub(super) fn lines(view: &View<'_>, columns: usize) -> Vec<Line> {
    let theme = view.theme;
    let mut lines = Vec::new();
    let mut say = |label: &str, words: &str, style| {
        lines.extend(labelled((label, LABEL, theme.dim), words, columns, style));
    };
    match proposed(view) {
        Some(tuning) => {
            say("proposed", &timed_proposal_words(&tuning), theme.strong);
            say("promised", &promise_words(&tuning.promise), theme.good);
            for reason in &tuning.reasons {
                say("", reason, theme.text);
            }
        }
        None => say("proposed", "nothing: nothing was measured yet", theme.dim),
    }
    if view.is_computing_curves {
        let words = format!("{} plays the accesses through the cache", view.spinner);
        say("cache", &words, theme.dim);
    }
    if let Some(tuned) = &view.ledger.tuned {
        say("applied", &timed_proposal_words(&tuned.tuning), theme.text);
        say("came", &tuned_words(tuned), theme.text);
    }
    lines
}

//! What is said below the panels: the newest of what the log has to say and what the screen has.

use super::Screen;
use crate::explain::consequences;
use crate::ledger::News;
use crate::tui::command::Action;
use crate::tui::draw::text::width;
use crate::vocabulary::Note;

impl Screen {
    /// What is said now.
    pub fn message(&self) -> Option<Note> {
        let remark = self.scene.remark.as_ref();
        let is_newest = |after| after == self.scene.shown().news.number;
        match remark.filter(|remark| is_newest(remark.after)) {
            Some(remark) => Some(remark.note.clone()),
            None => self.news(),
        }
    }

    /// The news, with what can be done about it.
    fn news(&self) -> Option<Note> {
        let ledger = self.scene.shown();
        // The margin, and the sign of a warning.
        let columns = usize::from(self.scene.layout.area.width).saturating_sub(4);
        let mut note = consequences::news(ledger, columns)?;
        let fits = |note: &Note, hint: &str| width(&note.text) + width(hint) <= columns;
        let key = |action| self.scene.keymap.hint(action);
        match &ledger.news.last {
            Some(News::Opened) if self.is_replay() => return None,
            Some(News::Opened) => {
                let (select, run) = (key(Action::ToggleDimension), key(Action::RunSelected));
                let hint = format!(": {select} selects a dimension, {run} runs what is selected");
                let short = format!(": {select} selects, {run} runs");
                let hint = if fits(&note, &hint) { hint } else { short };
                note.text.push_str(&hint);
            }
            Some(News::FileChanged { is_restored, .. }) => {
                let can_rerun = !self.is_replay() && !ledger.out_of_date().is_empty();
                if can_rerun && !is_restored {
                    let hint = format!(" ({} to rerun)", key(Action::RunSelected));
                    if fits(&note, &hint) {
                        note.text.push_str(&hint);
                    }
                }
            }
            _ => {}
        }
        Some(note)
    }
}

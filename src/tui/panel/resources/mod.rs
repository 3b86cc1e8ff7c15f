//! The resources by kind: what is loaded, what it costs, who holds it, what was avoided.

mod picture;
mod tree;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::list::Move;
use super::{NOTHING_TO_EXPLAIN, Panel, Step, can_command};
use crate::event::Command;
use crate::ledger::{Ledger, ResourceRecord};
use crate::tui::command::{Action, Answer, unless};
use crate::tui::draw::View;
use crate::tui::layout::Placed;
use crate::vocabulary::ResourceName;
use tree::{RowId, Tree};

/// The tree, its cursor and its folds.
#[derive(Debug, Default)]
pub(in crate::tui) struct Resources {
    tree: Tree,
}

impl Resources {
    /// The resources that the row under the cursor stands for.
    fn under_cursor<'l>(&self, ledger: &'l Ledger) -> impl Iterator<Item = &'l ResourceRecord> {
        let members = self.tree.selected().map_or(&[][..], |row| &row.members);
        members.iter().filter_map(|i| ledger.resources().get(*i))
    }

    /// The resource under the cursor, if it is one.
    fn resource(&self) -> Option<&ResourceName> {
        match &self.tree.selected()?.id {
            RowId::Leaf(name) => Some(name),
            RowId::Kind(_) | RowId::Facts | RowId::Group(..) => None,
        }
    }

    /// A command for each resource under the cursor that is resident, or is not.
    fn for_each(
        &self,
        resident: bool,
        command: fn(ResourceName) -> Command,
        ledger: &Ledger,
    ) -> Step {
        let resources = self.under_cursor(ledger);
        let wanted = resources.filter(|r| r.is_resident() == resident);
        Step::Give(wanted.map(|r| command(r.name.clone())).collect())
    }

    /// What names the resource under the cursor.
    fn copy(&self, ledger: &Ledger) -> Step {
        let Some(resource) = self.under_cursor(ledger).next() else {
            return Step::Done;
        };
        let digest = resource.digest.map(|digest| digest.to_string());
        let digest = digest.as_deref().unwrap_or("not loaded yet");
        Step::Copy {
            text: format!("{} {digest}", resource.name),
            of: resource.name.clone(),
        }
    }

    fn toggle_group(&mut self, ledger: &Ledger) {
        if let Some(row) = self.tree.selected().filter(|row| row.id.is_group()) {
            self.tree.toggle(&row.id.clone(), ledger);
        }
    }
}

impl Panel for Resources {
    fn follow(&mut self, ledger: &Ledger) {
        self.tree.follow(ledger);
    }

    fn available(&self, action: Action, view: &View<'_>) -> Answer {
        let mut resources = self.under_cursor(view.ledger);
        match action {
            Action::Preload => {
                can_command(view)?;
                let all_there = resources.all(|r| r.is_resident() || r.state.is_under_way());
                unless(all_there, "it is loaded already")
            }
            Action::Unload => {
                can_command(view)?;
                let mut there = resources.filter(|r| r.is_resident()).peekable();
                unless(there.peek().is_none(), "it is not loaded")?;
                let any_spare = there.any(ResourceRecord::is_spare);
                unless(!any_spare, "the session rests on it")
            }
            Action::Copy => unless(resources.count() != 1, "choose one resource"),
            Action::Why => unless(self.resource().is_none(), NOTHING_TO_EXPLAIN),
            Action::ToggleGroup => {
                let is_group = self.tree.selected().is_some_and(|row| row.id.is_group());
                let explains = view.key(Action::Why);
                unless(!is_group, format!("not a group: {explains} explains it"))
            }
            _ => Ok(()),
        }
    }

    fn perform(&mut self, action: Action, view: &View<'_>) -> Step {
        let ledger = view.ledger;
        match action {
            Action::Preload => return self.for_each(false, Command::Preload, ledger),
            Action::Unload => return self.for_each(true, Command::Unload, ledger),
            Action::Copy => return self.copy(ledger),
            Action::Why => {
                let name = self.resource().cloned();
                return name.map_or(Step::Done, |name| Step::Explain(name, None));
            }
            Action::ToggleGroup => self.toggle_group(ledger),
            Action::Expand => self.tree.expand(ledger),
            Action::Collapse => self.tree.collapse(ledger),
            _ => {}
        }
        Step::Done
    }

    fn go(&mut self, to: Move, _view: &View<'_>) {
        self.tree.list.go(to, self.tree.rows().len());
    }

    fn click(&mut self, at: Position, inner: Rect, view: &View<'_>) -> Step {
        let row = self.tree.list.offset + usize::from(at.y - inner.y);
        let Some(clicked) = self.tree.rows().get(row) else {
            return Step::Done;
        };
        let on_sign = clicked.id.is_group() && at.x - inner.x <= 2 + 2 * clicked.depth;
        self.tree.list.selected = row;
        if on_sign {
            self.toggle_group(view.ledger);
        }
        Step::Done
    }

    fn settle(&mut self, inner: Rect, view: &View<'_>) {
        let height = usize::from(inner.height);
        if height > 0 {
            self.tree.fit(height, view.ledger);
        }
        self.tree.list.settle(self.tree.rows().len(), height);
    }

    fn cursor_row(&self, _view: &View<'_>) -> u16 {
        self.tree.list.row_in_sight()
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        picture::draw(view, &self.tree, buffer, placed);
    }
}

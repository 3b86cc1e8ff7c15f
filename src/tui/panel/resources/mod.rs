//! The resources by kind: what is loaded, what it costs, who holds it, what was avoided.

mod family;
mod order;
mod picture;
mod tree;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::list::Move;
use super::{NOT_EVICTED, NOTHING_TO_EXPLAIN, Panel, Spot, Step, can_command};
use crate::event::Command;
use crate::ledger::{Ledger, ResourceRecord, ResourceState};
use crate::tui::command::{Action, Answer, unless};
use crate::tui::draw::View;
use crate::tui::find::Filter;
use crate::tui::layout::{PanelName, Placed};
use crate::vocabulary::{MissReason, Note, ReleaseCause, ResourceName};
use order::Order;
use tree::{RowId, Tree};

/// The tree, its cursor and its folds.
#[derive(Debug, Default)]
pub(in crate::tui) struct Resources {
    tree: Tree,
    /// Does the cursor go to what loads?
    follows: bool,
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
            RowId::Kind(_) | RowId::Facts | RowId::Family(..) | RowId::Group(..) => None,
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

    /// What needed the room of the resource under the cursor, if it was given up for that.
    fn evictor<'l>(&self, ledger: &'l Ledger) -> Option<&'l ResourceName> {
        let resource = self.under_cursor(ledger).next();
        let resource = resource.filter(|_| self.resource().is_some())?;
        match (&resource.state, &resource.last_miss) {
            (ResourceState::Gone(ReleaseCause::Evicted { for_name, .. }), _)
            | (_, Some(MissReason::Evicted { for_name, .. })) => Some(for_name),
            _ => None,
        }
    }

    /// Sorts by another column, or the other way round.
    fn sort(&mut self, order: Option<Order>, ledger: &Ledger) -> Step {
        self.tree.sort(order, ledger);
        Step::Say(Note::info(Order::words(order)))
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
        let newest = ledger.spans.last().filter(|_| self.follows);
        if let Some(span) = newest.filter(|span| self.resource() != Some(&span.name)) {
            self.tree.go_to(&span.name, ledger);
        }
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
            Action::Evictor => unless(self.evictor(view.ledger).is_none(), NOT_EVICTED),
            Action::SortOtherWay => unless(self.tree.order().is_none(), "nothing is sorted"),
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
            Action::Evictor => {
                let evictor = self.evictor(ledger).cloned();
                let jump = |name| Step::Jump(PanelName::Resources, Spot::Resource(name));
                return evictor.map_or(Step::Done, jump);
            }
            Action::Sort => return self.sort(Order::next(self.tree.order()), ledger),
            Action::SortOtherWay => {
                let order = self.tree.order();
                let reversed = order.map(|order| Order {
                    is_reversed: !order.is_reversed,
                    ..order
                });
                return self.sort(reversed, ledger);
            }
            Action::Follow => {
                self.follows = !self.follows;
                return Step::Say(super::following(self.follows));
            }
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
        self.follows = false;
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
        self.tree.refresh(view.ledger);
        if height > 0 {
            self.tree.fit(height, view.ledger);
        }
        self.tree.list.settle(self.tree.rows().len(), height);
    }

    fn filter(&self) -> Option<&Filter> {
        Some(self.tree.filter())
    }

    fn find(&mut self, filter: Filter, view: &View<'_>) {
        self.tree.find(filter, view.ledger);
    }

    fn spot(&self, _view: &View<'_>) -> Option<Spot> {
        let row = Spot::Row(self.tree.list.selected);
        Some(self.resource().cloned().map_or(row, Spot::Resource))
    }

    fn go_to(&mut self, spot: &Spot, view: &View<'_>) {
        self.follows = false;
        match spot {
            Spot::Resource(name) => self.tree.go_to(name, view.ledger),
            Spot::Row(row) => self.tree.list.put(*row),
            Spot::Lookup(_) | Spot::Event(_) => {}
        }
    }

    fn cursor_row(&self, _view: &View<'_>) -> u16 {
        self.tree.list.row_in_sight()
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        picture::draw(view, &self.tree, buffer, placed);
    }
}

//! What the commands do: most send a [`Command`] to the session, the others move about.

use super::{Move, Overlay, Panel, RowId, Screen, Tone, theme_of};
use crate::event::Command;
use crate::tui::app_loop::Flow;
use crate::tui::command::Action;
use crate::vocabulary::{Dimension, ResourceName};

impl Screen {
    /// Does what a command says; `nth` of its keys was pressed.
    pub(super) fn perform(&mut self, action: Action, nth: usize) -> Flow {
        match action {
            Action::ToggleDimension => self.send(Command::ToggleDimension(self.dimension())),
            Action::ToggleAll => self.send(Command::ToggleAll),
            Action::RunSelected => self.send(Command::RunSelected),
            Action::RunOne => self.send(Command::Run(self.dimension())),
            Action::PreloadAll => self.send(Command::PreloadAll),
            Action::ClearCache => self.clear(Command::ClearCache, "prediction cache cleared"),
            Action::ClearAll => self.clear(Command::ClearAll, "everything freed"),
            Action::Cancel => self.clear(Command::Cancel, "cancelling"),
            Action::NextStrategy => self.send(Command::NextStrategy),
            Action::Copy => return self.copy(),
            Action::ToggleMouse => return Flow::ToggleMouse,
            Action::Redraw => return Flow::Repaint,
            Action::Preload => self.send_for_members(Command::Preload, |r| !r),
            Action::Unload => self.send_for_members(Command::Unload, |r| r),
            Action::Why => self.explain(),
            Action::ShowPlan => self.lay_over(Overlay::Plan),
            Action::OpenResult => self.focus_on(Panel::Results),
            Action::ShowResult => {
                self.turn_to(Dimension::ALL[nth.min(Dimension::ALL.len() - 1)]);
                self.focus_on(Panel::Results);
            }
            Action::NextResult => self.turn_by(1),
            Action::PreviousResult => self.turn_by(Dimension::ALL.len() - 1),
            Action::ToggleGroup => self.toggle_group(),
            Action::Expand => self.tree.expand(&self.ledger),
            Action::Collapse => self.tree.collapse(&self.ledger),
            Action::Up => self.go(Move::By(-1)),
            Action::Down => self.go(Move::By(1)),
            Action::PageUp => self.go(Move::By(-self.half_page())),
            Action::PageDown => self.go(Move::By(self.half_page())),
            Action::Top => self.go(Move::Top),
            Action::Bottom => self.go(Move::Bottom),
            Action::NextPanel => self.focus_beside(1),
            Action::PreviousPanel => self.focus_beside(Panel::ALL.len() - 1),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::NextTheme => {
                self.options.theme = self.options.theme.next();
                self.theme = theme_of(self.options);
                self.say(Tone::Plain, format!("theme {}", self.options.theme.name()));
            }
            Action::Help => self.lay_over(Overlay::Help),
            Action::Quit => {
                if self.is_replay() || self.ledger.active_run().is_none() {
                    return self.leave();
                }
                self.lay_over(Overlay::ConfirmQuit);
            }
        }
        Flow::Continue
    }

    /// Does what a command says while something lies over the panels: it scrolls, or leaves.
    pub(super) fn perform_on_overlay(&mut self, action: Action) -> Flow {
        let page = usize::from(self.layout.area.height / 2);
        let at = self.overlay_scroll;
        self.overlay_scroll = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => at + 1,
            Action::PageUp => at.saturating_sub(page),
            Action::PageDown => at + page,
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            Action::NextStrategy if self.can_change_plan() => return self.perform(action, 0),
            Action::Quit | Action::NextTheme => return self.perform(action, 0),
            _ => at,
        };
        Flow::Continue
    }

    /// Does the overlay show a plan that a key may change?
    fn can_change_plan(&self) -> bool {
        self.overlay == Some(Overlay::Plan) && self.can_command().is_ok()
    }

    pub(super) fn leave(&mut self) -> Flow {
        self.send(Command::Close);
        Flow::Quit
    }

    fn send(&mut self, command: Command) {
        let closed = |commands: &crossbeam_channel::Sender<_>| commands.send(command).is_err();
        if self.commands.as_ref().is_some_and(closed) {
            self.say(Tone::Error, "the session has ended");
        }
    }

    fn clear(&mut self, command: Command, text: &str) {
        self.say(Tone::Plain, text);
        self.send(command);
    }

    /// Sends a command for each resource under the cursor that `wanted` wants, by whether it is
    /// resident.
    fn send_for_members(&mut self, command: fn(ResourceName) -> Command, wanted: fn(bool) -> bool) {
        let members = self.tree.selected().map_or(&[][..], |row| &row.members);
        let resources = members
            .iter()
            .filter_map(|i| self.ledger.resources().get(*i));
        let names: Vec<_> = resources
            .filter(|r| wanted(r.is_resident()))
            .map(|r| r.name.clone())
            .collect();
        for name in names {
            self.send(command(name));
        }
    }

    /// Puts what names the resource under the cursor on the clipboard.
    fn copy(&mut self) -> Flow {
        let Some(resource) = self.under_cursor().next() else {
            return Flow::Continue;
        };
        let digest = resource.digest.map(|digest| digest.to_string());
        let digest = digest.as_deref().unwrap_or("not loaded yet");
        let text = format!("{} {digest}", resource.name);
        self.say(Tone::Plain, format!("copied {}", resource.name));
        Flow::Copy(text)
    }

    /// What `enter` would explain: the resource or the lookup under the cursor.
    pub(super) fn explained(&self) -> Option<Overlay> {
        if self.focus() == Panel::Cache {
            let at = *self.cache_lookups.get(self.lookups.selected)?;
            let name = self.ledger.lookups.get(at)?.name.clone();
            return Some(Overlay::Why {
                name,
                lookup: Some(at),
            });
        }
        match &self.tree.selected()?.id {
            RowId::Leaf(name) => Some(Overlay::Why {
                name: name.clone(),
                lookup: None,
            }),
            _ => None,
        }
    }

    fn explain(&mut self) {
        if let Some(overlay) = self.explained() {
            self.lay_over(overlay);
        }
    }

    fn lay_over(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
        self.overlay_scroll = 0;
    }

    pub(super) fn toggle_group(&mut self) {
        if let Some(row) = self.tree.selected().filter(|row| row.id.is_group()) {
            self.tree.toggle(&row.id.clone(), &self.ledger);
        }
    }

    pub(super) fn go(&mut self, to: Move) {
        match self.focus() {
            Panel::Dimensions => {
                let mut list = self.dimensions;
                list.go(to, Dimension::ALL.len());
                self.turn_to(Dimension::ALL[list.selected]);
            }
            Panel::Resources => self.tree.list.go(to, self.tree.rows().len()),
            Panel::Cache => self.lookups.go(to, self.cache_lookups.len()),
            Panel::Results => {
                let at = self.results_scroll;
                self.results_scroll = match to {
                    Move::By(lines) => at.saturating_add_signed(lines),
                    Move::Top => 0,
                    Move::Bottom => usize::MAX,
                };
            }
            Panel::Memory => {}
        }
    }

    fn half_page(&self) -> isize {
        let placed = self.layout.place_of(self.focus());
        placed.map_or(1, |placed| {
            isize::from((placed.inner().height / 2).max(1) as i16)
        })
    }

    /// Shows a dimension because the user asked for it: a run does not move the cursor any more.
    pub(super) fn turn_to(&mut self, dimension: Dimension) {
        self.show_dimension(dimension);
        self.follows_run = false;
    }

    fn turn_by(&mut self, places: usize) {
        let at = self.dimension() as usize + places;
        self.turn_to(Dimension::ALL[at % Dimension::ALL.len()]);
    }

    fn focus_beside(&mut self, places: usize) {
        let at = self.focus() as usize + places;
        self.focus_on(Panel::ALL[at % Panel::ALL.len()]);
    }
}

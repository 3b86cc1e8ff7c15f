//! What the mouse does: a click selects and focuses, a click on a check box toggles, the wheel
//! scrolls what is under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{Layout, Move, Panel, Placed, Screen, Tone};
use crate::tui::app_loop::Flow;
use crate::tui::command::Action;
use crate::tui::view;
use crate::vocabulary::Dimension;

/// Rows that one step of the wheel scrolls.
const WHEEL: isize = 3;

impl Screen {
    pub(super) fn on_mouse(&mut self, mouse: MouseEvent) -> Flow {
        let position = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(position),
            MouseEventKind::ScrollUp => self.wheel(position, -WHEEL),
            MouseEventKind::ScrollDown => self.wheel(position, WHEEL),
            _ => Flow::Continue,
        }
    }

    fn wheel(&mut self, position: Position, rows: isize) -> Flow {
        if self.overlay.is_some() {
            self.overlay_scroll = self.overlay_scroll.saturating_add_signed(rows);
        } else if let Some(placed) = self.layout.at(position) {
            let focus = self.focus();
            self.focus_on(placed.panel);
            self.go(Move::By(rows));
            self.focus_on(focus);
        }
        Flow::Continue
    }

    fn click(&mut self, position: Position) -> Flow {
        if self.overlay.take().is_some() {
            return Flow::Continue;
        }
        let Some(placed) = self.layout.at(position) else {
            return Flow::Continue;
        };
        if let Some(tab) = tab_at(&placed, position) {
            self.focus_on(tab);
            return Flow::Continue;
        }
        self.focus_on(placed.panel);
        let inner = placed.inner();
        if !inner.contains(position) {
            return Flow::Continue;
        }
        let row = usize::from(position.y - inner.y);
        let column = position.x - inner.x;
        match placed.panel {
            Panel::Dimensions => return self.click_dimension(row, column),
            Panel::Resources => self.click_resource(row, column),
            Panel::Cache => self.click_lookup(&placed, position),
            Panel::Memory | Panel::Results => {}
        }
        Flow::Continue
    }

    fn click_dimension(&mut self, row: usize, column: u16) -> Flow {
        let Some(dimension) = Dimension::ALL.get(row) else {
            return Flow::Continue;
        };
        self.turn_to(*dimension);
        if !view::CHECK_BOX.contains(&column) {
            return Flow::Continue;
        }
        match self.can_toggle() {
            Ok(()) => self.perform(Action::ToggleDimension, 0),
            Err(why_not) => {
                self.say(Tone::Warning, why_not);
                Flow::Continue
            }
        }
    }

    fn click_resource(&mut self, row: usize, column: u16) {
        let at = self.tree.list.offset + row;
        let Some(clicked) = self.tree.rows().get(at) else {
            return;
        };
        let on_sign = clicked.id.is_group() && column <= 2 + 2 * clicked.depth;
        self.tree.list.selected = at;
        if on_sign {
            self.toggle_group();
        }
    }

    fn click_lookup(&mut self, placed: &Placed, position: Position) {
        let area = view::lookups_area(placed.inner());
        if area.contains(position) {
            let at = self.lookups.offset + usize::from(position.y - area.y);
            let rows = self.cache_lookups.len();
            let by = at as isize - self.lookups.selected as isize;
            self.lookups.go(Move::By(by), rows);
        }
    }
}

fn tab_at(placed: &Placed, position: Position) -> Option<Panel> {
    if position.y != placed.area.y {
        return None;
    }
    let mut spans = placed.tab_spans();
    let hit = spans.find(|(_, from, to)| (*from..*to).contains(&position.x))?;
    Some(hit.0)
}

impl Layout {
    /// Is anything but the message that the screen is too small in sight?
    pub fn is_usable(&self) -> bool {
        !self.panels.is_empty()
    }
}

//! What the mouse does: a click focuses, the wheel scrolls what is under it; the rest is the panel's.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::Screen;
use crate::tui::app_loop::Flow;
use crate::tui::layout::{PanelName, Placed};
use crate::tui::panel::list::Move;

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
        if let Some(overlaid) = &mut self.scene.overlay {
            overlaid.scroll_by(rows);
        } else if let Some(placed) = self.scene.layout.at(position) {
            return self.go_in(placed.panel, Move::By(rows));
        }
        Flow::Continue
    }

    fn click(&mut self, position: Position) -> Flow {
        if self.scene.overlay.take().is_some() {
            return Flow::Continue;
        }
        let Some(placed) = self.scene.layout.at(position) else {
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
        self.on_panel(placed.panel, |panel, view| {
            panel.click(position, inner, view)
        })
    }
}

fn tab_at(placed: &Placed, position: Position) -> Option<PanelName> {
    if position.y != placed.area.y {
        return None;
    }
    let mut spans = placed.tab_spans();
    let hit = spans.find(|(_, from, to)| (*from..*to).contains(&position.x))?;
    Some(hit.0)
}

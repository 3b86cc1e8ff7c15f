//! Puts the pictures of the parts together.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Screen, find};
use crate::tui::bars::{header, keys, message, savings, summary};
use crate::tui::command::Action;
use crate::tui::draw::svg::svg;
use crate::tui::draw::{Pen, View, lines, text};
use crate::tui::layout::{LEAST, Layout, PanelName};
use crate::tui::overlay::{Overlaid, PictureKind};
use crate::tui::terminal::ansi;

impl Screen {
    /// Lays the screen out and brings every cursor into sight.
    pub(super) fn settle(&mut self, area: Rect) {
        let scene = &mut self.scene;
        scene.layout = Layout::of(area, &scene.recent, scene.zoomed);
        let view = scene.view(self.panels.dimensions.shown(scene.shown()));
        for name in PanelName::ALL {
            let placed = view.layout.place_of(name);
            let inner = placed.map_or(Rect::ZERO, |placed| placed.inner());
            self.panels.get_mut(name).settle(inner, &view);
        }
        if let Some(mut overlaid) = self.scene.overlay.take() {
            overlaid.settle(&self.view());
            self.scene.overlay = Some(overlaid);
        }
    }

    /// Where the terminal's cursor stands: on the row under the cursor, which screen readers read.
    pub(super) fn cursor(&self) -> Position {
        let view = self.view();
        if !view.layout.is_usable() {
            return Position::ORIGIN;
        }
        if let Some(overlaid) = &self.scene.overlay {
            return overlaid.first_line(&view);
        }
        if let Some(prompt) = &self.scene.prompt {
            return find::cursor(prompt, view.layout.message);
        }
        let Some(placed) = view.layout.place_of(view.focus) else {
            return Position::ORIGIN;
        };
        let inner = placed.inner();
        let row = self.panels.get(view.focus).cursor_row(&view);
        Position::new(inner.x, inner.y + row.min(inner.height.saturating_sub(1)))
    }

    /// The screen as a file: the ending of its name says how, a picture where it says nothing.
    pub fn saved_as(&self, name: &str) -> Vec<u8> {
        let mut buffer = Buffer::empty(self.scene.layout.area);
        self.picture(&mut buffer);
        match PictureKind::of(name) {
            Some(PictureKind::Text) => lines::plain(&buffer).into_bytes(),
            Some(PictureKind::Ansi) => ansi(lines::rows(&buffer).map(lines::shown)),
            Some(PictureKind::Svg) | None => svg(&buffer).into_bytes(),
        }
    }

    /// Draws everything where it was laid out.
    pub(super) fn picture(&self, buffer: &mut Buffer) {
        let view = self.view();
        let layout = view.layout;
        buffer.set_style(layout.area, view.theme.ground);
        if !layout.is_usable() {
            let overlaid = self.scene.overlay.as_ref();
            too_small(&view, overlaid.is_some_and(Overlaid::asks), buffer);
            return;
        }
        header::draw(&view, buffer, layout.header);
        for placed in &layout.panels {
            self.panels.get(placed.panel).draw(&view, buffer, placed);
        }
        if let Some(area) = layout.summary {
            summary::draw(&view, buffer, area);
        }
        if let Some(area) = layout.savings {
            savings::draw(&view, buffer, area);
        }
        if let Some(prompt) = &self.scene.prompt {
            find::draw(&view, prompt, buffer, layout.message);
        } else if let Some(said) = self.message() {
            message::draw(&view, &said, buffer, layout.message);
        }
        keys::draw(&view, &self.footer(), buffer, layout.footer);
        if let Some(link) = view.link {
            let columns = text::width(link);
            Pen::new(buffer, view.glyphs, layout.message, 0)
                .skip_to_last(columns + 2)
                .put(" ", view.theme.dim)
                .put(link, view.theme.accent);
        }
        if let Some(overlaid) = &self.scene.overlay {
            overlaid.draw(&view, buffer);
        }
    }
}

fn too_small(view: &View<'_>, asks: bool, buffer: &mut Buffer) {
    let area = view.layout.area;
    let (columns, rows) = LEAST;
    let (theme, glyphs) = (view.theme, view.glyphs);
    let is = format!("terminal too small: {}x{}", area.width, area.height);
    let needs = format!("needs {columns}x{rows}");
    let keys = if asks {
        ("a run goes on: y quits, n stays".to_owned(), theme.strong)
    } else {
        (format!("{} quits", view.key(Action::Quit)), theme.dim)
    };
    let lines = [(is, theme.warn), (needs, theme.dim), keys];
    let at = usize::from(area.height / 2).saturating_sub(1);
    for (i, (text, style)) in lines.iter().enumerate() {
        let left = usize::from(area.width).saturating_sub(text.len()) / 2;
        Pen::new(buffer, glyphs, area, at + i)
            .skip(left)
            .put(text, *style);
    }
}

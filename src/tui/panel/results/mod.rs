//! What the selected dimension found: verdict, gates, pictures, tables, notes. It is one long page
//! of sections, of which the panel shows a part.

mod page;
mod section;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::list::Move;
use super::{Panel, Step};
use crate::tui::command::Action;
use crate::tui::draw::{Pen, View, frame};
use crate::tui::layout::Placed;
use crate::vocabulary::Dimension;
use page::page;
use section::Section;

/// How far the page is scrolled; another dimension's page begins at its top.
#[derive(Debug, Default)]
pub(super) struct Results {
    scroll: usize,
    /// Whose page it is.
    of: Option<Dimension>,
}

impl Panel for Results {
    fn perform(&mut self, action: Action, view: &View<'_>) -> Step {
        let all = Dimension::ALL;
        let beside = |places| all[(view.dimension as usize + places) % all.len()];
        match action {
            Action::NextResult => Step::Show(beside(1)),
            Action::PreviousResult => Step::Show(beside(all.len() - 1)),
            _ => Step::Done,
        }
    }

    fn go(&mut self, to: Move, _view: &View<'_>) {
        self.scroll = match to {
            Move::By(lines) => self.scroll.saturating_add_signed(lines),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
    }

    fn settle(&mut self, inner: Rect, view: &View<'_>) {
        if self.of != Some(view.dimension) {
            self.of = Some(view.dimension);
            self.scroll = 0;
        }
        if !inner.is_empty() {
            let area = padded(inner);
            let page = page(view).into_iter();
            let heights = page.map(|section| section.height(view, area));
            let lines: usize = heights.map(usize::from).sum();
            let most = lines.saturating_sub(usize::from(inner.height));
            self.scroll = self.scroll.min(most);
        }
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        let inner = frame::frame(view, buffer, placed);
        which(view, buffer, placed);
        let area = padded(inner);
        let scroll = self.scroll;
        let mut top = 0;
        for section in page(view) {
            let height = usize::from(section.height(view, area));
            let bottom = top + height;
            if bottom > scroll && top < scroll + usize::from(area.height) {
                let at = top as isize - scroll as isize;
                part(view, buffer, area, &section, at);
            }
            top = bottom;
        }
        frame::thumb(view, buffer, placed, inner, (scroll, top));
    }
}

fn padded(inner: Rect) -> Rect {
    Rect::new(
        inner.x + 1,
        inner.y,
        inner.width.saturating_sub(1),
        inner.height,
    )
}

/// The numbers of the dimensions in the upper edge, the one that is shown marked.
fn which(view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
    let theme = view.theme;
    let name = view.dimension.name();
    let columns = name.len() + 14;
    let area = placed.area;
    let row = Rect::new(area.x, area.y, area.width - 1, 1);
    let mut pen = Pen::new(buffer, view.glyphs, row, 0);
    pen.skip_to_last(columns).put(" ", theme.dim);
    for (i, dimension) in Dimension::ALL.into_iter().enumerate() {
        let number = ["1", "2", "3", "4", "5"][i];
        let style = if dimension == view.dimension {
            theme.accent.add_modifier(Modifier::REVERSED)
        } else {
            theme.dim
        };
        pen.put(number, style).put(" ", theme.dim);
    }
    pen.put(" ", theme.dim)
        .put(name, theme.strong)
        .put(" ", theme.dim);
}

/// Draws a section of which the upper or lower lines may be out of sight.
fn part(view: &View<'_>, buffer: &mut Buffer, area: Rect, section: &Section<'_>, at: isize) {
    let height = section.height(view, area);
    if at >= 0 && at as u16 + height <= area.height {
        let whole = Rect::new(area.x, area.y + at as u16, area.width, height);
        section.draw(view, buffer, whole);
        return;
    }
    let whole = Rect::new(0, 0, area.width, height);
    let mut page = Buffer::empty(whole);
    page.set_style(whole, view.theme.ground);
    section.draw(view, &mut page, whole);
    for y in 0..height {
        let target = at + y as isize;
        if (0..area.height as isize).contains(&target) {
            for x in 0..area.width {
                buffer[(area.x + x, area.y + target as u16)] = page[(x, y)].clone();
            }
        }
    }
}

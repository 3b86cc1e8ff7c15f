//! The frame of a panel: title or tabs, column heads in its upper edge, totals in its lower edge,
//! a thumb for what is out of sight.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::pen::Pen;
use crate::tui::screen::{Panel, Placed, Screen};

/// Draws the frame and returns the part within.
pub(super) fn frame(screen: &Screen, buffer: &mut Buffer, placed: &Placed) -> Rect {
    let theme = screen.theme();
    let focused = screen.focus() == placed.panel && screen.overlay().is_none();
    let style = if focused { theme.focus } else { theme.border };
    let area = placed.area;
    let glyphs = screen.glyphs();
    let set = glyphs.border;
    let upper = if placed.framed {
        set.horizontal_top
    } else {
        glyphs.rule
    };
    Pen::new(buffer, glyphs, area, 0).fill(upper, usize::from(area.width), style);
    if placed.framed {
        let (left, right) = (area.x, area.right() - 1);
        let (top, bottom) = (area.y, area.bottom() - 1);
        for x in left..=right {
            buffer[(x, bottom)]
                .set_symbol(set.horizontal_bottom)
                .set_style(style);
        }
        for y in top..=bottom {
            buffer[(left, y)]
                .set_symbol(set.vertical_left)
                .set_style(style);
            buffer[(right, y)]
                .set_symbol(set.vertical_right)
                .set_style(style);
        }
        for (x, y, corner) in [
            (left, top, set.top_left),
            (right, top, set.top_right),
            (left, bottom, set.bottom_left),
            (right, bottom, set.bottom_right),
        ] {
            buffer[(x, y)].set_symbol(corner);
        }
    }
    title(screen, buffer, placed, focused);
    placed.inner()
}

fn title(screen: &Screen, buffer: &mut Buffer, placed: &Placed, focused: bool) {
    let theme = screen.theme();
    if placed.tabs.is_empty() {
        let area = placed.area;
        let mut pen = Pen::new(buffer, screen.glyphs(), area, 0);
        pen.skip(1 + usize::from(placed.framed));
        one_title(screen, &mut pen, placed.panel, focused, theme.strong);
        return;
    }
    for (panel, from, to) in placed.tab_spans() {
        let area = Rect::new(from, placed.area.y, to - from, 1);
        let mut pen = Pen::new(buffer, screen.glyphs(), area, 0);
        let shown = panel == placed.panel;
        let style = if shown {
            theme.strong.add_modifier(Modifier::UNDERLINED)
        } else {
            theme.dim
        };
        one_title(screen, &mut pen, panel, shown && focused, style);
    }
}

fn one_title(screen: &Screen, pen: &mut Pen<'_>, panel: Panel, focused: bool, style: Style) {
    let theme = screen.theme();
    let marker = if focused { screen.glyphs().focus } else { " " };
    let style = if focused {
        style.patch(theme.focus)
    } else {
        style
    };
    pen.put(marker, theme.focus)
        .put(panel.title(), style.add_modifier(Modifier::BOLD))
        .put(" ", style.remove_modifier(Modifier::UNDERLINED));
}

/// A column head in the upper edge, over columns of the part within: `from` its left edge, `to`
/// the column after it; `right` for numbers.
pub(super) fn heading(
    screen: &Screen,
    buffer: &mut Buffer,
    placed: &Placed,
    text: &str,
    (from, to): (usize, usize),
    right: bool,
) {
    let inner = placed.inner();
    let row = Rect::new(inner.x, placed.area.y, inner.width, 1);
    let length = text.len();
    let at = if right {
        to.saturating_sub(length)
    } else {
        from
    };
    let titles = placed
        .tab_spans()
        .last()
        .map_or(0, |(_, _, to)| to - inner.x);
    if at <= usize::from(titles) {
        return;
    }
    let style = screen.theme().dim;
    let mut pen = Pen::new(buffer, screen.glyphs(), row, 0);
    pen.skip(at.saturating_sub(1))
        .put(" ", style)
        .put(text, style);
    if pen.room() > 0 {
        pen.put(" ", style);
    }
}

/// A few words at the right of the lower edge of a framed panel.
pub(super) fn total(screen: &Screen, buffer: &mut Buffer, placed: &Placed, text: &str) {
    if !placed.framed {
        return;
    }
    let area = placed.area;
    let row = Rect::new(area.x + 1, area.bottom() - 1, area.width - 2, 1);
    let columns = crate::tui::text::width(text);
    let mut pen = Pen::new(buffer, screen.glyphs(), row, 0);
    pen.skip_to_last(columns + 3).put(" ", screen.theme().dim);
    pen.put(text, screen.theme().dim)
        .put(" ", screen.theme().dim);
}

/// A thumb in the right edge that tells which part of `len` lines is in sight.
pub(super) fn thumb(
    screen: &Screen,
    buffer: &mut Buffer,
    placed: &Placed,
    lines: Rect,
    (offset, len): (usize, usize),
) {
    let height = usize::from(lines.height);
    if len <= height || height == 0 {
        return;
    }
    let size = (height * height / len).clamp(1, height);
    let room = height - size;
    let at = (offset * room).div_ceil((len - height).max(1)).min(room);
    let x = placed.area.right() - 1;
    for y in at..at + size {
        let cell = &mut buffer[(x, lines.y + y as u16)];
        cell.set_symbol(screen.glyphs().thumb)
            .set_style(screen.theme().dim);
    }
}

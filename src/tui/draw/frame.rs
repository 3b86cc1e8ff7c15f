//! The frame of a panel: title or tabs, column heads in its upper edge, totals in its lower edge,
//! a thumb for what is out of sight; and the row under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::{Pen, View, text};
use crate::tui::find::Filter;
use crate::tui::layout::{PanelName, Placed};

/// Draws the frame and returns the part within.
pub(in crate::tui) fn frame(view: &View<'_>, buffer: &mut Buffer, placed: &Placed) -> Rect {
    let theme = view.theme;
    let focused = view.focus == placed.panel && !view.is_covered;
    let style = if focused { theme.focus } else { theme.border };
    let area = placed.area;
    let glyphs = view.glyphs;
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
    title(view, buffer, placed, focused);
    placed.inner()
}

fn title(view: &View<'_>, buffer: &mut Buffer, placed: &Placed, focused: bool) {
    let theme = view.theme;
    if placed.tabs.is_empty() {
        let area = placed.area;
        let mut pen = Pen::new(buffer, view.glyphs, area, 0);
        pen.skip(1 + usize::from(placed.framed));
        one_title(view, &mut pen, placed.panel, focused, theme.strong);
        return;
    }
    for (panel, from, to) in placed.tab_spans() {
        let area = Rect::new(from, placed.area.y, to - from, 1);
        let mut pen = Pen::new(buffer, view.glyphs, area, 0);
        let shown = panel == placed.panel;
        let style = if shown {
            theme.strong.add_modifier(Modifier::UNDERLINED)
        } else {
            theme.dim
        };
        one_title(view, &mut pen, panel, shown && focused, style);
    }
}

fn one_title(view: &View<'_>, pen: &mut Pen<'_>, panel: PanelName, focused: bool, style: Style) {
    let theme = view.theme;
    let marker = if focused { view.glyphs.focus } else { " " };
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
pub(in crate::tui) fn heading(
    view: &View<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    words: &str,
    span: (usize, usize),
    right: bool,
) {
    heading_in(view, buffer, placed, words, span, right, view.theme.dim);
}

/// A column head in a style of its own.
pub(in crate::tui) fn heading_in(
    view: &View<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    words: &str,
    (from, to): (usize, usize),
    right: bool,
    style: Style,
) {
    let inner = placed.inner();
    let row = Rect::new(inner.x, placed.area.y, inner.width, 1);
    let length = text::width(words);
    let at = if right {
        to.saturating_sub(length)
    } else {
        from
    };
    let title = if placed.tabs.is_empty() {
        0
    } else {
        placed.title_columns()
    };
    if at <= title {
        return;
    }
    let mut pen = Pen::new(buffer, view.glyphs, row, 0);
    pen.skip(at.saturating_sub(1))
        .put(" ", style)
        .put(words, style);
    if pen.room() > 0 {
        pen.put(" ", style);
    }
}

/// A few words at the right of the lower edge of a framed panel.
pub(in crate::tui) fn total(view: &View<'_>, buffer: &mut Buffer, placed: &Placed, words: &str) {
    if !placed.framed {
        return;
    }
    let area = placed.area;
    let row = Rect::new(area.x + 1, area.bottom() - 1, area.width - 2, 1);
    let columns = text::width(words);
    let mut pen = Pen::new(buffer, view.glyphs, row, 0);
    pen.skip_to_last(columns + 3).put(" ", view.theme.dim);
    pen.put(words, view.theme.dim).put(" ", view.theme.dim);
}

/// A thumb in the right edge that tells which part of `len` lines is in sight.
pub(in crate::tui) fn thumb(
    view: &View<'_>,
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
        cell.set_symbol(view.glyphs.thumb).set_style(view.theme.dim);
    }
}

/// The first column of a row of a list: the cursor, which is more than a colour.
pub(in crate::tui) fn cursor(view: &View<'_>, pen: &mut Pen<'_>, panel: PanelName, is_here: bool) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    if !is_here {
        pen.skip(1);
    } else if view.focus == panel {
        pen.put(glyphs.cursor, theme.focus);
    } else {
        pen.put(glyphs.cursor_elsewhere, theme.dim);
    }
}

/// Marks the row under the cursor, after it was drawn. Where that means reversed text, its colours
/// go: they would become patches of ground.
pub(in crate::tui) fn highlight(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    panel: PanelName,
    row: usize,
) {
    if view.focus != panel || row >= usize::from(area.height) {
        return;
    }
    let selection = view.theme.selection;
    let row = Rect::new(area.x, area.y + row as u16, area.width, 1);
    if selection.add_modifier.contains(Modifier::REVERSED) {
        let plain = Style::new().fg(Color::Reset);
        buffer.set_style(
            row,
            plain.remove_modifier(Modifier::DIM | Modifier::CROSSED_OUT),
        );
    }
    buffer.set_style(row, selection);
}

/// Marks the words that are looked for, in rows that were drawn.
pub(in crate::tui) fn found(view: &View<'_>, buffer: &mut Buffer, area: Rect, filter: &Filter) {
    let mark = view.theme.accent.add_modifier(Modifier::UNDERLINED);
    let words: Vec<Vec<String>> = filter.words().map(letters).collect();
    if words.is_empty() {
        return;
    }
    for y in area.top()..area.bottom() {
        let cells: Vec<String> = (area.left()..area.right())
            .map(|x| buffer[(x, y)].symbol().to_lowercase())
            .collect();
        for word in &words {
            let places = cells.windows(word.len()).enumerate();
            for (at, _) in places.filter(|(_, cells)| *cells == word.as_slice()) {
                let place = Rect::new(area.x + at as u16, y, word.len() as u16, 1);
                buffer.set_style(place, mark);
            }
        }
    }
}

fn letters(word: &str) -> Vec<String> {
    word.chars().map(|letter| letter.to_string()).collect()
}

/// What a list is filtered by, and how many rows that leaves: in the lower edge, or in the upper one
/// where there is no other.
pub(in crate::tui) fn filtered(
    view: &View<'_>,
    buffer: &mut Buffer,
    placed: &Placed,
    filter: &Filter,
    rows: usize,
) {
    if filter.is_empty() {
        return;
    }
    let count = match rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    let words = format!("/{} {} {count}", filter.text(), view.glyphs.dot);
    let (area, style) = (placed.area, view.theme.accent);
    if placed.framed {
        let row = Rect::new(
            area.x + 1,
            area.bottom() - 1,
            area.width.saturating_sub(2),
            1,
        );
        let mut pen = Pen::new(buffer, view.glyphs, row, 0);
        pen.skip(1)
            .put(" ", style)
            .put(&words, style)
            .put(" ", style);
    } else {
        let row = Rect::new(area.x, area.y, area.width.saturating_sub(1), 1);
        let mut pen = Pen::new(buffer, view.glyphs, row, 0);
        pen.skip_to_last(text::width(&words) + 2).put(" ", style);
        pen.put(&words, style).put(" ", style);
    }
}

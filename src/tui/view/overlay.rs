//! What lies over the panels: a box in the middle with lines that scroll.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::Pen;
use super::{help, plan, why};
use crate::tui::screen::{Overlay, Screen};
use crate::tui::text;

/// A line of differently styled parts.
pub(super) type Line = Vec<(String, Style)>;

/// A label of so many columns and its words, wrapped under themselves.
pub(super) fn labelled(
    (label, label_columns, label_style): (&str, usize, Style),
    words: &str,
    columns: usize,
    style: Style,
) -> Vec<Line> {
    let wrapped = text::wrap(words, columns.saturating_sub(label_columns));
    let lines = wrapped.into_iter().enumerate().map(|(place, line)| {
        let label = if place == 0 { label } else { "" };
        let label = format!("{label:<label_columns$}");
        vec![(label, label_style), (line, style)]
    });
    lines.collect()
}

/// Its title, its lines, and the keys that leave it.
struct Content {
    title: String,
    lines: Vec<Line>,
    keys: &'static str,
}

/// A wider box is hard to read.
const WIDEST: u16 = 96;

fn content(screen: &Screen, columns: usize) -> Option<Content> {
    let theme = screen.theme();
    let (overlay, _) = screen.overlay()?;
    Some(match overlay {
        Overlay::Help => Content {
            title: "Keys".to_owned(),
            lines: help::lines(screen, columns),
            keys: "esc closes",
        },
        Overlay::Why { name, lookup } => Content {
            title: name.to_string(),
            lines: why::lines(screen, name, *lookup, columns),
            keys: "esc closes",
        },
        Overlay::Plan => Content {
            title: "Plan".to_owned(),
            lines: plan::lines(screen, columns),
            keys: if screen.is_replay() {
                "esc closes"
            } else {
                "s next strategy, esc closes"
            },
        },
        Overlay::ConfirmQuit => Content {
            title: "Quit?".to_owned(),
            lines: vec![
                vec![(leaving_words(screen).to_owned(), theme.text)],
                Line::new(),
                vec![
                    ("y".to_owned(), theme.accent),
                    (" quit   ".to_owned(), theme.dim),
                    ("n".to_owned(), theme.accent),
                    (" stay".to_owned(), theme.dim),
                ],
            ],
            keys: "",
        },
    })
}

/// The run may end while the question is up.
fn leaving_words(screen: &Screen) -> &'static str {
    if screen.ledger().active_run().is_some() {
        "A run goes on. Leaving cancels it."
    } else {
        "The run has ended. Leave now?"
    }
}

/// The box for so many lines, and its columns within.
fn place(screen: &Screen, lines: usize) -> Rect {
    let area = screen.layout().area;
    let width = if matches!(screen.overlay(), Some((Overlay::ConfirmQuit, _))) {
        44
    } else {
        area.width.saturating_sub(4).min(WIDEST)
    };
    let height = (lines as u16).saturating_add(2).min(area.height);
    let x = (area.width - width) / 2;
    let y = (area.height - height) / 2;
    Rect::new(x, y, width, height)
}

fn columns(screen: &Screen) -> usize {
    usize::from(place(screen, 0).width).saturating_sub(6)
}

/// Lines that do not fit into the box.
pub(in crate::tui) fn overflow(screen: &Screen) -> usize {
    content(screen, columns(screen)).map_or(0, |content| {
        let rows = usize::from(place(screen, content.lines.len()).height).saturating_sub(2);
        content.lines.len().saturating_sub(rows)
    })
}

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer) {
    let Some((content, (_, scroll))) = content(screen, columns(screen)).zip(screen.overlay())
    else {
        return;
    };
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let area = place(screen, content.lines.len());
    let set = glyphs.border;
    let across = usize::from(area.width);
    for row in 0..usize::from(area.height) {
        let mut pen = Pen::new(buffer, glyphs, area, row);
        let last = row + 1 == usize::from(area.height);
        let (left, middle, right) = match row {
            0 => (set.top_left, set.horizontal_top, set.top_right),
            _ if last => (set.bottom_left, set.horizontal_bottom, set.bottom_right),
            _ => (set.vertical_left, " ", set.vertical_right),
        };
        let style = theme.ground.patch(theme.focus);
        pen.put(left, style)
            .fill(middle, across - 2, style)
            .put(right, style);
    }
    clear_modifiers(buffer, area, theme.ground.patch(theme.focus));
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.skip(2).shorten(4).put(" ", theme.text);
    pen.put(&content.title, theme.strong).put(" ", theme.text);
    let more = content.lines.len() + 2 > usize::from(area.height);
    let keys = if more {
        format!("up and down scroll, {}", content.keys)
    } else {
        content.keys.to_owned()
    };
    let mut pen = Pen::new(buffer, glyphs, area, usize::from(area.height) - 1);
    pen.skip_to_last(text::width(&keys) + 4);
    if !keys.is_empty() {
        pen.put(" ", theme.dim)
            .put(&keys, theme.dim)
            .put(" ", theme.dim);
    }
    let inner = Rect::new(area.x + 3, area.y + 1, area.width - 6, area.height - 2);
    for (row, line) in content.lines.iter().skip(scroll).enumerate() {
        let mut pen = Pen::new(buffer, glyphs, inner, row);
        for (words, style) in line {
            pen.put(words, *style);
        }
    }
}

/// What was below must not shine through: neither its ground nor its bold, dim or reversed text.
fn clear_modifiers(buffer: &mut Buffer, area: Rect, style: Style) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, y)];
            let symbol = cell.symbol().to_owned();
            cell.reset();
            cell.set_symbol(&symbol).set_style(style);
        }
    }
}

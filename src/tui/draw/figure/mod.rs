//! Pictures of results.

mod bars;
mod curves;
mod reliability;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Pen, View};
use crate::event::Figure;

/// Columns of the labels at an upright axis.
const AXIS: u16 = 7;
/// A wider picture says no more.
const WIDEST: u16 = 100;

/// Lines that a picture takes at a width, its title included.
/// Where `room` lines are in sight at once, dots take no more of them than leaves their axes in sight.
pub(in crate::tui) fn height(figure: &Figure, width: u16, room: u16) -> u16 {
    match figure {
        Figure::Curves { .. } => plot_height(width, room.saturating_sub(4)) + 4,
        Figure::Bars {
            bars, reference, ..
        } => bars.len() as u16 + 1 + u16::from(reference.is_some()),
        Figure::Reliability { .. } => plot_height(width, room.saturating_sub(5)) + 5,
    }
}

/// Lines of the dots themselves.
fn plot_height(width: u16, room: u16) -> u16 {
    (width.min(WIDEST) / 6).clamp(6, 14).min(room).max(4)
}

pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect, figure: &Figure) {
    let area = Rect {
        width: area.width.min(WIDEST),
        ..area
    };
    let body = Rect::new(
        area.x,
        area.y + 1,
        area.width,
        area.height.saturating_sub(1),
    );
    let (Figure::Curves { title, .. }
    | Figure::Bars { title, .. }
    | Figure::Reliability { title, .. }) = figure;
    let theme = view.theme;
    Pen::new(buffer, view.glyphs, area, 0).put(title, theme.strong);
    match figure {
        Figure::Curves {
            x_label,
            y_label,
            series,
            level,
            place,
            ..
        } => {
            let lines = (level.as_ref(), place.as_ref());
            curves::draw(view, buffer, body, (x_label, y_label), series, lines);
        }
        Figure::Bars {
            bars, reference, ..
        } => bars::draw(view, buffer, body, bars, reference.as_ref()),
        Figure::Reliability { bins, .. } => reliability::draw(view, buffer, body, bins),
    }
}

/// Both axes of a plot with the ends of their ranges; returns where the dots go.
fn axes(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    x: (&str, &str, &str),
    y: (&str, &str),
) -> Rect {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let rows = area.height.saturating_sub(2);
    let axis = AXIS + 1;
    for row in 0..rows {
        let label = match row {
            0 => y.1,
            _ if row + 1 == rows => y.0,
            _ => "",
        };
        let sign = if label.is_empty() {
            glyphs.upright
        } else {
            glyphs.tick
        };
        Pen::new(buffer, glyphs, area, usize::from(row))
            .right(label, usize::from(AXIS) - 1, theme.dim)
            .skip(1)
            .put(sign, theme.border);
    }
    let width = area.width.saturating_sub(axis);
    Pen::new(buffer, glyphs, area, usize::from(rows))
        .skip(usize::from(AXIS))
        .put(glyphs.corner, theme.border)
        .fill(glyphs.rule, usize::from(width), theme.border);
    let mut pen = Pen::new(buffer, glyphs, area, usize::from(rows) + 1);
    pen.skip(usize::from(axis)).put(x.0, theme.dim);
    let middle = (usize::from(width) / 2).saturating_sub(x.0.len() + x.1.len() / 2);
    let room = usize::from(width).saturating_sub(x.0.len() + x.2.len() + 2);
    pen.skip(middle.max(1))
        .left(x.1, room.min(x.1.len()), theme.dim);
    pen.skip_to_last(x.2.len()).put(x.2, theme.dim);
    Rect::new(area.x + axis, area.y, width, rows)
}

//! Values where two axes of words meet, as shades; with the values themselves where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::tui::draw::{Pen, View, text};

/// Signs of a shade.
const SHADE: usize = 2;
/// Columns of a cell with its value: the shade, the value, the sign of the best, and gaps.
const WITH_VALUE: usize = SHADE + 1 + VALUE + 2;
const VALUE: usize = 6;
/// Columns of the names at the left, at most.
const MOST_NAME: usize = 16;

/// A heat map as it is to be drawn.
pub(super) struct HeatMap<'a> {
    /// What runs across, and what down.
    pub(super) labels: (&'a str, &'a str),
    /// What the values are.
    pub(super) value_label: &'a str,
    /// The places across, and down.
    pub(super) places: (&'a [String], &'a [String]),
    /// A row for each place down.
    pub(super) rows: &'a [Vec<Option<f64>>],
    /// Where the best is.
    pub(super) best: Option<(usize, usize)>,
}

/// Lines above and below the rows: what the shades stand for, and the names across.
pub(super) const AROUND: u16 = 2;

pub(super) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect, map: &HeatMap<'_>) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let (across, down) = map.places;
    let names = down.iter().map(|name| text::width(&display::clean(name)));
    let label = names.max().unwrap_or(0).min(MOST_NAME);
    let room = usize::from(area.width).saturating_sub(label + 1);
    let has_values = room >= WITH_VALUE * across.len();
    let cell = if has_values {
        WITH_VALUE
    } else {
        (room / across.len().max(1)).clamp(1, SHADE + 2)
    };
    let values = map.rows.iter().flatten().flatten();
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    legend(view, buffer, area, map, (low, high));
    for (line, (name, values)) in down.iter().zip(map.rows).enumerate() {
        let mut pen = Pen::new(buffer, glyphs, area, 1 + line);
        pen.right(&display::clean(name), label, theme.dim).skip(1);
        for (column, value) in values.iter().enumerate() {
            let is_best = map.best == Some((line, column));
            let Some(value) = value else {
                pen.left(glyphs.none, cell, theme.dim);
                continue;
            };
            let share = if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            };
            let sign = shade(glyphs.shades, share);
            let style = if is_best { theme.good } else { theme.series[0] };
            let star = if is_best { glyphs.best } else { " " };
            if has_values {
                let words = display::metric(*value);
                let value_style = if is_best { theme.strong } else { theme.text };
                pen.fill(sign, SHADE, style).skip(1);
                pen.right(&words, VALUE, value_style);
                pen.put(star, theme.good).skip(1);
            } else if is_best && cell > 1 {
                pen.fill(sign, cell - 1, style).put(star, theme.good);
            } else {
                pen.fill(sign, cell.min(SHADE + 1), style);
                pen.skip(cell.saturating_sub(SHADE + 1));
            }
        }
    }
    let mut pen = Pen::new(buffer, glyphs, area, 1 + down.len());
    pen.skip(label + 1);
    for name in across {
        // A blank between two names, where there is room for more than one letter.
        let columns = cell.saturating_sub(1).max(1);
        pen.name(name, columns, theme.dim).skip(cell - columns);
    }
}

fn shade(shades: &'static [&'static str], share: f64) -> &'static str {
    let last = shades.len() - 1;
    let place = (share * shades.len() as f64) as usize;
    shades[place.min(last)]
}

/// What runs where, and what the shades stand for.
fn legend(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    map: &HeatMap<'_>,
    (low, high): (f64, f64),
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let (across, down) = map.labels;
    let (darkest, lightest) = (glyphs.shades[0], glyphs.shades[glyphs.shades.len() - 1]);
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.put(&format!("{down} down, {across} across"), theme.dim)
        .skip(2);
    if low <= high {
        pen.put(map.value_label, theme.dim).skip(1);
        pen.put(darkest, theme.series[0]).skip(1);
        pen.put(&display::metric(low), theme.dim)
            .put(" to ", theme.dim);
        pen.put(lightest, theme.series[0]).skip(1);
        pen.put(&display::metric(high), theme.dim).skip(2);
    }
    if map.best.is_some() {
        pen.put(glyphs.best, theme.good).put(" best", theme.dim);
    }
}

//! Horizontal bars with their intervals over them, and a line across.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::event::{Bar, ReferenceLine};
use crate::tui::draw::text;
use crate::tui::draw::{Pen, View};

/// Columns of a value.
const VALUE: usize = 8;
/// Columns that are left to bars beside long names.
const LEAST_BAR: usize = 12;

pub(super) fn draw(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    (bars, rows): (&[Bar], &[usize]),
    before: Option<&[Bar]>,
    reference: Option<&ReferenceLine>,
    start: f64,
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let width = usize::from(area.width);
    let longest = |of: fn(&Bar) -> &str| {
        bars.iter()
            .map(|bar| text::width(&display::clean(of(bar))))
            .max()
            .unwrap_or(0)
    };
    let note = longest(|bar| &bar.note).min(width / 4);
    let deltas: Vec<String> = bars.iter().map(|bar| delta(bar, before)).collect();
    let widest = deltas.iter().map(String::len).max().unwrap_or(0);
    let delta_columns = if widest > 0 { widest + 1 } else { 0 };
    // Names get the room, and bars take what is left.
    let others = 1 + VALUE + 3 + note + delta_columns;
    let most_label = width.saturating_sub(others + LEAST_BAR).max(width * 2 / 5);
    let label = longest(|bar| &bar.label).min(most_label);
    let taken = label + others;
    let columns = width.saturating_sub(taken).max(4);
    let most = bars
        .iter()
        .filter_map(|bar| bar.value)
        .chain(bars.iter().filter_map(|bar| Some(bar.interval?.1)))
        .chain(reference.map(|line| line.value))
        .fold(start, f64::max);
    let most = if most > start { most } else { start + 1.0 };
    let share = |value: f64| ((value - start) / (most - start)).clamp(0.0, 1.0);
    let cell = |value: f64| (share(value) * (columns - 1) as f64).round() as usize;
    let mark = reference.map(|line| cell(line.value));
    let shown = rows
        .iter()
        .filter_map(|at| Some((bars.get(*at)?, deltas.get(*at)?)));
    for (row, (bar, delta)) in shown.enumerate() {
        let style = if bar.flagged {
            theme.warn
        } else {
            theme.series[0]
        };
        let mut pen = Pen::new(buffer, glyphs, area, row);
        pen.name(&bar.label, label, theme.text).skip(1);
        pen.bar(bar.value.map_or(0.0, share), columns, style);
        let value = bar
            .value
            .map_or_else(|| glyphs.none.to_owned(), display::metric);
        let value_style = if bar.flagged { theme.warn } else { theme.text };
        pen.right(&value, VALUE, value_style).skip(1);
        pen.left(delta, delta_columns, view.delta_style(delta));
        pen.put(if bar.flagged { glyphs.warning } else { " " }, theme.warn)
            .skip(1);
        pen.left(&bar.note, note, theme.dim);
        if let Some(interval) = bar.interval {
            let (low, high) = (cell(interval.0), cell(interval.1));
            // Where it is narrower than a cell the end of the bar says as much.
            if high > low {
                Pen::new(buffer, glyphs, area, row)
                    .skip(label + 1 + low)
                    .put(glyphs.tick_low, theme.text)
                    .fill(glyphs.rule, high - low - 1, theme.text)
                    .put(glyphs.tick, theme.text);
            }
        }
        if let Some(mark) = mark {
            Pen::new(buffer, glyphs, area, row)
                .skip(label + 1 + mark)
                .put(glyphs.upright, theme.text);
        }
    }
    if let (Some(mark), Some(line)) = (mark, reference) {
        let words = format!("{} {}", line.label, display::metric(line.value));
        let at = (label + 1 + mark).saturating_sub(text::width(&words) + 1);
        Pen::new(buffer, glyphs, area, rows.len())
            .skip(at)
            .put(&words, theme.text)
            .skip(usize::from(at > 0))
            .put(if at > 0 { glyphs.corner_up } else { "" }, theme.text);
    }
}

/// How a bar differs from the one of the same name before; empty where there was none.
fn delta(bar: &Bar, before: Option<&[Bar]>) -> String {
    let was = before.and_then(|bars| bars.iter().find(|other| other.label == bar.label));
    match (was.and_then(|was| was.value), bar.value) {
        (Some(was), Some(is)) => display::signed(is - was),
        _ => String::new(),
    }
}

//! Curves over a common axis, each with its band.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::{axes, plot_area};
use crate::event::{ReferenceLine, Series};
use crate::tui::draw::plot::{Plot, range, row_of, share};
use crate::tui::draw::{Pen, View};

pub(super) fn draw(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    (x_label, y_label): (&str, &str),
    series: &[Series],
    (level, place): (Option<&ReferenceLine>, Option<&ReferenceLine>),
) {
    let theme = view.theme;
    let points = || series.iter().flat_map(|series| &series.points);
    let ends = |(low, high): (f64, f64)| (low, if high > low { high } else { low + 1.0 });
    let xs = points()
        .map(|p| p.x)
        .fold(None, |found: Option<(f64, f64)>, x| {
            Some(found.map_or((x, x), |(low, high)| (low.min(x), high.max(x))))
        });
    let level_value = level.map(|line| line.value);
    let ys = range(
        points()
            .flat_map(|p| [p.y, p.low, p.high])
            .chain(level_value),
    );
    let (Some(xs), Some(ys)) = (xs.map(ends), ys) else {
        Pen::new(buffer, view.glyphs, area, 0).put("no points", theme.dim);
        return;
    };
    legend(view, buffer, area, y_label, series, [level, place]);
    let below = Rect::new(
        area.x,
        area.y + 1,
        area.width,
        area.height.saturating_sub(1),
    );
    axes(view, buffer, below, (x_label, xs), ys);
    let dots = plot_area(below);
    let mut plot = Plot::new(dots, view.glyphs.blocks);
    let at = |x, y| (share(xs, x), share(ys, y));
    for (i, one) in series.iter().enumerate() {
        for pair in one.points.windows(2) {
            let stretch = |p: &crate::event::CurvePoint| {
                (share(xs, p.x), share(ys, p.low), share(ys, p.high))
            };
            plot.band(stretch(&pair[0]), stretch(&pair[1]), i);
        }
    }
    for (i, one) in series.iter().enumerate() {
        for pair in one.points.windows(2) {
            plot.line(at(pair[0].x, pair[0].y), at(pair[1].x, pair[1].y), i);
        }
        if let [only] = one.points[..] {
            plot.line(at(only.x, only.y), at(only.x, only.y), i);
        }
    }
    if let Some(y) = level_value.map(|value| share(ys, value)) {
        let row = row_of(y, dots.height);
        let columns = usize::from(dots.width);
        Pen::new(buffer, view.glyphs, dots, row).fill(view.glyphs.dashes, columns, theme.dim);
    }
    let is_inside = |value: &f64| (xs.0..=xs.1).contains(value);
    if let Some(x) = place.map(|line| line.value).filter(is_inside) {
        let column = share(xs, x) * f64::from(dots.width.saturating_sub(1));
        for row in 0..usize::from(dots.height) {
            Pen::new(buffer, view.glyphs, dots, row)
                .skip(column.round() as usize)
                .put(view.glyphs.upright_dashes, theme.dim);
        }
    }
    plot.draw(buffer, dots, &theme.series);
    measured(view, buffer, dots, series, (xs, ys));
    ends_of(view, buffer, dots, series, (xs, ys));
}

/// Columns that a point needs to be told from the line that leads to the next.
const A_POINT: usize = 3;

/// The points themselves, where they are few: between them the line is drawn, not measured.
fn measured(
    view: &View<'_>,
    buffer: &mut Buffer,
    dots: Rect,
    series: &[Series],
    (xs, ys): ((f64, f64), (f64, f64)),
) {
    if !view.glyphs.blocks {
        // There the curves differ by their signs alone.
        return;
    }
    for (i, one) in series.iter().enumerate() {
        if one.points.len() * A_POINT > usize::from(dots.width) {
            continue;
        }
        let style = view.theme.series[i % view.theme.series.len()];
        let style = style.remove_modifier(Modifier::DIM);
        for point in one
            .points
            .iter()
            .filter(|p| p.x.is_finite() && p.y.is_finite())
        {
            let row = row_of(share(ys, point.y), dots.height);
            let column = share(xs, point.x) * f64::from(dots.width.saturating_sub(1));
            Pen::new(buffer, view.glyphs, dots, row)
                .skip(column.round() as usize)
                .put(view.glyphs.resident, style);
        }
    }
}

/// The number of each curve at its right end: colour alone does not tell them apart.
fn ends_of(
    view: &View<'_>,
    buffer: &mut Buffer,
    dots: Rect,
    series: &[Series],
    (xs, ys): ((f64, f64), (f64, f64)),
) {
    if series.len() < 2 {
        return;
    }
    for (i, one) in series.iter().enumerate() {
        let Some(last) = one.points.last() else {
            continue;
        };
        let row = row_of(share(ys, last.y), dots.height);
        let column = share(xs, last.x) * f64::from(dots.width.saturating_sub(1));
        let style = view.theme.series[i % 4].remove_modifier(Modifier::DIM);
        Pen::new(buffer, view.glyphs, dots, row)
            .skip(column.round() as usize)
            .put(&(i + 1).to_string(), style);
    }
}

fn legend(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    y_label: &str,
    series: &[Series],
    lines: [Option<&ReferenceLine>; 2],
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.put(y_label, theme.dim).skip(2);
    for (i, one) in series.iter().enumerate() {
        let style = theme.series[i % theme.series.len()];
        if series.len() > 1 {
            pen.put(&(i + 1).to_string(), style);
        }
        pen.put(glyphs.curves[i % glyphs.curves.len()], style)
            .skip(1);
        pen.put(&one.name, theme.text).skip(2);
    }
    let is_band = |p: &crate::event::CurvePoint| p.low < p.high;
    if glyphs.blocks && series.iter().any(|one| one.points.iter().any(is_band)) {
        pen.put(glyphs.shade, theme.dim)
            .put(" interval", theme.dim)
            .skip(2);
    }
    for (line, sign) in lines.iter().zip([glyphs.dashes, glyphs.upright_dashes]) {
        if let Some(line) = line {
            let words = format!(" {} {}", line.label, short(line.value));
            pen.put(sign, theme.dim).put(&words, theme.dim).skip(2);
        }
    }
}

/// A value without needless decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

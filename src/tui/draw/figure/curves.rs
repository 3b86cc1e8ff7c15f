//! Curves over a common axis, each with its band.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{axes, plot_area};
use crate::display;
use crate::event::{ReferenceLine, Series};
use crate::tui::draw::plot::{Plot, range, row_of, share};
use crate::tui::draw::{Pen, View, text};

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
    let rows = legend_rows(view, area.width, y_label, series, [level, place]);
    legend(
        view,
        buffer,
        area,
        entries(view, y_label, series, [level, place]),
    );
    let below = Rect::new(
        area.x,
        area.y + rows,
        area.width,
        area.height.saturating_sub(rows),
    );
    axes(view, buffer, below, (x_label, xs), ys);
    let dots = plot_area(below);
    let mut plot = Plot::new(dots, view.glyphs, series.len());
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
    if !view.glyphs.draws_blocks(series.len()) {
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

/// Lines of the legend at most.
const LEGEND: usize = 3;
/// Blanks between its parts.
const GAP: usize = 2;

/// A part of the legend: a curve, a rule, or what the axis stands for.
struct Entry {
    /// What is before the words: a number and a sign.
    number: Option<usize>,
    sign: &'static str,
    style: Style,
    words: String,
    words_style: Style,
}

impl Entry {
    fn columns(&self) -> usize {
        let number = self.number.map_or(0, |number| number.to_string().len());
        let blank = usize::from(!self.sign.is_empty());
        number + text::width(self.sign) + blank + text::width(&display::clean(&self.words))
    }
}

fn entries(
    view: &View<'_>,
    y_label: &str,
    series: &[Series],
    lines: [Option<&ReferenceLine>; 2],
) -> Vec<Entry> {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let dim = |sign, words| Entry {
        number: None,
        sign,
        style: theme.dim,
        words,
        words_style: theme.dim,
    };
    let mut entries = vec![dim("", y_label.to_owned())];
    entries.extend(series.iter().enumerate().map(|(i, one)| Entry {
        number: (series.len() > 1).then_some(i + 1),
        sign: glyphs.curves[i % glyphs.curves.len()],
        style: theme.series[i % theme.series.len()],
        words: one.name.clone(),
        words_style: theme.text,
    }));
    let is_band = |p: &crate::event::CurvePoint| p.low < p.high;
    if glyphs.draws_blocks(series.len()) && series.iter().any(|one| one.points.iter().any(is_band))
    {
        entries.push(dim(glyphs.shade, "interval".to_owned()));
    }
    for (line, sign) in lines.iter().zip([glyphs.dashes, glyphs.upright_dashes]) {
        if let Some(line) = line {
            entries.push(dim(sign, format!("{} {}", line.label, short(line.value))));
        }
    }
    entries
}

/// The parts line by line, as many side by side as there is room for.
fn wrapped(entries: Vec<Entry>, columns: usize) -> Vec<Vec<Entry>> {
    let mut lines: Vec<Vec<Entry>> = Vec::new();
    let mut used = 0;
    for entry in entries {
        let more = entry.columns();
        match lines.last_mut() {
            Some(line) if used + GAP + more <= columns => {
                used += GAP + more;
                line.push(entry);
            }
            _ => {
                used = more;
                lines.push(vec![entry]);
            }
        }
    }
    lines
}

/// Lines that the legend takes in so many columns.
pub(super) fn legend_rows(
    view: &View<'_>,
    columns: u16,
    y_label: &str,
    series: &[Series],
    lines: [Option<&ReferenceLine>; 2],
) -> u16 {
    let entries = entries(view, y_label, series, lines);
    wrapped(entries, usize::from(columns)).len().min(LEGEND) as u16
}

fn legend(view: &View<'_>, buffer: &mut Buffer, area: Rect, entries: Vec<Entry>) {
    let lines = wrapped(entries, usize::from(area.width));
    for (row, line) in lines.iter().take(LEGEND).enumerate() {
        let mut pen = Pen::new(buffer, view.glyphs, area, row);
        for entry in line {
            if let Some(number) = entry.number {
                pen.put(&number.to_string(), entry.style);
            }
            if !entry.sign.is_empty() {
                pen.put(entry.sign, entry.style).skip(1);
            }
            pen.put(&entry.words, entry.words_style).skip(GAP);
        }
    }
}

/// A value without needless decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

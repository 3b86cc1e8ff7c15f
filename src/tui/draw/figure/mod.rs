//! Pictures of results.

mod bars;
mod curves;
mod heat_map;
mod parallel;
mod reliability;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Pen, View, plot, text};
use crate::event::{Figure, bars_start};

/// Columns of the labels at an upright axis.
const AXIS: u16 = 7;
/// A wider picture says no more.
const WIDEST: u16 = 120;

/// A picture as it is to be shown.
#[derive(Clone, Debug)]
pub(in crate::tui) struct ShownFigure<'a> {
    /// The picture.
    pub figure: &'a Figure,
    /// Which of its bars, where it has bars.
    pub bars: Vec<usize>,
    /// The same picture of the run that it is compared with.
    pub before: Option<&'a Figure>,
}

/// Lines that a picture takes at a width, its title included.
/// Where `room` lines are in sight at once, dots take no more of them than leaves their axes in sight.
pub(in crate::tui) fn height(
    view: &View<'_>,
    shown: &ShownFigure<'_>,
    width: u16,
    room: u16,
) -> u16 {
    match shown.figure {
        Figure::Curves {
            y_label,
            series,
            level,
            place,
            ..
        } => {
            let lines = [level.as_ref(), place.as_ref()];
            let legend = curves::legend_rows(view, width.min(WIDEST), y_label, series, lines);
            plot_height(width, room.saturating_sub(3 + legend)) + 3 + legend
        }
        Figure::Bars { reference, .. } => {
            shown.bars.len() as u16 + 1 + u16::from(reference.is_some())
        }
        Figure::Reliability { .. } => plot_height(width, room.saturating_sub(5)) + 5,
        Figure::HeatMap { y, .. } => 1 + heat_map::AROUND + y.len() as u16,
        Figure::Parallel { .. } => {
            let around = 1 + parallel::AROUND;
            plot_height(width, room.saturating_sub(around)) + around
        }
    }
}

/// Lines of the dots themselves.
fn plot_height(width: u16, room: u16) -> u16 {
    (width.min(WIDEST) / 6).clamp(6, 18).min(room).max(4)
}

pub(in crate::tui) fn draw(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    shown: &ShownFigure<'_>,
) {
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
    let theme = view.theme;
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    let title = shown.figure.title_with_axis();
    let title = text::fit_words(&title, pen.room(), view.glyphs.ellipsis);
    pen.put(&title, theme.strong);
    match shown.figure {
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
            bars,
            reference,
            from,
            ..
        } => {
            let before = shown.before.and_then(|before| match before {
                Figure::Bars { bars, .. } => Some(bars.as_slice()),
                _ => None,
            });
            let rows = (bars.as_slice(), shown.bars.as_slice());
            let start = bars_start(bars, *from);
            bars::draw(view, buffer, body, rows, before, reference.as_ref(), start);
        }
        Figure::Reliability { bins, .. } => reliability::draw(view, buffer, body, bins),
        Figure::HeatMap {
            x_label,
            y_label,
            value_label,
            x,
            y,
            rows,
            best,
            ..
        } => {
            let map = heat_map::HeatMap {
                labels: (x_label, y_label),
                value_label,
                places: (x, y),
                rows,
                best: *best,
            };
            heat_map::draw(view, buffer, body, &map);
        }
        Figure::Parallel { axes, lines, .. } => parallel::draw(view, buffer, body, axes, lines),
    }
}

/// An axis: what it stands for, and its round values with their places, as shares of it.
struct Axis<'a> {
    label: &'a str,
    ticks: Vec<(f64, String)>,
}

impl<'a> Axis<'a> {
    /// With at most so many round values.
    fn of(label: &'a str, range: (f64, f64), most: usize) -> Self {
        let values = plot::ticks(range, most);
        let needed = |value: &f64| {
            let words = format!("{value:.4}");
            let digits = words.trim_end_matches('0').split_once('.');
            digits.map_or(0, |(_, decimals)| decimals.len())
        };
        // As many decimals as the finest of them needs, the same for all.
        let decimals = values.iter().map(needed).max().unwrap_or(0);
        let ticks = values.into_iter().map(|value| {
            let words = format!("{value:.decimals$}");
            (plot::share(range, value), words)
        });
        Self {
            label,
            ticks: ticks.collect(),
        }
    }
}

/// Columns from one value of a level axis to the next, at least.
const TICK_COLUMNS: u16 = 16;
/// Rows from one value of an upright axis to the next, at least.
const TICK_ROWS: u16 = 3;

/// The part within the axes.
fn plot_area(area: Rect) -> Rect {
    let axis = AXIS + 1;
    let width = area.width.saturating_sub(axis);
    Rect::new(area.x + axis, area.y, width, area.height.saturating_sub(2))
}

/// Both axes of a plot in its area, over these ranges.
fn axes(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    (x_label, xs): (&str, (f64, f64)),
    ys: (f64, f64),
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let dots = plot_area(area);
    let most = |room: u16, each: u16| usize::from(room / each).clamp(2, 6);
    let x = Axis::of(x_label, xs, most(dots.width, TICK_COLUMNS));
    let y = Axis::of("", ys, most(dots.height, TICK_ROWS));
    for row in 0..usize::from(dots.height) {
        let mut at_row = y.ticks.iter();
        let tick = at_row.find(|(share, _)| plot::row_of(*share, dots.height) == row);
        let (label, sign) = match tick {
            Some((_, label)) => (label.as_str(), glyphs.tick),
            None => ("", glyphs.upright),
        };
        Pen::new(buffer, glyphs, area, row)
            .right(label, usize::from(AXIS) - 1, theme.dim)
            .skip(1)
            .put(sign, theme.border);
    }
    let rows = usize::from(dots.height);
    Pen::new(buffer, glyphs, area, rows)
        .skip(usize::from(AXIS))
        .put(glyphs.corner, theme.border)
        .fill(glyphs.rule, usize::from(dots.width), theme.border);
    level_labels(view, buffer, area, &x);
}

/// The values of a level axis under their places, and between two of them what it stands for.
fn level_labels(view: &View<'_>, buffer: &mut Buffer, area: Rect, x: &Axis<'_>) {
    let dots = plot_area(area);
    let row = usize::from(dots.height) + 1;
    let (columns, line) = (
        usize::from(dots.width),
        Rect {
            x: dots.x,
            width: dots.width,
            ..area
        },
    );
    let mut spans = Vec::new();
    for (share, label) in &x.ticks {
        let at = (share * columns.saturating_sub(1) as f64).round() as usize;
        let length = text::width(label);
        let from = at
            .saturating_sub(length / 2)
            .min(columns.saturating_sub(length));
        if spans.last().is_some_and(|(_, end)| from <= *end) {
            continue;
        }
        spans.push((from, from + length));
        Pen::new(buffer, view.glyphs, line, row)
            .skip(from)
            .put(label, view.theme.dim);
    }
    let starts = std::iter::once(0).chain(spans.iter().map(|(_, end)| *end));
    let ends = spans.iter().map(|(from, _)| *from).chain([columns]);
    let gaps = starts
        .zip(ends)
        .map(|(from, to)| (from, to.saturating_sub(from)));
    let length = text::width(x.label);
    if let Some((from, room)) = gaps.max_by_key(|(_, room)| *room)
        && room >= length + 2
    {
        Pen::new(buffer, view.glyphs, line, row)
            .skip(from + (room - length) / 2)
            .put(x.label, view.theme.dim);
    }
}

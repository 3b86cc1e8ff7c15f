//! Upright axes side by side, and a line through them for each setting: the best stand out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::display;
use crate::event::{ParallelAxis, ParallelLine};
use crate::tui::draw::plot::{Plot, row_of};
use crate::tui::draw::{Pen, View, text};

/// One of so many lines is among the best.
const BEST: usize = 4;
/// Columns of a mark at the last axis.
const MARK: u16 = 9;

/// The kinds of lines, those that lie below first.
const OTHERS: usize = 0;
const AMONG_BEST: usize = 1;
const THE_BEST: usize = 2;

/// Lines above the dots: what the lines are, and the names of the axes.
pub(super) const AROUND: u16 = 2;

pub(super) fn draw(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    axes: &[ParallelAxis],
    lines: &[ParallelLine],
) {
    let styles = [view.theme.dim, view.theme.series[0], view.theme.good];
    legend(view, buffer, area, styles, lines);
    let dots = Rect::new(
        area.x,
        area.y + AROUND,
        area.width.saturating_sub(MARK),
        area.height.saturating_sub(AROUND),
    );
    if dots.is_empty() || axes.is_empty() {
        return;
    }
    let last = (axes.len() - 1).max(1) as f64;
    let across = |axis: usize| axis as f64 / last;
    let mut plot = Plot::new(dots, view.glyphs, styles.len());
    let best = lines.len().div_ceil(BEST);
    // The best are drawn last, and lie over the others.
    for (rank, line) in lines.iter().enumerate().rev() {
        let kind = match rank {
            0 => THE_BEST,
            rank if rank < best => AMONG_BEST,
            _ => OTHERS,
        };
        for (axis, ends) in line.places.windows(2).enumerate() {
            if let [Some(from), Some(to)] = ends {
                plot.line((across(axis), *from), (across(axis + 1), *to), kind);
            }
        }
    }
    plot.draw(buffer, dots, &styles);
    for (at, axis) in axes.iter().enumerate() {
        let column = across(at) * f64::from(dots.width - 1);
        upright(view, buffer, area, dots, column.round() as u16, axis);
    }
}

/// An axis over the lines, its name above it, and its marks beside it.
fn upright(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    dots: Rect,
    column: u16,
    axis: &ParallelAxis,
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let name = display::clean(&axis.name);
    let columns = text::width(&name);
    // To the left of the last axis, else over it.
    let begins = usize::from(column).saturating_sub(columns / 2);
    let begins = begins.min(usize::from(area.width).saturating_sub(columns));
    Pen::new(buffer, glyphs, area, 1)
        .skip(begins)
        .put(&name, theme.text);
    for row in 0..usize::from(dots.height) {
        Pen::new(buffer, glyphs, dots, row)
            .skip(usize::from(column))
            .put(glyphs.upright, theme.border);
    }
    let all = Rect {
        width: area.width,
        ..dots
    };
    for (place, words) in &axis.marks {
        let row = row_of(*place, dots.height);
        Pen::new(buffer, glyphs, all, row)
            .skip(usize::from(column))
            .put(glyphs.tick_low, theme.border)
            .put(&display::clean(words), theme.text);
    }
}

fn legend(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    styles: [Style; 3],
    lines: &[ParallelLine],
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    let Some(best) = lines.first() else {
        return;
    };
    let the_best = format!("best: {}", best.name);
    for (kind, words) in [
        (THE_BEST, the_best.as_str()),
        (AMONG_BEST, "best quarter"),
        (OTHERS, "others"),
    ] {
        pen.put(glyphs.curves[kind], styles[kind]).skip(1);
        pen.put(&display::clean(words), theme.text).skip(2);
    }
}

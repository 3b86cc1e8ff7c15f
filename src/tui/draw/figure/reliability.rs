//! Score against observed rate, with how many rows each bin has.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::{axes, plot_area};
use crate::event::ReliabilityBin;
use crate::tui::draw::plot::{Plot, row_of};
use crate::tui::draw::{Pen, View};

const UNIT: (f64, f64) = (0.0, 1.0);

pub(super) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect, bins: &[ReliabilityBin]) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    Pen::new(buffer, glyphs, area, 0)
        .put("observed rate", theme.dim)
        .skip(2)
        .put(glyphs.curves[0], theme.series[0])
        .put(" model  ", theme.text)
        .put(glyphs.dot, theme.dim)
        .put(" as it should be", theme.dim);
    let plotted = Rect::new(
        area.x,
        area.y + 1,
        area.width,
        area.height.saturating_sub(2),
    );
    axes(view, buffer, plotted, ("score", UNIT), UNIT);
    let dots = plot_area(plotted);
    let mut plot = Plot::new(dots, glyphs, 1);
    plot.dotted((UNIT.0, UNIT.0), (UNIT.1, UNIT.1), 1);
    for pair in bins.windows(2) {
        let at = |bin: &ReliabilityBin| (bin.mean_score, bin.observed_rate);
        plot.line(at(&pair[0]), at(&pair[1]), 0);
    }
    plot.draw(buffer, dots, &[theme.series[0], theme.dim]);
    for bin in bins {
        point(view, buffer, dots, bin);
    }
    counts(view, buffer, area, dots, bins);
}

fn point(view: &View<'_>, buffer: &mut Buffer, dots: Rect, bin: &ReliabilityBin) {
    // The cell may hold a dim dot of the diagonal.
    let style = view.theme.series[0].remove_modifier(Modifier::DIM);
    let across = bin.mean_score.clamp(0.0, 1.0) * f64::from(dots.width.saturating_sub(1));
    let row = row_of(bin.observed_rate, dots.height);
    Pen::new(buffer, view.glyphs, dots, row)
        .skip(across.round() as usize)
        .put(view.glyphs.resident, style);
}

/// A small column under each bin: where the rows are.
fn counts(view: &View<'_>, buffer: &mut Buffer, area: Rect, dots: Rect, bins: &[ReliabilityBin]) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let last = glyphs.columns.len() - 1;
    let row = usize::from(area.height.saturating_sub(1));
    Pen::new(buffer, glyphs, area, row).right("rows", usize::from(super::AXIS) - 1, theme.dim);
    let line = Rect::new(dots.x, area.y, dots.width, area.height);
    for bin in bins {
        let height = (bin.count as f64 / most as f64 * last as f64).round() as usize;
        let at = (bin.mean_score.clamp(0.0, 1.0) * f64::from(dots.width - 1)).round() as usize;
        Pen::new(buffer, glyphs, line, row)
            .skip(at.saturating_sub(1))
            .fill(glyphs.columns[height], 2, theme.dim);
    }
}

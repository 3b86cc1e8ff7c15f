//! A small canvas for curves: quarter blocks, or one sign a cell where there is only ASCII. Braille
//! would be finer, but many terminal fonts lack it and show boxes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::glyphs::{ASCII, Glyphs};

/// The bit of each quarter of a cell, by row and column.
const QUARTER_BITS: [[u8; 2]; 2] = [[1, 2], [4, 8]];

/// The sign for each set of quarters.
const QUARTERS: [&str; 16] = [
    " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
];

/// Dots of a cell across and down, where there are blocks.
const DOTS: (usize, usize) = (2, 2);

#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u8,
    /// The series whose colour it has, from 1; zero for none.
    series: u8,
    /// Has it the line itself, or its band only?
    is_line: bool,
}

/// Dots in an area; positions are shares of it from the lower left corner.
pub(in crate::tui) struct Plot {
    width: usize,
    height: usize,
    blocks: bool,
    cells: Vec<Cell>,
}

impl Plot {
    /// For so many curves.
    pub(in crate::tui) fn new(area: Rect, glyphs: &Glyphs, curves: usize) -> Self {
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        Self {
            width,
            height,
            blocks: glyphs.draws_blocks(curves),
            cells: vec![Cell::default(); width * height],
        }
    }

    /// Dots across and down.
    fn resolution(&self) -> (usize, usize) {
        let (across, down) = if self.blocks { DOTS } else { (1, 1) };
        (self.width * across, self.height * down)
    }

    /// The dot at a position, from the upper left corner; none outside.
    fn dot_at(&self, (x, y): (f64, f64)) -> Option<(isize, isize)> {
        let (columns, rows) = self.resolution();
        let inside = x.is_finite() && y.is_finite() && columns > 0 && rows > 0;
        inside.then(|| {
            let across = (x * (columns - 1) as f64).round() as isize;
            let down = ((1.0 - y) * (rows - 1) as f64).round() as isize;
            (across, down)
        })
    }

    fn set(&mut self, (x, y): (isize, isize), series: usize, is_line: bool) {
        let (columns, rows) = self.resolution();
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x >= columns || y >= rows {
            return;
        }
        let (across, down) = if self.blocks { DOTS } else { (1, 1) };
        let cell = &mut self.cells[y / down * self.width + x / across];
        if is_line && !cell.is_line {
            // The line stands out from a band: a cell shows one of them.
            cell.dots = 0;
        }
        if is_line || !cell.is_line {
            cell.dots |= QUARTER_BITS[y % down][x % across];
            cell.series = series as u8 + 1;
            cell.is_line = is_line;
        }
    }

    /// A straight line.
    pub(in crate::tui) fn line(&mut self, from: (f64, f64), to: (f64, f64), series: usize) {
        let (Some(a), Some(b)) = (self.dot_at(from), self.dot_at(to)) else {
            return;
        };
        let steps = (b.0 - a.0).abs().max((b.1 - a.1).abs()).max(1);
        for i in 0..=steps {
            let share = i as f64 / steps as f64;
            let x = a.0 + ((b.0 - a.0) as f64 * share).round() as isize;
            let y = a.1 + ((b.1 - a.1) as f64 * share).round() as isize;
            self.set((x, y), series, true);
        }
    }

    /// A dotted line.
    pub(in crate::tui) fn dotted(&mut self, from: (f64, f64), to: (f64, f64), series: usize) {
        let (Some(a), Some(b)) = (self.dot_at(from), self.dot_at(to)) else {
            return;
        };
        let steps = (b.0 - a.0).abs().max((b.1 - a.1).abs()).max(1);
        for i in (0..=steps).step_by(if self.blocks { 3 } else { 2 }) {
            let share = i as f64 / steps as f64;
            let x = a.0 + ((b.0 - a.0) as f64 * share).round() as isize;
            let y = a.1 + ((b.1 - a.1) as f64 * share).round() as isize;
            self.set((x, y), series, false);
        }
    }

    /// A band between two curves, over one stretch of them: `low` and `high` at both ends.
    pub(in crate::tui) fn band(
        &mut self,
        (x0, low0, high0): (f64, f64, f64),
        (x1, low1, high1): (f64, f64, f64),
        series: usize,
    ) {
        let (Some(from), Some(to)) = (self.dot_at((x0, low0)), self.dot_at((x1, low1))) else {
            return;
        };
        if !self.blocks {
            return;
        }
        for x in from.0..=to.0 {
            let share = (x - from.0) as f64 / (to.0 - from.0).max(1) as f64;
            let low = low0 + (low1 - low0) * share;
            let high = high0 + (high1 - high0) * share;
            let (Some(low), Some(high)) = (self.dot_at((x0, low)), self.dot_at((x0, high))) else {
                continue;
            };
            for y in (high.1..=low.1).filter(|y| (x + y) % 2 == 0) {
                self.set((x, y), series, false);
            }
        }
    }

    /// Puts the dots on the screen, each series in its style.
    pub(in crate::tui) fn draw(&self, buffer: &mut Buffer, area: Rect, styles: &[Style]) {
        for (i, cell) in self.cells.iter().enumerate() {
            let (x, y) = (
                area.x + (i % self.width) as u16,
                area.y + (i / self.width) as u16,
            );
            let Some(series) = usize::from(cell.series).checked_sub(1) else {
                continue;
            };
            let mut style = styles.get(series).copied().unwrap_or_default();
            if !cell.is_line {
                style = style.add_modifier(Modifier::DIM);
            }
            let target = &mut buffer[(x, y)];
            if self.blocks {
                target.set_symbol(QUARTERS[usize::from(cell.dots)]);
            } else if cell.is_line {
                target.set_symbol(ASCII.curves[series % ASCII.curves.len()]);
            } else {
                target.set_symbol(".");
            }
            target.set_style(style);
        }
    }
}

/// The row of a plot so high that holds the dot at a share of it.
pub(in crate::tui) fn row_of(share: f64, rows: u16) -> usize {
    let dots_a_row = DOTS.1 as f64;
    let dots = f64::from(rows) * dots_a_row - 1.0;
    let dot = ((1.0 - share.clamp(0.0, 1.0)) * dots).round();
    (dot / dots_a_row) as usize
}

/// A range that holds all values, a little wider than they are; shares stay between 0 and 1.
pub(in crate::tui) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low > high {
        return None;
    }
    let margin = if high > low {
        (high - low) * 0.06
    } else {
        (high.abs() * 0.1).max(1e-6)
    };
    let from = if low >= 0.0 {
        (low - margin).max(0.0)
    } else {
        low - margin
    };
    let to = if high <= 1.0 {
        (high + margin).min(1.0)
    } else {
        high + margin
    };
    Some((from, to))
}

/// Where a value is within a range, as a share of it.
pub(in crate::tui) fn share((low, high): (f64, f64), value: f64) -> f64 {
    (value - low) / (high - low)
}

/// At most so many round values within a range, an equal step apart.
pub(in crate::tui) fn ticks((low, high): (f64, f64), most: usize) -> Vec<f64> {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) || most == 0 {
        return Vec::new();
    }
    let least = span / most as f64;
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    let fits = |values: &Vec<f64>| values.len() <= most;
    let found = steps.map(|step| within((low, high), step));
    let found = found.into_iter().find(fits);
    let found = found.unwrap_or_else(|| within((low, high), 20.0 * power));
    if found.len() > 1 || most < 2 {
        return found;
    }
    // One value tells no distance: the two outermost of the finest steps that are round do.
    let finer = [0.5, 1.0, 2.0, 5.0, 10.0].map(|step| within((low, high), step * power));
    let ends = finer.into_iter().rev().find(|values| values.len() > 1);
    ends.map_or(found, |values| vec![values[0], values[values.len() - 1]])
}

/// The multiples of a step in a range.
fn within((low, high): (f64, f64), step: f64) -> Vec<f64> {
    // What the step's own rounding takes away at the ends.
    let slack = step * 1e-9;
    let first = ((low - slack) / step).ceil();
    let last = ((high + slack) / step).floor();
    let count = (last - first).max(-1.0) + 1.0;
    (0..count as usize)
        .map(|i| (first + i as f64) * step + 0.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let round = |values: Vec<f64>| -> Vec<String> {
            values.iter().map(|value| format!("{value:.3}")).collect()
        };
        assert_eq!(
            round(ticks((0.0, 1.0), 6)),
            ["0.000", "0.200", "0.400", "0.600", "0.800", "1.000"]
        );
        assert_eq!(round(ticks((0.0, 1.0), 3)), ["0.000", "0.500", "1.000"]);
        assert_eq!(
            round(ticks((0.8712, 0.9194), 4)),
            ["0.880", "0.890", "0.900", "0.910"]
        );
        assert_eq!(
            round(ticks((-3.0, 42.0), 5)),
            ["0.000", "10.000", "20.000", "30.000", "40.000"]
        );
        assert_eq!(round(ticks((0.8763, 0.9062), 2)), ["0.880", "0.900"]);
        assert_eq!(round(ticks((0.8863, 0.9162), 2)), ["0.890", "0.910"]);
        assert!(ticks((1.0, 1.0), 5).is_empty());
        assert!(ticks((f64::NAN, 1.0), 5).is_empty());
        for most in 1..8 {
            for high in [1e-9, 0.37, 1.0, 13.0, 5e7] {
                assert!(
                    ticks((0.0, high), most).len() <= most.max(1),
                    "{high} {most}"
                );
                for low in [0.31, 0.885, 0.93] {
                    let count = ticks((low * high, high), most).len();
                    assert!(
                        count <= most && (count > 1 || most < 2),
                        "{low} {high} {most}"
                    );
                }
            }
        }
    }
}

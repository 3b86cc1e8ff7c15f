//! Rows that a terminal can move by itself, instead of being sent them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use ratatui::buffer::{Buffer, Cell};

use super::colour::ColourDepth;
use super::look::Look;

/// Rows are looked for so many lines away: as many as a few keys move a list by.
const FARTHEST: i16 = 8;
/// Fewer bytes than this, and nothing is moved.
const LEAST_GAIN: i64 = 40;
/// About what it costs to get to a cell and to change the look there.
const RUN: i64 = 10;

/// Rows from `top` to `bottom` that move up by so many lines; down, if less than none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scroll {
    pub top: u16,
    pub bottom: u16,
    pub lines: i16,
}

impl Scroll {
    /// The one that leaves the least to be drawn, by estimate, if any does.
    pub(super) fn best(shown: &Buffer, wanted: &Buffer, depth: ColourDepth) -> Option<Self> {
        let (from, to) = (codes(shown, depth), codes(wanted, depth));
        let in_place: Vec<i64> = from.iter().zip(&to).map(|(a, b)| cost(a, b)).collect();
        if in_place.iter().sum::<i64>() < LEAST_GAIN {
            return None;
        }
        let blank = vec![code(&Cell::EMPTY, depth); usize::from(wanted.area.width)];
        let from_blank: Vec<i64> = to.iter().map(|row| cost(&blank, row)).collect();
        let distances = (1..=FARTHEST).flat_map(|lines| [lines, -lines]);
        let candidates = distances.filter_map(|lines| {
            let source = |y: usize| usize::try_from(y as i64 + i64::from(lines)).ok();
            let gain = |y: usize| {
                let row = source(y).and_then(|y| from.get(y))?;
                Some(in_place[y] - cost(row, &to[y]))
            };
            let gains: Vec<Option<i64>> = (0..to.len()).map(gain).collect();
            let (first, last, gain) = best_rows(&gains)?;
            let far = usize::from(lines.unsigned_abs());
            let (top, bottom, bare) = if lines > 0 {
                (first, last + far, last + 1..last + 1 + far)
            } else {
                (first - far, last, first - far..first)
            };
            let lost: i64 = bare.map(|y| from_blank[y] - in_place[y]).sum();
            let scroll = Self {
                top: top as u16,
                bottom: bottom as u16,
                lines,
            };
            Some((gain - lost, scroll))
        });
        let (gain, scroll) = candidates.max_by_key(|(gain, _)| *gain)?;
        (gain >= LEAST_GAIN).then_some(scroll)
    }

    /// What is shown after it.
    pub(super) fn apply(self, shown: &mut Buffer) {
        let columns = usize::from(shown.area.width);
        let rows = usize::from(self.top) * columns..(usize::from(self.bottom) + 1) * columns;
        let far = usize::from(self.lines.unsigned_abs()) * columns;
        let rows = &mut shown.content[rows];
        let length = rows.len();
        let bare = if self.lines > 0 {
            rows.rotate_left(far);
            &mut rows[length - far..]
        } else {
            rows.rotate_right(far);
            &mut rows[..far]
        };
        bare.fill(Cell::EMPTY);
    }
}

/// The rows next to each other that gain most, with how much; a row without a gain ends them.
fn best_rows(gains: &[Option<i64>]) -> Option<(usize, usize, i64)> {
    let mut best: Option<(usize, usize, i64)> = None;
    let (mut first, mut sum) = (0, 0);
    for (y, gain) in gains.iter().enumerate() {
        let Some(gain) = gain else {
            (first, sum) = (y + 1, 0);
            continue;
        };
        if sum <= 0 {
            (first, sum) = (y, 0);
        }
        sum += gain;
        if sum > best.map_or(0, |(_, _, most)| most) {
            best = Some((first, y, sum));
        }
    }
    best
}

/// About how many bytes lead from one row to another.
fn cost(from: &[u64], to: &[u64]) -> i64 {
    let mut bytes = 0;
    let mut was_same = true;
    for (a, b) in from.iter().zip(to) {
        let is_same = a == b;
        bytes += i64::from(!is_same) + if was_same && !is_same { RUN } else { 0 };
        was_same = is_same;
    }
    bytes
}

fn codes(buffer: &Buffer, depth: ColourDepth) -> Vec<Vec<u64>> {
    let rows = buffer.content.chunks(usize::from(buffer.area.width).max(1));
    rows.map(|row| row.iter().map(|cell| code(cell, depth)).collect())
        .collect()
}

/// Cells that look the same have the same.
fn code(cell: &Cell, depth: ColourDepth) -> u64 {
    let mut hasher = DefaultHasher::new();
    cell.symbol().hash(&mut hasher);
    Look::of(cell, depth)
        .as_seen(cell.symbol())
        .hash(&mut hasher);
    hasher.finish()
}

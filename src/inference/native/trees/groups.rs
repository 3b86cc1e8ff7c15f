//! Rows on their way into the kernel: in groups of sixteen, column by column, so that a column of
//! a group is one cache line.

use crate::inference::native::numbers::NumberRows;
use crate::inference::native::one_hot::NO_CODE;
use crate::inference::native::parts::Part;

use super::branch::View;
use super::packed::{CONSTANT_COLUMNS, LANES};

const NO_VIEW: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct Groups {
    width: usize,
    values: Vec<[f32; LANES]>,
}

impl Groups {
    /// The viewed columns of all rows; the last group is filled up with zeros. The parts must have
    /// all columns that are viewed.
    pub(super) fn of(parts: &[Part<'_>], rows: usize, views: &[View]) -> Self {
        let width = CONSTANT_COLUMNS.len() + views.len();
        let mut groups = Groups {
            width,
            values: vec![[0.0; LANES]; rows.div_ceil(LANES) * width],
        };
        for group in groups.values.chunks_exact_mut(width) {
            group[..CONSTANT_COLUMNS.len()].copy_from_slice(&CONSTANT_COLUMNS.map(|c| [c; LANES]));
        }
        let mut first = 0;
        for part in parts {
            let end = first + part.columns();
            let theirs =
                |(_, view): &(usize, &View)| (first..end).contains(&(view.column as usize));
            let places = views.iter().enumerate().filter(theirs);
            let places = places.map(|(place, view)| Placed {
                place: CONSTANT_COLUMNS.len() + place,
                column: view.column as usize - first,
                view: *view,
            });
            let places: Vec<Placed> = places.collect();
            match part {
                Part::Numbers(numbers) => groups.fill(numbers, &places),
                Part::OneHot {
                    codes,
                    width,
                    categories,
                } => groups.mark(codes, *width, *categories, &places),
            }
            first = end;
        }
        groups
    }

    fn fill(&mut self, numbers: &NumberRows<'_>, places: &[Placed]) {
        if places.is_empty() {
            return;
        }
        let groups = self.values.chunks_exact_mut(self.width);
        for (index, group) in groups.enumerate() {
            for view in places {
                let column = &mut group[view.place];
                numbers.read(view.column, index * LANES, column);
                for value in column {
                    *value = view.view.of(*value);
                }
            }
        }
    }

    fn mark(&mut self, codes: &[u32], width: usize, categories: usize, places: &[Placed]) {
        // A column has one view, or two that are the same here: nothing is not a number.
        let mut views = vec![[NO_VIEW; 2]; width * categories];
        for view in places {
            views[view.column][usize::from(view.view.nan_is_least)] = view.place as u32;
        }
        let groups = self.values.chunks_exact_mut(self.width);
        for (group, rows) in groups.zip(codes.chunks(LANES * width)) {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (offset, code) in row.iter().enumerate() {
                    if *code == NO_CODE {
                        continue;
                    }
                    for view in views[offset * categories + *code as usize] {
                        if view != NO_VIEW {
                            group[view as usize][lane] = 1.0;
                        }
                    }
                }
            }
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn count(&self) -> usize {
        self.values.len() / self.width
    }

    pub(super) fn group(&self, index: usize) -> &[[f32; LANES]] {
        &self.values[index * self.width..(index + 1) * self.width]
    }
}

/// Where a column of a part goes.
struct Placed {
    place: usize,
    column: usize,
    view: View,
}

/// From groups of lists of sums, a list a target, to one list.
pub(super) fn row_by_row<const LANES: usize>(
    groups: &[[f32; LANES]],
    targets: usize,
    rows: usize,
) -> Vec<f32> {
    let mut by_row = Vec::with_capacity(groups.len() * LANES);
    for group in groups.chunks_exact(targets) {
        for lane in 0..LANES {
            by_row.extend(group.iter().map(|sums| sums[lane]));
        }
    }
    by_row.truncate(rows * targets);
    by_row
}

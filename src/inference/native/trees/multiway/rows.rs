//! What is known of rows, byte by byte.
#![allow(
    unsafe_code,
    reason = "the fastest search for a processor may be called on that processor only"
)]

use super::forest::MultiwayForest;
use super::pack::signed;
use super::{LANES, ROW_BYTES};
use crate::inference::native::numbers::NumberRows;
use crate::inference::native::parts::Part;
use crate::inference::native::tensor::Failure;
use crate::inference::native::trees::binning::{Binning, VALUES};
use crate::inference::native::trees::search::searcher;

/// What is known of one row, in the order of numbers with a sign: a bin, or a category, of which
/// the last is none.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(16))]
pub(super) struct Row(pub(super) [u8; ROW_BYTES]);

#[derive(Debug)]
pub(super) struct Rows(Vec<[Row; LANES]>);

impl Rows {
    /// The last group is filled up with some rows or other.
    pub(super) fn of(
        parts: &[Part<'_>],
        rows: usize,
        forest: &MultiwayForest,
    ) -> Result<Self, Failure> {
        let mut all = Rows(vec![[Row([0; ROW_BYTES]); LANES]; rows.div_ceil(LANES)]);
        let mut first = 0;
        for part in parts {
            let end = first + part.columns();
            let mut categories = forest.categories.iter();
            let at = categories.find(|(columns, _)| (first..end).contains(&columns.first));
            match (part, at) {
                (Part::Numbers(numbers), None) => all.bin(&forest.binning, numbers, first),
                (
                    Part::OneHot {
                        codes,
                        width,
                        categories,
                    },
                    Some((columns, byte)),
                ) if (columns.first, columns.width, columns.categories)
                    == (first, *width, *categories) =>
                {
                    all.note(codes, *width, *byte);
                }
                _ => return Err("columns are not where they were said to be".into()),
            }
            first = end;
        }
        Ok(all)
    }

    fn bin(&mut self, binning: &Binning, numbers: &NumberRows<'_>, first: usize) {
        let search_all = searcher();
        let columns = binning.columns().enumerate();
        let theirs =
            columns.filter(|(_, column)| (first..first + numbers.width()).contains(column));
        let searches: Vec<(usize, usize)> = theirs
            .map(|(search, column)| (search, column - first))
            .collect();
        if searches.is_empty() {
            return;
        }
        let groups = self.0.as_flattened_mut().chunks_mut(VALUES);
        for (index, group) in groups.enumerate() {
            for (search, column) in &searches {
                let mut of_column = [0.0; VALUES];
                numbers.read(*column, index * VALUES, &mut of_column);
                // SAFETY: it was chosen for this processor.
                let bins = unsafe { search_all(binning, *search, &of_column) };
                for (row, bin) in group.iter_mut().zip(bins) {
                    row.0[*search] = signed(bin).cast_unsigned();
                }
            }
        }
    }

    fn note(&mut self, codes: &[u32], width: usize, first: usize) {
        let rows = self.0.as_flattened_mut().iter_mut();
        for (row, codes) in rows.zip(codes.chunks_exact(width)) {
            for (byte, code) in row.0[first..].iter_mut().zip(codes) {
                // No category is the last of all bytes.
                *byte = signed((*code).min(u8::MAX.into()) as u8).cast_unsigned();
            }
        }
    }

    pub(super) fn groups(&self) -> &[[Row; LANES]] {
        &self.0
    }
}

//! Does a model say what the library that trained it says? Scores are row-major, `columns` a row.

use super::classification::mean_of;

/// Scores that differ by less than this are the same: a float32 export is this exact.
pub const SAME_WITHIN: f64 = 1e-4;

/// How far the scores of two runs of one model lie apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Differences {
    /// Rows compared.
    pub rows: u64,
    /// Rows with a score that differs by more than [`SAME_WITHIN`].
    pub differing: u64,
    /// The largest difference of a score, relative to it where it is above 1.
    pub largest: f64,
    /// Its row, from 0.
    pub largest_row: u64,
}

impl Differences {
    /// Compares scores with the expected ones.
    ///
    /// # Panics
    /// If the slices differ in length or `columns` is 0.
    pub fn between(scores: &[f32], expected: &[f32], columns: usize) -> Self {
        assert_eq!(scores.len(), expected.len(), "the same rows twice");
        let mut found = Self::default();
        let rows = scores
            .chunks_exact(columns)
            .zip(expected.chunks_exact(columns));
        for (row, (scores, expected)) in (0..).zip(rows) {
            let pairs = scores.iter().zip(expected);
            let difference = pairs.map(|(a, b)| difference(*a, *b)).fold(0.0, f64::max);
            // An infinite score has no place in a report.
            let difference = difference.min(f64::MAX);
            found.rows += 1;
            found.differing += u64::from(difference > SAME_WITHIN);
            if difference > found.largest {
                (found.largest, found.largest_row) = (difference, row);
            }
        }
        found
    }

    /// The rows that differ.
    ///
    /// # Panics
    /// As [`Differences::between`].
    pub fn rows_between(scores: &[f32], expected: &[f32], columns: usize) -> Vec<usize> {
        assert_eq!(scores.len(), expected.len(), "the same rows twice");
        let rows = scores
            .chunks_exact(columns)
            .zip(expected.chunks_exact(columns));
        let differs = |(scores, expected): (&[f32], &[f32])| {
            let mut pairs = scores.iter().zip(expected);
            pairs.any(|(a, b)| difference(*a, *b) > SAME_WITHIN)
        };
        let rows = rows.enumerate().filter(|(_, pair)| differs(*pair));
        rows.map(|(row, _)| row).collect()
    }

    /// Share of rows that differ. `None` without rows.
    pub fn share(&self) -> Option<f64> {
        mean_of(self.differing as f64, self.rows as usize)
    }
}

fn difference(score: f32, expected: f32) -> f64 {
    let (score, expected) = (f64::from(score), f64::from(expected));
    (score - expected).abs() / expected.abs().max(1.0)
}

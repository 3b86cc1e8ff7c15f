//! Rows as bit sets. The rows with the largest errors come first, so that a few words of a set tell the
//! most that its errors can sum to, and where all errors are alike what they sum to.

use rayon::prelude::*;

use super::Binned;

/// Bit sets of slices by one feature take at most so many bytes, once all features are looked at.
pub const MOST_BYTES: u64 = 64 << 20;

/// Some rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowSet(Vec<u64>);

impl RowSet {
    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn bytes(&self) -> u64 {
        size_of_val(&*self.0) as u64
    }

    /// The rows of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let words = self.0.iter().zip(&other.0);
        Self(words.map(|(a, b)| a & b).collect())
    }
}

/// The errors of all rows, the largest first.
pub(super) struct Errors {
    /// The place of each row.
    place: Vec<u32>,
    falling: Vec<f64>,
    /// Words of a set that hold rows with an error.
    erring: usize,
    /// The one error that there is beside none, if so.
    only: Option<f64>,
}

impl Errors {
    /// Of finite errors from 0 on.
    pub(super) fn new(errors: Vec<f64>) -> Self {
        let mut order: Vec<u32> = (0..errors.len() as u32).collect();
        order.par_sort_by(|a, b| errors[*b as usize].total_cmp(&errors[*a as usize]));
        let falling: Vec<f64> = order.iter().map(|row| errors[*row as usize]).collect();
        drop(errors);
        let mut place = vec![0; order.len()];
        for (at, row) in (0..).zip(&order) {
            place[*row as usize] = at;
        }
        let erring = falling.partition_point(|error| *error > 0.0);
        let first = falling.first().copied().unwrap_or(0.0);
        let is_alike = erring > 0 && falling[erring - 1] == first;
        Self {
            place,
            erring: erring.div_ceil(64),
            only: is_alike.then_some(first),
            falling,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.falling.len()
    }

    pub(super) fn all(&self) -> &[f64] {
        &self.falling
    }

    /// Words of a set.
    pub(super) fn words(&self) -> usize {
        self.rows().div_ceil(64)
    }

    /// What [`Self::erring`] costs, in words that are counted.
    pub(super) fn erring_work(&self) -> u64 {
        self.erring as u64 * if self.only.is_some() { 1 } else { 4 }
    }

    /// What [`Self::sum`] costs of so many rows, in words that are counted.
    pub(super) fn summing_work(&self, rows: u64) -> u64 {
        match self.only {
            Some(_) => self.erring as u64,
            None => 2 * rows,
        }
    }

    /// Are all of them 0 or 1?
    pub(super) fn are_rates(&self) -> bool {
        self.only == Some(1.0)
    }

    /// The rows of each bin that is asked for.
    pub(super) fn sets(&self, binned: &Binned, is_wanted: impl Fn(usize) -> bool) -> Vec<RowSet> {
        let empty = |bin| {
            if is_wanted(bin) {
                RowSet(vec![0; self.words()])
            } else {
                RowSet::default()
            }
        };
        let mut sets: Vec<RowSet> = (0..binned.bins).map(empty).collect();
        for (code, place) in binned.codes.iter().zip(&self.place) {
            let place = *place as usize;
            if let Some(word) = sets[usize::from(*code)].0.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
        sets
    }

    /// The rows that two sets share among those with an error, and the most that their errors can sum to.
    pub(super) fn erring(&self, a: &[u64], b: &[u64]) -> (u64, f64) {
        let words = || a[..self.erring].iter().zip(&b[..self.erring]);
        if let Some(only) = self.only {
            let rows = words().map(|(a, b)| u64::from((a & b).count_ones())).sum();
            return (rows, rows as f64 * only);
        }
        let (mut rows, mut most) = (0, 0.0);
        for ((a, b), largest) in words().zip(self.falling.iter().step_by(64)) {
            let shared = (a & b).count_ones();
            rows += u64::from(shared);
            most += f64::from(shared) * largest;
        }
        (rows, most)
    }

    /// The rows that two sets share among those in words without any error.
    pub(super) fn without_error(&self, a: &[u64], b: &[u64]) -> u64 {
        let words = a[self.erring..].iter().zip(&b[self.erring..]);
        words.map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    /// The sum of the errors of the rows that two sets share, and the largest of them.
    pub(super) fn sum(&self, a: &[u64], b: &[u64]) -> (f64, f64) {
        let (mut sum, mut largest) = (0.0, 0.0);
        let words = a[..self.erring].iter().zip(&b[..self.erring]);
        for ((a, b), errors) in words.zip(self.falling.chunks(64)) {
            let mut shared = a & b;
            if shared != 0 && largest == 0.0 {
                largest = errors[shared.trailing_zeros() as usize];
            }
            if errors.first() == errors.last() {
                sum += f64::from(shared.count_ones()) * errors[0];
                continue;
            }
            while shared != 0 {
                sum += errors[shared.trailing_zeros() as usize];
                shared &= shared - 1;
            }
        }
        (sum, largest)
    }

    /// The sum of the squares of a set's errors.
    pub(super) fn squares(&self, set: &RowSet) -> f64 {
        let mut squares = 0.0;
        for (word, errors) in set.0.iter().zip(self.falling.chunks(64)) {
            let mut rows = *word;
            while rows != 0 {
                squares += errors[rows.trailing_zeros() as usize].powi(2);
                rows &= rows - 1;
            }
        }
        squares
    }
}

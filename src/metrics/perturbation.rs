//! Ways to disturb a column: Gaussian noise, noise on ranks, values redrawn, values permuted. A
//! missing value (NaN) stays missing under noise.

use super::order::sort_key;
use super::place_index::PlaceIndex;
use super::random::RedrawStream;

/// Noise in units of the column's standard deviation: `x + level * sigma * z`, into `out` (Sietsma
/// & Dow 1991; Bishop 1995). `sigma` is the population standard deviation of the whole evaluated
/// column ([`population_std`](super::moments::population_std)), not of a chunk; `z` are
/// standard-normal draws, one a row, the same at every level so that levels are compared pairwise.
/// Nothing is clipped or rounded.
///
/// # Panics
/// If the slices differ in length.
pub fn add_gaussian_noise(values: &[f64], level: f64, sigma: f64, z: &[f64], out: &mut [f64]) {
    assert_eq!(values.len(), z.len(), "one draw a row");
    assert_eq!(values.len(), out.len(), "one result a row");
    for ((result, &value), &draw) in out.iter_mut().zip(values).zip(z) {
        *result = value + level * sigma * draw;
    }
}

/// Of a longer column this many rows, evenly spaced, tell its distribution.
pub const DISTRIBUTION_ROWS: usize = 65_536;

/// The distribution of a column's values, of [`DISTRIBUTION_ROWS`] rows at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    sorted: Vec<f64>,
    /// Each value of `sorted` once; nothing where each of them is there once.
    distinct: Vec<f64>,
    /// How many of `sorted` lie below each distinct value, and at last how many there are; nothing
    /// where each is there once.
    below: Vec<u32>,
    index: PlaceIndex,
}

/// Ranks that are moved before the values there are looked up.
const RANKS_AT_ONCE: usize = 64;

/// Values that are looked up side by side: each step of a lookup waits for memory.
const LANES: usize = 8;

impl Distribution {
    /// Sorts the values present.
    pub fn new(values: &[f64]) -> Self {
        let sampled = values.len().min(DISTRIBUTION_ROWS);
        let rows =
            (0..sampled).map(|i| (i as u128 * values.len() as u128 / sampled as u128) as usize);
        let mut sorted: Vec<f64> = rows
            .map(|row| values[row])
            .filter(|v| !v.is_nan())
            .collect();
        sorted.sort_unstable_by_key(|&value| sort_key(value));
        let (mut distinct, mut below) = (Vec::new(), vec![0]);
        let mut count = 0;
        for equal in sorted.chunk_by(|a, b| a == b) {
            count += equal.len() as u32;
            distinct.push(equal[0]);
            below.push(count);
        }
        let index = PlaceIndex::new(&distinct);
        if distinct.len() == sorted.len() {
            (distinct, below) = (Vec::new(), Vec::new());
        }
        Self {
            sorted,
            distinct,
            below,
            index,
        }
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        let values = size_of_val(&*self.sorted) + size_of_val(&*self.distinct);
        values + size_of_val(&*self.below) + self.index.bytes()
    }

    /// The share of values below `value`, and half of those equal to it. `None` without values.
    pub fn mid_rank(&self, value: f64) -> Option<f64> {
        let [rank] = self.ranks(&[value]);
        (!self.sorted.is_empty()).then_some(rank)
    }

    /// [`Self::mid_rank`] of several values, into `out`: what comes of a missing one means nothing, and
    /// without values none does.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn mid_ranks(&self, values: &[f64], out: &mut [f64]) {
        assert_eq!(values.len(), out.len(), "one result a row");
        let (blocks, rest) = values.as_chunks::<LANES>();
        let (whole, last) = out.as_chunks_mut::<LANES>();
        for (values, ranks) in blocks.iter().zip(whole) {
            *ranks = self.ranks(values);
        }
        for (value, rank) in rest.iter().zip(last) {
            [*rank] = self.ranks(&[*value]);
        }
    }

    fn ranks<const N: usize>(&self, values: &[f64; N]) -> [f64; N] {
        let whole = (2 * self.sorted.len()) as f64;
        if self.below.is_empty() {
            let places = self.index.places(&self.sorted, values);
            return std::array::from_fn(|k| {
                let has_equal = self.sorted.get(places[k]).is_some_and(|v| *v == values[k]);
                (places[k] + places[k] + usize::from(has_equal)) as f64 / whole
            });
        }
        let places = self.index.places(&self.distinct, values);
        std::array::from_fn(|k| {
            let place = places[k];
            let has_equal = self.distinct.get(place).is_some_and(|v| *v == values[k]);
            let up_to = place + usize::from(has_equal);
            (f64::from(self.below[place]) + f64::from(self.below[up_to])) / whole
        })
    }

    /// The value at a rank from 0 to 1: `sorted[min(floor(rank n), n - 1)]`. `None` without values.
    pub fn at_rank(&self, rank: f64) -> Option<f64> {
        self.sorted.get(self.index(rank)).copied()
    }

    /// The place in `sorted` of a rank.
    fn index(&self, rank: f64) -> usize {
        // A rank is not negative: what follows the point is cut off, as floor does, but faster.
        let index = (rank * self.sorted.len() as f64) as usize;
        index.min(self.sorted.len().saturating_sub(1))
    }
}

/// Noise on ranks: a value's mid-rank moves by `level * (u - 1/2)`, is clipped to `[0, 1]`, and the
/// value at that rank takes its place, into `out` (the quantile perturbation of PiML, Sudjianto et
/// al. 2023). `u` are uniform draws, one a row, the same at every level.
///
/// # Panics
/// If the slices differ in length.
pub fn add_quantile_noise(
    values: &[f64],
    level: f64,
    distribution: &Distribution,
    u: &[f64],
    out: &mut [f64],
) {
    let mut ranks = vec![0.0; values.len()];
    distribution.mid_ranks(values, &mut ranks);
    move_ranks(values, &ranks, level, distribution, u, out);
}

/// [`add_quantile_noise`] where the mid-ranks of the values are known: they are the same at every level.
///
/// # Panics
/// If the slices differ in length.
pub fn move_ranks(
    values: &[f64],
    ranks: &[f64],
    level: f64,
    distribution: &Distribution,
    u: &[f64],
    out: &mut [f64],
) {
    assert_eq!(values.len(), u.len(), "one draw a row");
    assert_eq!(values.len(), ranks.len(), "one rank a row");
    assert_eq!(values.len(), out.len(), "one result a row");
    if distribution.sorted.is_empty() {
        out.copy_from_slice(values);
        return;
    }
    // First where to look, then looking: so many waits for memory go on side by side.
    let mut places = [0_u32; RANKS_AT_ONCE];
    let blocks = values
        .chunks(RANKS_AT_ONCE)
        .zip(ranks.chunks(RANKS_AT_ONCE).zip(u.chunks(RANKS_AT_ONCE)));
    for ((values, (ranks, u)), out) in blocks.zip(out.chunks_mut(RANKS_AT_ONCE)) {
        for (place, (rank, u)) in places.iter_mut().zip(ranks.iter().zip(u)) {
            let moved = (rank + level * (u - 0.5)).clamp(0.0, 1.0);
            *place = distribution.index(moved) as u32;
        }
        for ((result, &value), &place) in out.iter_mut().zip(values).zip(&places) {
            let noisy = distribution.sorted[place as usize];
            *result = if value.is_nan() { value } else { noisy };
        }
    }
}

/// Values redrawn, each with probability `level`, from all rows of the column, into `out`: the draw
/// may give the same value, and a missing one. `out` are the rows from `first_row` on.
///
/// # Panics
/// If the column ends before `out` does.
pub fn redraw<T: Copy>(
    column: &[T],
    first_row: usize,
    level: f64,
    draws: &RedrawStream,
    out: &mut [T],
) {
    for (row, result) in (first_row..).zip(out) {
        let source = draws.draw(row as u64, column.len(), level);
        *result = column[source.unwrap_or(row)];
    }
}

/// Values in another order of the rows (Breiman 2001): `out` are the rows from `first_row` on.
///
/// # Panics
/// If `order` names a row that the column does not have, or ends before `out` does.
pub fn permute<T: Copy>(column: &[T], first_row: usize, order: &[u32], out: &mut [T]) {
    for (row, result) in (first_row..).zip(out) {
        *result = column[order[row] as usize];
    }
}

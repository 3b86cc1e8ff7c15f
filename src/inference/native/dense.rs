//! Sums of products for linear models and small networks.
//!
//! Eight partial sums a result, always: the sums, and with them the last bits, are the same on
//! every processor.

const LANES: usize = 8;

/// The scalar product of two vectors of equal length.
#[inline]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    for (lane, (x, y)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] += x * y;
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Adds to each score the scalar product of its row with the weights; scores lie `step` apart.
pub(super) fn add_products(x: &[f32], weights: &[f32], scores: &mut [f32], step: usize) {
    let rows = x.chunks_exact(weights.len());
    for (score, row) in scores.iter_mut().step_by(step).zip(rows) {
        *score += dot(row, weights);
    }
}

/// `rows` x `columns`, where `weights` holds one row of `inner` numbers a result column.
pub(super) fn product(x: &[f32], weights: &[f32], inner: usize, columns: usize) -> Vec<f32> {
    if inner == 0 {
        return Vec::new();
    }
    let mut all = Vec::with_capacity(x.len() / inner * columns);
    for row in x.chunks_exact(inner) {
        all.extend(weights.chunks_exact(inner).map(|column| dot(row, column)));
    }
    all
}

/// As [`product`], in 64 bits.
pub(super) fn product_f64(x: &[f64], weights: &[f64], inner: usize, columns: usize) -> Vec<f64> {
    if inner == 0 {
        return Vec::new();
    }
    let mut all = Vec::with_capacity(x.len() / inner * columns);
    for row in x.chunks_exact(inner) {
        for column in weights.chunks_exact(inner) {
            all.push(row.iter().zip(column).map(|(x, y)| x * y).sum());
        }
    }
    all
}

/// Columns become rows.
pub(super) fn transposed<T: Copy>(all: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns)
        .flat_map(|column| (0..rows).map(move |row| all[row * columns + column]))
        .collect()
}

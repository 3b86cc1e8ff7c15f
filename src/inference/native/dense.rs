//! Sums of products for linear models and small networks.
//!
//! Eight partial sums a result, always, and added up in one order: the sums, and with them the last
//! bits, are the same on every processor.
#![allow(
    unsafe_code,
    reason = "vector registers that not every processor has: left to itself, the compiler makes \
              code that takes twice the time"
)]

const LANES: usize = 8;

/// Adds to each score the scalar product of its row with the weights; scores lie `step` apart.
pub(super) fn add_products(x: &[f32], weights: &[f32], scores: &mut [f32], step: usize) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the processor has it.
        return unsafe { avx::add_products(x, weights, scores, step) };
    }
    add_products_plain(x, weights, scores, step);
}

fn add_products_plain(x: &[f32], weights: &[f32], scores: &mut [f32], step: usize) {
    let rows = x.chunks_exact(weights.len());
    for (score, row) in scores.iter_mut().step_by(step).zip(rows) {
        let mut sums = [0.0; LANES];
        for (x, weights) in row.chunks(LANES).zip(weights.chunks(LANES)) {
            for ((sum, x), weight) in sums.iter_mut().zip(x).zip(weights) {
                *sum += x * weight;
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        *score += ((a + e) + (c + g)) + ((b + f) + (d + h));
    }
}

#[cfg(target_arch = "x86_64")]
mod avx {
    use std::arch::x86_64::{
        __m128, __m256, __m256i, _mm_add_ps, _mm_movehl_ps, _mm_movelh_ps, _mm_storeu_ps,
        _mm_unpackhi_ps, _mm_unpacklo_ps, _mm256_add_ps, _mm256_castps256_ps128,
        _mm256_extractf128_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_maskload_ps,
        _mm256_mul_ps, _mm256_setzero_ps,
    };

    use super::LANES;

    /// Rows side by side: their sums do not wait for each other.
    const ROWS: usize = 4;
    /// Bits for as many of the first lanes as are asked for, from the end of the set ones back.
    static MASKS: [i32; 2 * LANES] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    #[target_feature(enable = "avx")]
    pub(super) fn add_products(x: &[f32], weights: &[f32], scores: &mut [f32], step: usize) {
        let rows = x.chunks_exact(ROWS * weights.len());
        let (rest, done) = (rows.remainder(), rows.len() * ROWS);
        for (rows, scores) in rows.zip(scores.chunks_mut(ROWS * step)) {
            let sums = products(rows, weights);
            for (score, sum) in scores.iter_mut().step_by(step).zip(sums) {
                *score += sum;
            }
        }
        let scores = scores.get_mut(done * step..).unwrap_or_default();
        super::add_products_plain(rest, weights, scores, step);
    }

    /// The scalar products of some rows, one after the other, with the weights.
    #[target_feature(enable = "avx")]
    fn products(rows: &[f32], weights: &[f32]) -> [f32; ROWS] {
        let width = weights.len();
        assert_eq!(rows.len(), ROWS * width, "rows are as wide as the weights");
        let mut sums = [_mm256_setzero_ps(); ROWS];
        let whole = width / LANES * LANES;
        let (rows, weights) = (rows.as_ptr(), weights.as_ptr());
        // SAFETY: all of it ends within the rows and the weights, whose lengths have been compared,
        // and so do the masks.
        unsafe {
            for place in (0..whole).step_by(LANES) {
                let weights = _mm256_loadu_ps(weights.add(place));
                for (row, sum) in sums.iter_mut().enumerate() {
                    let x = _mm256_loadu_ps(rows.add(row * width + place));
                    *sum = _mm256_add_ps(*sum, _mm256_mul_ps(x, weights));
                }
            }
            if whole < width {
                let masks = MASKS.as_ptr().add(LANES - (width - whole));
                let mask: __m256i = _mm256_loadu_si256(masks.cast());
                let weights = _mm256_maskload_ps(weights.add(whole), mask);
                for (row, sum) in sums.iter_mut().enumerate() {
                    let x = _mm256_maskload_ps(rows.add(row * width + whole), mask);
                    *sum = _mm256_add_ps(*sum, _mm256_mul_ps(x, weights));
                }
            }
        }
        add_up(sums)
    }

    /// Each row's partial sums in the order of the plain code.
    #[target_feature(enable = "avx")]
    fn add_up(sums: [__m256; ROWS]) -> [f32; ROWS] {
        // Of each row: a + e, b + f, c + g, d + h.
        let [first, second, third, fourth] = sums.map(|sums| {
            let high = _mm256_extractf128_ps::<1>(sums);
            _mm_add_ps(_mm256_castps256_ps128(sums), high)
        });
        let (ab, ab_too) = (
            _mm_unpacklo_ps(first, second),
            _mm_unpacklo_ps(third, fourth),
        );
        let (cd, cd_too) = (
            _mm_unpackhi_ps(first, second),
            _mm_unpackhi_ps(third, fourth),
        );
        let (a, b) = (_mm_movelh_ps(ab, ab_too), _mm_movehl_ps(ab_too, ab));
        let (c, d) = (_mm_movelh_ps(cd, cd_too), _mm_movehl_ps(cd_too, cd));
        let all: __m128 = _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d));
        let mut results = [0.0; ROWS];
        // SAFETY: a register is four numbers.
        unsafe { _mm_storeu_ps(results.as_mut_ptr(), all) };
        results
    }
}

/// `rows` x `columns`, where `weights` holds one row of `inner` numbers a result column.
pub(super) fn product(x: &[f32], weights: &[f32], inner: usize, columns: usize) -> Vec<f32> {
    if inner == 0 {
        return Vec::new();
    }
    let mut all = vec![0.0; x.len() / inner * columns];
    for (column, weights) in weights.chunks_exact(inner).enumerate() {
        let scores = all.get_mut(column..).unwrap_or_default();
        add_products(x, weights, scores, columns);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_gives_the_same_bits() {
        let number = |place: usize| ((place * 7919 % 1009) as f32 - 500.0) / 37.0;
        for width in [1, 2, 7, 8, 9, 15, 16, 50] {
            let weights: Vec<f32> = (0..width).map(|place| number(place + 5)).collect();
            for rows in [0, 1, 3, 4, 5, 11] {
                let x: Vec<f32> = (0..rows * width).map(number).collect();
                for step in [1, 3] {
                    let mut fast: Vec<f32> = (0..rows * step).map(number).collect();
                    let mut plain = fast.clone();
                    let before = fast.clone();
                    add_products(&x, &weights, &mut fast, step);
                    add_products_plain(&x, &weights, &mut plain, step);
                    let bits = |all: &[f32]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&fast), bits(&plain), "{rows} rows of {width}");
                    // Exactly, but for the order: a score, and what lies between scores.
                    for (place, (score, before)) in fast.iter().zip(before).enumerate() {
                        let row = &x[place / step * width..][..width];
                        let sum: f64 = (row.iter().zip(&weights))
                            .map(|(x, w)| f64::from(*x) * f64::from(*w))
                            .sum();
                        let sum = if place % step == 0 { sum } else { 0.0 };
                        assert!((f64::from(*score) - f64::from(before) - sum).abs() < 0.01);
                    }
                }
            }
        }
    }
}

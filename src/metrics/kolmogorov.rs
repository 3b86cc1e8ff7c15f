//! The p-value of the Kolmogorov-Smirnov statistic of two samples: exact where they are small, by the
//! lattice paths that leave the band (Hodges 1958); else the exact or nearly exact distribution of the
//! one-sample statistic (Simard & L'Ecuyer 2011 choose the methods much alike).

use std::f64::consts::PI;

/// Up to this sample size the distribution is computed exactly where the tail alone does not do.
const EXACT_N: u64 = 140;
/// From this `n d^2` on, crossing both bounds is so rare that the two tails add up.
const TAILS_ADD: f64 = 2.2;
/// The same for a sample that could be computed exactly.
const TAILS_ADD_EXACT: f64 = 4.0;
/// Up to this sample size the tail is summed exactly; beyond, its expansion errs less than 1e-6.
const SUMMED_N: u64 = 50_000;

/// Up to this product of the sample sizes every path is counted: two samples of about 3,000.
const EXACT_PAIRS: usize = 10_000_000;

/// The two-sided p-value of a two-sample statistic `d` of samples of `n` and `m` values: exact for
/// small samples (scipy's `ks_2samp`), else [`asymptotic_ks_p_value`]. For discrete columns it errs on
/// the safe side. `None` where a sample is empty or `d` is no number.
pub fn ks_p_value(d: f64, n: usize, m: usize) -> Option<f64> {
    if n == 0 || m == 0 || d.is_nan() {
        return None;
    }
    match n.checked_mul(m) {
        Some(pairs) if pairs <= EXACT_PAIRS => Some(paths_outside(d, n, m)),
        _ => asymptotic_ks_p_value(d, n, m),
    }
}

/// The same by the one-sample statistic of `round(n m / (n + m))` values (scipy's
/// `ks_2samp(method="asymp")`).
pub fn asymptotic_ks_p_value(d: f64, n: usize, m: usize) -> Option<f64> {
    if n == 0 || m == 0 || d.is_nan() {
        return None;
    }
    let effective = (n as f64 * m as f64 / (n as f64 + m as f64)).round_ties_even();
    Some(ks_upper(d, effective.max(1.0) as u64))
}

/// Of all orders in which two samples without ties can lie, the share with a statistic of `d` or more:
/// of the paths from (0, 0) to (n, m), those that reach a point with `|i / n - j / m| >= d`.
fn paths_outside(d: f64, n: usize, m: usize) -> f64 {
    let common = greatest_common_divisor(n, m);
    let (of_n, of_m) = ((n / common) as i64, (m / common) as i64);
    // In steps of 1 / lcm(n, m), so that nothing is compared in floats.
    let limit = (d * (n as f64 * of_m as f64)).round() as i64;
    if limit <= 0 {
        return 1.0;
    }
    // Of the paths to (i, j), the share that has been outside, for each j.
    let mut outside = vec![1.0; m + 1];
    for i in 0..=n {
        let middle = i as i64 * of_m;
        // Points with |i of_m - j of_n| < limit are inside.
        let first = (middle - limit).div_euclid(of_n) + 1;
        let last = (middle + limit - 1).div_euclid(of_n).min(m as i64);
        let (first, last) = (first.max(0) as usize, last.max(0) as usize);
        if first > last {
            // No point of this column is inside, and every path crosses it.
            return 1.0;
        }
        if first > 0 {
            outside[first - 1] = 1.0;
        }
        for j in first..=last {
            if i + j == 0 {
                outside[0] = 0.0;
                continue;
            }
            let from_left = if i > 0 { outside[j] * i as f64 } else { 0.0 };
            let from_below = if j > 0 {
                outside[j - 1] * j as f64
            } else {
                0.0
            };
            outside[j] = (from_left + from_below) / (i + j) as f64;
        }
    }
    outside[m].clamp(0.0, 1.0)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

/// The chance that the two-sided one-sample statistic of `n` values is `d` or more.
fn ks_upper(d: f64, n: u64) -> f64 {
    let size = n as f64;
    let reduced = size * d * d;
    if d >= 1.0 {
        return 0.0;
    }
    if size * d <= 0.5 {
        return 1.0;
    }
    let tails_add = if n <= EXACT_N {
        TAILS_ADD_EXACT
    } else {
        TAILS_ADD
    };
    if d >= 0.5 || reduced >= tails_add {
        return (2.0 * one_sided_upper(d, n)).min(1.0);
    }
    let lower = if n <= EXACT_N {
        exact_lower(d, n)
    } else {
        expanded_lower(d, size)
    };
    (1.0 - lower).clamp(0.0, 1.0)
}

/// The chance that `sup (F_n - F)` is `d` or more (Birnbaum & Tingey 1951), or its expansion in the
/// inverse root of `n` (Lauwerier 1963).
fn one_sided_upper(d: f64, n: u64) -> f64 {
    let size = n as f64;
    if n > SUMMED_N {
        let (root, z) = (size.sqrt(), size.sqrt() * d);
        let square = z * z;
        let series = 1.0 - 2.0 * z / (3.0 * root)
            + 2.0 * square / (3.0 * size) * (1.0 - 2.0 * square / 3.0)
            + 4.0 * z / (9.0 * size * root)
                * (0.2 - 19.0 * square / 15.0 + 2.0 * square * square / 3.0);
        return (-2.0 * square).exp() * series;
    }
    let last = (size * (1.0 - d)).floor() as u64;
    let (mut sum, mut ln_binomial) = (0.0, 0.0);
    for j in 0..=last {
        let at = d + j as f64 / size;
        let rest = (1.0 - at).max(0.0);
        let powers = (j as f64 - 1.0) * at.ln() + (n - j) as f64 * rest.ln();
        sum += (ln_binomial + powers).exp();
        ln_binomial += ((n - j) as f64 / (j as f64 + 1.0)).ln();
    }
    d * sum
}

/// The chance of a statistic below `d`, exactly, as a power of a small matrix (Marsaglia, Tsang &
/// Wang 2003).
fn exact_lower(d: f64, n: u64) -> f64 {
    let k = (n as f64 * d) as usize + 1;
    let size = 2 * k - 1;
    let h = k as f64 - n as f64 * d;
    let mut matrix = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..(row + 2).min(size) {
            matrix[row * size + column] = 1.0;
        }
    }
    for i in 0..size {
        matrix[i * size] -= h.powi(i as i32 + 1);
        matrix[(size - 1) * size + i] -= h.powi((size - i) as i32);
    }
    if 2.0 * h > 1.0 {
        matrix[(size - 1) * size] += (2.0 * h - 1.0).powi(size as i32);
    }
    for row in 0..size {
        for column in 0..(row + 2).min(size) {
            for factor in 1..=(row + 1).saturating_sub(column) {
                matrix[row * size + column] /= factor as f64;
            }
        }
    }
    let (power, mut exponent) = matrix_power(&matrix, size, n);
    let mut chance = power[(k - 1) * size + k - 1];
    for i in 1..=n {
        chance *= i as f64 / n as f64;
        if chance < 1e-140 {
            chance *= 1e140;
            exponent -= 140;
        }
    }
    chance * 10f64.powi(exponent)
}

/// A matrix to the power of `n`, and the power of ten to multiply it by.
fn matrix_power(matrix: &[f64], size: usize, n: u64) -> (Vec<f64>, i32) {
    if n == 1 {
        return (matrix.to_vec(), 0);
    }
    let (half, exponent) = matrix_power(matrix, size, n / 2);
    let mut power = multiply(&half, &half, size);
    let mut exponent = 2 * exponent;
    if !n.is_multiple_of(2) {
        power = multiply(matrix, &power, size);
    }
    if power[(size / 2) * size + size / 2] > 1e140 {
        for value in &mut power {
            *value *= 1e-140;
        }
        exponent += 140;
    }
    (power, exponent)
}

fn multiply(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0; size * size];
    for row in 0..size {
        for inner in 0..size {
            let factor = a[row * size + inner];
            for column in 0..size {
                product[row * size + column] += factor * b[inner * size + column];
            }
        }
    }
    product
}

/// The chance of a statistic below `d` in samples of `n`, by four terms in the inverse root of `n`
/// (Pelz & Good 1976), written as sums that converge fast for small `sqrt(n) d`.
fn expanded_lower(d: f64, n: f64) -> f64 {
    let z = n.sqrt() * d;
    let z2 = z * z;
    let (z4, z6, z8) = (z2 * z2, z2 * z2 * z2, z2 * z2 * z2 * z2);
    let (pi2, pi4, pi6) = (PI.powi(2), PI.powi(4), PI.powi(6));
    let mut sums = [0.0; 4];
    for k in 0..SUMMED_TERMS {
        let odd = f64::from(2 * k + 1);
        let (m2, m4, m6) = (odd.powi(2), odd.powi(4), odd.powi(6));
        let weight = (-pi2 * m2 / (8.0 * z2)).exp();
        sums[0] += weight;
        sums[1] += weight * (pi2 / 4.0 * m2 - z2);
        sums[2] += weight
            * (6.0 * z6
                + 2.0 * z4
                + pi2 / 4.0 * (2.0 * z4 - 5.0 * z2) * m2
                + pi4 / 16.0 * (1.0 - 2.0 * z2) * m4);
        sums[3] += weight
            * (-30.0 * z6 - 90.0 * z8
                + pi2 / 4.0 * (135.0 * z4 - 96.0 * z6) * m2
                + pi4 / 16.0 * (212.0 * z4 - 60.0 * z2) * m4
                + pi6 / 64.0 * (5.0 - 30.0 * z2) * m6);
    }
    let (mut second, mut third) = (0.0, 0.0);
    for k in 1..=SUMMED_TERMS {
        let k2 = f64::from(k).powi(2);
        let weight = (-pi2 * k2 / (2.0 * z2)).exp();
        second += k2 * weight;
        third += (3.0 * z2 - pi2 * k2) * k2 * weight;
    }
    let scale = (2.0 * PI).sqrt();
    let z3 = z2 * z;
    let terms = [
        scale * sums[0] / z,
        scale * sums[1] / (6.0 * z4),
        scale * (sums[2] / (72.0 * z6 * z) - pi2 * second / (36.0 * z3)),
        scale * (sums[3] / (6480.0 * z8 * z2) + pi2 * third / (216.0 * z6)),
    ];
    let root = n.sqrt();
    terms.iter().rev().fold(0.0, |sum, term| sum / root + term)
}

/// Enough for every `z` up to `sqrt(TAILS_ADD)`.
const SUMMED_TERMS: u32 = 12;

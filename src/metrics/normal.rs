//! Tails of the standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The chance that a standard-normal value is at least as far from 0 as `z`, on either side:
/// `erfc(|z| / sqrt 2)`, to about 1e-14 relative. NaN gives NaN.
pub fn two_sided_p_value(z: f64) -> f64 {
    let x = z.abs() * FRAC_1_SQRT_2;
    if x < 2.0 {
        1.0 - erf_by_series(x)
    } else {
        erfc_by_fraction(x)
    }
}

/// Abramowitz & Stegun 1964, 7.1.6.
fn erf_by_series(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    let mut odd = 3.0;
    while term > sum * f64::EPSILON / 4.0 {
        term *= 2.0 * x * x / odd;
        sum += term;
        odd += 2.0;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// Abramowitz & Stegun 1964, 7.1.14, from the far end.
fn erfc_by_fraction(x: f64) -> f64 {
    let mut rest = 0.0;
    for k in (1..=120).rev() {
        rest = f64::from(k) / 2.0 / (x + rest);
    }
    (-x * x).exp() / PI.sqrt() / (x + rest)
}

/// The chance that a standard-normal value lies between `from` and `to`, which must not be below it.
pub fn interval_chance(from: f64, to: f64) -> f64 {
    // Of the two tails that could be subtracted, the smaller ones keep their digits.
    if from > 0.0 {
        upper_tail(from) - upper_tail(to)
    } else if to < 0.0 {
        upper_tail(-to) - upper_tail(-from)
    } else {
        1.0 - upper_tail(to) - upper_tail(-from)
    }
}

fn upper_tail(z: f64) -> f64 {
    two_sided_p_value(z) / 2.0
}

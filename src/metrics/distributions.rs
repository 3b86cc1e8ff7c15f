//! Upper tails of the normal and the chi-square distribution, without loss where they are small.

/// The chance that a standard-normal draw lies above `z`.
pub fn normal_upper(z: f64) -> f64 {
    let tail = gamma_upper(0.5, z * z / 2.0) / 2.0;
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// The chance that a chi-square draw of `degrees` of freedom lies above `x`. `None` without any
/// degree, or where `x` is not a number from 0 on.
pub fn chi_square_upper(x: f64, degrees: usize) -> Option<f64> {
    let is_defined = degrees > 0 && x >= 0.0;
    is_defined.then(|| gamma_upper(degrees as f64 / 2.0, x / 2.0))
}

/// Stands in for a zero that would be divided by.
const TINY: f64 = 1e-300;
/// Of a fraction that converges after some tens.
const MOST_STEPS: u32 = 100_000;

/// The regularised upper incomplete gamma function Q(a, x), for `a > 0` and `x >= 0`: by the series
/// of the lower one below `a + 1`, by the continued fraction above (Abramowitz & Stegun 6.5.29 and
/// 6.5.31, the latter by Lentz 1976).
fn gamma_upper(a: f64, x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * f64::EPSILON {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return 1.0 - scale * sum;
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..MOST_STEPS {
        let i = f64::from(step);
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + numerator / c;
        c = if c.abs() < TINY { TINY } else { c };
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    scale * fraction
}

/// The logarithm of the gamma function for `x > 0`, to about 1e-14: Stirling's series, reached by
/// the recurrence from below 12.
fn ln_gamma(x: f64) -> f64 {
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 12.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let square = 1.0 / (shifted * shifted);
    let series = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
    ];
    let correction = series.iter().rev().fold(0.0, |sum, c| sum * square + c) / shifted;
    let half_ln_two_pi = 0.918_938_533_204_672_7;
    (shifted - 0.5) * shifted.ln() - shifted + half_ln_two_pi + correction - f64::ln(product)
}

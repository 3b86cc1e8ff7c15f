//! Chances under the normal, the chi-square, Student's t, the binomial and the hypergeometric distribution, without
//! loss where they are small.

/// The chance that a standard-normal draw lies above `z`.
pub fn normal_upper(z: f64) -> f64 {
    let tail = gamma_upper(0.5, z * z / 2.0) / 2.0;
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// The chance that a standard-normal value is at least as far from 0 as `z`, on either side.
pub fn two_sided_p_value(z: f64) -> f64 {
    2.0 * normal_upper(z.abs())
}

/// The chance that a standard-normal value lies between `from` and `to`, which must not be below it.
pub fn interval_chance(from: f64, to: f64) -> f64 {
    // Of the two tails that could be subtracted, the smaller ones keep their digits.
    if from > 0.0 {
        normal_upper(from) - normal_upper(to)
    } else if to < 0.0 {
        normal_upper(-to) - normal_upper(-from)
    } else {
        1.0 - normal_upper(to) - normal_upper(-from)
    }
}

/// The chance that a draw of Student's t with `degrees` of freedom, which need not be whole, lies
/// above `t`. `None` unless `degrees` is above 0 and both are numbers.
pub fn student_upper(t: f64, degrees: f64) -> Option<f64> {
    if t.is_nan() || degrees.is_nan() || degrees <= 0.0 {
        return None;
    }
    let tail = beta_tail(t * t / degrees, degrees / 2.0) / 2.0;
    Some(if t >= 0.0 { tail } else { 1.0 - tail })
}

/// The value above which a draw of Student's t lies with this chance, below one half. `None` unless
/// `degrees` is above 0.
pub fn student_quantile(upper: f64, degrees: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, 1.0);
    while student_upper(high, degrees)? > upper {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return Some(middle);
        }
        if student_upper(middle, degrees)? > upper {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The chance that a chi-square draw of `degrees` of freedom lies above `x`. `None` without any
/// degree, or where `x` is not a number from 0 on.
pub fn chi_square_upper(x: f64, degrees: usize) -> Option<f64> {
    let is_defined = degrees > 0 && x >= 0.0;
    is_defined.then(|| gamma_upper(degrees as f64 / 2.0, x / 2.0))
}

/// The chance of so many events in so many rows, each with the chance `rate`, which lies between 0
/// and 1: by deviances, which lose no digits where the counts are large (Loader 2000).
pub fn binomial_chance(events: u64, rows: u64, rate: f64) -> f64 {
    let (x, n) = (events as f64, rows as f64);
    if events == 0 {
        return (n * (-rate).ln_1p()).exp();
    }
    if events == rows {
        return (n * rate.ln()).exp();
    }
    let rest = n - x;
    let log = stirling_error(rows)
        - stirling_error(events)
        - stirling_error(rows - events)
        - deviance(x, n * rate)
        - deviance(rest, n * (1.0 - rate));
    log.exp() * (n / (std::f64::consts::TAU * x * rest)).sqrt()
}

/// The chance of `events` or more in so many rows, each with the chance `rate` between 0 and 1: the
/// regularised incomplete beta function I_rate(events, rows - events + 1), by a continued fraction.
pub fn binomial_upper(events: u64, rows: u64, rate: f64) -> f64 {
    if events == 0 || rate >= 1.0 {
        return 1.0;
    }
    if events > rows || rate <= 0.0 {
        return 0.0;
    }
    let (a, b) = (events as f64, (rows - events + 1) as f64);
    // x^a (1 - x)^b / (a B(a, b)) is the chance of so many events times 1 - x; from b it is the same as
    // that of one event less, times x.
    if rate < (a + 1.0) / (a + b + 2.0) {
        binomial_chance(events, rows, rate) * (1.0 - rate) * beta_fraction(rate, a, b)
    } else {
        let rest = 1.0 - rate;
        1.0 - binomial_chance(events - 1, rows, rate) * rate * beta_fraction(rest, b, a)
    }
}

/// The chance of so many events among `rows` rows that are drawn at random, each at most once, out of
/// `all` rows that hold `events`: by binomial chances at the share that is drawn (as R's `dhyper`).
pub fn hypergeometric_chance(count: u64, rows: u64, events: u64, all: u64) -> f64 {
    let is_possible = count <= events && count <= rows && rows - count <= all - events;
    if !is_possible || rows == all || rows == 0 {
        return f64::from(u8::from(is_possible));
    }
    let share = rows as f64 / all as f64;
    let drawn = binomial_chance(count, events, share);
    let others = binomial_chance(rows - count, all - events, share);
    drawn * others / binomial_chance(rows, all, share)
}

/// `ln n! - ln(sqrt(2 pi n) (n / e)^n)`.
fn stirling_error(count: u64) -> f64 {
    /// Up to here the factorial is exact.
    const EXACT: u64 = 18;
    let n = count as f64;
    if count <= EXACT {
        let factorial: f64 = (1..=count).map(|i| i as f64).product();
        return factorial.ln() - ((n + 0.5) * n.ln() - n + 0.5 * std::f64::consts::TAU.ln());
    }
    let n2 = n * n;
    let tail = (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * n2)) / n2) / n2;
    (1.0 / 12.0 - (1.0 / 360.0 - tail) / n2) / n
}

/// `x ln(x / mean) + mean - x`, for both above 0.
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - difference;
    }
    let v = difference / (x + mean);
    let (mut sum, mut term) = (difference * v, 2.0 * x * v);
    for step in 1..1000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * step + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
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

/// The regularised incomplete beta function I_x(a, 1/2) at `x = 1 / (1 + odds)`: by a continued
/// fraction (DLMF 8.17.22, by Lentz 1976) below the mean, by I_x(a, b) = 1 - I_(1-x)(b, a) above.
fn beta_tail(odds: f64, a: f64) -> f64 {
    let b = 0.5;
    if odds == 0.0 {
        return 1.0;
    }
    if odds.is_infinite() {
        return 0.0;
    }
    let (x, rest) = (1.0 / (1.0 + odds), odds / (1.0 + odds));
    let (ln_x, ln_rest) = (-odds.ln_1p(), rest.ln());
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * ln_x + b * ln_rest).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        scale * beta_fraction(x, a, b) / a
    } else {
        1.0 - scale * beta_fraction(rest, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..MOST_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for numerator in [even, odd] {
            d = 1.0 / away(1.0 + numerator * d);
            c = away(1.0 + numerator / c);
            fraction *= c * d;
        }
        if (fraction / before - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
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

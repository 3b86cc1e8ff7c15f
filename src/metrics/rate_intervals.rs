//! Intervals of a rate, and of the difference or ratio of two: in closed form, so that they belong to
//! the two groups that they are of. A rate is its events and its rows.

use super::bootstrap::Interval;
use super::distributions::two_sided_p_value;

/// The 97.5% quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Events, and rows.
pub type Rate = (u64, u64);

fn share((events, rows): Rate) -> f64 {
    events as f64 / rows as f64
}

/// The 95% score interval of a rate, without continuity correction (Wilson 1927). `None` without
/// rows.
pub fn wilson(rate: Rate) -> Option<Interval> {
    let (events, rows) = rate;
    if rows == 0 {
        return None;
    }
    let (p, n) = (share(rate), rows as f64);
    let z2 = Z * Z;
    let middle = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z2 / n;
    Some(Interval {
        low: if events == 0 {
            0.0
        } else {
            (middle - half) / whole
        },
        high: if events == rows {
            1.0
        } else {
            (middle + half) / whole
        },
    })
}

/// The 95% interval of the first rate less the second, from their score intervals (Newcombe 1998,
/// method 10). `None` where either has no rows.
pub fn difference_interval(first: Rate, second: Rate) -> Option<Interval> {
    let (a, b) = (wilson(first)?, wilson(second)?);
    let (p, q) = (share(first), share(second));
    let distance = |x: f64, y: f64| (x * x + y * y).sqrt();
    Some(Interval {
        low: p - q - distance(p - a.low, b.high - q),
        high: p - q + distance(a.high - p, q - b.low),
    })
}

/// The logarithm of the first rate over the second, and its standard error (Katz et al. 1978); with a
/// half added to every count where one is 0 (Walter 1975).
fn log_ratio((x, n): Rate, (y, m): Rate) -> Option<(f64, f64)> {
    if n == 0 || m == 0 {
        return None;
    }
    let half = if x == 0 || y == 0 { 0.5 } else { 0.0 };
    let [x, n, y, m] = [x, n, y, m].map(|count| count as f64 + half);
    let variance = 1.0 / x - 1.0 / n + 1.0 / y - 1.0 / m;
    Some(((x / n / (y / m)).ln(), variance.max(0.0).sqrt()))
}

/// The 95% interval of the first rate over the second, by the logarithm (Katz et al. 1978). Where either
/// has no events it is that of the counts with a half added to each (Walter 1975), which holds the ratio
/// of those counts: it may leave 0 out. `None` where either has no rows.
pub fn ratio_interval(first: Rate, second: Rate) -> Option<Interval> {
    let (log, error) = log_ratio(first, second)?;
    Some(Interval {
        low: (log - Z * error).exp(),
        high: (log + Z * error).exp(),
    })
}

/// The 95% interval of the odds of the events, `p / (1 - p)`: the score interval's ends on that scale.
/// `None` without rows, or where every row is an event.
pub fn odds_interval(rate: Rate) -> Option<Interval> {
    let Interval { low, high } = wilson(rate).filter(|_| rate.0 < rate.1)?;
    Some(Interval {
        low: low / (1.0 - low),
        high: high / (1.0 - high),
    })
}

/// The places of the lowest and of the highest rate, the first of equals; rates without rows are left
/// out. `None` where fewer than two are left. Of rates that are all equal, the second is the lowest.
pub fn extremes(rates: &[Rate]) -> Option<(usize, usize)> {
    let is_less = |a: usize, b: usize| {
        let ((x, n), (y, m)) = (rates[a], rates[b]);
        u128::from(x) * u128::from(m) < u128::from(y) * u128::from(n)
    };
    let known = || (0..rates.len()).filter(|place| rates[*place].1 > 0);
    let highest = known().reduce(|best, next| if is_less(best, next) { next } else { best })?;
    let others = known().filter(|place| *place != highest);
    let lowest = others.reduce(|best, next| if is_less(next, best) { next } else { best })?;
    Some((lowest, highest))
}

/// Is the first rate over the second another than `ratio`? The two-sided p-value on the scale of
/// [`ratio_interval`]. `None` where either has no rows, or the second no events.
pub fn ratio_p_value(first: Rate, second: Rate, ratio: f64) -> Option<f64> {
    let (log, error) = log_ratio(first, second).filter(|_| second.0 > 0)?;
    let distance = log - ratio.ln();
    // Without any spread, as of all rows of both, only the same ratio is the same.
    Some(if error > 0.0 {
        two_sided_p_value(distance / error)
    } else {
        f64::from(u8::from(distance == 0.0))
    })
}

//! Is a coverage what was promised? Exact intervals and tests of the share of rows whose set holds the
//! truth: of a rate that is fixed, and of one that calibration rows have drawn.

use super::bootstrap::Interval;
use super::distributions::binomial_upper;
use super::rate_intervals::Rate;

/// What a 95% interval leaves out at each end.
const TAIL: f64 = 0.025;

/// The exact 95% interval of a rate (Clopper & Pearson 1934): from 0 where there are no events, to 1
/// where every row is one. `None` without rows.
pub fn clopper_pearson((events, rows): Rate) -> Option<Interval> {
    if rows == 0 {
        return None;
    }
    let low = match events {
        0 => 0.0,
        // The rate at which so many events or more are rare.
        _ => crossing(|rate| binomial_upper(events, rows, rate) > TAIL),
    };
    let high = if events == rows {
        1.0
    } else {
        // The rate at which so few events are rare: as many non-events or more.
        1.0 - crossing(|rest| binomial_upper(rows - events, rows, rest) > TAIL)
    };
    Some(Interval { low, high })
}

/// Where between 0 and 1 `is_above` begins to hold.
fn crossing(is_above: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if is_above(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// Is a coverage another than what calibration leads to? The two-sided p-value, twice the smaller tail,
/// of the covered rows under their distribution where the quantile is the `rank`-th smallest of the
/// scores of so many calibration rows: BetaBinomial(rows, rank, calibration + 1 - rank), which counts
/// the chance in the quantile too (Vovk 2012; Angelopoulos & Bates 2023). `None` without rows, or where
/// `rank` is not among the calibration rows.
pub fn beta_binomial_p_value(
    (covered, rows): Rate,
    (rank, calibration): (u64, u64),
) -> Option<f64> {
    if rows == 0 || covered > rows || rank == 0 || rank > calibration {
        return None;
    }
    let (n, a, b) = (rows as f64, rank as f64, (calibration + 1 - rank) as f64);
    // The chance of one covered row more over that of this many: it falls through 1 at the mode.
    let step = |x: u64| {
        let x = x as f64;
        (n - x) * (x + a) / ((x + 1.0) * (n - x - 1.0 + b))
    };
    let mode = partition(rows, |x| step(x) >= 1.0);
    // Weights from the mode outwards, where they are 1, down to where they vanish.
    let (mut below, mut at, mut above) = (0.0, 0.0, 0.0);
    let mut add = |x: u64, weight: f64| match x.cmp(&covered) {
        std::cmp::Ordering::Less => below += weight,
        std::cmp::Ordering::Equal => at += weight,
        std::cmp::Ordering::Greater => above += weight,
    };
    add(mode, 1.0);
    let mut weight = 1.0;
    for x in mode..rows {
        weight *= step(x);
        if weight == 0.0 {
            break;
        }
        add(x + 1, weight);
    }
    weight = 1.0;
    for x in (0..mode).rev() {
        weight /= step(x);
        if weight == 0.0 {
            break;
        }
        add(x, weight);
    }
    let whole = below + at + above;
    Some((2.0 * (at + below.min(above)) / whole).min(1.0))
}

/// The first number below `end` for which `holds` is over, or `end`.
fn partition(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

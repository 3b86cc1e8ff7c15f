//! Tests, and what many of them at once are worth.

use super::distributions::{
    binomial_chance, chi_square_upper, hypergeometric_chance, student_upper,
};

/// Is the rate of events in one group larger than in another? The one-sided p-value of Fisher's exact
/// test (1935), of events and rows of each: the chance of as many events or more in the group, were the
/// events of both dealt out at random. `None` where a group has no rows.
pub fn larger_rate_exact_p_value(group: (u64, u64), other: (u64, u64)) -> Option<f64> {
    let ((events, rows), (other_events, other_rows)) = (group, other);
    if rows == 0 || other_rows == 0 || events > rows || other_events > other_rows {
        return None;
    }
    let (all_events, all) = (events + other_events, rows + other_rows);
    let (fewest, most) = (all_events.saturating_sub(other_rows), all_events.min(rows));
    let chance = |count: u64| hypergeometric_chance(count, rows, all_events, all);
    // Away from the mode each count is less likely than the one before it.
    let mode = u128::from(rows + 1) * u128::from(all_events + 1) / u128::from(all + 2);
    Some(if u128::from(events) > mode {
        sum_falling((events..=most).map(chance)).min(1.0)
    } else {
        1.0 - sum_falling((fewest..events).rev().map(chance)).min(1.0)
    })
}

/// Is the mean of one group larger than that of another? The p-value of the one-sided t-test without
/// equal variances (Welch 1947), of rows, mean and sample variance (ddof 1) of each. `None` where a
/// group has fewer than two rows, or neither has a variance.
pub fn larger_mean_p_value(group: (u64, f64, f64), other: (u64, f64, f64)) -> Option<f64> {
    if group.0 < 2 || other.0 < 2 {
        return None;
    }
    let (n, m) = (group.0 as f64, other.0 as f64);
    let (a, b) = (group.2 / n, other.2 / m);
    let error = (a + b).sqrt();
    let degrees = (a + b) * (a + b) / (a * a / (n - 1.0) + b * b / (m - 1.0));
    // Without a variance `degrees` is 0/0.
    student_upper((group.1 - other.1) / error, degrees)
}

/// Is the rate of events another than `rate`? The exact two-sided p-value: the chance of all counts
/// that are no likelier than this one (as scipy and R have it). `None` without rows, or where `rate`
/// is not between 0 and 1.
pub fn binomial_p_value(events: u64, rows: u64, rate: f64) -> Option<f64> {
    /// Counts that are as likely but for rounding are as likely.
    const AS_LIKELY: f64 = 1.0 + 1e-7;
    if rows == 0 || events > rows || !(rate > 0.0 && rate < 1.0) {
        return None;
    }
    let chance = |count: u64| binomial_chance(count, rows, rate);
    let most = chance(events) * AS_LIKELY;
    let mode = ((rows + 1) as f64 * rate).floor().min(rows as f64) as u64;
    if chance(mode) <= most {
        return Some(1.0);
    }
    // Away from the mode, on either side, each count is less likely than the one before it.
    let is_counted = |count: u64| chance(count) <= most;
    let below = partition(0, mode, is_counted);
    let above = partition(mode, rows + 1, |count| !is_counted(count));
    let lower = (0..below).rev().map(chance);
    let upper = (above..=rows).map(chance);
    Some((sum_falling(lower) + sum_falling(upper)).min(1.0))
}

/// The first count from `from` on for which `holds` is over, or `to`.
fn partition(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (from, to);
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

/// The sum of what falls ever faster, up to where it changes no more.
fn sum_falling(chances: impl Iterator<Item = f64>) -> f64 {
    let mut sum = 0.0;
    for chance in chances {
        if chance < sum * f64::EPSILON / 64.0 {
            break;
        }
        sum += chance;
    }
    sum
}

/// The size of a difference between two rates, `2 asin sqrt(p) - 2 asin sqrt(q)`: 0.2 is small, 0.5
/// medium, 0.8 large (Cohen 1988).
pub fn cohens_h(rate: f64, other: f64) -> f64 {
    2.0 * (rate.sqrt().asin() - other.sqrt().asin())
}

/// Pearson's chi-square test that two samples share their shares of categories.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquare {
    /// Sum of (observed - expected)^2 / expected.
    pub statistic: f64,
    /// Categories that occur, less one.
    pub degrees: usize,
    /// The chance of a statistic as large or larger.
    pub p_value: f64,
}

/// Pearson's test on the 2 x k table of rows by category, without continuity correction (Pearson
/// 1900). Categories without rows are left out. `None` where a side has no rows or fewer than two
/// categories occur.
///
/// # Panics
/// If the slices differ in length.
pub fn chi_square(base: &[u64], alternative: &[u64]) -> Option<ChiSquare> {
    assert_eq!(base.len(), alternative.len(), "the same categories twice");
    let (n, m) = (base.iter().sum::<u64>(), alternative.iter().sum::<u64>());
    if n == 0 || m == 0 {
        return None;
    }
    let whole = (n + m) as f64;
    let (mut statistic, mut categories) = (0.0, 0usize);
    for (&a, &b) in base.iter().zip(alternative).filter(|(a, b)| **a + **b > 0) {
        categories += 1;
        for (observed, rows) in [(a, n), (b, m)] {
            let expected = rows as f64 * (a + b) as f64 / whole;
            statistic += (observed as f64 - expected).powi(2) / expected;
        }
    }
    let degrees = categories.saturating_sub(1);
    Some(ChiSquare {
        statistic,
        degrees,
        p_value: chi_square_upper(statistic, degrees)?,
    })
}

/// The p-values made comparable to the chance that any of them is wrong: `max over j <= i of
/// (m - j + 1) p_(j)`, capped at 1, in the order given (Holm 1979). Undefined ones stay so and do not
/// count.
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let known = p_values.iter().enumerate();
    let mut known: Vec<(usize, f64)> = known.filter_map(|(i, p)| Some((i, (*p)?))).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    let m = known.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut most = 0.0f64;
    for (place, (index, p)) in known.into_iter().enumerate() {
        most = most.max((p * (m - place) as f64).min(1.0));
        adjusted[index] = Some(most);
    }
    adjusted
}

/// The p-values made comparable to a false discovery rate: `min over j >= i of p_(j) m / j`, capped
/// at 1, in the order given (Benjamini & Hochberg 1995). Undefined ones stay so and do not count.
pub fn benjamini_hochberg(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let known = p_values.iter().enumerate();
    let mut known: Vec<(usize, f64)> = known.filter_map(|(i, p)| Some((i, (*p)?))).collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    let m = known.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut least = 1.0f64;
    for (place, (index, p)) in known.into_iter().enumerate() {
        least = least.min(p * (m as f64 / (m - place) as f64));
        adjusted[index] = Some(least);
    }
    adjusted
}

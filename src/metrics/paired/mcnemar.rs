//! Is one of two models right more often on the same rows? (McNemar 1947), of the rows in which only
//! one of them is.

use super::flips::Flips;
use crate::metrics::distributions::{binomial_chance, chi_square_upper};

/// The exact two-sided p-value: the binomial chance of so uneven a split of the rows in which only one
/// is right. 1 where there are none.
pub fn exact_p_value(flips: &Flips) -> f64 {
    (2.0 * lower_tail(flips)).min(1.0)
}

/// The mid-p value, which is less conservative (Fagerland, Lydersen & Laake 2013): the exact one, less
/// the chance of this very split.
pub fn mid_p_value(flips: &Flips) -> f64 {
    let (least, all) = split(flips);
    if all == 0 {
        return 1.0;
    }
    (2.0 * lower_tail(flips) - binomial_chance(least, all, 0.5)).min(1.0)
}

/// The chi-square statistic and its p-value, `(b - c)^2 / (b + c)`. `None` where no row is decided
/// rightly by one only.
pub fn chi_square(flips: &Flips) -> Option<(f64, f64)> {
    statistic(flips, 0.0)
}

/// The same with Edwards' correction (1948), `max(|b - c| - 1, 0)^2 / (b + c)`.
pub fn corrected_chi_square(flips: &Flips) -> Option<(f64, f64)> {
    statistic(flips, 1.0)
}

fn statistic(flips: &Flips, correction: f64) -> Option<(f64, f64)> {
    let (losses, gains) = (flips.right_to_wrong as f64, flips.wrong_to_right as f64);
    let distance = ((losses - gains).abs() - correction).max(0.0);
    // 0/0 has no chance.
    let statistic = distance * distance / (losses + gains);
    Some((statistic, chi_square_upper(statistic, 1)?))
}

/// The smaller of both counts, and their sum.
fn split(flips: &Flips) -> (u64, u64) {
    let (losses, gains) = (flips.right_to_wrong, flips.wrong_to_right);
    (losses.min(gains), losses + gains)
}

/// The chance of a count of at most the smaller one.
fn lower_tail(flips: &Flips) -> f64 {
    let (least, all) = split(flips);
    let mut sum = 0.0;
    // From the likeliest on: what adds nothing any more ends it.
    for count in (0..=least).rev() {
        let chance = binomial_chance(count, all, 0.5);
        if chance < sum * f64::EPSILON / 64.0 {
            break;
        }
        sum += chance;
    }
    if all == 0 { 1.0 } else { sum }
}

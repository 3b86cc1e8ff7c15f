//! Chances under the standard normal distribution.

use super::distributions::normal_upper;

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

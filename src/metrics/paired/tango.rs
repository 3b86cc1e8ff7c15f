//! The difference of two shares of the same rows by its score (Tango 1998, Statistics in Medicine 17:
//! 891): the variance is that under the hypothesis, so it holds where few rows flip, or none.

use super::flips::Flips;
use crate::metrics::bootstrap::Interval;
use crate::metrics::distributions::normal_upper;
use crate::metrics::standard_error::Z_975;

/// Halvings of the range from -1 to 1, after which floats have no digits left.
const HALVINGS: u32 = 80;

/// The score of the hypothesis that the candidate's share of right rows less the baseline's is
/// `difference`, which lies between -1 and 1. `None` without rows.
pub fn score(flips: &Flips, difference: f64) -> Option<f64> {
    let n = flips.n() as f64;
    let (gains, losses) = (flips.wrong_to_right as f64, flips.right_to_wrong as f64);
    if flips.n() == 0 {
        return None;
    }
    let distance = gains - losses - n * difference;
    // The share of losses that is likeliest under the hypothesis is the root of a square.
    let a = 2.0 * n;
    let b = -gains - losses + (2.0 * n - gains + losses) * difference;
    let c = -losses * difference * (1.0 - difference);
    let share = ((b * b - 4.0 * a * c).max(0.0).sqrt() - b) / (2.0 * a);
    let variance = n * (2.0 * share + difference * (1.0 - difference));
    if distance == 0.0 {
        return Some(0.0);
    }
    Some(distance / variance.max(0.0).sqrt())
}

/// The 95% interval of the difference: all that its score does not speak against. `None` without rows.
pub fn interval(flips: &Flips) -> Option<Interval> {
    let low = root(flips, Z_975)?;
    let high = root(flips, -Z_975)?;
    Some(Interval { low, high })
}

/// The difference that has this score, which falls with the difference; an end of the range if none
/// has.
fn root(flips: &Flips, wanted: f64) -> Option<f64> {
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if score(flips, middle)? > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(if high == -1.0 { -1.0 } else { low })
}

/// The one-sided p-value of the hypothesis that the candidate's share is lower by `margin` or more: a
/// small one says that it is not. `None` without rows.
pub fn not_worse_p_value(flips: &Flips, margin: f64) -> Option<f64> {
    score(flips, -margin).map(normal_upper)
}

//! From values to places on a picture, with round ticks.

use crate::display;

/// Ticks of an axis, about.
const TICKS: f64 = 5.0;

/// An axis.
pub(super) struct Scale {
    low: f64,
    high: f64,
    /// Between ticks.
    step: f64,
    /// Places of `low` and `high`, in units of the picture.
    from: f64,
    to: f64,
}

impl Scale {
    /// Holds these values, and ends at ticks where it is `open`, or else at the values.
    pub(super) fn of(values: impl Iterator<Item = f64>, open: bool, from: f64, to: f64) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let ends = finite.fold(None, |ends: Option<(f64, f64)>, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        });
        let (mut low, mut high) = ends.unwrap_or((0.0, 1.0));
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() / 10.0 };
            (low, high) = (low - room, high + room);
        }
        let step = round_step((high - low) / TICKS);
        if open {
            (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        }
        Self {
            low,
            high,
            step,
            from,
            to,
        }
    }

    /// Where a value is, to a tenth of a unit.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        let place = self.from + share * (self.to - self.from);
        (place * 10.0).round() / 10.0
    }

    /// Round values with their places and names.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let first = (self.low / self.step - 1e-9).ceil() as i64;
        let last = (self.high / self.step + 1e-9).floor() as i64;
        let decimals = (-self.step.log10().floor()).max(0.0) as usize;
        let tick = |place: i64| {
            let value = place as f64 * self.step;
            let name = if decimals > 6 || self.step >= 1e6 {
                display::metric(value)
            } else {
                format!("{value:.decimals$}")
            };
            (self.at(value), name)
        };
        (first..=last).map(tick).collect()
    }
}

/// 1, 2 or 5 times a power of ten, at least so much.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    let fits = steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9));
    fits.unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(values: &[f64]) -> Vec<String> {
        let scale = Scale::of(values.iter().copied(), true, 0.0, 100.0);
        scale.ticks().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        assert_eq!(
            names(&[0.0, 1.0]),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            names(&[0.713, 0.734]),
            ["0.710", "0.715", "0.720", "0.725", "0.730", "0.735"]
        );
        assert_eq!(names(&[-3.0, 12.0]), ["-5", "0", "5", "10", "15"]);
        assert_eq!(names(&[7.0, 7.0]), ["6.0", "6.5", "7.0", "7.5", "8.0"]);
        assert_eq!(names(&[f64::NAN]).len(), 6);
        let scale = Scale::of([0.0, 10.0].into_iter(), true, 100.0, 0.0);
        assert_eq!(
            (scale.at(0.0), scale.at(2.5), scale.at(11.0)),
            (100.0, 75.0, 0.0)
        );
    }
}

//! How far a metric has moved, how sure that is, and whether it is no worse by more than a margin.

use super::flips::Flips;
use super::{mcnemar, tango};
use crate::metrics::bootstrap::{Interval, percentile_interval};
use crate::metrics::distributions::two_sided_p_value;
use crate::metrics::distributions::{normal_upper, student_quantile, student_upper};
use crate::metrics::standard_error::Z_975;

/// What is known of how a difference varies.
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// Of shares of the same rows: McNemar's exact test, Tango's interval.
    Rows(Flips),
    /// About normal, with this standard error: DeLong's test, and two samples of different rows.
    Normal {
        /// Of the difference.
        error: f64,
    },
    /// Student's t: the paired t-test.
    Student {
        /// Of the mean difference.
        error: f64,
        /// Of freedom.
        degrees: f64,
    },
    /// The differences of resamples, sorted.
    Resampled(Vec<f64>),
    /// Nothing.
    Unknown,
}

impl Spread {
    /// `None` where the difference is undefined in more than 5% of so many resamples.
    pub(super) fn of_resamples(mut differences: Vec<f64>, repeats: u32) -> Option<Self> {
        percentile_interval(differences.clone(), repeats)?;
        differences.sort_unstable_by(f64::total_cmp);
        Some(Self::Resampled(differences))
    }
}

/// A metric of two models.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The baseline's.
    pub was: f64,
    /// The candidate's.
    pub now: f64,
    /// How their difference varies.
    pub spread: Spread,
}

impl Change {
    /// From one value to another.
    pub fn of(was: f64, now: f64, spread: Spread) -> Self {
        Self { was, now, spread }
    }

    /// Of the share of rows that are right. `None` without rows.
    pub fn of_flips(flips: Flips) -> Option<Self> {
        let n = flips.n();
        let share = |right: u64| right as f64 / n as f64;
        let (was, now) = (
            share(flips.baseline_right()),
            share(flips.candidate_right()),
        );
        (n > 0).then(|| Self::of(was, now, Spread::Rows(flips)))
    }

    /// Of metrics with standard errors of their own, measured on different rows, which vary
    /// independently.
    pub fn of_different_rows(was: (f64, f64), now: (f64, f64)) -> Self {
        let error = was.1.hypot(now.1);
        Self::of(was.0, now.0, Spread::Normal { error })
    }

    /// Candidate less baseline.
    pub fn delta(&self) -> f64 {
        self.now - self.was
    }

    /// How far the difference varies: its standard error. `None` where nothing is known of it.
    pub fn standard_error(&self) -> Option<f64> {
        match &self.spread {
            Spread::Rows(flips) => flips.standard_error(),
            Spread::Normal { error } | Spread::Student { error, .. } => Some(*error),
            Spread::Resampled(all) => {
                let n = all.len() as f64;
                let mean = all.iter().sum::<f64>() / n;
                let squares = all.iter().map(|d| (d - mean).powi(2)).sum::<f64>();
                Some((squares / (n - 1.0)).sqrt()).filter(|error| error.is_finite())
            }
            Spread::Unknown => None,
        }
    }

    /// The 95% interval of the difference.
    pub fn interval(&self) -> Option<Interval> {
        let delta = self.delta();
        let around = |half: f64| Interval {
            low: delta - half,
            high: delta + half,
        };
        match &self.spread {
            Spread::Rows(flips) => tango::interval(flips),
            Spread::Normal { error } => Some(around(Z_975 * error)),
            Spread::Student { error, degrees } => {
                Some(around(student_quantile(0.025, *degrees)? * error))
            }
            Spread::Resampled(all) => percentile_interval(all.clone(), all.len() as u32),
            Spread::Unknown => None,
        }
    }

    /// Is there a difference at all? The two-sided p-value.
    pub fn p_value(&self) -> Option<f64> {
        let delta = self.delta();
        match &self.spread {
            Spread::Rows(flips) => Some(mcnemar::exact_p_value(flips)),
            Spread::Normal { error: 0.0 } | Spread::Student { error: 0.0, .. } => {
                Some(f64::from(u8::from(delta == 0.0)))
            }
            Spread::Normal { error } => Some(two_sided_p_value(delta / error)),
            Spread::Student { error, degrees } => {
                student_upper((delta / error).abs(), *degrees).map(|tail| 2.0 * tail)
            }
            Spread::Resampled(all) => {
                let (below, above) = (chance(all, |d| d <= 0.0), chance(all, |d| d >= 0.0));
                Some((2.0 * below.min(above)).min(1.0))
            }
            Spread::Unknown => None,
        }
    }

    /// The one-sided p-value of the hypothesis that the candidate is worse by `margin` or more: a small
    /// one says that it is not.
    pub fn not_worse_p_value(&self, margin: f64, is_lower_better: bool) -> Option<f64> {
        let sign = if is_lower_better { -1.0 } else { 1.0 };
        let lead = sign * self.delta() + margin;
        match &self.spread {
            Spread::Rows(flips) if is_lower_better => {
                tango::not_worse_p_value(&flips.exchanged(), margin)
            }
            Spread::Rows(flips) => tango::not_worse_p_value(flips, margin),
            // Nothing varies: it is worse by that much, or it is not.
            Spread::Normal { error: 0.0 } | Spread::Student { error: 0.0, .. } => {
                Some(f64::from(u8::from(lead <= 0.0)))
            }
            Spread::Normal { error } => Some(normal_upper(lead / error)),
            Spread::Student { error, degrees } => student_upper(lead / error, *degrees),
            Spread::Resampled(all) => Some(chance(all, |d| sign * d + margin <= 0.0)),
            Spread::Unknown => None,
        }
    }
}

/// The share of resamples, itself counted among them: none is ever impossible (Davison & Hinkley 1997).
fn chance(differences: &[f64], is_counted: impl Fn(f64) -> bool) -> f64 {
    let counted = differences.iter().filter(|d| is_counted(**d)).count();
    (counted as f64 + 1.0) / (differences.len() as f64 + 1.0)
}

//! By what rules a figure of ours stands beside the paper's.

use serde::Serialize;

use super::claims::Claimed;
use crate::bench::spread::{Spread, median_interval};

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is so here.
    Confirmed,
    /// It is more than that here.
    Better,
    /// It is not so here.
    NotConfirmed,
    /// What differs from run to run is more than what would tell.
    Undecided,
    /// It was not part of this measurement.
    NotMeasured,
    /// The paper has no such figure.
    NoClaim,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Better => "better",
            Self::NotConfirmed => "not confirmed",
            Self::Undecided => "too noisy to tell",
            Self::NotMeasured => "not measured",
            Self::NoClaim => "no claim",
        }
    }
}

/// The rules in words, for whoever reads the verdicts.
pub(super) const RULES: &str = "A share is confirmed where the median of the pairs is within five \
    points of the paper's, a factor within a tenth of it; it is better where the whole interval of the \
    median lies above that, not confirmed where it lies below, and too noisy to tell otherwise. The \
    interval holds the true median with 95% confidence (sign test); of fewer than six pairs it is all \
    that was seen. Time counts as saved where the total falls by at least 80% of what the set-up falls \
    by, as moved where by less than 20%.";

/// Repeats of a figure: the middle, and where the true middle lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// As many repeats are above as below.
    pub median: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Estimate {
    /// Of at least one repeat.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect();
        let spread = Spread::of(values.iter().copied())?;
        let (low, high) = median_interval(&values).unwrap_or((spread.min, spread.max));
        Some(Self {
            median: spread.median,
            low,
            high,
        })
    }
}

/// A figure of which more is better.
pub(super) fn judge(claimed: Claimed, ours: Estimate) -> Verdict {
    if (claimed.low..=claimed.high).contains(&ours.median) {
        Verdict::Confirmed
    } else if ours.low > claimed.high {
        Verdict::Better
    } else if ours.high < claimed.low {
        Verdict::NotConfirmed
    } else {
        Verdict::Undecided
    }
}

/// A cost that is to be no more than so much.
pub(super) fn judge_limit(limit: f64, ours: Estimate) -> Verdict {
    if ours.high <= limit {
        Verdict::Confirmed
    } else if ours.low > limit {
        Verdict::NotConfirmed
    } else {
        Verdict::Undecided
    }
}

/// Was what the set-up is shorter by saved, or only moved to later? Both in seconds.
pub(super) fn saved_or_moved(setup_saved: Estimate, total_saved: Estimate) -> &'static str {
    if setup_saved.low <= 0.0 {
        "the set-up is not shorter by more than the noise"
    } else if total_saved.median >= 0.8 * setup_saved.median {
        "the time is saved, not moved"
    } else if total_saved.median >= 0.2 * setup_saved.median {
        "part of the time is saved, part is moved to after the set-up"
    } else {
        "the time is moved to after the set-up, not saved"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    fn estimate(median: f64, low: f64, high: f64) -> Estimate {
        Estimate { median, low, high }
    }

    #[test]
    fn a_share_is_confirmed_within_five_points() {
        let claimed = Claimed::share(0.42);
        let cases = [
            (estimate(0.38, 0.10, 0.80), Verdict::Confirmed),
            (estimate(0.46, 0.45, 0.47), Verdict::Confirmed),
            (estimate(0.60, 0.48, 0.70), Verdict::Better),
            (estimate(0.60, 0.46, 0.70), Verdict::Undecided),
            (estimate(0.20, 0.10, 0.36), Verdict::NotConfirmed),
            (estimate(0.20, 0.10, 0.38), Verdict::Undecided),
            (estimate(-0.1, -0.2, 0.0), Verdict::NotConfirmed),
        ];
        for (ours, expected) in cases {
            assert_eq!(judge(claimed, ours), expected, "{ours:?}");
        }
    }

    #[test]
    fn a_factor_is_confirmed_within_a_tenth() {
        let claimed = Claimed::factor(4.0);
        assert_eq!(judge(claimed, estimate(4.3, 1.0, 9.0)), Verdict::Confirmed);
        assert_eq!(judge(claimed, estimate(5.0, 4.5, 6.0)), Verdict::Better);
        assert_eq!(
            judge(claimed, estimate(1.1, 1.0, 1.2)),
            Verdict::NotConfirmed
        );
    }

    #[test]
    fn a_limit_is_kept_by_the_whole_interval() {
        assert_eq!(
            judge_limit(0.02, estimate(0.0, -0.01, 0.02)),
            Verdict::Confirmed
        );
        assert_eq!(
            judge_limit(0.02, estimate(0.01, -0.01, 0.03)),
            Verdict::Undecided
        );
        assert_eq!(
            judge_limit(0.02, estimate(0.05, 0.03, 0.09)),
            Verdict::NotConfirmed
        );
    }

    #[test]
    fn moving_time_is_not_saving_it() {
        let setup = estimate(10.0, 9.0, 11.0);
        let total = |seconds: f64| estimate(seconds, seconds - 9.0, seconds + 9.0);
        assert!(saved_or_moved(setup, total(8.0)).contains("not moved"));
        assert!(saved_or_moved(setup, total(5.0)).contains("part"));
        assert!(saved_or_moved(setup, total(1.9)).contains("not saved"));
        assert!(saved_or_moved(setup, total(-3.0)).contains("not saved"));
        let noise = estimate(1.0, -1.0, 3.0);
        assert!(saved_or_moved(noise, total(3.0)).contains("not shorter"));
    }

    #[test]
    fn fewer_than_six_pairs_have_all_that_was_seen_as_their_interval() {
        assert_eq!(Estimate::of([3.0, 1.0, 2.0]), Some(estimate(2.0, 1.0, 3.0)));
        let of_many = Estimate::of((1..=20).map(f64::from)).unwrap();
        assert_eq!((of_many.low, of_many.high), (6.0, 15.0));
        assert_eq!(Estimate::of([]), None);
    }
}

//! What is known of the constraints on the validated model's score.

mod check;

pub(super) use check::{Subject, is_number};

use crate::experiment::Trend;

/// What is known of every constraint on features, and of the score's range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedConstraints {
    /// In the order of the experiment.
    pub monotone: Vec<CheckedTrend>,
    /// What the score of every row there could be lies between, where the trees tell.
    pub range: Option<(f64, f64)>,
    /// Why nothing can be proven, where that is so.
    pub unproven: Option<String>,
}

/// What is known of a constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedTrend {
    /// What was asked.
    pub trend: Trend,
    /// What is shown.
    pub verdict: Verdict,
    /// How, in a few words.
    pub how: String,
    /// Rows of the dataset that were moved.
    pub rows: u64,
    /// Those of them that break it.
    pub violations: u64,
    /// The first of these.
    pub listed: Vec<Violation>,
    /// Two rows that break it, where no row of the dataset does.
    pub example: Option<Violation>,
}

/// What is shown of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No two rows there could be break it.
    Proven,
    /// Two rows break it.
    Violated,
    /// Neither is shown.
    Undecided,
}

impl Verdict {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Violated => "violated",
            Self::Undecided => "undecided",
        }
    }

    /// As a metric: 1, -1, 0.
    pub fn value(self) -> f64 {
        match self {
            Self::Proven => 1.0,
            Self::Violated => -1.0,
            Self::Undecided => 0.0,
        }
    }
}

/// Two rows that are equal but for one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Which row of the dataset it is, counted from 0; none for rows that are not in it.
    pub row: Option<usize>,
    /// The lower value of the feature, and the upper one.
    pub between: (f64, f64),
    /// What the model gives for the two.
    pub scores: (f64, f64),
    /// Of a pair that is no row of the dataset: the values beside it that matter.
    pub others: Vec<(String, f64)>,
}

//! The paper's figures, as data: nothing else in the program knows them. Seconds and gigabytes are the
//! paper's machine's; what is held against ours are shares and factors.

use crate::vocabulary::{Dimension, Problem};

/// A range that a figure is claimed to lie in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Claimed {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Claimed {
    /// A share, give or take five points: what the paper's rounding and another machine allow for.
    pub(super) fn share(share: f64) -> Self {
        Self::within(share - 0.05, share + 0.05)
    }

    /// A factor, give or take a tenth of it.
    pub(super) fn factor(factor: f64) -> Self {
        Self::within(0.9 * factor, 1.1 * factor)
    }

    pub(super) fn within(low: f64, high: f64) -> Self {
        Self { low, high }
    }
}

/// The data sets of section 5.1, and of Table 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// 10,000 rows of 20 features.
    Small,
    /// 100,000 of 50.
    Medium,
    /// 1,000,000 of 100.
    Large,
    /// 10,000,000 of 20.
    Huge,
}

impl Size {
    pub(super) const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Huge];

    /// As it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Huge => "huge",
        }
    }

    /// Rows and features. The paper does not say how many features its 10,000,000 rows have.
    pub(super) fn counts(self) -> (usize, usize) {
        match self {
            Self::Small => (10_000, 20),
            Self::Medium => (100_000, 50),
            Self::Large => (1_000_000, 100),
            Self::Huge => (10_000_000, 20),
        }
    }
}

impl std::str::FromStr for Size {
    type Err = Problem;

    fn from_str(name: &str) -> Result<Self, Problem> {
        let mut sizes = Self::ALL.into_iter();
        sizes
            .find(|size| size.name() == name)
            .ok_or_else(|| Problem::new("it must be small, medium, large or huge"))
    }
}

/// What is run where the paper says how many tests are run, and not which: an assumption.
pub(super) const ONE_TEST: &[Dimension] = &[Dimension::Fairness];
pub(super) const TWO_TESTS: &[Dimension] = &[Dimension::Fairness, Dimension::Uncertainty];
pub(super) const THREE_TESTS: &[Dimension] = &[
    Dimension::Fairness,
    Dimension::Uncertainty,
    Dimension::Resilience,
];
pub(super) const ALL_TESTS: &[Dimension] = &Dimension::ALL;
/// The tests of a build.
pub(super) const CI_TESTS: &[Dimension] = &[Dimension::Robustness, Dimension::Fairness];

/// The tests of a row.
pub(super) fn tests(count: usize) -> &'static [Dimension] {
    match count {
        1 => ONE_TEST,
        2 => TWO_TESTS,
        3 => THREE_TESTS,
        _ => ALL_TESTS,
    }
}

/// What Table 1 says that each test needs.
pub(super) const NEEDS: [(Dimension, &[&str]); 5] = [
    (Dimension::Robustness, &["model", "dataset", "predictions"]),
    (
        Dimension::Fairness,
        &["model", "dataset", "predictions", "protected attributes"],
    ),
    (Dimension::Uncertainty, &["predictions"]),
    (
        Dimension::Resilience,
        &["dataset", "predictions", "alternative dataset"],
    ),
    (
        Dimension::Hyperparameters,
        &["model", "dataset", "hyperparameters"],
    ),
];

/// A row of Table 2 or 7: tests, data set, seconds of set-up.
pub(super) struct Setup {
    pub(super) tests: usize,
    pub(super) size: Size,
    pub(super) eager: f64,
    pub(super) lazy: f64,
}

pub(super) const SETUP: [Setup; 5] = [
    setup(1, Size::Small, 12.0, 3.0),
    setup(1, Size::Medium, 45.0, 8.0),
    setup(1, Size::Large, 120.0, 18.0),
    setup(2, Size::Medium, 90.0, 40.0),
    setup(5, Size::Medium, 95.0, 93.0),
];

pub(super) const SCALING: [Setup; 4] = [
    setup(1, Size::Small, 12.0, 3.0),
    setup(1, Size::Medium, 45.0, 8.0),
    setup(1, Size::Large, 120.0, 18.0),
    setup(1, Size::Huge, 480.0, 65.0),
];

const fn setup(tests: usize, size: Size, eager: f64, lazy: f64) -> Setup {
    Setup {
        tests,
        size,
        eager,
        lazy,
    }
}

/// Table 3: tests, and gigabytes of eager and of lazy.
pub(super) const MEMORY: [(usize, f64, f64); 3] =
    [(1, 32.0, 12.0), (2, 32.0, 18.0), (5, 32.0, 28.0)];

/// Table 4: tests, hit rate, seconds saved, speed-up.
pub(super) const HIT_RATE: [(usize, f64, f64, f64); 3] = [
    (2, 0.75, 25.0, 1.8),
    (3, 0.82, 38.0, 2.1),
    (5, 0.85, 52.0, 2.4),
];

/// Table 5: what is on, and seconds of set-up, gigabytes, seconds in all; none where it has no row.
pub(super) struct Ablation {
    pub(super) lazy: bool,
    pub(super) cache: bool,
    pub(super) parallel: bool,
    pub(super) figures: Option<(f64, f64, f64)>,
}

pub(super) const ABLATION: [Ablation; 8] = [
    ablation(false, false, false, Some((90.0, 32.0, 180.0))),
    ablation(true, false, false, Some((55.0, 20.0, 165.0))),
    ablation(false, true, false, Some((90.0, 32.0, 125.0))),
    ablation(false, false, true, Some((72.0, 32.0, 152.0))),
    ablation(true, true, false, Some((40.0, 18.0, 105.0))),
    ablation(true, false, true, None),
    ablation(false, true, true, None),
    ablation(true, true, true, Some((40.0, 18.0, 95.0))),
];

const fn ablation(
    lazy: bool,
    cache: bool,
    parallel: bool,
    figures: Option<(f64, f64, f64)>,
) -> Ablation {
    Ablation {
        lazy,
        cache,
        parallel,
        figures,
    }
}

/// Table 6: what laziness may cost of the whole where all tests are run, and what it is said to cost.
pub(super) const OVERHEAD_LIMIT: f64 = 0.02;
pub(super) const OVERHEAD: f64 = 5.0 / 270.0;

/// Section 5.6: workflows by their number of tests.
pub(in crate::bench) const WORKFLOWS: [(&str, &[usize], usize); 3] = [
    ("1 test", &[1], 9),
    ("2-3 tests", &[2, 3], 26),
    ("4-5 tests", &[4, 5], 15),
];

/// Its averages: seconds and gigabytes saved, and the iterations' gain.
pub(super) const WORKFLOW_SECONDS: f64 = 42.0;
pub(super) const WORKFLOW_GIGABYTES: f64 = 14.0;
pub(super) const WORKFLOW_GAIN: f64 = 0.40;

/// Section 5.7: set-up and tests of a build, eager and lazy, in seconds.
pub(super) const CI_EAGER: (f64, f64) = (90.0, 240.0);
pub(super) const CI_LAZY: (f64, f64) = (40.0, 210.0);
/// What it says that this saves.
pub(super) const CI_SAVED: f64 = 0.34;

/// What the abstract claims.
pub(super) const ABSTRACT_SETUP: Claimed = Claimed {
    low: 0.45,
    high: 0.60,
};
pub(super) const ABSTRACT_MEMORY: f64 = 0.42;
pub(super) const ABSTRACT_CACHE: f64 = 0.30;
pub(super) const ABSTRACT_HITS: Claimed = Claimed {
    low: 0.70,
    high: 0.85,
};

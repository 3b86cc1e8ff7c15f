//! What a user chooses: dimensions, the strategy, the preset.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The five validation dimensions, in the order in which a run works through them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Do the answers hold when the inputs are disturbed a little?
    Robustness,
    /// Do the answers treat groups of people alike?
    Fairness,
    /// Do the scores mean what they say, and how sure is each answer?
    Uncertainty,
    /// Do the answers hold on data that has drifted?
    Resilience,
    /// Which settings of the model matter?
    Hyperparameters,
}

impl Dimension {
    /// All of them, in running order.
    pub const ALL: [Self; 5] = [
        Self::Robustness,
        Self::Fairness,
        Self::Uncertainty,
        Self::Resilience,
        Self::Hyperparameters,
    ];

    /// The name used on the command line, in files and in metric names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Robustness => "robustness",
            Self::Fairness => "fairness",
            Self::Uncertainty => "uncertainty",
            Self::Resilience => "resilience",
            Self::Hyperparameters => "hyperparameters",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When resources are loaded.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Everything that the experiment names, before the first dimension starts; kept.
    Eager,
    /// Nothing before a dimension asks for it; freed as soon as nobody holds it.
    LazyAll,
    /// Model and dataset first, and kept; the rest as in `lazy-all`.
    #[default]
    EagerCore,
    /// What two or more of the dimensions share first, and kept, with whatever loads beside it in no
    /// extra time; the rest as in `lazy-all`.
    Adaptive,
}

impl Strategy {
    /// All of them, in the order in which a key press goes through them.
    pub const ALL: [Self; 4] = [Self::EagerCore, Self::LazyAll, Self::Adaptive, Self::Eager];

    /// The name used on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::LazyAll => "lazy-all",
            Self::EagerCore => "eager-core",
            Self::Adaptive => "adaptive",
        }
    }

    /// The strategy after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let here = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL[(here + 1) % Self::ALL.len()]
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What cached predictions are packed with while nobody works with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// Fast; it finds repetitions only.
    Lz4,
    /// Smaller.
    Zstd,
}

impl Codec {
    /// The name used on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How thorough a run is. It changes the precision of results, never their meaning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Seconds.
    #[default]
    Quick,
    /// More levels and repeats.
    Medium,
    /// As many as a release decision deserves.
    Full,
}

impl Preset {
    /// The name used on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Medium => "medium",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

//! The ways to disturb all features of a kind.

use super::super::preset::{Levels, RobustnessEffort};
use super::Features;
use crate::resource::{DisturbanceKind, Level};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Gaussian,
    Quantile,
    Categorical,
}

impl Family {
    pub(super) const ALL: [Self; 3] = [Self::Gaussian, Self::Quantile, Self::Categorical];

    /// What its metrics begin with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Quantile => "quantile",
            Self::Categorical => "categorical",
        }
    }

    /// What it is called.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Gaussian => "Gaussian noise",
            Self::Quantile => "noise on ranks",
            Self::Categorical => "categories redrawn",
        }
    }

    /// What its levels count.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Gaussian => "deviations",
            Self::Quantile => "share of ranks",
            Self::Categorical => "share of rows",
        }
    }

    pub(super) fn kind(self, level: Level) -> DisturbanceKind {
        match self {
            Self::Gaussian => DisturbanceKind::Gaussian(level),
            Self::Quantile => DisturbanceKind::Quantile(level),
            Self::Categorical => DisturbanceKind::Categorical(level),
        }
    }

    pub(super) fn levels(self, effort: &RobustnessEffort) -> Levels {
        match self {
            Self::Gaussian => effort.gaussian,
            Self::Quantile => effort.quantile,
            Self::Categorical => effort.categorical,
        }
    }

    /// Those that disturb any of the features.
    pub(super) fn of(features: &Features) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|family| {
            let disturbed = match family {
                Self::Gaussian | Self::Quantile => &features.quantities,
                Self::Categorical => &features.categories,
            };
            !disturbed.is_empty()
        })
    }
}

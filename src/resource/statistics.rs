//! What of whole columns those must know who disturb some rows of them.

use std::collections::BTreeMap;

use super::by_column::ColumnSource;
use super::table::{Column, NumberKind};
use crate::engine::{CancelToken, LoadError};
use crate::metrics::moments::population_std;
use crate::metrics::perturbation::Distribution;

/// By column. Truth values and texts have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics(BTreeMap<String, ColumnStatistics>);

#[derive(Clone, Debug, PartialEq)]
struct ColumnStatistics {
    sigma: Option<f64>,
    distribution: Option<Distribution>,
}

/// What is asked of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Their standard deviations.
    pub(super) sigma: bool,
    /// Their distributions.
    pub(super) distribution: bool,
}

impl Asked {
    pub(super) const ALL: Self = Self {
        sigma: true,
        distribution: true,
    };

    pub(super) const fn is_nothing(self) -> bool {
        !self.sigma && !self.distribution
    }
}

impl Statistics {
    /// Of these columns.
    pub(super) fn of(
        source: &ColumnSource,
        names: &[String],
        asked: Asked,
        cancel: &CancelToken,
    ) -> Result<Self, LoadError> {
        let found = source.each(names, cancel, |name, column| {
            let values = match column {
                Column::Numbers { values, kind } if *kind != NumberKind::Boolean => values,
                Column::Numbers { .. } | Column::Texts { .. } => return Ok(None),
            };
            let sigma = asked.sigma.then(|| population_std(values)).flatten();
            let distribution = asked.distribution.then(|| Distribution::new(values));
            let statistics = ColumnStatistics {
                sigma,
                distribution,
            };
            Ok(Some((name.to_owned(), statistics)))
        })?;
        Ok(Self(found.into_iter().flatten().collect()))
    }

    /// How many columns have them.
    pub(super) fn columns(&self) -> usize {
        self.0.len()
    }

    /// The population standard deviation of a column; none also where it has no finite one.
    pub(super) fn sigma(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.sigma
    }

    /// The distribution of a column.
    pub(super) fn distribution(&self, name: &str) -> Option<&Distribution> {
        self.0.get(name)?.distribution.as_ref()
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> u64 {
        let columns = self.0.iter().map(|(name, of)| {
            let distribution = of.distribution.as_ref().map_or(0, Distribution::bytes);
            name.len() + size_of::<ColumnStatistics>() + distribution
        });
        columns.sum::<usize>() as u64
    }
}

//! One column of a disturbed table, chunk by chunk.

use std::borrow::Cow;

use super::key::{Disturbance, DisturbanceKind};
use super::table::NumberKind;
use crate::metrics::moments::population_std;
use crate::metrics::perturbation::{
    Distribution, add_gaussian_noise, add_quantile_noise, permute, redraw,
};
use crate::metrics::random::{NormalStream, RedrawStream, UniformStream, permutation};

/// What is done to one column.
pub(super) enum ColumnDisturbance {
    Gaussian {
        level: f64,
        sigma: f64,
        draws: NormalStream,
    },
    Quantile {
        level: f64,
        distribution: Distribution,
        draws: UniformStream,
    },
    Redraw {
        level: f64,
        draws: RedrawStream,
    },
    Permute(Vec<u32>),
}

/// What a column is to a disturbance.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// Numbers that a model takes as such.
    Quantity(&'a [f64]),
    /// Truth values, texts, and numbers that a model takes as texts: so many rows.
    Category(usize),
}

impl<'a> Role<'a> {
    pub(super) fn of_numbers(values: &'a [f64], kind: NumberKind) -> Self {
        match kind {
            NumberKind::Boolean => Self::Category(values.len()),
            NumberKind::Float | NumberKind::Integer => Self::Quantity(values),
        }
    }
}

impl ColumnDisturbance {
    /// What a disturbance does to this column; none where it passes it by.
    pub(super) fn of(
        name: &str,
        role: Role<'_>,
        disturbance: &Disturbance,
        seed: u64,
    ) -> Option<Self> {
        let repeat = disturbance.repeat;
        let gaussian = |values: &[f64], level| {
            Some(Self::Gaussian {
                level,
                sigma: population_std(values)?,
                draws: NormalStream::new(seed, name, repeat),
            })
        };
        match (&disturbance.kind, role) {
            (DisturbanceKind::Gaussian(level), Role::Quantity(values)) => {
                gaussian(values, level.value())
            }
            (DisturbanceKind::GaussianOn(feature, level), Role::Quantity(values)) => {
                gaussian(values, level.value()).filter(|_| **feature == *name)
            }
            (DisturbanceKind::Quantile(level), Role::Quantity(values)) => Some(Self::Quantile {
                level: level.value(),
                distribution: Distribution::new(values),
                draws: UniformStream::new(seed, name, repeat),
            }),
            (DisturbanceKind::Categorical(level), Role::Category(_)) => Some(Self::Redraw {
                level: level.value(),
                draws: RedrawStream::new(seed, name, repeat),
            }),
            (DisturbanceKind::Permutation(feature), role) if **feature == *name => {
                let rows = match role {
                    Role::Quantity(values) => values.len(),
                    Role::Category(rows) => rows,
                };
                Some(Self::Permute(permutation(seed, name, repeat, rows)))
            }
            _ => None,
        }
    }

    /// Some rows of numbers, disturbed.
    pub(super) fn numbers(&self, column: &[f64], start: usize, end: usize) -> Vec<f64> {
        let values = &column[start..end];
        let mut out = vec![0.0; values.len()];
        match self {
            Self::Gaussian {
                level,
                sigma,
                draws,
            } => {
                let mut z = vec![0.0; values.len()];
                draws.fill(start as u64, &mut z);
                add_gaussian_noise(values, *level, *sigma, &z, &mut out);
            }
            Self::Quantile {
                level,
                distribution,
                draws,
            } => {
                let mut u = vec![0.0; values.len()];
                draws.fill(start as u64, &mut u);
                add_quantile_noise(values, *level, distribution, &u, &mut out);
            }
            Self::Redraw { .. } | Self::Permute(_) => self.places(column, start, &mut out),
        }
        out
    }

    /// Some rows of categories, disturbed; quantities' noise passes them by.
    pub(super) fn codes<'a>(&self, column: &'a [u32], start: usize, end: usize) -> Cow<'a, [u32]> {
        let mut out = Cow::Borrowed(&column[start..end]);
        if matches!(self, Self::Redraw { .. } | Self::Permute(_)) {
            self.places(column, start, out.to_mut());
        }
        out
    }

    fn places<T: Copy>(&self, column: &[T], start: usize, out: &mut [T]) {
        match self {
            Self::Redraw { level, draws } => redraw(column, start, *level, draws, out),
            Self::Permute(order) => permute(column, start, order, out),
            Self::Gaussian { .. } | Self::Quantile { .. } => {}
        }
    }
}

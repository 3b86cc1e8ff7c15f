//! What a disturbance does to the columns of a table, some rows at a time. Draws depend on seed, column,
//! repeat and row alone, so chunks and batches change nothing, and disturbances of one repeat share them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::feed::FeedInput;
use super::key::{Disturbance, DisturbanceKind};
use super::statistics::{Asked, Statistics};
use crate::metrics::perturbation::{Distribution, add_gaussian_noise, move_ranks, permute, redraw};
use crate::metrics::random::{NormalStream, RedrawStream, UniformStream, permutation};

/// What is done to one column.
pub(super) enum ColumnDisturbance<'a> {
    Gaussian {
        level: f64,
        sigma: f64,
        draws: NormalStream,
    },
    Quantile {
        level: f64,
        distribution: &'a Distribution,
        draws: UniformStream,
    },
    Redraw {
        level: f64,
        draws: RedrawStream,
    },
    Permute(Vec<u32>),
}

impl DisturbanceKind {
    /// What must be known of whole columns before rows of them are disturbed.
    pub(super) fn asks(&self) -> Asked {
        match self {
            Self::Gaussian(_) | Self::GaussianOn(..) => Asked {
                sigma: true,
                distribution: false,
            },
            Self::Quantile(_) => Asked {
                sigma: false,
                distribution: true,
            },
            Self::Categorical(_) | Self::Permutation(_) => Asked::default(),
        }
    }

    /// Does it take values of a column from other rows, which may be any?
    pub(super) fn takes_from_any_row(&self, name: &str, is_category: bool) -> bool {
        match self {
            Self::Categorical(_) => is_category,
            Self::Permutation(feature) => **feature == *name,
            Self::Gaussian(_) | Self::GaussianOn(..) | Self::Quantile(_) => false,
        }
    }
}

/// What a disturbance does to each column of a model's inputs.
pub(super) struct Disturber<'a>(Vec<Vec<Option<ColumnDisturbance<'a>>>>);

impl<'a> Disturber<'a> {
    /// Of a table of so many rows.
    pub(super) fn new(
        inputs: &[FeedInput<'_>],
        disturbance: &Disturbance,
        seed: u64,
        statistics: &'a Statistics,
        rows: usize,
    ) -> Self {
        let one = |name: &str, is_quantity: bool| {
            ColumnDisturbance::of(name, is_quantity, disturbance, (seed, statistics, rows))
        };
        let inputs = inputs.iter().map(|input| {
            let columns = input.columns.iter();
            let columns = columns.map(|column| {
                column
                    .is_read()
                    .then(|| one(column.name(), column.is_quantity))
                    .flatten()
            });
            columns.collect()
        });
        Self(inputs.collect())
    }

    /// What is done to a column, by input and place.
    pub(super) fn of(&self, input: usize, place: usize) -> Option<&ColumnDisturbance<'a>> {
        self.0.get(input)?.get(place)?.as_ref()
    }
}

/// What one disturbance draws for some rows of each column, for the others of its kind and repeat, which
/// differ by level alone.
#[derive(Default)]
pub(super) struct Draws<'n> {
    of: Option<(bool, u32)>,
    columns: HashMap<&'n str, Vec<f64>>,
    /// The ranks of the values themselves, which are the same in every repeat.
    ranks: HashMap<&'n str, Vec<f64>>,
}

impl Draws<'_> {
    /// Keeps what the disturbance before drew if this one draws the same.
    pub(super) fn go_on_with(&mut self, disturbance: &Disturbance) {
        let is_normal = disturbance.kind.asks().sigma;
        let of = Some((is_normal, disturbance.repeat));
        if self.of != of {
            self.columns.clear();
            self.of = of;
        }
    }
}

impl<'a> ColumnDisturbance<'a> {
    /// What a disturbance does to this column; none where it passes it by.
    fn of(
        name: &str,
        is_quantity: bool,
        disturbance: &Disturbance,
        (seed, statistics, rows): (u64, &'a Statistics, usize),
    ) -> Option<Self> {
        let repeat = disturbance.repeat;
        let gaussian = |level| {
            Some(Self::Gaussian {
                level,
                sigma: statistics.sigma(name)?,
                draws: NormalStream::new(seed, name, repeat),
            })
        };
        match &disturbance.kind {
            DisturbanceKind::Gaussian(level) if is_quantity => gaussian(level.value()),
            DisturbanceKind::GaussianOn(feature, level) if is_quantity && **feature == *name => {
                gaussian(level.value())
            }
            DisturbanceKind::Quantile(level) if is_quantity => Some(Self::Quantile {
                level: level.value(),
                distribution: statistics.distribution(name)?,
                draws: UniformStream::new(seed, name, repeat),
            }),
            DisturbanceKind::Categorical(level) if !is_quantity => Some(Self::Redraw {
                level: level.value(),
                draws: RedrawStream::new(seed, name, repeat),
            }),
            DisturbanceKind::Permutation(feature) if **feature == *name => {
                Some(Self::Permute(permutation(seed, name, repeat, rows)))
            }
            _ => None,
        }
    }

    /// Some rows of a column of numbers, disturbed. `values` are the column as far as it is there, all of
    /// it where values come from any row, and these rows of it.
    pub(super) fn numbers<'n>(
        &self,
        name: &'n str,
        (column, values): (&[f64], &[f64]),
        rows: &Range<usize>,
        draws: &mut Draws<'n>,
    ) -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        let first_row = rows.start as u64;
        let all_ranks = &mut draws.ranks;
        let drawn = draws.columns.entry(name);
        match self {
            Self::Gaussian {
                level,
                sigma,
                draws,
            } => {
                let z = drawn.or_insert_with(|| {
                    let mut z = vec![0.0; values.len()];
                    draws.fill(first_row, &mut z);
                    z
                });
                add_gaussian_noise(values, *level, *sigma, z, &mut out);
            }
            Self::Quantile {
                level,
                distribution,
                draws,
            } => {
                let u = drawn.or_insert_with(|| {
                    let mut u = vec![0.0; values.len()];
                    draws.fill(first_row, &mut u);
                    u
                });
                let ranks = all_ranks.entry(name).or_insert_with(|| {
                    let mut ranks = vec![0.0; values.len()];
                    distribution.mid_ranks(values, &mut ranks);
                    ranks
                });
                move_ranks(values, ranks, *level, distribution, u, &mut out);
            }
            Self::Redraw { .. } | Self::Permute(_) => self.places(column, rows, &mut out),
        }
        out
    }

    /// Some rows of categories, disturbed; quantities' noise passes them by.
    pub(super) fn codes<'c>(
        &self,
        (column, codes): (&[u32], &'c [u32]),
        rows: &Range<usize>,
    ) -> Cow<'c, [u32]> {
        let mut out = Cow::Borrowed(codes);
        if matches!(self, Self::Redraw { .. } | Self::Permute(_)) {
            self.places(column, rows, out.to_mut());
        }
        out
    }

    fn places<T: Copy>(&self, column: &[T], rows: &Range<usize>, out: &mut [T]) {
        match self {
            Self::Redraw { level, draws } => redraw(column, rows.start, *level, draws, out),
            Self::Permute(order) => permute(column, rows.start, order, out),
            Self::Gaussian { .. } | Self::Quantile { .. } => {}
        }
    }
}

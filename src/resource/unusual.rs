//! Rows far from the middle of the data, and clusters of like rows.

use rayon::prelude::*;

use super::by_column::{ColumnSource, in_words};
use super::table::{Column, NumberKind, Table};
use crate::engine::{CancelToken, LoadError};
use crate::metrics::clusters::{ClusterSearch, assign};
use crate::metrics::moments::Scale;
use crate::metrics::outliers::{add_distances, outer_first};
use crate::vocabulary::Problem;

/// Rows that are looked at side by side.
const ROWS_AT_A_TIME: usize = 16_384;

/// What the features that are numbers and no truth values say of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnusualRows {
    /// Those features.
    pub quantities: Vec<String>,
    /// Rows by falling distance from the means.
    pub outer: Vec<u32>,
    /// By cluster and feature: the mean, in standard deviations from the mean of all rows.
    pub centres: Vec<Vec<f64>>,
    /// A row's cluster; nothing where none were found.
    pub cluster_of: Vec<u16>,
}

/// A feature that is a quantity, as the rest of its rows need it.
struct Quantity {
    name: String,
    scale: Scale,
    /// What the clusters are found from.
    sampled: Vec<f64>,
}

impl UnusualRows {
    /// Looks for them: at each feature as a whole first, then at the rows.
    pub(super) fn find(
        source: &ColumnSource,
        features: &[String],
        search: ClusterSearch,
        cancel: &CancelToken,
    ) -> Result<Self, LoadError> {
        let found = source.each(features, cancel, |name, column| {
            let Some(values) = quantity(column) else {
                return Ok(None);
            };
            let scale = Scale::of(values);
            Ok(Some(Quantity {
                name: name.to_owned(),
                scale,
                sampled: search.sample(values, scale),
            }))
        })?;
        let (mut names, mut scales, mut sampled) = (Vec::new(), Vec::new(), Vec::new());
        for quantity in found.into_iter().flatten() {
            names.push(quantity.name);
            scales.push(quantity.scale);
            sampled.push(quantity.sampled);
        }
        if names.is_empty() {
            return Ok(Self::default());
        }
        let centres = search.centres(&sampled).unwrap_or_default();
        drop(sampled);
        let mut distances = Vec::new();
        let mut cluster_of = Vec::new();
        let most = ROWS_AT_A_TIME * rayon::current_num_threads();
        source.batches(&names, most, cancel, |rows| {
            let columns = names.iter().map(|name| rows.numbers(name));
            let columns: Vec<&[f64]> = columns.collect::<Result<_, Problem>>()?;
            let starts: Vec<usize> = (0..rows.rows).step_by(ROWS_AT_A_TIME).collect();
            let some = starts.par_iter().map(|start| {
                let end = rows.rows.min(start + ROWS_AT_A_TIME);
                let columns: Vec<&[f64]> = columns.iter().map(|c| &c[*start..end]).collect();
                look_at(&columns, &scales, &centres)
            });
            for (far, clusters) in some.collect::<Vec<_>>() {
                distances.extend(far);
                cluster_of.extend(clusters);
            }
            Ok(())
        })?;
        Ok(Self {
            quantities: names,
            outer: outer_first(&distances),
            centres,
            cluster_of,
        })
    }

    /// The same, of a table in memory.
    pub fn find_held(
        table: Table,
        features: &[String],
        search: ClusterSearch,
    ) -> Result<Self, Problem> {
        let source = ColumnSource::Held(table);
        let cancel = CancelToken::default();
        in_words(Self::find(&source, features, search, &cancel))
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> u64 {
        let centres: usize = self.centres.iter().map(|c| size_of_val(&**c)).sum();
        let names: usize = self.quantities.iter().map(String::len).sum();
        let rows = size_of_val(&*self.outer) + size_of_val(&*self.cluster_of);
        (rows + centres + names) as u64
    }
}

fn quantity(column: &Column) -> Option<&[f64]> {
    match column {
        Column::Numbers { kind, values } if *kind != NumberKind::Boolean => Some(values),
        Column::Numbers { .. } | Column::Texts { .. } => None,
    }
}

/// How far some rows are from the middle, and which cluster each is in.
fn look_at(columns: &[&[f64]], scales: &[Scale], centres: &[Vec<f64>]) -> (Vec<f64>, Vec<u16>) {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut distances = vec![0.0; rows];
    for (column, scale) in columns.iter().zip(scales) {
        add_distances(column, *scale, &mut distances);
    }
    let mut clusters = Vec::new();
    if !centres.is_empty() {
        assign(columns, scales, centres, &mut clusters);
    }
    (distances, clusters)
}

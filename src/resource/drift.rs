//! How far the columns of a table have moved from those of the dataset.

use std::collections::BTreeMap;

use super::by_column::{ColumnSource, in_words};
use super::histogram::{Bin, bins};
use super::key::TableId;
use super::table::{Column, MISSING, Table};
use crate::engine::{CancelToken, LoadError};
use crate::metrics::drift::{
    ColumnDrift, NumericSample, align_categories, categorical_drift, numeric_drift,
};
use crate::vocabulary::Problem;

/// A column made ready to be compared.
pub enum Prepared {
    /// Numbers.
    Numbers(NumericSample),
    /// Rows of each category; missing ones are a category of their own.
    Categories(Vec<(Option<String>, u64)>),
}

impl Prepared {
    /// As what it is.
    pub fn of(column: &Column) -> Self {
        match column {
            Column::Numbers { values, .. } => Self::Numbers(NumericSample::new(values)),
            Column::Texts { .. } => Self::categories(column),
        }
    }

    /// As categories, whatever it is.
    pub fn categories(column: &Column) -> Self {
        Self::Categories(counts(column))
    }

    /// Share of the rows without a value; none without rows.
    fn missing_rate(&self) -> Option<f64> {
        let (missing, rows) = match self {
            Self::Numbers(sample) => {
                let missing = sample.missing();
                (missing, missing + sample.present() as u64)
            }
            Self::Categories(counts) => {
                let missing = counts.iter().filter(|(name, _)| name.is_none());
                let missing = missing.map(|(_, rows)| rows).sum();
                (missing, counts.iter().map(|(_, rows)| rows).sum())
            }
        };
        (rows > 0).then(|| missing as f64 / rows as f64)
    }
}

fn counts(column: &Column) -> Vec<(Option<String>, u64)> {
    let (names, codes) = column.categories();
    let mut rows = vec![0_u64; names.len() + 1];
    for code in codes {
        let slot = if code == MISSING {
            names.len()
        } else {
            code as usize
        };
        rows[slot] += 1;
    }
    let names = names.into_iter().map(Some).chain([None]);
    names.zip(rows).filter(|(_, rows)| *rows > 0).collect()
}

/// What has become of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// How far it has moved.
    pub drift: ColumnDrift,
    /// Is it a column of numbers?
    pub is_number: bool,
    /// Share of rows without a value, less that of the dataset; none where there are no rows, of which
    /// nothing that follows is known either.
    pub missing_change: Option<f64>,
    /// Categories that the dataset lacks, with their rows.
    pub new: Vec<(String, u64)>,
    /// Categories of the dataset that are gone.
    pub lost: Vec<String>,
    /// Its rows in both tables.
    pub bins: Vec<Bin>,
}

impl Moved {
    /// Numbers that none is missing of.
    pub fn of_numbers(drift: ColumnDrift) -> Self {
        Self {
            drift,
            is_number: true,
            missing_change: Some(0.0),
            new: Vec::new(),
            lost: Vec::new(),
            bins: Vec::new(),
        }
    }

    /// From a column of the dataset to one of another table.
    pub fn between(base: &Prepared, other: &Column) -> Self {
        let other = match base {
            Prepared::Numbers(_) => Prepared::of(other),
            Prepared::Categories(_) => Prepared::categories(other),
        };
        let rates = other.missing_rate().zip(base.missing_rate());
        let missing_change = rates.map(|(now, before)| now - before);
        let (mut new, mut lost, is_number) = (Vec::new(), Vec::new(), false);
        let bins = bins(base, &other);
        let drift = match (base, &other) {
            (Prepared::Numbers(base), Prepared::Numbers(other)) => {
                return Self {
                    drift: numeric_drift(base, other),
                    is_number: true,
                    missing_change,
                    new,
                    lost,
                    bins,
                };
            }
            (Prepared::Categories(base), Prepared::Categories(other)) => {
                let rows = |counts: &[(Option<String>, u64)]| -> BTreeMap<String, u64> {
                    let named = counts.iter();
                    named
                        .filter_map(|(name, n)| Some((name.clone()?, *n)))
                        .collect()
                };
                let (before, now) = (rows(base), rows(other));
                new.extend(
                    now.iter()
                        .filter(|(c, _)| !before.contains_key(*c))
                        .map(|(c, n)| (c.clone(), *n)),
                );
                if missing_change.is_some() {
                    lost.extend(before.into_keys().filter(|c| !now.contains_key(c)));
                }
                let [base, other] = align_categories(base, other);
                categorical_drift(&base, &other)
            }
            // Numbers here and texts there: nothing can be compared.
            _ => ColumnDrift::default(),
        };
        Self {
            drift,
            is_number,
            missing_change,
            new,
            lost,
            bins,
        }
    }
}

/// What has become of the features in each alternative table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// By table, the features in their order.
    pub tables: BTreeMap<TableId, Vec<(String, Moved)>>,
}

impl Drift {
    /// Of these features. A column of the dataset is sorted once for all tables, and let go before the
    /// next: together they would take as much memory as the dataset.
    pub(super) fn of(
        features: &[String],
        dataset: &ColumnSource,
        tables: &[(TableId, ColumnSource)],
        cancel: &CancelToken,
    ) -> Result<Self, LoadError> {
        let moved = dataset.each_then(
            features,
            cancel,
            |_, column| Ok(Prepared::of(column)),
            |name, prepared| {
                let name = name.to_owned();
                let moved = tables.iter().map(|(_, table)| {
                    table.one(&name, cancel, |column| Moved::between(&prepared, column))
                });
                let moved = moved.collect::<Result<Vec<Moved>, LoadError>>()?;
                Ok((name, moved))
            },
        )?;
        let mut found: BTreeMap<TableId, Vec<(String, Moved)>> = BTreeMap::new();
        for (name, moved) in moved {
            for ((id, _), moved) in tables.iter().zip(moved) {
                let features = found.entry(id.clone()).or_default();
                features.push((name.clone(), moved));
            }
        }
        Ok(Self { tables: found })
    }

    /// The same, of tables in memory.
    pub fn of_held(
        features: &[String],
        dataset: Table,
        tables: Vec<(TableId, Table)>,
    ) -> Result<Self, Problem> {
        let tables = tables.into_iter();
        let tables = tables.map(|(id, table)| (id, ColumnSource::Held(table)));
        let tables: Vec<_> = tables.collect();
        let dataset = ColumnSource::Held(dataset);
        in_words(Self::of(
            features,
            &dataset,
            &tables,
            &CancelToken::default(),
        ))
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> u64 {
        let columns = self.tables.values().flatten();
        let bytes = columns.map(|(name, moved)| {
            let texts = moved.new.iter().map(|(name, _)| name.len() + 32);
            let lost = moved.lost.iter().map(|name| name.len() + 24);
            let bins = moved.bins.len() * size_of::<Bin>();
            name.len() + size_of::<Moved>() + bins + texts.chain(lost).sum::<usize>()
        });
        bytes.sum::<usize>() as u64
    }
}

//! The distinct values of the target, where the experiment leaves the task to them.

use std::sync::Arc;

use super::{columns_among, exactly};
use crate::engine::{LoadError, Loaded, Recipe};
use crate::resource::table::number_of;
use crate::resource::{Catalogue, Key, Resource, TableId};

/// The values of the target, each once, and whether they are texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetValues {
    /// In order.
    pub distinct: Vec<String>,
    /// Are they texts, and not numbers?
    pub are_texts: bool,
}

pub(in crate::resource) fn inputs(catalogue: &Catalogue) -> Vec<Key> {
    catalogue.columns(&TableId::Dataset, [&catalogue.experiment.dataset.target])
}

pub(in crate::resource) fn recipe() -> Recipe {
    Recipe::new("target values")
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    let table = columns_among(inputs)?;
    let column = table.spelt(&catalogue.experiment.dataset.target)?;
    let (distinct, _) = column.categories();
    let bytes = distinct
        .iter()
        .map(|value| value.len() + size_of::<String>())
        .sum::<usize>();
    let detail = format!("{} values", distinct.len());
    let values = TargetValues {
        are_texts: distinct.iter().any(|value| number_of(value).is_none()),
        distinct,
    };
    Ok(exactly(
        Resource::TargetValues(values),
        bytes as u64,
        detail,
    ))
}

//! The distinct values of the target, where the experiment leaves the task to them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{columns, columns_among, exactly};
use crate::engine::{LoadError, Loaded, Recipe};
use crate::resource::reading::Reading;
use crate::resource::table::number_of;
use crate::resource::table_file::{describe_options, is_read_in_parts, read_distinct};
use crate::resource::{Catalogue, Key, Resource, TableId};

/// The values of the target, each once, and whether they are texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetValues {
    /// In order.
    pub distinct: Vec<String>,
    /// Are they texts, and not numbers?
    pub are_texts: bool,
}

/// Are the values gathered part by part from the file, and not from the column? Of many rows, that is
/// not kept for the sake of its few values.
fn are_gathered(catalogue: &Catalogue) -> bool {
    let table = table(catalogue);
    let path = catalogue.table_path(&table);
    catalogue.has_many_rows(&table) && path.is_ok_and(is_read_in_parts)
}

/// The table whose target is looked at.
fn table(catalogue: &Catalogue) -> TableId {
    catalogue.labelled_table().unwrap_or(TableId::Dataset)
}

pub(in crate::resource) fn inputs(catalogue: &Catalogue) -> Vec<Key> {
    if are_gathered(catalogue) {
        return columns::inputs(catalogue, &table(catalogue));
    }
    catalogue.columns(&table(catalogue), [&catalogue.experiment.dataset.target])
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue) -> Recipe {
    let recipe =
        Recipe::new("target values").with("target", catalogue.experiment.dataset.target.as_str());
    if are_gathered(catalogue) {
        return describe_options(&catalogue.table_options(&table(catalogue)), recipe);
    }
    recipe
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    let target = &catalogue.experiment.dataset.target;
    let distinct = if are_gathered(catalogue) {
        let id = table(catalogue);
        let source = catalogue.files.source(catalogue.table_path(&id)?)?;
        let options = catalogue.table_options(&id);
        read_distinct(&source, &(target.clone(), Reading::NAMES), &options)?
    } else {
        let table = columns_among(inputs)?;
        table.spelt(target)?.categories().0
    };
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

//! The protected attributes of the dataset, as groups.

use std::sync::Arc;

use super::{columns_among, exactly};
use crate::engine::{LoadError, Loaded, Recipe};
use crate::resource::protected::ProtectedAttribute;
use crate::resource::{Catalogue, Key, Resource, TableId};
use crate::vocabulary::Grouping;

pub(in crate::resource) fn inputs(catalogue: &Catalogue) -> Vec<Key> {
    let names = catalogue.experiment.protected.iter().map(|p| &p.name);
    catalogue.columns(&TableId::Dataset, names)
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue) -> Recipe {
    let attributes = catalogue.experiment.protected.iter().map(|protected| {
        let cuts = match &protected.grouping {
            Grouping::Categories => None,
            Grouping::CutPoints(cuts) => Some(cuts),
        };
        ((&protected.name, cuts), &protected.privileged)
    });
    Recipe::new("protected").with("attributes", attributes.collect::<Vec<_>>())
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue) -> Option<u64> {
    let rows = catalogue.rows(&TableId::Dataset)?;
    let bytes_a_row = size_of::<u32>() * catalogue.experiment.protected.len();
    Some(rows.saturating_mul(bytes_a_row) as u64)
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    let table = columns_among(inputs)?;
    let attributes = catalogue.experiment.protected.iter();
    let attributes = attributes.map(|protected| ProtectedAttribute::of(&table, protected));
    let attributes = attributes.collect::<Result<Vec<_>, _>>()?;
    let groups: usize = attributes.iter().map(|a| a.groups.len()).sum();
    let bytes = attributes.iter().map(ProtectedAttribute::bytes).sum();
    let detail = format!("{} attributes, {groups} groups", attributes.len());
    Ok(exactly(Resource::Protected(attributes), bytes, detail))
}

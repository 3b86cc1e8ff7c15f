//! The protected attributes of a table, as groups.

use std::sync::Arc;

use super::{columns, columns_among, exactly};
use crate::engine::{LoadContext, LoadError, Loaded, Recipe};
use crate::resource::predictions::batch_rows;
use crate::resource::protected::{Gathered, ProtectedAttribute};
use crate::resource::table_file::with_batches;
use crate::resource::{Catalogue, Key, Resource, TableId};
use crate::vocabulary::Grouping;

/// What must be there while it loads: where its columns are streamed, the file that they are in.
pub(in crate::resource) fn inputs(catalogue: &Catalogue, table: &TableId) -> Vec<Key> {
    if catalogue.is_streamed(&Key::ProtectedAttributes(table.clone())) {
        return columns::inputs(catalogue, table);
    }
    made_of(catalogue, table)
}

/// What decides its content, however that reaches it.
pub(in crate::resource) fn made_of(catalogue: &Catalogue, table: &TableId) -> Vec<Key> {
    let names = catalogue.protected_in(table).into_iter().map(|p| &p.name);
    catalogue.columns(table, names)
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue, table: &TableId) -> Recipe {
    let attributes = catalogue.protected_in(table);
    let attributes = attributes.into_iter().map(|protected| {
        let cuts = match &protected.grouping {
            Grouping::Categories => None,
            Grouping::CutPoints(cuts) => Some(cuts),
        };
        ((&protected.name, cuts), &protected.privileged)
    });
    Recipe::new("protected").with("attributes", attributes.collect::<Vec<_>>())
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue, table: &TableId) -> Option<u64> {
    let rows = catalogue.rows(table)?;
    let attributes = catalogue.protected_in(table).len();
    // Few attributes have so many groups that their codes take more than a byte.
    Some(rows.saturating_mul(attributes) as u64)
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    id: &TableId,
    inputs: &[Arc<Resource>],
    context: &LoadContext<'_>,
) -> Result<Loaded<Resource>, LoadError> {
    let is_streamed = catalogue.is_streamed(&Key::ProtectedAttributes(id.clone()));
    let attributes = if is_streamed {
        gather(catalogue, id, context)?
    } else {
        let table = columns_among(inputs)?;
        let attributes = catalogue.protected_in(id).into_iter();
        let attributes = attributes.map(|protected| ProtectedAttribute::of(&table, protected));
        attributes.collect::<Result<Vec<_>, _>>()?
    };
    let groups = attributes.iter().map(|a| a.attribute.groups.len());
    let groups: usize = groups.sum();
    let bytes = attributes.iter().map(ProtectedAttribute::bytes).sum();
    let how = if is_streamed { ", streamed" } else { "" };
    let detail = format!("{} attributes, {groups} groups{how}", attributes.len());
    Ok(exactly(Resource::Protected(attributes), bytes, detail))
}

/// Groups the columns batch by batch.
fn gather(
    catalogue: &Catalogue,
    id: &TableId,
    context: &LoadContext<'_>,
) -> Result<Vec<ProtectedAttribute>, LoadError> {
    let source = catalogue.table_path(id)?;
    let source = catalogue.files.source(source)?;
    let protected = catalogue.protected_in(id);
    let names = protected.iter().map(|p| &p.name);
    let wanted = catalogue.wanted_as_held(None, id, names);
    let options = catalogue.table_options(id);
    let settings = catalogue.settings;
    let rows = batch_rows(settings.chunk_rows, settings.threads);
    with_batches(&source, &wanted, &options, |batches| {
        let gathered = protected.iter();
        let gathered = gathered.map(|protected| Gathered::new(protected, batches.rows()));
        let mut gathered: Vec<Gathered<'_>> = gathered.collect();
        let mut done = 0;
        while let Some(table) = batches.next(rows, &|| context.cancel.check())? {
            for attribute in &mut gathered {
                attribute.add(&table)?;
            }
            done += table.rows;
            (context.progress)(done as u64, batches.rows() as u64);
        }
        Ok(gathered.into_iter().map(Gathered::finish).collect())
    })
}

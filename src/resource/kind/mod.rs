//! The kinds of resources, one a file: what each is made from, what decides its content, how large it
//! is thought to be, and how it is loaded.

pub(super) mod columns;
pub(super) mod constraints;
pub(super) mod file;
pub(super) mod header;
pub(super) mod hyperparameters;
pub(super) mod model;
pub(super) mod parity;
pub(super) mod predictions;
pub(super) mod protected;
pub(super) mod runtime;
pub(super) mod schema;
pub(super) mod score_sample;
pub(super) mod survey;
pub(super) mod target_values;

use std::path::Path;
use std::sync::Arc;

use super::Resource;
use super::key::{Key, TableId};
use super::table::Table;
use crate::engine::Loaded;
use crate::vocabulary::Problem;

/// A loaded value whose size is known.
fn exactly(value: Resource, bytes: u64, detail: impl Into<String>) -> Loaded<Resource> {
    Loaded {
        value,
        bytes,
        mapped_bytes: 0,
        exact: true,
        detail: detail.into(),
    }
}

/// The key of a file's content.
fn file(path: &Path) -> Key {
    Key::File(Arc::from(path))
}

/// The columns of one table among a load's inputs, side by side.
fn columns_of(table: &TableId, keys: &[Key], inputs: &[Arc<Resource>]) -> Result<Table, Problem> {
    let of_table = |key: &Key| matches!(key, Key::Columns { table: of, .. } if of == table);
    let parts = keys.iter().zip(inputs);
    let parts = parts.filter(|(key, _)| of_table(key));
    let parts = parts.map(|(_, input)| input.as_columns());
    Table::join(parts.collect::<Result<Vec<_>, Problem>>()?)
}

/// The columns among a load's inputs, side by side.
fn columns_among(inputs: &[Arc<Resource>]) -> Result<Table, Problem> {
    let parts = inputs.iter().filter_map(|input| match input.as_ref() {
        Resource::Columns(table) => Some(table),
        _ => None,
    });
    Table::join(parts)
}

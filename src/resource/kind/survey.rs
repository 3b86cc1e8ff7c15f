//! What is found out about the columns of tables that are too large to be held: each is read, looked at
//! and let go of. Where they are held all the same, they are looked at there.

use std::sync::Arc;

use super::{columns_of, exactly, file};
use crate::engine::{LoadContext, LoadError, Loaded, Recipe};
use crate::metrics::clusters::ClusterSearch;
use crate::metrics::slice_line;
use crate::resource::by_column::ColumnSource;
use crate::resource::drift::Drift;
use crate::resource::key::ModelId;
use crate::resource::slices::{MOST_WORKERS, WorstSlices};
use crate::resource::statistics::{Asked, Statistics};
use crate::resource::unusual::UnusualRows;
use crate::resource::{Catalogue, Key, Resource, TableId};
use crate::vocabulary::Problem;

/// Bytes of what little is found out about a column.
const FEW_BYTES: u64 = 512;
/// Bytes a row of the bit sets of one column, at most: there are up to 100 of them.
const MOST_SETS: u64 = 13;
/// Bytes of a column's distribution, at most.
const DISTRIBUTION_BYTES: u64 = 1 << 20;

/// The tables whose columns a survey looks at.
pub(in crate::resource) fn tables(catalogue: &Catalogue, key: &Key) -> Vec<TableId> {
    let mut tables = vec![TableId::Dataset];
    if *key == Key::Drift {
        let ids = catalogue.tables().map(|(id, _)| id.clone());
        tables.extend(ids.filter(|id| matches!(id, TableId::Alternative(_))));
    }
    tables
}

fn model_of(key: &Key) -> Option<&ModelId> {
    match key {
        Key::Statistics(model) => Some(model),
        _ => None,
    }
}

/// The names of the columns that a survey looks at.
pub(in crate::resource) fn names(catalogue: &Catalogue, key: &Key) -> Vec<String> {
    match key {
        Key::Statistics(model) => catalogue.columns_read(model),
        Key::WorstSlices => catalogue.sliced_features(),
        _ => catalogue.distinct_features(),
    }
}

/// The sets of a table's columns that a survey looks at.
pub(in crate::resource) fn columns(catalogue: &Catalogue, key: &Key, table: &TableId) -> Vec<Key> {
    catalogue.columns_for(model_of(key), table, &names(catalogue, key))
}

/// What it needs beside the columns that it looks at.
fn beside(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    match key {
        Key::WorstSlices => {
            let target = &catalogue.experiment.dataset.target;
            let mut keys = catalogue.columns(&TableId::Dataset, [target]);
            keys.push(Key::predictions(catalogue.validated(), TableId::Dataset));
            keys
        }
        _ => Vec::new(),
    }
}

/// What must be there while it loads: where columns are streamed, the file that they are in.
pub(in crate::resource) fn inputs(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    let mut inputs = beside(catalogue, key);
    for table in tables(catalogue, key) {
        if catalogue.is_table_streamed(key, &table) {
            inputs.push(Key::Table(table.clone()));
            inputs.extend(catalogue.table_path(&table).ok().map(file));
        } else {
            inputs.extend(columns(catalogue, key, &table));
        }
    }
    each_once(inputs)
}

/// What decides its content, however that reaches it.
pub(in crate::resource) fn made_of(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    let mut inputs = beside(catalogue, key);
    for table in tables(catalogue, key) {
        inputs.extend(columns(catalogue, key, &table));
    }
    each_once(inputs)
}

fn each_once(keys: Vec<Key>) -> Vec<Key> {
    let mut seen = std::collections::BTreeSet::new();
    let keys = keys.into_iter();
    keys.filter(|key| seen.insert(key.clone())).collect()
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue, key: &Key) -> Recipe {
    let operation = match key {
        Key::Statistics(_) => "statistics",
        Key::Drift => "drift",
        Key::WorstSlices => "worst slices",
        _ => "unusual rows",
    };
    let recipe = Recipe::new(operation).with("columns", names(catalogue, key));
    match key {
        Key::WorstSlices => recipe.with("threshold", catalogue.threshold()),
        Key::UnusualRows {
            clusters,
            rows,
            rounds,
        } => recipe
            .with("clusters", *clusters as u64)
            .with("rows", *rows as u64)
            .with("rounds", *rounds as u64)
            .with("seed", catalogue.settings.seed),
        _ => recipe,
    }
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue, key: &Key) -> Option<u64> {
    let columns = names(catalogue, key).len() as u64;
    let rows = catalogue.rows(&TableId::Dataset)? as u64;
    Some(match key {
        Key::Statistics(_) => columns.saturating_mul(DISTRIBUTION_BYTES.min(rows * 24)),
        Key::UnusualRows { .. } => rows.saturating_mul(6),
        _ => columns.saturating_mul(FEW_BYTES),
    })
}

/// Bytes that so many workers work with, of a table of so many rows.
pub(in crate::resource) fn working_bytes(
    catalogue: &Catalogue,
    key: &Key,
    (rows, workers): (u64, u64),
) -> u64 {
    let (each, shared) = bytes_a_row(key);
    let workers = match key {
        Key::WorstSlices => workers.min(MOST_WORKERS as u64),
        _ => workers,
    };
    let a_row = each.saturating_mul(workers).saturating_add(shared);
    let sets = match key {
        Key::WorstSlices => {
            let features = names(catalogue, key).len() as u64;
            slice_line::most_bytes(rows, features)
        }
        _ => 0,
    };
    rows.saturating_mul(a_row).saturating_add(sets)
}

/// Bytes a row that one worker works with, and bytes a row that all of them share.
fn bytes_a_row(key: &Key) -> (u64, u64) {
    const VALUE: u64 = size_of::<f64>() as u64;
    const CODE: u64 = size_of::<u16>() as u64;
    const PLACE: u64 = size_of::<u32>() as u64;
    match key {
        // A column of the dataset in order, one of another table, and that one in order.
        Key::Drift => (3 * VALUE, 0),
        // A column, and its bins and their bit sets (or the same in order, which takes less); the errors
        // as they come and in order, and the places of the rows in that order, both ways.
        Key::WorstSlices => (VALUE + CODE + MOST_SETS, 2 * (VALUE + PLACE)),
        // A column; how far each row is from the middle.
        Key::UnusualRows { .. } => (VALUE, VALUE),
        _ => (VALUE, 0),
    }
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    key: &Key,
    inputs: &[Arc<Resource>],
    context: &LoadContext<'_>,
) -> Result<Loaded<Resource>, LoadError> {
    let names = names(catalogue, key);
    let needed = self::inputs(catalogue, key);
    let source = |table: &TableId| {
        if catalogue.is_table_streamed(key, table) {
            return ColumnSource::in_file(catalogue, table, (model_of(key), &names));
        }
        Ok(ColumnSource::Held(columns_of(table, &needed, inputs)?))
    };
    let dataset = source(&TableId::Dataset)?;
    let cancel = &context.cancel;
    let (value, bytes, detail) = match key {
        Key::Statistics(_) => {
            let found = Statistics::of(&dataset, &names, Asked::ALL, cancel)?;
            let (bytes, columns) = (found.bytes(), found.columns());
            let detail = format!("{columns} columns");
            (Resource::Statistics(found), bytes, detail)
        }
        Key::Drift => {
            let others = tables(catalogue, key).into_iter().skip(1);
            let others = others.map(|id| {
                let source = source(&id)?;
                Ok((id, source))
            });
            let others = others.collect::<Result<Vec<_>, Problem>>()?;
            let found = Drift::of(&names, &dataset, &others, cancel)?;
            let detail = format!("{} columns, {} tables", names.len(), others.len());
            let bytes = found.bytes();
            (Resource::Drift(found), bytes, detail)
        }
        Key::WorstSlices => {
            let scores = inputs.iter().find_map(|input| input.as_predictions().ok());
            let scores = scores.ok_or_else(|| Problem::new("slices need predictions"))?;
            let table = columns_of(&TableId::Dataset, &needed, inputs)?;
            let outcome = catalogue.outcome(&TableId::Dataset, &table, None)?;
            let errors = outcome.row_errors(&scores.scores_f64());
            drop(outcome);
            let found = WorstSlices::find(&dataset, &names, errors, cancel)?;
            let detail = format!("the worst {}", found.names.len());
            let bytes = found.bytes();
            (Resource::WorstSlices(found), bytes, detail)
        }
        Key::UnusualRows {
            clusters,
            rows,
            rounds,
        } => {
            let search = ClusterSearch {
                clusters: *clusters,
                rows: *rows,
                rounds: *rounds,
                seed: catalogue.settings.seed,
            };
            let found = UnusualRows::find(&dataset, &names, search, cancel)?;
            let (rows, columns) = (found.outer.len(), found.quantities.len());
            let detail = format!("{rows} rows by {columns} columns");
            let bytes = found.bytes();
            (Resource::UnusualRows(found), bytes, detail)
        }
        _ => return Err(Problem::new("this is no survey").into()),
    };
    Ok(exactly(value, bytes, detail))
}

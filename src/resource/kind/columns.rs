//! Columns of a table that are read together.

use std::sync::Arc;

use super::file;
use crate::display;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::resource::table::Table;
use crate::resource::table_file::{describe_options, read_any_rows, read_table};
use crate::resource::{Catalogue, ColumnSet, Key, Resource, TableId};
use crate::vocabulary::{Problem, Task};

pub(in crate::resource) fn inputs(catalogue: &Catalogue, table: &TableId) -> Vec<Key> {
    let mut inputs = vec![Key::Table(table.clone())];
    inputs.extend(catalogue.table_path(table).ok().map(file));
    inputs
}

pub(in crate::resource) fn recipe(
    catalogue: &Catalogue,
    table: &TableId,
    set: &ColumnSet,
) -> Recipe {
    let used = catalogue.used_columns(table);
    let wanted = used.map(|used| used.wanted(set)).unwrap_or_default();
    let (names, readings): (Vec<String>, Vec<String>) = wanted
        .into_iter()
        .map(|(name, reading)| (name, reading.describe()))
        .unzip();
    let recipe = Recipe::new("columns")
        .with("names", names)
        .with("readings", readings);
    describe_options(&catalogue.table_options(table), recipe)
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    id: &TableId,
    set: &ColumnSet,
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    let path = catalogue.table_path(id)?;
    let used = catalogue.used_columns(id);
    let used = used.ok_or_else(|| Problem::new("its columns are not known").in_file(path))?;
    let mut wanted = used.wanted(set);
    let mut schemas = inputs.iter().filter_map(|input| input.as_schema().ok());
    if let Some(schema) = schemas.next() {
        wanted = catalogue.present(id, schema, wanted);
    }
    let options = catalogue.table_options(id);
    let read = if id.may_be_empty() {
        read_any_rows
    } else {
        read_table
    };
    let table = read(&catalogue.files.source(path)?, &wanted, &options)?;
    let target = &catalogue.experiment.dataset.target;
    let has_target = wanted.iter().any(|(name, _)| name == target);
    if has_target && catalogue.ready().is_ok() {
        // Whether its values are the dataset's is seen once both are there.
        let others = match id {
            TableId::Dataset => Vec::new(),
            _ => values_and_positive(catalogue, &table, target),
        };
        check_target(catalogue, &table, &others).map_err(|problem| problem.in_file(path))?;
    }
    let columns = wanted.len();
    let noun = if columns == 1 { "column" } else { "columns" };
    Ok(Loaded {
        bytes: table.bytes(),
        mapped_bytes: table.mapped_bytes(),
        exact: true,
        detail: format!(
            "{} rows, {columns} {noun}",
            display::count(table.rows as u64)
        ),
        value: Resource::Columns(table),
    })
}

fn values_and_positive(catalogue: &Catalogue, table: &Table, target: &str) -> Vec<String> {
    let column = table.spelt(target);
    let mut values = column.map_or_else(|_| Vec::new(), |column| column.categories().0);
    if let Task::Binary { positive } = catalogue.task() {
        values.push(positive.clone());
    }
    values
}

/// Does the target of these rows hold what the task says? If not, why not. `others` are classes that are
/// known from other rows.
pub(in crate::resource) fn check_target(
    catalogue: &Catalogue,
    table: &Table,
    others: &[String],
) -> Result<(), Problem> {
    let target = &catalogue.experiment.dataset.target;
    match catalogue.task() {
        Task::Binary { positive } => {
            let known = [others, &catalogue.known_classes()].concat();
            table.labels(target, positive, &known).map(drop)
        }
        Task::MultiClass(classes) => table.class_labels(target, classes).map(drop),
        Task::Regression => table.outcome_numbers(target).map(drop),
    }
}

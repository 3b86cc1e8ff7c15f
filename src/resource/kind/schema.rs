//! What a table's file holds, read without the data.

use super::exactly;
use crate::display;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::resource::matching::missing_column;
use crate::resource::table::ColumnType;
use crate::resource::table_file::{TableSchema, describe_options, no_rows, read_schema};
use crate::resource::{Catalogue, Resource, TableId};
use crate::vocabulary::Problem;

pub(in crate::resource) fn recipe(catalogue: &Catalogue, id: &TableId) -> Recipe {
    let recipe = describe_options(&catalogue.table_options(id), Recipe::new("schema"));
    match catalogue.table_path(id) {
        Ok(path) => recipe.stamped(path),
        Err(_) => recipe,
    }
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue, id: &TableId) -> Option<u64> {
    let schema = catalogue
        .schema(id)
        .or_else(|| catalogue.schema(&TableId::Dataset))?;
    Some(size(schema))
}

fn size(schema: &TableSchema) -> u64 {
    let names: usize = schema.names().map(str::len).sum();
    let groups = schema.groups.len() * size_of::<usize>();
    (names + groups + schema.columns.len() * size_of::<(String, ColumnType)>()) as u64
}

/// Opens a table: its schema is read, its data is not.
pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    id: &TableId,
) -> Result<Loaded<Resource>, LoadError> {
    let path = catalogue.table_path(id)?;
    let options = catalogue.table_options(id);
    let schema = read_schema(&catalogue.files.source(path)?, &options)?;
    check(catalogue, id, &schema).map_err(|problem| problem.in_file(path))?;
    let rows = schema
        .rows
        .map(|rows| format!("{} rows, ", display::count(rows as u64)));
    let columns = schema.columns.len();
    let detail = format!("{}{columns} columns", rows.unwrap_or_default());
    let bytes = size(&schema);
    Ok(exactly(Resource::Schema(schema), bytes, detail))
}

/// Does a table hold what this experiment wants of it? Its file alone does not settle that.
pub(in crate::resource) fn check(
    catalogue: &Catalogue,
    id: &TableId,
    schema: &TableSchema,
) -> Result<(), Problem> {
    if schema.rows == Some(0) && !id.may_be_empty() {
        return Err(no_rows());
    }
    match id {
        TableId::Dataset | TableId::Scores | TableId::ExpectedScores => Ok(()),
        TableId::Calibration | TableId::Alternative(_) => check_columns(catalogue, id, schema),
    }
}

/// A table beside the dataset has the columns that are used, of the same kind.
fn check_columns(catalogue: &Catalogue, id: &TableId, schema: &TableSchema) -> Result<(), Problem> {
    let dataset = catalogue.schema(&TableId::Dataset);
    let Some(used) = catalogue.used_columns(id) else {
        return Ok(());
    };
    // An alternative table may have no labels yet.
    let may_lack = |name: &String| {
        matches!(id, TableId::Alternative(_)) && *name == catalogue.experiment.dataset.target
    };
    for name in used.all() {
        let expected = dataset.and_then(|dataset| dataset.column_type(name));
        match (schema.column_type(name), expected) {
            (None, _) if may_lack(name) => {}
            (None, _) => return Err(missing_column(name, schema)),
            (Some(found), Some(expected))
                if ![found, expected].contains(&ColumnType::Nothing)
                    && (found == ColumnType::Text) != (expected == ColumnType::Text) =>
            {
                let cause = format!(
                    "the column `{name}` holds {}, and {} in the dataset",
                    found.describe(),
                    expected.describe()
                );
                return Err(Problem::new(cause).in_column(name));
            }
            _ => {}
        }
    }
    Ok(())
}

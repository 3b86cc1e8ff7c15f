//! Columns of a file, each as a whole and by itself.

use super::super::batches::{Apart, Stop};
use super::super::{ReadColumns, Wanted};
use super::column::Column;
use super::cursor::Cursor;
use super::{fields, read_footer};
use crate::engine::LoadError;
use crate::resource::source::Source;
use crate::resource::table::Table;
use crate::vocabulary::{Problem, TableOptions};

/// Hands these columns to `work`, one at a time.
pub(in super::super) fn with_columns_apart<T>(
    source: &Source,
    wanted: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&dyn Apart) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    let metadata = read_footer(source).map_err(in_file)?;
    let fields = fields(&metadata);
    let columns = wanted.iter();
    let columns = columns.map(|wanted| Column::find(source, &metadata, &fields, wanted, options));
    let columns = columns
        .collect::<Result<Vec<_>, Problem>>()
        .map_err(in_file)?;
    work(&Columns(columns))
}

struct Columns<'a>(Vec<Column<'a>>);

impl Apart for Columns<'_> {
    fn column(&self, place: usize, stop: Stop<'_>) -> Result<Table, LoadError> {
        let column = &self.0[place];
        let rows = column.metadata.num_rows;
        let read = column.read_on(&mut Cursor::default(), 0, rows, stop);
        let read = read.map_err(|error| match error {
            LoadError::Failed(problem) => LoadError::Failed(problem.in_file(&column.source.path)),
            error => error,
        })?;
        let columns = vec![(column.wanted.0.clone(), read)];
        Ok(Table::from(ReadColumns { rows, columns }))
    }
}

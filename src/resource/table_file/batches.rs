//! Tables in parts, of which nothing is kept: batch by batch, rows in their order, or column by column.

use std::path::Path;

use super::{Format, Wanted, arrow, format_of, masquerade, parquet, read_any_rows};
use crate::engine::LoadError;
use crate::resource::source::Source;
use crate::resource::table::Table;
use crate::vocabulary::{Problem, TableOptions};

/// A table of fewer bytes is never taken batch by batch unless the user says so.
pub(super) const WORTH_TAKING_APART: usize = 8 << 20;

/// Looked at every few milliseconds: an error ends the reading.
pub(in crate::resource) type Stop<'a> = &'a (dyn Fn() -> Result<(), LoadError> + Sync);

/// The rows of a table, batch by batch.
pub(in crate::resource) trait Batches {
    /// Rows in all.
    fn rows(&self) -> usize;

    /// The next rows: as many as are asked for, or all that are left; none at the end. Columns are
    /// decoded side by side on the threads of the pool that this is called in.
    fn next(&mut self, most: usize, stop: Stop<'_>) -> Result<Option<Table>, LoadError>;
}

/// Can the columns of this file be taken batch by batch?
pub(in crate::resource) fn is_read_in_batches(path: &Path) -> bool {
    matches!(format_of(path), Ok(Format::Parquet | Format::Arrow))
}

/// Hands the batches of these columns to `work`.
pub(in crate::resource) fn with_batches<T>(
    source: &Source,
    columns: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&mut dyn Batches) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    let format = format_of(&source.path).map_err(in_file)?;
    masquerade::check(source, format).map_err(in_file)?;
    match format {
        Format::Parquet => parquet::with_batches(source, columns, options, work),
        Format::Arrow => arrow::with_batches(source, columns, options, work),
        Format::Csv => Err(in_file(Problem::new("CSV files are read as a whole")).into()),
    }
}

/// The columns of a table, each as a whole and by itself.
pub(in crate::resource) trait Apart: Sync {
    /// The column at a place among those that are wanted.
    fn column(&self, place: usize, stop: Stop<'_>) -> Result<Table, LoadError>;
}

/// Hands these columns to `work`, one at a time.
pub(in crate::resource) fn with_columns_apart<T>(
    source: &Source,
    columns: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&dyn Apart) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    let format = format_of(&source.path).map_err(in_file)?;
    masquerade::check(source, format).map_err(in_file)?;
    match format {
        Format::Parquet => parquet::with_columns_apart(source, columns, options, work),
        Format::Arrow | Format::Csv => work(&ReadAnew {
            source,
            columns,
            options,
        }),
    }
}

/// A file that is opened anew for each column.
struct ReadAnew<'a> {
    source: &'a Source,
    columns: &'a [Wanted],
    options: &'a TableOptions,
}

impl Apart for ReadAnew<'_> {
    fn column(&self, place: usize, stop: Stop<'_>) -> Result<Table, LoadError> {
        stop()?;
        let wanted = std::slice::from_ref(&self.columns[place]);
        Ok(read_any_rows(self.source, wanted, self.options)?)
    }
}

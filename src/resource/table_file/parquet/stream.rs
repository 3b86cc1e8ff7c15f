//! Columns of a file, batch by batch: of each, no more than a page is in memory, and no page is
//! unpacked twice.

use rayon::prelude::*;

use super::super::batches::{Batches, SKIPPED_ROWS, Stop};
use super::super::{ReadColumns, Wanted};
use super::column::Column;
use super::cursor::Cursor;
use super::{fields, group_ends, read_footer};
use crate::engine::LoadError;
use crate::resource::source::Source;
use crate::resource::table::Table;
use crate::vocabulary::{Problem, TableOptions};

/// Hands the batches of these columns to `work`.
pub(in super::super) fn with_batches<T>(
    source: &Source,
    wanted: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&mut dyn Batches) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    let metadata = read_footer(source).map_err(in_file)?;
    let fields = fields(&metadata);
    let columns = wanted.iter().map(|wanted| {
        let column = Column::find(source, &metadata, &fields, wanted, options)?;
        Ok((column, Cursor::default()))
    });
    let columns = columns.collect::<Result<_, Problem>>().map_err(in_file)?;
    work(&mut Stream {
        columns,
        groups: group_ends(&metadata),
        rows: metadata.num_rows,
        done: 0,
    })
}

struct Stream<'a> {
    /// The columns, each with the place in it.
    columns: Vec<(Column<'a>, Cursor)>,
    /// Where row groups end.
    groups: Vec<usize>,
    rows: usize,
    /// Rows that were handed out.
    done: usize,
}

impl Batches for Stream<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn next(&mut self, most: usize, stop: Stop<'_>) -> Result<Option<Table>, LoadError> {
        let rows = most.min(self.rows - self.done);
        if rows == 0 {
            return Ok(None);
        }
        let first = self.done;
        let columns = self.columns.par_iter_mut().map(|(column, cursor)| {
            let read = column.read_on(cursor, first, rows, stop);
            let read = read.map_err(|error| match error {
                LoadError::Failed(problem) => {
                    LoadError::Failed(problem.in_file(&column.source.path))
                }
                error => error,
            })?;
            Ok((column.wanted.0.clone(), read))
        });
        // Of several columns that cannot be read, the first is told.
        let columns: Vec<Result<_, LoadError>> = columns.collect();
        let columns = columns.into_iter().collect::<Result<_, _>>()?;
        self.done += rows;
        let read = ReadColumns { rows, columns };
        Ok(Some(Table::from(read).beginning_at(first)))
    }
    fn skip(&mut self, rows: usize, stop: Stop<'_>) -> Result<(), LoadError> {
        let end = self.rows.min(self.done.saturating_add(rows));
        let passed = self.groups.partition_point(|group| *group <= end);
        // Of row groups that are passed over as a whole, no page is read.
        if let (0, Some(begins)) = (self.done, passed.checked_sub(1)) {
            for (_, cursor) in &mut self.columns {
                *cursor = Cursor::at_group(passed);
            }
            self.done = self.groups[begins];
        }
        while self.done < end {
            let most = SKIPPED_ROWS.min(end - self.done);
            if self.next(most, stop)?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

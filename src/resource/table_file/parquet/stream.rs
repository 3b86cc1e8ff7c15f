//! Columns of a file, batch by batch: of each, no more than a page is in memory, and no page is
//! unpacked twice.

use polars_parquet::read::Filter;
use rayon::prelude::*;

use super::super::batches::{Batches, Stop};
use super::super::guard::{Fault, guarded_read};
use super::super::taker::Taker;
use super::super::{Read, ReadColumns, Wanted};
use super::column::Column;
use super::pages::{self, Holds, plausible};
use super::thrift::Compact;
use super::unpacked_page::{Dictionary, UnpackedPage};
use super::{fields, read_footer};
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
    let cursors = wanted.iter().map(|wanted| {
        let column = Column::find(source, &metadata, &fields, wanted, options)?;
        Ok(Cursor::new(column))
    });
    let cursors = cursors.collect::<Result<_, Problem>>().map_err(in_file)?;
    work(&mut Stream {
        cursors,
        rows: metadata.num_rows,
        done: 0,
    })
}

struct Stream<'a> {
    cursors: Vec<Cursor<'a>>,
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
        let columns = self.cursors.par_iter_mut().map(|cursor| {
            let read = cursor.next(rows, stop).map_err(|error| match error {
                LoadError::Failed(problem) => {
                    LoadError::Failed(problem.in_file(&cursor.column.source.path))
                }
                error => error,
            })?;
            Ok((cursor.column.wanted.0.clone(), read))
        });
        // Of several columns that cannot be read, the first is told.
        let columns: Vec<Result<_, LoadError>> = columns.collect();
        let columns = columns.into_iter().collect::<Result<_, _>>()?;
        let first = self.done;
        self.done += rows;
        let read = ReadColumns { rows, columns };
        Ok(Some(Table::from(read).beginning_at(first)))
    }
}

/// A place in a column.
struct Cursor<'a> {
    column: Column<'a>,
    /// The row group of the next page.
    group: usize,
    /// Where in the file that page begins; none where the row group is still to be begun.
    place: Option<u64>,
    /// Rows of the row group of which no page has been read.
    left: usize,
    dictionary: Option<Dictionary>,
    page: Option<UnpackedPage>,
    /// Rows of the page that were taken.
    taken: usize,
    /// Rows of the column that were taken.
    row: usize,
}

impl<'a> Cursor<'a> {
    fn new(column: Column<'a>) -> Self {
        Self {
            column,
            group: 0,
            place: None,
            left: 0,
            dictionary: None,
            page: None,
            taken: 0,
            row: 0,
        }
    }

    /// The next rows, of which there are as many.
    fn next(&mut self, rows: usize, stop: Stop<'_>) -> Result<Read, LoadError> {
        let mut taker = self.column.taker()?.beginning_at(self.row);
        taker.expect(rows)?;
        while taker.rows() < rows {
            stop()?;
            let taken = guarded_read(|| self.take(rows - taker.rows(), &mut taker));
            let groups = self.column.metadata.row_groups.len();
            taken.map_err(|fault| fault.told(|| self.column.damaged(self.group, groups)))?;
        }
        self.row += rows;
        Ok(taker.finish()?)
    }

    /// Takes rows of the page at hand or, where there is none, of the next one.
    fn take(&mut self, most: usize, taker: &mut Taker<'_>) -> Result<(), Fault> {
        let page = match self.page.take() {
            Some(page) => page,
            None => self.next_page()?,
        };
        let chunk = self.column.chunk(self.column.group(self.group)?)?;
        let end = page.rows.min(self.taken + most);
        let rows = end - self.taken;
        let before = taker.rows();
        let of_page = Filter::new_ranged(self.taken, end);
        let filter = (rows < page.rows).then_some(of_page);
        self.column
            .decode(page.pages(chunk), chunk, filter, taker)?;
        if taker.rows() - before != rows {
            return Err(Fault::Damaged);
        }
        self.taken = end;
        if end < page.rows {
            self.page = Some(page);
        } else if self.left == 0 {
            self.group += 1;
            self.place = None;
        }
        Ok(())
    }

    /// Reads and unpacks the next page that holds rows.
    fn next_page(&mut self) -> Result<UnpackedPage, Fault> {
        while self.place.is_none() && self.column.group(self.group)?.num_rows() == 0 {
            self.group += 1;
        }
        let column = &self.column;
        let group = column.group(self.group)?;
        let chunk = column.chunk(group)?;
        let range = chunk.byte_range();
        let mut place = if let Some(place) = self.place {
            place
        } else {
            if usize::try_from(chunk.num_values()) != Ok(group.num_rows()) {
                return Err(Fault::Damaged);
            }
            self.left = group.num_rows();
            self.dictionary = None;
            range.start
        };
        let most = pages::most_unpacked(chunk).ok_or(Fault::Damaged)?;
        loop {
            let is_first = place == range.start;
            let bytes = pages::read(column.source, place, range.end).ok_or(Fault::Damaged)?;
            place += bytes.len() as u64;
            let told = plausible(&mut Compact::new(&bytes), chunk.compression(), is_first);
            let told = told.filter(|told| told.unpacked <= most);
            let page = match told.ok_or(Fault::Damaged)?.holds {
                Holds::Dictionary => {
                    let dictionary = Dictionary::unpack(bytes, chunk);
                    self.dictionary = Some(dictionary.ok_or(Fault::Damaged)?);
                    continue;
                }
                Holds::Rows(0) => continue,
                Holds::Rows(rows) => {
                    self.left = self.left.checked_sub(rows).ok_or(Fault::Damaged)?;
                    UnpackedPage::unpack(bytes, rows, chunk, self.dictionary.as_ref())
                }
            };
            self.place = Some(place);
            self.taken = 0;
            return page.ok_or(Fault::Damaged);
        }
    }
}

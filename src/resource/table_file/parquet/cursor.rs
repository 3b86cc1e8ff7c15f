//! A place in a column: of the column, no more than a page is in memory, and no page is unpacked twice.

use polars_parquet::read::Filter;

use super::super::guard::{Fault, guarded_read};
use super::super::taker::Taker;
use super::column::Column;
use super::pages::{self, Holds, plausible};
use super::thrift::Compact;
use super::unpacked_page::{Dictionary, UnpackedPage};
use crate::vocabulary::Problem;

/// Where reading a column goes on; at its start by default.
#[derive(Default)]
pub(super) struct Cursor {
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
}

impl Cursor {
    /// At the start of a row group.
    pub(super) fn at_group(group: usize) -> Self {
        Self {
            group,
            ..Self::default()
        }
    }

    /// Takes the next rows, of which there are as many. `stop` is asked before every page.
    pub(super) fn take<E: From<Problem>>(
        &mut self,
        column: &Column<'_>,
        rows: usize,
        stop: &dyn Fn() -> Result<(), E>,
        taker: &mut Taker<'_>,
    ) -> Result<(), E> {
        let end = taker.rows() + rows;
        while taker.rows() < end {
            stop()?;
            let most = end - taker.rows();
            let taken = guarded_read(|| self.take_some(column, most, taker));
            taken.map_err(|fault| fault.told(|| column.damaged(self.group)))?;
        }
        Ok(())
    }

    /// Takes rows of the page at hand or, where there is none, of the next one.
    fn take_some(
        &mut self,
        column: &Column<'_>,
        most: usize,
        taker: &mut Taker<'_>,
    ) -> Result<(), Fault> {
        let page = match self.page.take() {
            Some(page) => page,
            None => self.next_page(column)?,
        };
        let chunk = column.chunk(column.group(self.group)?)?;
        let end = page.rows.min(self.taken + most);
        let rows = end - self.taken;
        let before = taker.rows();
        let of_page = Filter::new_ranged(self.taken, end);
        let filter = (rows < page.rows).then_some(of_page);
        column.decode(page.pages(chunk), chunk, filter, taker)?;
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
    fn next_page(&mut self, column: &Column<'_>) -> Result<UnpackedPage, Fault> {
        while self.place.is_none() && column.group(self.group)?.num_rows() == 0 {
            self.group += 1;
        }
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

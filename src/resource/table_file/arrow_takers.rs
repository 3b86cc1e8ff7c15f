//! Columns of an Arrow file on their way into a table, batch by batch.

use polars_arrow::datatypes::ArrowDataType;

use super::arrow::most_rows;
use super::arrow_batches::Batch;
use super::arrow_layout::restored;
use super::arrow_schema::Described;
use super::arrow_type::column_type;
use super::guard::{Fault, IS_DAMAGED};
use super::taker::Taker;
use super::{ReadColumns, Wanted, arrow};
use crate::resource::matching::missing_column;
use crate::resource::source::Source;
use crate::resource::table::list;
use crate::vocabulary::{Problem, TableOptions};

/// The columns that are read batch by batch.
pub(super) struct Takers<'a> {
    columns: Vec<(&'a str, Taker<'a>)>,
    types: Vec<ArrowDataType>,
    /// Their places in the file, in order.
    pub(super) places: Vec<usize>,
    limit: Option<usize>,
    pub(super) rows: usize,
    /// Which row of the file the first is.
    first_row: usize,
}

impl<'a> Takers<'a> {
    pub(super) fn new(
        source: &Source,
        described: &Described,
        wanted: &'a [Wanted],
        limit: Option<usize>,
        options: &'a TableOptions,
    ) -> Result<Self, Problem> {
        let mut takers = Vec::new();
        for (name, reading) in wanted {
            let Some(column) = described.column(name) else {
                return Err(missing_column(name, &arrow::schema(source)?));
            };
            let column_type = column_type(&column.dtype);
            let taker = Taker::new(name, *reading, column_type, &column.type_name, options)?;
            takers.push((column.place, column.dtype.clone(), (name.as_str(), taker)));
        }
        takers.sort_by_key(|(place, ..)| *place);
        let (mut places, mut types) = (Vec::new(), Vec::new());
        let columns = takers.into_iter().map(|(place, dtype, taker)| {
            places.push(place);
            types.push(dtype);
            taker
        });
        let columns = columns.collect();
        Ok(Self {
            columns,
            types,
            places,
            limit,
            rows: 0,
            first_row: 0,
        })
    }

    /// Makes room for the rows that the file has, if it can have them.
    pub(super) fn expect(&mut self, rows: usize, unpacked: u64) -> Result<(), Fault> {
        let rows = rows.min(usize::try_from(most_rows(unpacked)).unwrap_or(usize::MAX));
        let rows = self.limit.map_or(rows, |limit| limit.min(rows));
        let mut takers = self.columns.iter_mut();
        takers
            .try_for_each(|(_, taker)| taker.expect(rows))
            .map_err(Fault::Unfit)
    }

    pub(super) fn take_all(
        &mut self,
        batches: impl Iterator<Item = Result<Batch, Fault>>,
    ) -> Result<(), Fault> {
        for batch in batches {
            let batch = batch?;
            let left = self.limit.map_or(batch.len(), |limit| limit - self.rows);
            let rows = batch.len().min(left);
            self.take(&batch, 0, rows)?;
            if self.limit == Some(self.rows) {
                break;
            }
        }
        Ok(())
    }

    /// Adds rows of a batch, from one on.
    pub(super) fn take(&mut self, batch: &Batch, from: usize, rows: usize) -> Result<(), Fault> {
        let columns = self.columns.iter_mut().zip(&self.types);
        for (((_, taker), dtype), array) in columns.zip(batch.arrays()) {
            if array.len() != batch.len() {
                return Err(Fault::Damaged);
            }
            let array = if rows < array.len() {
                &array.sliced(from, rows)
            } else {
                array
            };
            let restored = restored(array.as_ref(), dtype);
            let array = restored.as_ref().unwrap_or(array);
            taker.take(array.as_ref()).map_err(Fault::Unfit)?;
        }
        self.rows += rows;
        Ok(())
    }

    /// Of rows out of the middle of a file, of which the first is this one.
    pub(super) fn beginning_at(self, first_row: usize) -> Self {
        let columns = self.columns.into_iter();
        let columns = columns.map(|(name, taker)| (name, taker.beginning_at(first_row)));
        Self {
            columns: columns.collect(),
            first_row,
            ..self
        }
    }

    /// What cannot be decoded, and after how many rows.
    pub(super) fn damaged(&self) -> Problem {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let mut problem = Problem::new(format!(
            "{} cannot be decoded from row {} on (counted from 0){IS_DAMAGED}, or not the whole of one",
            list(&names),
            self.first_row + self.rows
        ));
        if let [only] = names.as_slice() {
            problem = problem.in_column(*only);
        }
        problem.remedy("write or download it again")
    }

    pub(super) fn finish(self) -> Result<ReadColumns, Problem> {
        let takers = self.columns.into_iter();
        let columns = takers.map(|(name, taker)| Ok((name.to_owned(), taker.finish()?)));
        Ok(ReadColumns {
            rows: self.rows,
            columns: columns.collect::<Result<_, Problem>>()?,
        })
    }
}

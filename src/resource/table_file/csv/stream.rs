//! The rows of a text file, some at a time: of it, no more than a block and the rows at hand are in
//! memory. Nothing says how many rows there are before all of them have come.

use rayon::prelude::*;

use super::records::Batch;
use super::taker::Taker;
use super::{Csv, first_wrong, takers};
use crate::engine::LoadError;
use crate::resource::reading::Reading;
use crate::resource::source::Source;
use crate::resource::table::Table;
use crate::resource::table_file::batches::{Batches, Stop};
use crate::resource::table_file::{ReadColumns, Wanted};
use crate::vocabulary::{Problem, TableOptions};

/// Hands the batches of these columns to `work`. A column is taken as numbers and as texts; what its
/// values are as names of classes is not told.
pub(in super::super) fn with_batches<T>(
    source: &Source,
    wanted: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&mut dyn Batches) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    let wanted: Vec<Wanted> = wanted
        .iter()
        .map(|(name, reading)| (name.clone(), without_names(*reading)))
        .collect();
    let csv = Csv::open(source, options).map_err(in_file)?;
    let takers = takers(&csv, source, &wanted, options).map_err(in_file)?;
    let mut stream = Stream {
        source,
        wanted: &wanted,
        takers,
        at_hand: None,
        bytes: source.bytes().unwrap_or(0),
        done: 0,
        rows: 0,
        csv,
    };
    // A little more than that many: room for them is made before they come.
    let begun = stream.csv.begun.as_ref().map_or(0, Batch::len);
    stream.rows = stream.in_all(begun + begun / 50);
    work(&mut stream)
}

fn without_names(reading: Reading) -> Reading {
    Reading {
        names: false,
        ..reading
    }
}

struct Stream<'a> {
    source: &'a Source,
    csv: Csv,
    wanted: &'a [Wanted],
    takers: Vec<Taker<'a>>,
    /// Records that were cut and not handed out.
    at_hand: Option<Batch>,
    /// The file's.
    bytes: u64,
    /// Rows that were handed out.
    done: usize,
    /// What is told of all rows.
    rows: usize,
}

impl Stream<'_> {
    /// Takes as many rows, or all that are left, and says how many they are.
    fn take(&mut self, most: usize, stop: Stop<'_>) -> Result<usize, LoadError> {
        let mut taken = 0;
        while taken < most {
            stop()?;
            let batch = match self.at_hand.take() {
                Some(batch) => batch,
                None => match self.csv.next()? {
                    Some((batch, skipped)) => batch.from(skipped),
                    None => break,
                },
            };
            let rows = batch.len().min(most - taken);
            let first = self.done + taken;
            self.takers
                .par_iter_mut()
                .for_each(|taker| taker.take(&batch, rows, first));
            first_wrong(&self.takers)?;
            taken += rows;
            if rows < batch.len() {
                self.at_hand = Some(batch.from(rows));
            }
        }
        Ok(taken)
    }

    fn next_rows(&mut self, most: usize, stop: Stop<'_>) -> Result<Option<Table>, LoadError> {
        let first = self.done;
        let rows = self.take(most, stop)?;
        if rows == 0 {
            self.rows = self.done;
            return Ok(None);
        }
        let columns = self.wanted.iter().zip(&mut self.takers);
        let columns = columns.map(|((name, _), taker)| Ok((name.clone(), taker.take_out(first)?)));
        let columns = columns.collect::<Result<_, Problem>>()?;
        self.done += rows;
        self.rows = self.done.max(self.in_all(self.done));
        let read = ReadColumns { rows, columns };
        Ok(Some(Table::from(read).beginning_at(first)))
    }

    /// Rows of the whole file, by so many that took what was read of it.
    fn in_all(&self, rows: usize) -> usize {
        let read = self.csv.records.input().place();
        let left = self.at_hand.as_ref().map_or(0, Batch::bytes) as u64;
        let used = read.saturating_sub(left).max(1);
        (rows as f64 * (self.bytes as f64 / used as f64)) as usize
    }
}

impl Batches for Stream<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn next(&mut self, most: usize, stop: Stop<'_>) -> Result<Option<Table>, LoadError> {
        let taken = self.next_rows(most, stop);
        taken.map_err(|error| match error {
            LoadError::Failed(problem) => LoadError::Failed(problem.in_file(&self.source.path)),
            error => error,
        })
    }
}

//! The rows of an Arrow file, some at a time: no more than a record batch is in memory.

use super::Wanted;
use super::arrow_batches::Batch;
use super::arrow_schema::Described;
use super::arrow_takers::Takers;
use super::batches::{Batches, Stop};
use super::guard::{Fault, guarded_read};
use crate::engine::LoadError;
use crate::resource::source::Source;
use crate::resource::table::Table;
use crate::vocabulary::{Problem, TableOptions};

pub(super) struct Stream<'a, I> {
    source: &'a Source,
    described: &'a Described,
    wanted: &'a [Wanted],
    options: &'a TableOptions,
    batches: I,
    /// The batch at hand, and how many of its rows were handed out.
    batch: Option<(Batch, usize)>,
    rows: usize,
    done: usize,
}

impl<'a, I: Iterator<Item = Result<Batch, Fault>>> Stream<'a, I> {
    pub(super) fn new(
        source: &'a Source,
        described: &'a Described,
        wanted: &'a [Wanted],
        options: &'a TableOptions,
        batches: I,
        rows: usize,
    ) -> Self {
        Self {
            source,
            described,
            wanted,
            options,
            batches,
            batch: None,
            rows,
            done: 0,
        }
    }

    fn take(&mut self, rows: usize, stop: Stop<'_>) -> Result<Table, LoadError> {
        let takers = Takers::new(
            self.source,
            self.described,
            self.wanted,
            Some(rows),
            self.options,
        )?;
        let mut takers = takers.beginning_at(self.done);
        while takers.rows < rows {
            stop()?;
            let took = guarded_read(|| self.take_some(rows - takers.rows, &mut takers));
            took.map_err(|fault| fault.told(|| takers.damaged()))?;
        }
        let read = takers.finish()?;
        let table = Table::from(read).beginning_at(self.done);
        self.done += rows;
        Ok(table)
    }

    /// Takes rows of the batch at hand or, where there is none, of the next one.
    fn take_some(&mut self, most: usize, takers: &mut Takers<'_>) -> Result<(), Fault> {
        let (batch, taken) = match self.batch.take() {
            Some(at_hand) => at_hand,
            None => (self.batches.next().ok_or(Fault::Damaged)??, 0),
        };
        let rows = most.min(batch.len() - taken);
        takers.take(&batch, taken, rows)?;
        if taken + rows < batch.len() {
            self.batch = Some((batch, taken + rows));
        }
        Ok(())
    }
}

impl<I: Iterator<Item = Result<Batch, Fault>>> Batches for Stream<'_, I> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn next(&mut self, most: usize, stop: Stop<'_>) -> Result<Option<Table>, LoadError> {
        let rows = most.min(self.rows - self.done);
        if rows == 0 {
            return Ok(None);
        }
        let in_file = |problem: Problem| problem.in_file(&self.source.path);
        let taken = self.take(rows, stop);
        taken.map(Some).map_err(|error| match error {
            LoadError::Failed(problem) => LoadError::Failed(in_file(problem)),
            error => error,
        })
    }
}

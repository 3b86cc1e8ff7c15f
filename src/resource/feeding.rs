//! A table on its way into a model for those who measure: the same chunks that predictions are made
//! of, with nothing read from the answers.

use crate::vocabulary::Problem;
use std::ops::Range;

use super::feed::{Buffer, Chunk, FeedInput, WholeColumns, feed_columns};
use super::matching::InputPlan;
use super::table::Table;
use crate::inference::InputBlock;

/// A table's columns, sorted out for the inputs of one model.
pub struct Feeding<'a>(Vec<FeedInput<'a>>);

impl<'a> Feeding<'a> {
    /// Takes the columns that `plans` name; a missing text becomes `missing_text`.
    pub fn new(
        table: &'a Table,
        plans: &'a [InputPlan],
        missing_text: &'a str,
    ) -> Result<Self, Problem> {
        feed_columns(table, plans, missing_text, WholeColumns::none()).map(Self)
    }

    /// Some rows as every model takes them: row by row.
    pub fn chunk(&self, rows: Range<usize>) -> Result<FedChunk<'_>, Problem> {
        let chunk = Chunk::cut(&self.0, &rows);
        Ok(FedChunk {
            rows: chunk.rows,
            buffers: chunk.buffers(|_| false)?,
        })
    }
}

/// Rows that are ready to be fed.
pub struct FedChunk<'a> {
    /// How many.
    pub rows: usize,
    buffers: Vec<Buffer<'a>>,
}

impl FedChunk<'_> {
    /// One block an input, in order.
    pub fn blocks(&self) -> Vec<InputBlock<'_>> {
        self.buffers.iter().map(Buffer::block).collect()
    }
}

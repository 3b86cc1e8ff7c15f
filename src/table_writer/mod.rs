//! Tables that the program itself writes: generated data and a model's scores, a block of rows at a
//! time.

mod csv;
mod parquet;

use std::io::{self, Write};
use std::path::Path;

/// What kind of file a table is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Compressed, by column.
    Parquet,
    /// Text.
    Csv,
}

impl TableFormat {
    /// What a file's name asks for; none if it ends otherwise.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// The name of a file of this kind.
    pub fn file_name(self, stem: &str) -> String {
        match self {
            Self::Parquet => format!("{stem}.parquet"),
            Self::Csv => format!("{stem}.csv"),
        }
    }
}

/// The values of a column in a block, one a row.
#[derive(Clone, Debug)]
pub enum BlockValues<'a> {
    /// Whole numbers from 0 on.
    Counts(Vec<u64>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Single precision, as models give them; none where there is none.
    Scores(Vec<Option<f32>>),
    /// Texts; none where there is none.
    Texts(Vec<Option<&'a str>>),
}

impl BlockValues<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Counts(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Scores(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }
}

/// A block of rows.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// Names and values; the columns are equally long.
    pub columns: Vec<(&'a str, BlockValues<'a>)>,
}

impl Block<'_> {
    /// Rows in the block.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }
}

/// Writes blocks of the same columns one after the other.
pub struct TableWriter<W: Write>(Kind<W>);

enum Kind<W: Write> {
    Parquet(Box<parquet::Writer<W>>),
    Csv(csv::Writer<W>),
}

impl<W: Write> TableWriter<W> {
    /// Begins a file with the names and types of the first block, which is yet to be written.
    pub fn new(format: TableFormat, file: W, first: &Block<'_>) -> io::Result<Self> {
        Ok(Self(match format {
            TableFormat::Parquet => Kind::Parquet(Box::new(parquet::Writer::new(file, first)?)),
            TableFormat::Csv => Kind::Csv(csv::Writer::new(file, first)?),
        }))
    }

    /// Writes a block; in a Parquet file it is a row group.
    pub fn write(&mut self, block: &Block<'_>) -> io::Result<()> {
        match &mut self.0 {
            Kind::Parquet(writer) => writer.write(block),
            Kind::Csv(writer) => writer.write(block),
        }
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Kind::Parquet(writer) => writer.finish(),
            Kind::Csv(writer) => writer.finish(),
        }
    }
}

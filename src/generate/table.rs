//! Rows into a table file, a block at a time: memory does not grow with the rows.

use std::path::Path;

use polars_core::prelude::{Column, DataFrame, PolarsResult, Schema};
use polars_io::prelude::{CsvWriter, ParquetWriter, SerWriter};

use super::formula::{Block, CLASSES, Formula, Part, SEX_COLUMN, TARGET_COLUMN, Values, regions};
use crate::files::Output;

/// Values in a block; of a Parquet file, in a row group.
const BLOCK_VALUES: usize = 6_000_000;
/// Longer blocks have no use.
const BLOCK_ROWS: usize = 131_072;

/// What kind of file a table is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Compressed, by column.
    Parquet,
    /// Text.
    Csv,
}

impl Format {
    pub(super) fn file_name(self, name: &str) -> String {
        match self {
            Self::Parquet => format!("{name}.parquet"),
            Self::Csv => format!("{name}.csv"),
        }
    }
}

/// Writes `rows` rows of a part; `progress` hears how many are written.
pub(super) fn write(
    path: &Path,
    format: Format,
    formula: &Formula,
    part: Part,
    rows: usize,
    progress: impl Fn(usize),
) -> PolarsResult<()> {
    let names = formula.feature_names();
    let block_rows = (BLOCK_VALUES / names.len()).clamp(1, BLOCK_ROWS);
    let frame = |first: usize| {
        let rows = block_rows.min(rows - first);
        frame(&names, formula.block(part, first, rows), rows)
    };
    let mut file = Output::create(path)?;
    let mut block = frame(0)?;
    let mut writer = Writer::new(format, &mut file, block.schema())?;
    let mut done = 0;
    loop {
        writer.write(&block)?;
        done += block.height();
        progress(done);
        if done >= rows {
            break;
        }
        block = frame(done)?;
    }
    writer.finish()?;
    Ok(file.finish()?)
}

/// One of polars' writers.
enum Writer<'f> {
    Parquet(Box<polars_io::parquet::write::BatchedWriter<&'f mut Output>>),
    Csv(polars_io::csv::write::BatchedWriter<&'f mut Output>),
}

impl<'f> Writer<'f> {
    fn new(format: Format, file: &'f mut Output, schema: &Schema) -> PolarsResult<Self> {
        Ok(match format {
            Format::Parquet => Self::Parquet(Box::new(ParquetWriter::new(file).batched(schema)?)),
            Format::Csv => Self::Csv(CsvWriter::new(file).batched(schema)?),
        })
    }

    fn write(&mut self, block: &DataFrame) -> PolarsResult<()> {
        match self {
            Self::Parquet(writer) => writer.write_batch(block),
            Self::Csv(writer) => writer.write_batch(block),
        }
    }

    fn finish(self) -> PolarsResult<()> {
        match self {
            Self::Parquet(writer) => writer.finish().map(|_| ()),
            Self::Csv(mut writer) => writer.finish(),
        }
    }
}

fn frame(names: &[&str], block: Block, rows: usize) -> PolarsResult<DataFrame> {
    let texts = |name: &str, text: &dyn Fn(usize) -> &'static str| {
        Column::new(name.into(), (0..rows).map(text).collect::<Vec<_>>())
    };
    let features = names.iter().zip(block.features);
    let mut columns: Vec<Column> = features
        .map(|(name, values)| match values {
            Values::Integers(values) => Column::new((*name).into(), values),
            Values::Numbers(values) => Column::new((*name).into(), values),
            Values::Regions(codes) => {
                let regions = regions();
                texts(name, &|row| regions[usize::from(codes[row])])
            }
        })
        .collect();
    let sex = |row: usize| {
        if block.is_female[row] {
            "female"
        } else {
            "male"
        }
    };
    columns.push(texts(SEX_COLUMN, &sex));
    let outcome = |row: usize| CLASSES[usize::from(block.outcomes[row])];
    columns.push(texts(TARGET_COLUMN, &outcome));
    DataFrame::new(rows, columns)
}

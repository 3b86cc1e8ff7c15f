//! Rows into a table file, a block at a time: memory does not grow with the rows.

use std::io;
use std::path::Path;

use super::formula::{self, CLASSES, Formula, Part, SEX_COLUMN, TARGET_COLUMN, Values, regions};
use crate::files::Output;
use crate::table_writer::{Block, BlockValues, TableFormat, TableWriter};

/// Values in a block; of a Parquet file, in a row group.
const BLOCK_VALUES: usize = 6_000_000;
/// Longer blocks have no use.
const BLOCK_ROWS: usize = 131_072;

/// Writes `rows` rows of a part; `progress` hears how many are written.
pub(super) fn write(
    path: &Path,
    format: TableFormat,
    formula: &Formula,
    part: Part,
    rows: usize,
    progress: impl Fn(usize),
) -> io::Result<()> {
    let names = formula.feature_names();
    let block_rows = (BLOCK_VALUES / names.len()).clamp(1, BLOCK_ROWS);
    let block = |first: usize| {
        let rows = block_rows.min(rows - first);
        block(&names, formula.block(part, first, rows), rows)
    };
    let mut file = Output::create(path)?;
    let mut next = block(0);
    let mut writer = TableWriter::new(format, &mut file, &next)?;
    let mut done = 0;
    loop {
        writer.write(&next)?;
        done += next.rows();
        progress(done);
        if done >= rows {
            break;
        }
        next = block(done);
    }
    writer.finish()?;
    file.finish()
}

fn block<'a>(names: &[&'a str], part: formula::Block, rows: usize) -> Block<'a> {
    let features = names.iter().zip(part.features);
    let mut columns: Vec<(&str, BlockValues<'_>)> = features
        .map(|(name, values)| {
            let values = match values {
                Values::Integers(values) => BlockValues::Integers(values),
                Values::Numbers(values) => BlockValues::Numbers(values),
                Values::Regions(codes) => {
                    let regions = regions();
                    let region = |code: u8| Some(regions[usize::from(code)]);
                    BlockValues::Texts(codes.into_iter().map(region).collect())
                }
            };
            (*name, values)
        })
        .collect();
    let sex = |row: usize| {
        Some(if part.is_female[row] {
            "female"
        } else {
            "male"
        })
    };
    let outcome = |row: usize| Some(CLASSES[usize::from(part.outcomes[row])]);
    let texts = |text: &dyn Fn(usize) -> Option<&'static str>| {
        BlockValues::Texts((0..rows).map(text).collect())
    };
    columns.push((SEX_COLUMN, texts(&sex)));
    columns.push((TARGET_COLUMN, texts(&outcome)));
    Block { columns }
}

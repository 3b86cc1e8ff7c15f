//! CSV files: cut into fields, and each column that is used read as what uses it. The others are
//! not looked at.

mod decode;
mod dialect;
mod number;
mod records;
mod stream;
mod taker;

pub(super) use stream::with_batches;

use std::borrow::Cow;
use std::io;

use rayon::prelude::*;

use self::decode::Decoded;
use self::dialect::Dialect;
use self::records::{Batch, CutError, Records};
use self::taker::{Look, Taker};
use super::{LARGE_TEXT, ReadColumns, TableSchema, Wanted, twice};
use crate::resource::matching::missing_column;
use crate::resource::source::Source;
use crate::resource::table::{ColumnType, NumberKind};
use crate::vocabulary::{Problem, TableOptions};

/// What a block takes while it is cut: its bytes, the places of its fields, what is left of the one
/// before.
const BLOCK_BYTES: usize = 4 * records::BLOCK;
/// Rows from which it is told what a column looks like.
const LOOKED_AT: usize = 10_000;

/// A file that is being read.
struct Csv {
    dialect: Dialect,
    names: Vec<String>,
    records: Records<Decoded>,
    /// What was cut together with the header, and how many of its records are used up.
    begun: Option<Batch>,
}

/// What the file holds, by its first rows.
pub(super) fn schema(source: &Source, options: &TableOptions) -> Result<TableSchema, Problem> {
    let mut csv = Csv::open(source, options)?;
    check_names(&csv.names)?;
    let mut looks: Vec<Look> = csv.names.iter().map(|_| Look::default()).collect();
    let decimal = csv.dialect.decimal;
    let mut rows = 0;
    let mut is_whole = true;
    while let Some((batch, skipped)) = csv.next()? {
        for record in skipped..batch.len() {
            let place = (rows, batch.line(record));
            for (column, look) in looks.iter_mut().enumerate() {
                let field = batch.field(record, column).unwrap_or_default();
                look.at(&field, place, options, decimal);
            }
            rows += 1;
            if rows == LOOKED_AT {
                break;
            }
        }
        if rows == LOOKED_AT {
            is_whole = false;
            break;
        }
    }
    let mut schema = TableSchema {
        rows: is_whole.then_some(rows),
        are_types_told_by_values: true,
        written: csv.dialect.in_words(),
        ..TableSchema::default()
    };
    if !is_whole {
        let length = source.bytes().unwrap_or(0);
        let looked_at = csv.records.input().place().max(1);
        let about = rows as f64 * (length as f64 / looked_at as f64);
        schema.about_rows = Some(about as usize);
        if length >= LARGE_TEXT {
            let share = (BLOCK_BYTES / csv.names.len().max(1)) as u64;
            let shares = csv.names.iter().map(|name| (name.clone(), share));
            schema.page_bytes = shares.collect();
        }
    }
    for (name, look) in csv.names.into_iter().zip(looks) {
        let column_type = look.column_type();
        let type_name = match column_type {
            ColumnType::Number(NumberKind::Boolean) => "truth values",
            column_type => column_type.describe(),
        };
        if let Some((row, line, text)) = look.text {
            let example = format!("`{text}` in row {row} (counted from 0; line {line})");
            schema.text_examples.insert(name.clone(), example);
        }
        schema.add(name, column_type, type_name.to_owned())?;
    }
    Ok(schema)
}

/// Reads columns: of the first `rows` rows, or of all.
pub(super) fn read(
    source: &Source,
    wanted: &[Wanted],
    rows: Option<usize>,
    options: &TableOptions,
) -> Result<ReadColumns, Problem> {
    let mut csv = Csv::open(source, options)?;
    let mut takers = takers(&csv, source, wanted, options)?;
    let mut taken = 0;
    while rows != Some(taken)
        && let Some((batch, skipped)) = csv.next()?
    {
        let batch = batch.from(skipped);
        let count = rows.map_or(batch.len(), |rows| batch.len().min(rows - taken));
        takers
            .par_iter_mut()
            .for_each(|taker| taker.take(&batch, count, taken));
        taken += count;
        first_wrong(&takers)?;
    }
    let columns = wanted.iter().zip(takers);
    let columns = columns.map(|((name, _), taker)| Ok((name.clone(), taker.finish()?)));
    Ok(ReadColumns {
        rows: taken,
        columns: columns.collect::<Result<_, Problem>>()?,
    })
}

/// Begins to take these columns.
fn takers<'a>(
    csv: &Csv,
    source: &Source,
    wanted: &'a [Wanted],
    options: &'a TableOptions,
) -> Result<Vec<Taker<'a>>, Problem> {
    let decimal = csv.dialect.decimal;
    let takers = wanted.iter().map(|(name, reading)| {
        let Some(place) = csv.names.iter().position(|known| known == name) else {
            return Err(missing_column(name, &schema(source, options)?));
        };
        Ok(Taker::new(name, place, *reading, options, decimal))
    });
    takers.collect()
}

/// Of all values that cannot be taken, that of the first row.
fn first_wrong(takers: &[Taker<'_>]) -> Result<(), Problem> {
    let wrong = takers.iter().filter_map(Taker::wrong);
    let first = wrong.min_by_key(|(row, _)| *row);
    first.map_or(Ok(()), |(_, problem)| Err(problem.clone()))
}

impl Csv {
    fn open(source: &Source, options: &TableOptions) -> Result<Self, Problem> {
        let dialect = Dialect::tell(source, options).map_err(|error| unreadable(&error))?;
        let input = Decoded::open(source, options.encoding).map_err(|error| unreadable(&error))?;
        let mut records = Records::new(input, dialect.separator.byte());
        let Some(begun) = records.next().map_err(|error| uncut(&error))? else {
            return Err(Problem::new("the file holds blank lines only").remedy("export it again"));
        };
        let width = begun.width(0);
        let names = (0..width).map(|place| name(begun.field(0, place).unwrap_or_default()));
        let names: Vec<String> = names.collect::<Result<_, _>>()?;
        if names.iter().any(|name| name.contains('\0')) {
            return Err(Problem::new(
                "the header holds NUL bytes, as UTF-16 without a mark does, and files that are no \
                 text",
            )
            .remedy("save the file as UTF-8, or set `encoding` under [dataset] to \"utf-16\""));
        }
        Ok(Self {
            dialect,
            names,
            records,
            begun: Some(begun),
        })
    }

    /// The next records, and how many of them are none of the table.
    fn next(&mut self) -> Result<Option<(Batch, usize)>, Problem> {
        let (batch, skipped) = match self.begun.take() {
            Some(begun) => (begun, 1),
            None => match self.records.next().map_err(|error| uncut(&error))? {
                Some(batch) => (batch, 0),
                None => return Ok(None),
            },
        };
        let width = self.names.len();
        let long = (skipped..batch.len()).find(|record| batch.width(*record) > width);
        if let Some(record) = long {
            let (line, found) = (batch.line(record), batch.width(record));
            return Err(self.too_long(line, found));
        }
        Ok(Some((batch, skipped)))
    }

    fn too_long(&self, line: u64, found: usize) -> Problem {
        let separators = self.dialect.separator.plural();
        Problem::new(format!(
            "a row has more fields than the header has names: {found} in line {line}, and {} names",
            self.names.len()
        ))
        .remedy(format!("texts with {separators} need quotes"))
    }
}

fn name(field: Cow<'_, [u8]>) -> Result<String, Problem> {
    String::from_utf8(field.into_owned()).map_err(|error| {
        let bytes = error.as_bytes();
        if bytes
            .iter()
            .any(|b| b.is_ascii_control() && !b.is_ascii_whitespace())
        {
            return Problem::new("the header holds binary data, so this is no CSV file");
        }
        Problem::new(format!(
            "the header is not UTF-8: `{}`",
            String::from_utf8_lossy(bytes)
        ))
        .remedy(
            "save the file as UTF-8, or set `encoding` under [dataset], such as \"windows-1252\"",
        )
    })
}

/// What is wrong with the header.
fn check_names(names: &[String]) -> Result<(), Problem> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) else {
        return Ok(());
    };
    Err(twice(pair[0]))
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::new(format!("not readable: {error}"))
}

fn uncut(error: &CutError) -> Problem {
    match error {
        CutError::Read(error) => unreadable(error),
        CutError::Unclosed(line) => Problem::new(format!(
            "a quote that opens in the record of line {line} is never closed"
        ))
        .remedy("write two quotes for one that belongs to a text"),
    }
}

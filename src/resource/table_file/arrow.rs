//! Arrow files and streams: batch by batch, and only the columns that are used.

use std::collections::BTreeMap;
use std::io::Read;

use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::io::ipc::read::{FileMetadata, StreamMetadata};

use super::arrow_batches::{Batch, Batches};
use super::arrow_claims;
use super::arrow_layout::restored;
use super::arrow_map::map_numbers;
use super::arrow_schema::{self, Described};
use super::arrow_type::column_type;
use super::guard::{Fault, guarded, guarded_read};
use super::taker::Taker;
use super::{FEW_TEXT_BYTES, ReadColumns, TableSchema, Wanted, numbers, pandas_index};
use crate::resource::matching::missing_column;
use crate::resource::numbers::Numbers;
use crate::resource::source::Source;
use crate::resource::table::{Column, ColumnType, NumberKind, list};
use crate::vocabulary::{Problem, TableOptions};

/// What codecs make of a byte of a table, as a rule.
const USUAL_RATIO: u64 = 16;

/// Is it a file, that ends with a footer, or a stream?
fn is_stream(source: &Source) -> bool {
    let mut start = [0; 6];
    let read = source.reader().read_exact(&mut start);
    read.is_ok() && start != *b"ARROW1"
}

/// What the file holds.
pub(super) fn schema(source: &Source) -> Result<TableSchema, Problem> {
    if is_stream(source) {
        let (described, _) = stream(source)?;
        let mut schema = told(described)?;
        if let Ok(Ok((rows, unpacked))) = guarded(|| arrow_claims::check_stream(source)) {
            schema.rows = Some(rows);
            check_rows(&schema, unpacked)?;
            count_texts(&mut schema, source, unpacked);
        }
        return Ok(schema);
    }
    let (described, metadata) = file(source)?;
    let mut schema = told(described)?;
    let rows = guarded(|| arrow_claims::rows(source, &metadata));
    let rows = rows.ok().flatten();
    schema.rows = Some(rows.ok_or_else(|| no_arrow("its batches make no sense"))?);
    if let Ok(Ok(unpacked)) = guarded(|| arrow_claims::check(source, &metadata)) {
        check_rows(&schema, unpacked)?;
        count_texts(&mut schema, source, unpacked);
    }
    let names: Vec<String> = schema.names().map(str::to_owned).collect();
    schema.mapped = mapped(source, &metadata, &names).into_keys().collect();
    Ok(schema)
}

/// That there is a bit for every row, where a column needs one.
fn check_rows(schema: &TableSchema, unpacked: u64) -> Result<(), Problem> {
    let needs_bits = |of: &ColumnType| !matches!(of, ColumnType::Nothing | ColumnType::Other);
    let rows = schema.rows.unwrap_or(0) as u64;
    if rows > most_rows(unpacked) && schema.columns.iter().any(|(_, of)| needs_bits(of)) {
        return Err(no_arrow("its batches make no sense"));
    }
    Ok(())
}

/// The most rows that so many bytes hold.
fn most_rows(unpacked: u64) -> u64 {
    unpacked.saturating_mul(8)
}

/// Where a file unpacks to many times its length, its texts may be all of that.
fn count_texts(schema: &mut TableSchema, source: &Source, unpacked: u64) {
    let length = source.bytes().unwrap_or(0);
    if unpacked <= length.saturating_mul(USUAL_RATIO).max(FEW_TEXT_BYTES) {
        return;
    }
    let texts = schema.columns.iter();
    let texts = texts.filter(|(_, of)| *of == ColumnType::Text);
    let bytes = texts.map(|(name, _)| (name.clone(), unpacked));
    schema.text_bytes = bytes.collect();
}

/// What a file says of itself.
fn file(source: &Source) -> Result<(Described, FileMetadata), Problem> {
    let found = guarded(|| arrow_schema::of_file(source)).ok().flatten();
    found.ok_or_else(|| {
        no_arrow(if arrow_schema::has_end(source) {
            "its footer makes no sense"
        } else {
            "it does not end as such files do"
        })
    })
}

/// The same of a stream.
fn stream(source: &Source) -> Result<(Described, StreamMetadata), Problem> {
    let found = guarded(|| arrow_schema::of_stream(source)).ok().flatten();
    found.ok_or_else(|| no_arrow("its first message makes no sense"))
}

fn told(described: Described) -> Result<TableSchema, Problem> {
    let mut schema = TableSchema::default();
    for column in described.columns {
        schema.add(column.name, column_type(&column.dtype), column.type_name)?;
    }
    schema.index = pandas_index::columns(described.pandas.as_deref(), &schema);
    Ok(schema)
}

/// Reads columns: of the first `rows` rows, or of all.
pub(super) fn read(
    source: &Source,
    wanted: &[Wanted],
    rows: Option<usize>,
    options: &TableOptions,
) -> Result<ReadColumns, Problem> {
    if is_stream(source) {
        let (described, metadata) = stream(source)?;
        let mut takers = Takers::new(source, &described, wanted, rows, options)?;
        let places = takers.places.clone();
        let read = guarded_read(|| {
            let claims = arrow_claims::check_stream(source).map_err(|()| Fault::Damaged)?;
            takers.expect(claims.0, claims.1)?;
            takers.take_all(Batches::of_stream(source, metadata, places, rows)?)
        });
        return match read {
            Ok(()) => takers.finish(),
            Err(fault) => Err(fault.told(|| takers.damaged())),
        };
    }
    let (described, metadata) = file(source)?;
    let mut mapped = BTreeMap::new();
    if rows.is_none() && options.missing_numbers().is_empty() {
        let numbers = wanted.iter().filter(|(_, reading)| !reading.texts);
        let names: Vec<String> = numbers.map(|(name, _)| name.clone()).collect();
        mapped = self::mapped(source, &metadata, &names);
        mapped.retain(|_, values| !values.is_empty());
    }
    let mut found = ReadColumns::default();
    for (name, reading) in wanted {
        if let Some(values) = mapped.remove(name) {
            numbers::check(name, &values, *reading, 0)?;
            found.rows = values.len();
            let kind = NumberKind::Float;
            let numbers = Some(Column::Numbers { values, kind });
            let read = super::Read {
                numbers,
                texts: None,
            };
            found.columns.push((name.clone(), read));
        }
    }
    let is_mapped = |name: &String| found.columns.iter().any(|(known, _)| known == name);
    let unread = wanted.iter().filter(|(name, _)| !is_mapped(name));
    let unread: Vec<Wanted> = unread.cloned().collect();
    if unread.is_empty() && !wanted.is_empty() {
        return Ok(found);
    }
    let mut takers = Takers::new(source, &described, &unread, rows, options)?;
    let places = takers.places.clone();
    let read = guarded_read(|| {
        let unpacked = arrow_claims::check(source, &metadata).map_err(|()| Fault::Damaged)?;
        let found = arrow_claims::rows(source, &metadata).ok_or(Fault::Damaged)?;
        takers.expect(found, unpacked)?;
        takers.take_all(Batches::of_file(source, metadata, places, rows)?)
    });
    read.map_err(|fault| fault.told(|| takers.damaged()))?;
    let is_ragged = !found.columns.is_empty() && found.rows != takers.rows;
    if is_ragged && rows.is_none() {
        return Err(takers.damaged());
    }
    let read = takers.finish()?;
    found.rows = read.rows;
    found.columns.extend(read.columns);
    Ok(found)
}

fn mapped(source: &Source, metadata: &FileMetadata, names: &[String]) -> BTreeMap<String, Numbers> {
    guarded(|| map_numbers(source, metadata, names)).unwrap_or_default()
}

/// The columns that are read batch by batch.
struct Takers<'a> {
    columns: Vec<(&'a str, Taker<'a>)>,
    types: Vec<ArrowDataType>,
    /// Their places in the file, in order.
    places: Vec<usize>,
    limit: Option<usize>,
    rows: usize,
}

impl<'a> Takers<'a> {
    fn new(
        source: &Source,
        described: &Described,
        wanted: &'a [Wanted],
        limit: Option<usize>,
        options: &'a TableOptions,
    ) -> Result<Self, Problem> {
        let mut takers = Vec::new();
        for (name, reading) in wanted {
            let Some(column) = described.column(name) else {
                return Err(missing_column(name, &schema(source)?));
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
        })
    }

    /// Makes room for the rows that the file has, if it can have them.
    fn expect(&mut self, rows: usize, unpacked: u64) -> Result<(), Fault> {
        let rows = rows.min(usize::try_from(most_rows(unpacked)).unwrap_or(usize::MAX));
        let rows = self.limit.map_or(rows, |limit| limit.min(rows));
        let mut takers = self.columns.iter_mut();
        takers
            .try_for_each(|(_, taker)| taker.expect(rows))
            .map_err(Fault::Unfit)
    }

    fn take_all(
        &mut self,
        batches: impl Iterator<Item = Result<Batch, Fault>>,
    ) -> Result<(), Fault> {
        for batch in batches {
            let batch = batch?;
            let left = self.limit.map_or(batch.len(), |limit| limit - self.rows);
            let rows = batch.len().min(left);
            let columns = self.columns.iter_mut().zip(&self.types);
            for (((_, taker), dtype), array) in columns.zip(batch.arrays()) {
                if array.len() != batch.len() {
                    return Err(Fault::Damaged);
                }
                let restored = restored(array.as_ref(), dtype);
                let array = restored.as_ref().unwrap_or(array);
                let array = if rows < array.len() {
                    &array.sliced(0, rows)
                } else {
                    array
                };
                taker.take(array.as_ref()).map_err(Fault::Unfit)?;
            }
            self.rows += rows;
            if self.limit == Some(self.rows) {
                break;
            }
        }
        Ok(())
    }

    /// What cannot be decoded, and after how many rows.
    fn damaged(&self) -> Problem {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let mut problem = Problem::new(format!(
            "{} cannot be decoded from row {} on (counted from 0): the file is damaged, or not the \
             whole of one",
            list(&names),
            self.rows
        ));
        if let [only] = names.as_slice() {
            problem = problem.in_column(*only);
        }
        problem.remedy("write or download it again")
    }

    fn finish(self) -> Result<ReadColumns, Problem> {
        let takers = self.columns.into_iter();
        let columns = takers.map(|(name, taker)| Ok((name.to_owned(), taker.finish()?)));
        Ok(ReadColumns {
            rows: self.rows,
            columns: columns.collect::<Result<_, Problem>>()?,
        })
    }
}

fn no_arrow(why: &str) -> Problem {
    Problem::new(format!("not an Arrow file, or not the whole of one: {why}"))
        .remedy("write or download it again")
}

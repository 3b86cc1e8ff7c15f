//! Arrow files and streams: batch by batch, and only the columns that are used.

use std::collections::BTreeMap;
use std::io::Read;

use polars_arrow::io::ipc::read::{FileMetadata, StreamMetadata};

use super::arrow_batches::Batches;
use super::arrow_claims;
use super::arrow_map::map_numbers;
use super::arrow_schema::{self, Described};
use super::arrow_stream::Stream;
use super::arrow_takers::Takers;
use super::arrow_type::column_type;
use super::batches::{self, WORTH_TAKING_APART};
use super::guard::{Fault, guarded, guarded_read};
use super::{FEW_TEXT_BYTES, ReadColumns, TableSchema, Wanted, numbers, pandas_index};
use crate::engine::LoadError;
use crate::resource::numbers::Numbers;
use crate::resource::source::Source;
use crate::resource::table::{Column, ColumnType, NumberKind};
use crate::vocabulary::{Problem, TableOptions};

/// What codecs make of a byte of a table, as a rule.
const USUAL_RATIO: u64 = 16;

/// Bytes of a value in a batch, at most as a rule.
const USUAL_VALUE: u64 = 8;

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
            // How long its batches are is not known before they are read.
            schema.page_bytes = batch_bytes(&schema, rows);
        }
        return Ok(schema);
    }
    let (described, metadata) = file(source)?;
    let mut schema = told(described)?;
    let ends = guarded(|| arrow_claims::batch_ends(source, &metadata));
    let ends = ends.ok().flatten();
    schema.groups = ends.ok_or_else(|| no_arrow("its batches make no sense"))?;
    schema.rows = Some(schema.groups.last().copied().unwrap_or(0));
    if let Ok(Ok(unpacked)) = guarded(|| arrow_claims::check(source, &metadata)) {
        check_rows(&schema, unpacked)?;
        count_texts(&mut schema, source, unpacked);
    }
    schema.page_bytes = batch_bytes(&schema, arrow_claims::longest_batch(&schema.groups));
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
pub(super) fn most_rows(unpacked: u64) -> u64 {
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

/// Hands the batches of these columns to `work`: no more than a record batch is in memory.
pub(super) fn with_batches<T>(
    source: &Source,
    wanted: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&mut dyn batches::Batches) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    if is_stream(source) {
        let (described, metadata) = stream(source).map_err(in_file)?;
        let first = Takers::new(source, &described, wanted, None, options).map_err(in_file)?;
        let places = first.places.clone();
        let opened = guarded_read(|| {
            let (rows, _) = arrow_claims::check_stream(source).map_err(|()| Fault::Damaged)?;
            Ok((rows, Batches::of_stream(source, metadata, places, None)?))
        });
        let opened = opened.map_err(|fault| fault.told(|| first.damaged()));
        let (rows, batches) = opened.map_err(in_file)?;
        return work(&mut Stream::new(
            source, &described, wanted, options, batches, rows,
        ));
    }
    let (described, metadata) = file(source).map_err(in_file)?;
    let first = Takers::new(source, &described, wanted, None, options).map_err(in_file)?;
    let places = first.places.clone();
    let opened = guarded_read(|| {
        arrow_claims::check(source, &metadata).map_err(|()| Fault::Damaged)?;
        let rows = arrow_claims::rows(source, &metadata).ok_or(Fault::Damaged)?;
        Ok((rows, Batches::of_file(source, metadata, places, None)?))
    });
    let opened = opened.map_err(|fault| fault.told(|| first.damaged()));
    let (rows, batches) = opened.map_err(in_file)?;
    work(&mut Stream::new(
        source, &described, wanted, options, batches, rows,
    ))
}

/// Bytes of each column of a batch of so many rows; nothing of a small one.
fn batch_bytes(schema: &TableSchema, rows: usize) -> BTreeMap<String, u64> {
    let all = schema.rows.unwrap_or(0);
    if all.saturating_mul(schema.columns.len()) < WORTH_TAKING_APART / 8 {
        return BTreeMap::new();
    }
    let columns = schema.columns.iter();
    let bytes = columns.map(|(name, of)| {
        let a_row = of.bytes_per_row().max(USUAL_VALUE);
        (name.clone(), a_row.saturating_mul(rows as u64))
    });
    bytes.collect()
}

fn mapped(source: &Source, metadata: &FileMetadata, names: &[String]) -> BTreeMap<String, Numbers> {
    guarded(|| map_numbers(source, metadata, names)).unwrap_or_default()
}

fn no_arrow(why: &str) -> Problem {
    Problem::new(format!("not an Arrow file, or not the whole of one: {why}"))
        .remedy("write or download it again")
}

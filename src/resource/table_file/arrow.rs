//! Arrow files and streams: batch by batch, and only the columns that are used.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::Arc;

use polars_arrow::array::Array;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema};
use polars_arrow::io::ipc::read::{
    FileMetadata, FileReader, StreamReader, StreamState, get_row_count, read_file_metadata,
    read_stream_metadata,
};
use polars_arrow::record_batch::RecordBatchT;
use polars_error::{PolarsError, PolarsResult};
use polars_utils::pl_str::PlSmallStr;

use super::arrow_claims;
use super::arrow_layout::{readable, restored};
use super::arrow_map::map_numbers;
use super::arrow_type::{column_type, type_name};
use super::guard::{Panicked, guarded};
use super::taker::Taker;
use super::{ReadColumns, TableSchema, Wanted, numbers, pandas_index};
use crate::resource::matching::missing_column;
use crate::resource::numbers::Numbers;
use crate::resource::source::Source;
use crate::resource::table::{Column, NumberKind, list};
use crate::vocabulary::{Problem, TableOptions};

type Batch = RecordBatchT<Box<dyn Array>>;

/// Is it a file, that ends with a footer, or a stream?
fn is_stream(source: &Source) -> bool {
    let mut start = [0; 6];
    let read = source.reader().read_exact(&mut start);
    read.is_ok() && start != *b"ARROW1"
}

/// What the file holds.
pub(super) fn schema(source: &Source) -> Result<TableSchema, Problem> {
    if is_stream(source) {
        let metadata = guarded(|| read_stream_metadata(&mut source.reader()));
        let metadata = settle(metadata, "its first message makes no sense")?;
        let pandas = metadata.custom_schema_metadata.as_ref();
        let pandas = pandas
            .and_then(|pairs| pairs.get("pandas"))
            .map(PlSmallStr::as_str);
        let mut schema = described(&metadata.schema, pandas)?;
        schema.rows = guarded(|| arrow_claims::check_stream(source).ok())
            .ok()
            .flatten();
        return Ok(schema);
    }
    let metadata = guarded(|| read_file_metadata(&mut source.reader()));
    let metadata = settle(metadata, "its footer makes no sense")?;
    let pandas = metadata.custom_schema_metadata.as_ref();
    let pandas = pandas
        .and_then(|pairs| pairs.get("pandas"))
        .map(PlSmallStr::as_str);
    let mut schema = described(&metadata.schema, pandas)?;
    let rows = guarded(|| get_row_count(&mut source.reader()));
    schema.rows = usize::try_from(settle(rows, "its batches make no sense")?).ok();
    let names: Vec<String> = schema.names().map(str::to_owned).collect();
    schema.mapped = mapped(source, &metadata, &names).into_keys().collect();
    Ok(schema)
}

fn described(fields: &ArrowSchema, pandas: Option<&str>) -> Result<TableSchema, Problem> {
    let mut schema = TableSchema::default();
    for field in fields.iter_values() {
        let name = field.name.to_string();
        if schema.has(&name) {
            return Err(Problem::new(format!("two columns are called `{name}`"))
                .in_column(name)
                .remedy("rename or remove one of them"));
        }
        schema
            .columns
            .push((name.clone(), column_type(&field.dtype)));
        schema.type_names.insert(name, type_name(&field.dtype));
    }
    schema.index = pandas_index::columns(pandas, &schema);
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
        let metadata = guarded(|| read_stream_metadata(&mut source.reader()));
        let mut metadata = settle(metadata, "its first message makes no sense")?;
        let mut takers = Takers::new(source, &metadata.schema, wanted, rows, options)?;
        let places = takers.places.clone();
        metadata.schema = readable(&metadata.schema);
        return match guarded(|| {
            arrow_claims::check_stream(source).map_err(|()| Fault::Damaged)?;
            let mut reader = BufReader::new(source.reader());
            read_stream_metadata(&mut reader)?;
            let batches = StreamReader::new(reader, metadata, Some(places));
            takers.take_all(batches.map_while(|state| match state {
                Ok(StreamState::Some(batch)) => Some(Ok(batch)),
                // Nothing is there to wait for.
                Ok(StreamState::Waiting) => None,
                Err(error) => Some(Err(error)),
            }))
        }) {
            Ok(Ok(())) => takers.finish(),
            Ok(Err(Fault::Unfit(problem))) => Err(problem),
            Ok(Err(Fault::Damaged)) | Err(Panicked) => Err(takers.damaged()),
        };
    }
    let metadata = guarded(|| read_file_metadata(&mut source.reader()));
    let mut metadata = settle(metadata, "its footer makes no sense")?;
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
            numbers::check(name, &values, *reading)?;
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
    let mut takers = Takers::new(source, &metadata.schema, &unread, rows, options)?;
    let places = takers.places.clone();
    metadata.schema = Arc::new(readable(&metadata.schema));
    let read = guarded(|| {
        arrow_claims::check(source, &metadata).map_err(|()| Fault::Damaged)?;
        let reader = FileReader::new(source.reader(), metadata, Some(places), rows);
        takers.take_all(reader)
    });
    match read {
        Ok(Ok(())) => {}
        Ok(Err(Fault::Unfit(problem))) => return Err(problem),
        Ok(Err(Fault::Damaged)) | Err(Panicked) => return Err(takers.damaged()),
    }
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
        fields: &ArrowSchema,
        wanted: &'a [Wanted],
        limit: Option<usize>,
        options: &'a TableOptions,
    ) -> Result<Self, Problem> {
        let mut takers = Vec::new();
        for (name, reading) in wanted {
            let Some((place, _, field)) = fields.get_full(name.as_str()) else {
                return Err(missing_column(name, &schema(source)?));
            };
            let (column_type, type_name) = (column_type(&field.dtype), type_name(&field.dtype));
            let taker = Taker::new(name, *reading, column_type, &type_name, options)?;
            takers.push((place, field.dtype.clone(), (name.as_str(), taker)));
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

    fn take_all(
        &mut self,
        batches: impl Iterator<Item = PolarsResult<Batch>>,
    ) -> Result<(), Fault> {
        for batch in batches {
            let batch = batch?;
            let left = self.limit.map_or(batch.len(), |limit| limit - self.rows);
            let rows = batch.len().min(left);
            let columns = self.columns.iter_mut().zip(&self.types);
            for (((_, taker), dtype), array) in columns.zip(batch.arrays()) {
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

enum Fault {
    Damaged,
    Unfit(Problem),
}

impl From<PolarsError> for Fault {
    fn from(_: PolarsError) -> Self {
        Self::Damaged
    }
}

/// What was read, or that the file is not what it should be.
fn settle<T>(read: Result<PolarsResult<T>, Panicked>, why: &str) -> Result<T, Problem> {
    match read {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            let text = error.to_string();
            let reason = text.lines().next().unwrap_or_default();
            Err(Problem::new(format!(
                "not an Arrow file, or not the whole of one: {reason}"
            )))
        }
        Err(Panicked) => Err(Problem::new(format!(
            "not an Arrow file, or a damaged one, or one with types that are not known here \
                 (run-end encoded, list view): {why}"
        ))
        .remedy("write it again, without such columns")),
    }
}

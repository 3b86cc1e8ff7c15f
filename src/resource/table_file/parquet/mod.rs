//! Parquet files: columns are decoded one by one, a row group at a time, and only those that are
//! used. Of the others not even the type is looked at. What a file says of itself is checked first.

mod checksum;
mod columns;
mod dictionary;
mod footer;
mod pages;
mod thrift;
mod unpacked;
mod values;
mod written_schema;

use std::io::{Cursor, Read as _, Seek, SeekFrom};

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, Filter, PageReader, ParquetType,
    PrimitiveLogicalType, RowGroupMetadata, column_iter_to_arrays, infer_schema, read_metadata,
    schema,
};
use rayon::prelude::*;

use super::arrow_type::{column_type, type_name};
use super::distinct::Distinct;
use super::guard::{Fault, guarded, guarded_read};
use super::taker::Taker;
use super::{FEW_TEXT_BYTES, Read, ReadColumns, TableSchema, Wanted, pandas_index};

use crate::resource::matching::missing_column;
use crate::resource::source::Source;
use crate::resource::table::ColumnType;
use crate::vocabulary::{Problem, TableOptions};

/// Decimals of more digits than this are wider than 128 bits.
const DIGITS_OF_128_BITS: usize = 38;

/// What the file holds, by its footer.
pub(super) fn schema(source: &Source) -> Result<TableSchema, Problem> {
    let metadata = read_footer(source)?;
    let fields = fields(&metadata);
    let described = |field: &Field| (column_type(&field.dtype), type_name(&field.dtype));
    let mut read = TableSchema::default();
    for field in metadata.schema().fields() {
        let name = field.name();
        let unknown = || (ColumnType::Other, "unknown".to_owned());
        let (column_type, type_name) = fields.get(name).map_or_else(unknown, described);
        read.add(name.to_owned(), column_type, type_name)?;
    }
    read.rows = Some(metadata.num_rows);
    let texts = read
        .columns
        .iter()
        .filter(|(_, of)| *of == ColumnType::Text);
    let bytes = texts.map(|(name, _)| (name.clone(), text_bytes(source, &metadata, name)));
    let bytes: Vec<(String, u64)> = bytes.filter(|(_, bytes)| *bytes > FEW_TEXT_BYTES).collect();
    read.text_bytes.extend(bytes);
    let pairs = metadata.key_value_metadata().iter().flatten();
    let pandas = pairs.into_iter().find(|pair| pair.key == "pandas");
    read.index = pandas_index::columns(pandas.and_then(|pair| pair.value.as_deref()), &read);
    Ok(read)
}

fn read_footer(source: &Source) -> Result<FileMetadata, Problem> {
    let damaged = || {
        Problem::new("not a Parquet file, or a damaged one: its footer makes no sense")
            .remedy("write or download it again")
    };
    match guarded(|| read_metadata(&mut source.reader())) {
        Ok(Ok(metadata))
            if has_its_rows(&metadata)
                && footer::is_sound(source)
                && written_schema::is_sound(&metadata) =>
        {
            Ok(metadata)
        }
        Ok(Ok(_)) | Err(_) => Err(damaged()),
        Ok(Err(error)) => {
            let text = error.to_string();
            let reason = text.lines().next().unwrap_or_default();
            Err(Problem::new(format!(
                "not a Parquet file, or not the whole of one: {reason}"
            )))
        }
    }
}

/// Are the rows of the file those of its row groups?
fn has_its_rows(metadata: &FileMetadata) -> bool {
    let mut groups = metadata.row_groups.iter();
    let rows = groups.try_fold(0_usize, |rows, group| rows.checked_add(group.num_rows()));
    rows == Some(metadata.num_rows)
}

/// The most that the distinct texts of a column can take in memory.
fn text_bytes(source: &Source, metadata: &FileMetadata, name: &str) -> u64 {
    let chunks = || {
        let groups = metadata.row_groups.iter();
        groups.flat_map(|group| group.columns_under_root_iter(name).into_iter().flatten())
    };
    let unpacked = |chunk: &ColumnChunkMetadata| u64::try_from(chunk.uncompressed_size()).ok();
    let all = chunks().try_fold(0_u64, |all, chunk| all.checked_add(unpacked(chunk)?));
    match all {
        Some(all) if all <= FEW_TEXT_BYTES => all,
        // Most of it may be indices into a dictionary, whose size its head says.
        _ => chunks()
            .map(|chunk| pages::text_bytes(source, chunk))
            .fold(0, u64::saturating_add),
    }
}

/// The columns' types: as Arrow wrote them, or as Parquet has them where that cannot be read.
fn fields(metadata: &FileMetadata) -> ArrowSchema {
    let of_parquet = || guarded(|| schema::parquet_to_arrow_schema(metadata.schema().fields()));
    let of_arrow = guarded(|| infer_schema(metadata).ok()).ok().flatten();
    let mut fields = of_parquet().unwrap_or_default();
    for field in of_arrow.into_iter().flat_map(ArrowSchema::into_iter_values) {
        if let Some(known) = fields.get_mut(&field.name) {
            *known = field;
        }
    }
    for parquet in metadata.schema().fields() {
        if let Some(field) = fields.get_mut(parquet.name()) {
            field.dtype = by_logical_type(&field.dtype, parquet);
        }
    }
    fields
}

/// Types of Parquet that are not told apart otherwise.
fn by_logical_type(dtype: &ArrowDataType, parquet: &ParquetType) -> ArrowDataType {
    let logical_type = match parquet {
        ParquetType::PrimitiveType(primitive) => primitive.logical_type,
        ParquetType::GroupType { .. } => None,
    };
    match (dtype, logical_type) {
        (_, Some(PrimitiveLogicalType::Float16)) => ArrowDataType::Float16,
        (ArrowDataType::Decimal(precision, scale), _) if *precision > DIGITS_OF_128_BITS => {
            ArrowDataType::Decimal256(*precision, *scale)
        }
        (dtype, _) => dtype.clone(),
    }
}

/// Reads columns: of the first `rows` rows, or of all.
pub(super) fn read(
    source: &Source,
    wanted: &[Wanted],
    rows: Option<usize>,
    options: &TableOptions,
) -> Result<ReadColumns, Problem> {
    let metadata = read_footer(source)?;
    let fields = fields(&metadata);
    let columns = wanted.par_iter().map(|wanted| {
        let column = Column::find(source, &metadata, &fields, wanted, options)?;
        Ok((wanted.0.clone(), column.read(rows)?))
    });
    let columns = columns.collect::<Result<_, Problem>>()?;
    let whole = metadata.num_rows;
    Ok(ReadColumns {
        rows: rows.map_or(whole, |rows| rows.min(whole)),
        columns,
    })
}

/// The distinct values of a column, a row group at a time.
pub(super) fn distinct(
    source: &Source,
    wanted: &Wanted,
    options: &TableOptions,
) -> Result<Vec<String>, Problem> {
    let metadata = read_footer(source)?;
    let fields = fields(&metadata);
    let column = Column::find(source, &metadata, &fields, wanted, options)?;
    let mut distinct = Distinct::default();
    for place in 0..metadata.row_groups.len() {
        let mut taker = column.taker()?;
        if !column.take_dictionary(place, &mut taker)? {
            column.take_group(place, None, &mut taker)?;
        }
        let read = taker.finish()?;
        let parts = [&read.numbers, &read.texts];
        parts
            .into_iter()
            .flatten()
            .for_each(|part| distinct.add(part));
    }
    Ok(distinct.names())
}

/// A column that is read.
struct Column<'a> {
    source: &'a Source,
    metadata: &'a FileMetadata,
    wanted: &'a Wanted,
    options: &'a TableOptions,
    /// With the type that it is stored as.
    field: Field,
    of: ColumnType,
    type_name: String,
}

impl<'a> Column<'a> {
    fn find(
        source: &'a Source,
        metadata: &'a FileMetadata,
        fields: &ArrowSchema,
        wanted: &'a Wanted,
        options: &'a TableOptions,
    ) -> Result<Self, Problem> {
        let name = wanted.0.as_str();
        let mut parquet = metadata.schema().fields().iter();
        let is_there = parquet.any(|field| field.name() == name);
        let Some(field) = fields.get(name).filter(|_| is_there) else {
            return Err(missing_column(name, &schema(source)?));
        };
        let dtype = field.dtype.to_storage().clone();
        Ok(Self {
            source,
            metadata,
            wanted,
            options,
            field: Field::new(field.name.clone(), dtype, true),
            of: column_type(&field.dtype),
            type_name: type_name(&field.dtype),
        })
    }

    fn taker(&self) -> Result<Taker<'a>, Problem> {
        let (name, reading) = self.wanted;
        Taker::new(name, *reading, self.of, &self.type_name, self.options)
    }

    fn read(&self, rows: Option<usize>) -> Result<Read, Problem> {
        let mut taker = self.taker()?;
        taker.expect(rows.unwrap_or(usize::MAX).min(self.metadata.num_rows))?;
        for place in 0..self.metadata.row_groups.len() {
            let left = rows.map(|rows| rows - taker.rows());
            if left == Some(0) {
                break;
            }
            self.take_group(place, left, &mut taker)?;
        }
        taker.finish()
    }

    /// Takes the first `left` rows of a row group, or all.
    fn take_group(
        &self,
        place: usize,
        left: Option<usize>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Problem> {
        let groups = &self.metadata.row_groups;
        let group = &groups[place];
        let before = taker.rows();
        let read = guarded_read(|| self.read_group(group, left, taker));
        let damaged = || self.damaged(place, groups.len());
        read.map_err(|fault| fault.told(damaged))?;
        let expected = left.map_or(group.num_rows(), |left| left.min(group.num_rows()));
        if taker.rows() - before != expected {
            return Err(damaged());
        }
        Ok(())
    }

    /// Takes the dictionary of a row group, and says whether it holds all of its values.
    fn take_dictionary(&self, place: usize, taker: &mut Taker<'_>) -> Result<bool, Problem> {
        let groups = &self.metadata.row_groups;
        let read = guarded_read(|| {
            let (chunk, bytes) = self.chunk(&groups[place])?;
            let Some((pages, values)) = dictionary::pages(&bytes, chunk) else {
                return Ok(false);
            };
            self.decode(pages, chunk, None, taker)?;
            (taker.rows() == values)
                .then_some(true)
                .ok_or(Fault::Damaged)
        });
        read.map_err(|fault| fault.told(|| self.damaged(place, groups.len())))
    }

    fn read_group(
        &self,
        group: &RowGroupMetadata,
        left: Option<usize>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Fault> {
        let (chunk, bytes) = self.chunk(group)?;
        pages::check(&bytes, chunk, group.num_rows()).ok_or(Fault::Damaged)?;
        let pages = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), usize::MAX);
        let pages = BasicDecompressor::new(pages, Vec::new());
        let filter = left.filter(|left| *left < group.num_rows());
        self.decode(pages, chunk, filter.map(Filter::new_limited), taker)
    }

    fn decode(
        &self,
        pages: BasicDecompressor,
        chunk: &ColumnChunkMetadata,
        filter: Option<Filter>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Fault> {
        let kind = &chunk.descriptor().descriptor.primitive_type;
        let (arrays, _) =
            column_iter_to_arrays(vec![pages], vec![kind], self.field.clone(), filter)?;
        for array in arrays {
            taker.take(array.as_ref()).map_err(Fault::Unfit)?;
        }
        Ok(())
    }

    /// The only chunk of the column in a row group, and its bytes.
    fn chunk<'g>(
        &self,
        group: &'g RowGroupMetadata,
    ) -> Result<(&'g ColumnChunkMetadata, Buffer<u8>), Fault> {
        let mut chunks = group
            .columns_under_root_iter(&self.wanted.0)
            .into_iter()
            .flatten();
        let (Some(chunk), None) = (chunks.next(), chunks.next()) else {
            return Err(Fault::Damaged);
        };
        Ok((chunk, self.bytes(chunk).ok_or(Fault::Damaged)?))
    }

    /// The bytes of a column in a row group, where all of them are in the file.
    fn bytes(&self, chunk: &ColumnChunkMetadata) -> Option<Buffer<u8>> {
        let range = chunk.byte_range();
        let length = range.end.checked_sub(range.start)?;
        if range.end > self.source.bytes().ok()? {
            return None;
        }
        let mut reader = self.source.reader();
        reader.seek(SeekFrom::Start(range.start)).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        reader.take(length).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == length).then(|| bytes.into())
    }

    fn damaged(&self, group: usize, groups: usize) -> Problem {
        let name = &self.wanted.0;
        let place = match groups {
            1 => String::new(),
            _ => format!(" in row group {group} (counted from 0)"),
        };
        Problem::new(format!(
            "the column `{name}` ({}) cannot be decoded{place}: the file is damaged, or written in \
             a way that is not known here",
            self.type_name
        ))
        .in_column(name)
        .remedy("write or download it again")
    }
}

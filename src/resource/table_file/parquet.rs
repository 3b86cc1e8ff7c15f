//! Parquet files: columns are decoded one by one, a row group at a time, and only those that are
//! used. Of the others not even the type is looked at.

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
use super::guard::guarded;
use super::taker::Taker;
use super::{Read, ReadColumns, TableSchema, Wanted, pandas_index};

use crate::resource::matching::missing_column;
use crate::resource::source::Source;
use crate::resource::table::ColumnType;
use crate::vocabulary::{Problem, TableOptions};

/// Decimals of more digits than this are wider than 128 bits.
const DIGITS_OF_128_BITS: usize = 38;

/// What the file holds, by its footer.
pub(super) fn schema(source: &Source) -> Result<TableSchema, Problem> {
    let metadata = footer(source)?;
    let fields = fields(&metadata);
    let described = |field: &Field| (column_type(&field.dtype), type_name(&field.dtype));
    let mut read = TableSchema::default();
    for field in metadata.schema().fields() {
        let name = field.name();
        if read.has(name) {
            return Err(Problem::new(format!("two columns are called `{name}`"))
                .in_column(name)
                .remedy("rename or remove one of them"));
        }
        let unknown = || (ColumnType::Other, "unknown".to_owned());
        let (column_type, type_name) = fields.get(name).map_or_else(unknown, described);
        read.columns.push((name.to_owned(), column_type));
        read.type_names.insert(name.to_owned(), type_name);
    }
    read.rows = Some(metadata.num_rows);
    let pairs = metadata.key_value_metadata().iter().flatten();
    let pandas = pairs.into_iter().find(|pair| pair.key == "pandas");
    read.index = pandas_index::columns(pandas.and_then(|pair| pair.value.as_deref()), &read);
    Ok(read)
}

fn footer(source: &Source) -> Result<FileMetadata, Problem> {
    match guarded(|| read_metadata(&mut source.reader())) {
        Ok(Ok(metadata)) => Ok(metadata),
        Ok(Err(error)) => {
            let text = error.to_string();
            let reason = text.lines().next().unwrap_or_default();
            Err(Problem::new(format!(
                "not a Parquet file, or not the whole of one: {reason}"
            )))
        }
        Err(_) => Err(Problem::new(
            "not a Parquet file, or a damaged one: its footer makes no sense",
        )
        .remedy("write or download it again")),
    }
}

/// The columns' types: as Arrow wrote them, or as Parquet has them where that cannot be read.
fn fields(metadata: &FileMetadata) -> ArrowSchema {
    let of_parquet = || guarded(|| schema::parquet_to_arrow_schema(metadata.schema().fields()));
    let of_arrow = guarded(|| infer_schema(metadata).ok()).ok().flatten();
    let mut fields = of_parquet().unwrap_or_default();
    for parquet in metadata.schema().fields() {
        if let Some(field) = fields.get_mut(parquet.name()) {
            field.dtype = by_logical_type(&field.dtype, parquet);
        }
    }
    for field in of_arrow.into_iter().flat_map(ArrowSchema::into_iter_values) {
        if let Some(known) = fields.get_mut(&field.name) {
            *known = field;
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
    let metadata = footer(source)?;
    let fields = fields(&metadata);
    let parquet = metadata.schema().fields();
    let columns = wanted.par_iter().map(|(name, reading)| {
        let field = parquet.iter().any(|field| field.name() == name);
        let Some(field) = fields.get(name.as_str()).filter(|_| field) else {
            return Err(missing_column(name, &schema(source)?));
        };
        let dtype = field.dtype.to_storage().clone();
        let taker = Taker::new(
            name,
            *reading,
            column_type(&field.dtype),
            &type_name(&field.dtype),
            options,
        )?;
        let column = Column {
            source,
            name,
            field: Field::new(field.name.clone(), dtype, true),
        };
        Ok((name.clone(), column.read(&metadata, rows, taker)?))
    });
    let columns = columns.collect::<Result<_, Problem>>()?;
    let whole = metadata.num_rows;
    Ok(ReadColumns {
        rows: rows.map_or(whole, |rows| rows.min(whole)),
        columns,
    })
}

struct Column<'a> {
    source: &'a Source,
    name: &'a str,
    field: Field,
}

impl Column<'_> {
    fn read(
        &self,
        metadata: &FileMetadata,
        rows: Option<usize>,
        mut taker: Taker<'_>,
    ) -> Result<Read, Problem> {
        taker.expect(rows.unwrap_or(usize::MAX).min(metadata.num_rows));
        for (place, group) in metadata.row_groups.iter().enumerate() {
            let left = rows.map(|rows| rows - taker.rows());
            if left == Some(0) {
                break;
            }
            let before = taker.rows();
            let read = guarded(|| self.read_group(group, left, &mut taker));
            let damaged = || self.damaged(place, metadata.row_groups.len());
            read.map_err(|_| damaged())?.map_err(|found| match found {
                Fault::Damaged => damaged(),
                Fault::Unfit(problem) => problem,
            })?;
            let expected = left.map_or(group.num_rows(), |left| left.min(group.num_rows()));
            if taker.rows() - before != expected {
                return Err(damaged());
            }
        }
        taker.finish()
    }

    fn read_group(
        &self,
        group: &RowGroupMetadata,
        left: Option<usize>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Fault> {
        let chunks = group.columns_under_root_iter(self.name);
        let chunks: Vec<&ColumnChunkMetadata> = chunks.into_iter().flatten().collect();
        let [chunk] = chunks.as_slice() else {
            return Err(Fault::Damaged);
        };
        let bytes = self.bytes(chunk).ok_or(Fault::Damaged)?;
        let pages = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), usize::MAX);
        let pages = BasicDecompressor::new(pages, Vec::new());
        let kind = &chunk.descriptor().descriptor.primitive_type;
        let filter = left.filter(|left| *left < group.num_rows());
        let filter = filter.map(Filter::new_limited);
        let (arrays, _) =
            column_iter_to_arrays(vec![pages], vec![kind], self.field.clone(), filter)
                .map_err(|_| Fault::Damaged)?;
        for array in arrays {
            taker.take(array.as_ref()).map_err(Fault::Unfit)?;
        }
        Ok(())
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
        let name = self.name;
        let place = match groups {
            1 => String::new(),
            _ => format!(" in row group {group} (counted from 0)"),
        };
        let dtype: &ArrowDataType = &self.field.dtype;
        Problem::new(format!(
            "the column `{name}` ({}) cannot be decoded{place}: the file is damaged, or written in \
             a way that is not known here",
            type_name(dtype)
        ))
        .in_column(name)
        .remedy("write or download it again")
    }
}

enum Fault {
    Damaged,
    Unfit(Problem),
}

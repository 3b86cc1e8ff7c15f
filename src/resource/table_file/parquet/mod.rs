//! Parquet files: columns are decoded one by one, a row group at a time, and only those that are
//! used. Of the others not even the type is looked at. What a file says of itself is checked first.

mod agreement;
mod apart;
mod checksum;
mod column;
mod cursor;
mod dictionary;
mod footer;
mod pages;
mod stream;
mod thrift;
mod unpacked;
mod unpacked_page;
mod values;
mod written_schema;

use std::collections::BTreeMap;

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_parquet::read::{
    ColumnChunkMetadata, FileMetadata, ParquetType, PrimitiveLogicalType, infer_schema,
    read_metadata, schema,
};
use rayon::prelude::*;

use self::column::Column;
use super::arrow_type::{column_type, type_name};
use super::batches::WORTH_TAKING_APART;
use super::distinct::Distinct;
use super::guard::guarded;
use super::{FEW_TEXT_BYTES, ReadColumns, TableSchema, Wanted, pandas_index};
use crate::resource::source::Source;
use crate::resource::table::ColumnType;
use crate::vocabulary::{Problem, TableOptions};

pub(super) use apart::with_columns_apart;
pub(super) use stream::with_batches;

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
    read.groups = group_ends(&metadata);
    let texts = read
        .columns
        .iter()
        .filter(|(_, of)| *of == ColumnType::Text);
    let bytes = texts.map(|(name, _)| (name.clone(), text_bytes(source, &metadata, name)));
    let bytes: Vec<(String, u64)> = bytes.filter(|(_, bytes)| *bytes > FEW_TEXT_BYTES).collect();
    read.text_bytes.extend(bytes);
    read.page_bytes = page_bytes(source, &metadata);
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
    // First: the reader makes room for as many items as a list claims to have.
    if !footer::is_sound(source) {
        return Err(damaged());
    }
    match guarded(|| read_metadata(&mut source.reader())) {
        Ok(Ok(metadata)) if has_its_rows(&metadata) && written_schema::is_sound(&metadata) => {
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

/// Where the row groups of the file end.
fn group_ends(metadata: &FileMetadata) -> Vec<usize> {
    let groups = metadata.row_groups.iter();
    let ends = groups.scan(0, |end: &mut usize, group| {
        *end = end.saturating_add(group.num_rows());
        Some(*end)
    });
    ends.collect()
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

/// Bytes of each column's pages that are in memory at a time while it is taken page by page, by its
/// first pages; nothing of a small table.
fn page_bytes(source: &Source, metadata: &FileMetadata) -> BTreeMap<String, u64> {
    let fields = metadata.schema().fields();
    let values = metadata.num_rows.saturating_mul(fields.len());
    let first = metadata.row_groups.iter().find(|g| g.num_rows() > 0);
    let Some(group) = first.filter(|_| values.saturating_mul(8) >= WORTH_TAKING_APART) else {
        return BTreeMap::new();
    };
    let of_column = |name: &str| {
        let chunk = group.columns_under_root_iter(name)?.next()?;
        let claimed = || u64::try_from(chunk.uncompressed_size()).ok();
        let bytes = pages::page_bytes(source, chunk).or_else(claimed)?;
        Some((name.to_owned(), bytes))
    };
    fields.iter().filter_map(|f| of_column(f.name())).collect()
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
        let read = column.values_of_group(place)?;
        let parts = [&read.numbers, &read.texts];
        parts
            .into_iter()
            .flatten()
            .for_each(|part| distinct.add(part));
    }
    Ok(distinct.names())
}

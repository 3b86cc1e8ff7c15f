//! Parquet: a row group a block, pages compressed with Zstandard.

use std::io::{self, Write};

use polars_arrow::array::{Array, Float32Array, PrimitiveArray, Utf8Array};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_error::PolarsResult;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, FileWriter, ParquetType,
    StatisticsOptions, Version, WriteOptions, array_to_columns, compress,
    fallible_streaming_iterator, get_dtype_encoding,
};
use rayon::prelude::*;

use super::{Block, BlockValues};

const OPTIONS: WriteOptions = WriteOptions {
    statistics: StatisticsOptions {
        min_value: true,
        max_value: true,
        distinct_count: false,
        null_count: true,
        binary_statistics_truncate_length: None,
    },
    version: Version::V1,
    compression: CompressionOptions::Zstd(None),
    data_page_size: None,
};

pub(super) struct Writer<W: Write> {
    file: FileWriter<W>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(file: W, first: &Block<'_>) -> io::Result<Self> {
        let columns = first.columns.iter();
        let fields =
            columns.map(|(name, values)| Field::new((*name).into(), data_type(values), true));
        let schema: ArrowSchema = fields.collect();
        let file = FileWriter::try_new(file, schema, OPTIONS).map_err(io::Error::other)?;
        Ok(Self { file })
    }

    pub(super) fn write(&mut self, block: &Block<'_>) -> io::Result<()> {
        if block.rows() == 0 {
            return Ok(());
        }
        let fields = self.file.parquet_schema().fields();
        let columns: PolarsResult<Vec<Vec<CompressedPage>>> = block
            .columns
            .par_iter()
            .zip(fields)
            .map(|((_, values), field)| pages(values, field.clone()))
            .collect();
        let columns = columns.map_err(io::Error::other)?;
        let columns = columns.iter().map(|pages| {
            let pages = pages.iter().map(PolarsResult::Ok);
            Ok(DynStreamingIterator::new(
                fallible_streaming_iterator::convert(pages),
            ))
        });
        let group = DynIter::new(columns);
        let rows = block.rows() as u64;
        self.file.write(rows, group).map_err(io::Error::other)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.end(None).map_err(io::Error::other)?;
        self.file.into_inner().flush()
    }
}

/// The compressed pages of a column.
fn pages(values: &BlockValues<'_>, field: ParquetType) -> PolarsResult<Vec<CompressedPage>> {
    let array = array(values);
    let encodings = get_dtype_encoding(array.dtype());
    let mut written = Vec::new();
    for pages in array_to_columns(array, field, OPTIONS, &encodings)? {
        for page in pages {
            written.push(compress(page?, Vec::new(), OPTIONS.compression)?);
        }
    }
    Ok(written)
}

fn data_type(values: &BlockValues<'_>) -> ArrowDataType {
    match values {
        BlockValues::Counts(_) => ArrowDataType::UInt64,
        BlockValues::Integers(_) => ArrowDataType::Int64,
        BlockValues::Numbers(_) => ArrowDataType::Float64,
        BlockValues::Scores(_) => ArrowDataType::Float32,
        BlockValues::Texts(_) => ArrowDataType::LargeUtf8,
    }
}

fn array(values: &BlockValues<'_>) -> Box<dyn Array> {
    match values {
        BlockValues::Counts(values) => Box::new(PrimitiveArray::from_slice(values)),
        BlockValues::Integers(values) => Box::new(PrimitiveArray::from_slice(values)),
        BlockValues::Numbers(values) => Box::new(PrimitiveArray::from_slice(values)),
        BlockValues::Scores(values) => Box::new(Float32Array::from(values.as_slice())),
        BlockValues::Texts(values) => Box::new(Utf8Array::<i64>::from(values.as_slice())),
    }
}

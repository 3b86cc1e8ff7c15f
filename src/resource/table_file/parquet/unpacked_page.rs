//! One page, unpacked and checked, apart from the others of its column: some of its rows can be decoded
//! at a time, without unpacking it again.

use std::io::Cursor;

use polars_buffer::Buffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::page::{DataPage, DataPageHeader};
use polars_parquet::parquet::read::PageMetaData;
use polars_parquet::read::{BasicDecompressor, ColumnChunkMetadata, PageReader};

use super::thrift::write;
use super::values;

/// The dictionary that the pages of a column in a row group share.
pub(super) struct Dictionary {
    /// Head and body, not packed.
    bytes: Vec<u8>,
    values: usize,
}

impl Dictionary {
    /// Of the bytes of its page; none where they are damaged.
    pub(super) fn unpack(bytes: Buffer<u8>, chunk: &ColumnChunkMetadata) -> Option<Self> {
        let page = pages(bytes, chunk.compression(), 0, chunk).read_dict_page();
        let page = page.ok()??;
        let kind = chunk.descriptor().descriptor.primitive_type.physical_type;
        values::plain(&page.buffer, kind, page.num_values)?;
        let mut bytes = Vec::with_capacity(page.buffer.len() + write::MOST_HEAD_BYTES);
        let of_values = [Some(i32::try_from(page.num_values).ok()?), Some(PLAIN)];
        write::head(write::DICTIONARY, page.buffer.len(), &of_values, &mut bytes)?;
        bytes.extend_from_slice(&page.buffer);
        Some(Self {
            bytes,
            values: page.num_values,
        })
    }
}

/// The encoding of values one after the other.
const PLAIN: i32 = 0;

/// A page of data.
pub(super) struct UnpackedPage {
    /// The dictionary and the page, heads and bodies, not packed.
    bytes: Buffer<u8>,
    pub(super) rows: usize,
}

impl UnpackedPage {
    /// Of the bytes of a page of so many rows; none where they are damaged.
    pub(super) fn unpack(
        bytes: Buffer<u8>,
        rows: usize,
        chunk: &ColumnChunkMetadata,
        dictionary: Option<&Dictionary>,
    ) -> Option<Self> {
        let mut pages = pages(bytes, chunk.compression(), rows, chunk);
        let page = pages.next()?.ok()?.decompress(&mut pages).ok()?;
        let kind = chunk.descriptor().descriptor.primitive_type.physical_type;
        values::check(&page, kind, dictionary.map(|known| known.values))?;
        let shared = dictionary.map_or(&[][..], |known| &known.bytes);
        let length = shared.len() + write::MOST_HEAD_BYTES + page.buffer().len();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(shared);
        head(&page, &mut bytes)?;
        bytes.extend_from_slice(page.buffer());
        Some(Self {
            bytes: bytes.into(),
            rows,
        })
    }

    /// To decode from.
    pub(super) fn pages(&self, chunk: &ColumnChunkMetadata) -> BasicDecompressor {
        let bytes = self.bytes.clone();
        pages(bytes, Compression::Uncompressed, self.rows, chunk)
    }
}

fn head(page: &DataPage, into: &mut Vec<u8>) -> Option<()> {
    let size = page.buffer().len();
    match page.header() {
        DataPageHeader::V1(of) => {
            let levels = [of.definition_level_encoding, of.repetition_level_encoding];
            let counts = [of.num_values, of.encoding.0, levels[0].0, levels[1].0];
            write::head(write::DATA, size, &counts.map(Some), into)
        }
        DataPageHeader::V2(of) => {
            let levels = [
                of.definition_levels_byte_length,
                of.repetition_levels_byte_length,
            ];
            let counts = [of.num_values, of.num_nulls, of.num_rows, of.encoding.0];
            let counts = counts.into_iter().chain(levels).map(Some);
            // That nothing is packed comes last.
            let counts: Vec<Option<i32>> = counts.chain([None]).collect();
            write::head(write::DATA_2, size, &counts, into)
        }
    }
}

fn pages(
    bytes: Buffer<u8>,
    codec: Compression,
    rows: usize,
    chunk: &ColumnChunkMetadata,
) -> BasicDecompressor {
    let descriptor = chunk.descriptor().descriptor.clone();
    let meta = PageMetaData::new(0, rows as i64, codec, descriptor);
    let reader = PageReader::new_with_page_meta(Cursor::new(bytes), meta, Vec::new(), usize::MAX);
    BasicDecompressor::new(reader, Vec::new())
}

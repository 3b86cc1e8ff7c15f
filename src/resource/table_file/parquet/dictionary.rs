//! The values of a dictionary, as a column of which each row is another of them: what a column of many
//! rows holds is known without unpacking its rows.

use std::io::Cursor;

use polars_buffer::Buffer;
use polars_parquet::parquet::read::PageMetaData;
use polars_parquet::read::{BasicDecompressor, ColumnChunkMetadata, PageReader};

use super::pages::Head;
use super::thrift::{Compact, write};

/// Longer dictionaries are no values that are worth gathering apart.
const MOST_VALUES: usize = 100_000;
/// The encoding of indices into a dictionary, and its older name.
const INDICES: [i32; 2] = [8, 2];

/// The pages of such a column; none where not all values of the chunk are in a dictionary.
pub(super) fn pages(
    bytes: &Buffer<u8>,
    chunk: &ColumnChunkMetadata,
) -> Option<(BasicDecompressor, usize)> {
    let mut compact = Compact::new(bytes);
    let (first, _) = Head::with_body(&mut compact)?;
    let values = usize::try_from(first.dictionary?.values?).ok()?;
    if values == 0 || values > MOST_VALUES {
        return None;
    }
    let end = bytes.len() - compact.rest().len();
    while !compact.rest().is_empty() {
        let (head, _) = Head::with_body(&mut compact)?;
        let counts = head.data.or(head.data_2)?;
        if !INDICES.contains(&counts.encoding?) {
            return None;
        }
    }
    let descriptor = chunk.descriptor().descriptor.clone();
    let mut made = bytes.get(..end)?.to_vec();
    made.extend(page(values, descriptor.max_def_level > 0)?);
    let meta = PageMetaData::new(0, values as i64, chunk.compression(), descriptor);
    let reader = Cursor::new(Buffer::from_vec(made));
    let pages = PageReader::new_with_page_meta(reader, meta, Vec::new(), usize::MAX);
    Some((BasicDecompressor::new(pages, Vec::new()), values))
}

/// A page of the second version, not packed, of one row a value.
fn page(values: usize, is_optional: bool) -> Option<Vec<u8>> {
    let mut levels = Vec::new();
    if is_optional {
        write::varint((values as u64) << 1, &mut levels);
        levels.push(1);
    }
    let mut body = levels.clone();
    // Runs of one index each, of 32 bits.
    body.push(32);
    for index in 0..values as u32 {
        body.push(2);
        body.extend_from_slice(&index.to_le_bytes());
    }
    let levels_bytes = levels.len();
    let counts = [values, 0, values, INDICES[0] as usize, levels_bytes, 0];
    let counts = counts.into_iter().map(|count| i32::try_from(count).ok());
    // That nothing is packed comes last.
    let counts: Vec<Option<i32>> = counts.chain([None]).collect();
    let mut page = Vec::new();
    write::head(write::DATA_2, body.len(), &counts, &mut page)?;
    page.extend(body);
    Some(page)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use super::{Compact, Head, page};

    #[test]
    fn the_page_is_one_that_is_understood() {
        let bytes = page(300, true).unwrap();
        let mut compact = Compact::new(&bytes);
        let (head, body) = Head::with_body(&mut compact).unwrap();
        let counts = head.data_2.unwrap();
        assert_eq!((counts.values, counts.encoding), (Some(300), Some(8)));
        assert_eq!(body.len(), 3 + 1 + 300 * 5);
        assert!(compact.rest().is_empty());
    }
}

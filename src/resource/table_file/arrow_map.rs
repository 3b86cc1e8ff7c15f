//! Columns of an Arrow file that are used where they lie: the file is mapped, not read.
//!
//! That can be done with numbers of 64 bits, none of them missing, in a file of one batch that is
//! not compressed. Others are read as usual. A mapped file must not be cut short or written over
//! while it is in use: write a new one beside it and rename it, as most tools do.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use memmap2::Mmap;
use polars_arrow::array::PrimitiveArray;
use polars_arrow::io::ipc::read::{Dictionaries, FileMetadata, read_file_metadata};
use polars_arrow::mmap::mmap_unchecked;

use crate::resource::numbers::Numbers;
use crate::resource::source::Source;

/// What stands before a message since version 0.15 of the format.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Those of the columns that can be used where they lie.
pub(super) fn map_numbers(source: &Source, columns: &[String]) -> BTreeMap<String, Numbers> {
    mapped(source, columns).unwrap_or_default()
}

fn mapped(source: &Source, columns: &[String]) -> Option<BTreeMap<String, Numbers>> {
    #[allow(unsafe_code, reason = "mapping a file has no safe form")]
    // SAFETY: the mapping is read only. That the file is not cut short while it is in use is what
    // the user is told above; what it holds may be anything, see below.
    let bytes = Arc::new(unsafe { Mmap::map(source.file()) }.ok()?);
    let metadata = read_file_metadata(&mut Cursor::new(&bytes[..])).ok()?;
    let has_dictionaries = metadata
        .dictionaries
        .as_ref()
        .is_some_and(|d| !d.is_empty());
    if metadata.blocks.len() != 1 || has_dictionaries || !is_message_within(&metadata, &bytes) {
        return None;
    }
    #[allow(unsafe_code, reason = "polars maps without checking texts and lists")]
    // SAFETY: of the batch only numbers without missing ones are used. That these lie within the
    // file and are aligned is checked, and any 64 bits are a number. Texts and lists, whose
    // offsets are not checked, are dropped without a look at them.
    let batch = unsafe { mmap_unchecked(&metadata, &Dictionaries::default(), bytes, 0) }.ok()?;
    let mut numbers = BTreeMap::new();
    for (name, array) in metadata.schema.iter_names().zip(batch.arrays()) {
        let values = array.as_any().downcast_ref::<PrimitiveArray<f64>>();
        let values = values.filter(|values| values.validity().is_none());
        if let Some(values) = values.filter(|_| columns.iter().any(|c| *c == **name)) {
            numbers.insert(name.to_string(), Numbers::mapped(values.clone()));
        }
    }
    Some(numbers)
}

/// Does the only batch's message lie within the file? Mapping takes that for granted.
fn is_message_within(metadata: &FileMetadata, bytes: &[u8]) -> bool {
    let starts = metadata
        .blocks
        .iter()
        .map(|block| usize::try_from(block.offset).ok());
    let is_within = |start: usize| {
        let mut message = bytes.get(start..)?;
        let mut length: [u8; 4] = message.get(..4)?.try_into().ok()?;
        message = &message[4..];
        if length == CONTINUATION {
            length = message.get(..4)?.try_into().ok()?;
            message = &message[4..];
        }
        let length = usize::try_from(i32::from_le_bytes(length)).ok()?;
        (length <= message.len()).then_some(())
    };
    starts
        .into_iter()
        .all(|start| start.and_then(is_within).is_some())
}

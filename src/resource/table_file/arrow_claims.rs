//! What an Arrow file says of its own sizes, checked before room is made for it: a damaged length
//! would take memory until the process is ended.

use std::io::{Read, Seek, SeekFrom};

use polars_arrow::io::ipc::read::FileMetadata;
use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{Block, MessageHeaderRef, MessageRef, RecordBatchRef};

use crate::resource::source::Source;

/// What stands before a message since version 0.15 of the format.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// No codec of the format makes more of a byte than this.
const LARGEST_RATIO: u64 = 1 << 16;

/// That every buffer lies within the file, and none claims to unpack to what it cannot hold.
pub(super) fn check(source: &Source, metadata: &FileMetadata) -> Result<(), ()> {
    let dictionaries = metadata.dictionaries.iter().flatten();
    dictionaries
        .chain(&metadata.blocks)
        .try_for_each(|block| block_holds(source, block).ok_or(()))
}

fn block_holds(source: &Source, block: &Block) -> Option<()> {
    let length = source.bytes().ok()?;
    let start = u64::try_from(block.offset).ok()?;
    let body = start.checked_add(u64::try_from(block.meta_data_length).ok()?)?;
    let message = bytes_at(source, start, body.checked_sub(start)?, length)?;
    let message = match message.strip_prefix(&CONTINUATION) {
        Some(rest) => rest.get(4..)?,
        None => message.get(4..)?,
    };
    let message = MessageRef::read_as_root(message).ok()?;
    let batch = match message.header().ok()?? {
        MessageHeaderRef::RecordBatch(batch) => batch,
        MessageHeaderRef::DictionaryBatch(dictionary) => dictionary.data().ok()??,
        _ => return None,
    };
    batch_holds(source, batch, body, length)
}

fn batch_holds(source: &Source, batch: RecordBatchRef<'_>, body: u64, length: u64) -> Option<()> {
    let is_packed = batch.compression().ok()?.is_some();
    for buffer in batch.buffers().ok()?? {
        let bytes = u64::try_from(buffer.length()).ok()?;
        let start = body.checked_add(u64::try_from(buffer.offset()).ok()?)?;
        if start.checked_add(bytes)? > length {
            return None;
        }
        if is_packed && bytes > 0 {
            let claim = bytes_at(source, start, 8, length)?;
            let claim = i64::from_le_bytes(claim.try_into().ok()?);
            let is_stored = claim == -1;
            if !is_stored && u64::try_from(claim).ok()? / LARGEST_RATIO > bytes {
                return None;
            }
        }
    }
    Some(())
}

fn bytes_at(source: &Source, start: u64, bytes: u64, length: u64) -> Option<Vec<u8>> {
    if start.checked_add(bytes)? > length {
        return None;
    }
    let mut reader = source.reader();
    reader.seek(SeekFrom::Start(start)).ok()?;
    let mut read = vec![0; usize::try_from(bytes).ok()?];
    reader.read_exact(&mut read).ok()?;
    Some(read)
}

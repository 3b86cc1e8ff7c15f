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
    let length = source.bytes().map_err(drop)?;
    let dictionaries = metadata.dictionaries.iter().flatten();
    let is_held = |block: &Block| {
        let start = u64::try_from(block.offset).ok()?;
        let message = Message::at(source, start, length)?;
        let body = start.checked_add(u64::try_from(block.meta_data_length).ok()?)?;
        message.is_held_by(source, body, length)
    };
    let mut blocks = dictionaries.chain(&metadata.blocks);
    blocks.try_for_each(|block| is_held(block).ok_or(()))
}

/// The same of a stream, whose rows are told: that it ends where a message ends, too.
pub(super) fn check_stream(source: &Source) -> Result<usize, ()> {
    stream_rows(source).ok_or(())
}

fn stream_rows(source: &Source) -> Option<usize> {
    let length = source.bytes().ok()?;
    let mut at = 0;
    let mut rows = 0;
    while at < length {
        let Some(message) = Message::at(source, at, length) else {
            return Message::is_end(source, at, length).then_some(rows);
        };
        let body = at + message.prefix + message.bytes.len() as u64;
        let of_batch = message.is_held_by(source, body, length);
        rows += message.rows().unwrap_or(0);
        let root = MessageRef::read_as_root(&message.bytes).ok()?;
        let is_schema = matches!(root.header().ok()??, MessageHeaderRef::Schema(_));
        if of_batch.is_none() && !is_schema {
            return None;
        }
        at = body.checked_add(u64::try_from(root.body_length().ok()?).ok()?)?;
    }
    (at == length).then_some(rows)
}

/// A message's head.
pub(super) struct Message {
    /// Bytes before it.
    prefix: u64,
    pub(super) bytes: Vec<u8>,
}

impl Message {
    pub(super) fn at(source: &Source, start: u64, length: u64) -> Option<Self> {
        let mut prefix = 4;
        let mut size = bytes_at(source, start, 4, length)?;
        if size == CONTINUATION {
            prefix = 8;
            size = bytes_at(source, start.checked_add(4)?, 4, length)?;
        }
        let size = i32::from_le_bytes(size.try_into().ok()?);
        let size = u64::try_from(size).ok().filter(|size| *size > 0)?;
        let bytes = bytes_at(source, start.checked_add(prefix)?, size, length)?;
        Some(Self { prefix, bytes })
    }

    /// Is it the mark of a stream's end?
    fn is_end(source: &Source, start: u64, length: u64) -> bool {
        let bytes = bytes_at(source, start, 8.min(length - start), length).unwrap_or_default();
        let size = bytes.strip_prefix(&CONTINUATION).unwrap_or(&bytes);
        size.starts_with(&[0; 4])
    }

    fn rows(&self) -> Option<usize> {
        let message = MessageRef::read_as_root(&self.bytes).ok()?;
        match message.header().ok()?? {
            MessageHeaderRef::RecordBatch(batch) => usize::try_from(batch.length().ok()?).ok(),
            _ => None,
        }
    }

    fn is_held_by(&self, source: &Source, body: u64, length: u64) -> Option<()> {
        let message = MessageRef::read_as_root(&self.bytes).ok()?;
        let batch = match message.header().ok()?? {
            MessageHeaderRef::RecordBatch(batch) => batch,
            MessageHeaderRef::DictionaryBatch(dictionary) => dictionary.data().ok()??,
            _ => return None,
        };
        batch_holds(source, batch, body, length)
    }
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

//! What an Arrow file says of its own sizes, checked before room is made for it: a damaged length
//! would take memory until the process is ended.

use std::io::{Read, Seek, SeekFrom};

use polars_arrow::io::ipc::read::FileMetadata;
use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{Block, MessageHeaderRef, MessageRef, RecordBatchRef};

use crate::resource::source::Source;

/// What stands before a message since version 0.15 of the format.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// So many rows may be there without a bit for each.
const FEW_ROWS: u64 = 1 << 24;
/// No codec of the format makes more of a byte than this.
const LARGEST_RATIO: u64 = 1 << 16;

/// That every buffer lies within the file, and none claims to unpack to what it cannot hold; says how
/// many bytes all of them unpack to.
pub(super) fn check(source: &Source, metadata: &FileMetadata) -> Result<u64, ()> {
    let length = source.bytes().map_err(drop)?;
    let dictionaries = metadata.dictionaries.iter().flatten();
    let is_held = |block: &Block| {
        let start = u64::try_from(block.offset).ok()?;
        let message = Message::at(source, start, length)?;
        let body = start.checked_add(u64::try_from(block.meta_data_length).ok()?)?;
        message.is_held_by(source, body, length)
    };
    let mut blocks = dictionaries.chain(&metadata.blocks);
    let unpacked = |all: u64, block| all.checked_add(is_held(block)?);
    blocks.try_fold(0, unpacked).ok_or(())
}

/// Where batches end, by rows from the start of the file; none where their heads make no sense.
pub(super) fn batch_ends(source: &Source, metadata: &FileMetadata) -> Option<Vec<usize>> {
    let length = source.bytes().ok()?;
    let blocks = metadata.blocks.iter();
    let ends = blocks.scan(Some(0_usize), |end, block| {
        let rows = || Message::at(source, u64::try_from(block.offset).ok()?, length)?.rows();
        *end = end.and_then(|end| end.checked_add(rows()?));
        Some(*end)
    });
    ends.collect()
}

/// The rows of all batches together; none where their heads make no sense.
pub(super) fn rows(source: &Source, metadata: &FileMetadata) -> Option<usize> {
    let ends = batch_ends(source, metadata)?;
    Some(ends.last().copied().unwrap_or(0))
}

/// The rows of the longest batch.
pub(super) fn longest_batch(ends: &[usize]) -> usize {
    let starts = std::iter::once(&0).chain(ends);
    let rows = ends.iter().zip(starts).map(|(end, start)| end - start);
    rows.max().unwrap_or(0)
}

/// The same of a stream, whose rows are told: that it ends where a message ends, too.
pub(super) fn check_stream(source: &Source) -> Result<(usize, u64), ()> {
    stream_claims(source).ok_or(())
}

fn stream_claims(source: &Source) -> Option<(usize, u64)> {
    let (mut rows, mut unpacked) = (0_usize, 0_u64);
    let length = source.bytes().ok()?;
    for (start, body) in places_in_stream(source)? {
        let message = Message::at(source, start, length)?;
        let of_batch = message.is_held_by(source, body, length);
        rows = rows.checked_add(message.rows().unwrap_or(0))?;
        unpacked = unpacked.checked_add(of_batch.unwrap_or(0))?;
        let root = MessageRef::read_as_root(&message.bytes).ok()?;
        let is_schema = matches!(root.header().ok()??, MessageHeaderRef::Schema(_));
        if of_batch.is_none() && !is_schema {
            return None;
        }
    }
    Some((rows, unpacked))
}

/// Where the messages of a stream begin, and where what they are about does; none where the stream does
/// not end as one of them does.
pub(super) fn places_in_stream(source: &Source) -> Option<Vec<(u64, u64)>> {
    let length = source.bytes().ok()?;
    let mut places = Vec::new();
    let mut at = 0;
    while at < length {
        let Some(message) = Message::at(source, at, length) else {
            return Message::is_end(source, at, length).then_some(places);
        };
        let body = at + message.prefix + message.bytes.len() as u64;
        let root = MessageRef::read_as_root(&message.bytes).ok()?;
        places.push((at, body));
        at = body.checked_add(u64::try_from(root.body_length().ok()?).ok()?)?;
    }
    (at == length).then_some(places)
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

    fn is_held_by(&self, source: &Source, body: u64, length: u64) -> Option<u64> {
        let message = MessageRef::read_as_root(&self.bytes).ok()?;
        let batch = match message.header().ok()?? {
            MessageHeaderRef::RecordBatch(batch) => batch,
            MessageHeaderRef::DictionaryBatch(dictionary) => dictionary.data().ok()??,
            _ => return None,
        };
        batch_holds(source, batch, body, length)
    }
}

/// How many bytes the buffers of a batch unpack to; none where they do not lie within the file.
fn batch_holds(source: &Source, batch: RecordBatchRef<'_>, body: u64, length: u64) -> Option<u64> {
    let mut unpacked = 0_u64;
    let is_packed = batch.compression().ok()?.is_some();
    for buffer in batch.buffers().ok()?? {
        let bytes = u64::try_from(buffer.length()).ok()?;
        let start = body.checked_add(u64::try_from(buffer.offset()).ok()?)?;
        if start.checked_add(bytes)? > length {
            return None;
        }
        if !is_packed || bytes == 0 {
            unpacked = unpacked.checked_add(bytes)?;
            continue;
        }
        let claim = bytes_at(source, start, 8, length)?;
        unpacked = unpacked.checked_add(match i64::from_le_bytes(claim.try_into().ok()?) {
            // It is stored as it is.
            -1 => bytes,
            claim => u64::try_from(claim)
                .ok()
                .filter(|c| c / LARGEST_RATIO <= bytes)?,
        })?;
    }
    // Columns of missing values take no bytes, and room is made for them by what they say.
    let most = unpacked.saturating_mul(8).max(FEW_ROWS);
    let is_held = |rows: i64| u64::try_from(rows).is_ok_and(|rows| rows <= most);
    let mut nodes = batch.nodes().ok()??.iter();
    let are_held = is_held(batch.length().ok()?) && nodes.all(|node| is_held(node.length()));
    are_held.then_some(unpacked)
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

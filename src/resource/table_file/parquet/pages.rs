//! The pages of a column in a row group, checked before they are unpacked: their checksums where they
//! have some, their lengths, and what they claim to unpack to.

use std::io::{Read, Seek, SeekFrom};

use polars_buffer::Buffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::read::ColumnChunkMetadata;

use super::checksum::crc32;
use super::thrift::{Compact, Kind};
use super::unpacked;
use crate::resource::source::Source;

/// A codec's best: what it makes of a byte at most.
const BROTLI_RATIO: u64 = 1 << 24;
/// What a distinct text takes beside its bytes.
const BYTES_A_TEXT: u64 = 24;
/// What an index into a dictionary takes at most, with the level of its row.
const INDEX_BYTES: u64 = 5;
/// Bytes of a page's head that are looked at.
const LONGEST_HEAD: u64 = 4096;
/// How far what pages say of their sizes may go beyond what the footer says.
const SLACK: u64 = 1 << 20;

/// A page's head.
#[derive(Debug, Default)]
pub(super) struct Head {
    kind: Option<i32>,
    unpacked: Option<i32>,
    packed: Option<i32>,
    checksum: Option<i32>,
    pub(super) data: Option<Counts>,
    pub(super) data_2: Option<Counts>,
    pub(super) dictionary: Option<Counts>,
}

/// What a page's head says of its values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) values: Option<i32>,
    pub(super) encoding: Option<i32>,
    is_stored: bool,
    level_bytes: [Option<i32>; 2],
}

/// Values one after the other, by both of its names.
const DICTIONARY_ENCODINGS: [i32; 2] = [0, 2];
const DATA: i32 = 0;
const DICTIONARY: i32 = 2;
const DATA_2: i32 = 3;

impl Head {
    /// A head, and the page behind it.
    pub(super) fn with_body<'a>(compact: &mut Compact<'a>) -> Option<(Self, &'a [u8])> {
        let head = Self::read(compact)?;
        let body = compact.bytes(usize::try_from(head.packed?).ok()?)?;
        Some((head, body))
    }

    fn read(compact: &mut Compact<'_>) -> Option<Self> {
        let mut head = Self::default();
        compact.fields(|compact, id, kind| {
            match (id, kind) {
                (1, Kind::Int32) => head.kind = Some(compact.int32()?),
                (2, Kind::Int32) => head.unpacked = Some(compact.int32()?),
                (3, Kind::Int32) => head.packed = Some(compact.int32()?),
                (4, Kind::Int32) => head.checksum = Some(compact.int32()?),
                (5, Kind::Struct) => head.data = Some(Counts::read(compact, &[1, 2, 3, 4], 0)?),
                (7, Kind::Struct) => head.dictionary = Some(Counts::read(compact, &[1, 2], 0)?),
                (8, Kind::Struct) => {
                    head.data_2 = Some(Counts::read(compact, &[1, 2, 3, 4, 5, 6], 5)?);
                }
                _ => return Some(false),
            }
            Some(true)
        })?;
        Some(head)
    }
}

impl Counts {
    /// Those of `must` have to be there; the lengths of levels begin with the field `levels`.
    fn read(compact: &mut Compact<'_>, must: &[i16], levels: i16) -> Option<Self> {
        let mut counts = Self::default();
        let mut missing = must.to_vec();
        compact.fields(|compact, id, kind| {
            if kind == Kind::Int32 && must.contains(&id) {
                let value = compact.int32().filter(|value| *value >= 0)?;
                missing.retain(|known| *known != id);
                match id {
                    1 => counts.values = Some(value),
                    id if levels > 0 && id >= levels => {
                        counts.level_bytes[(id - levels) as usize] = Some(value);
                    }
                    // In a page of the second version, the missing values and the rows come first.
                    2 if levels == 0 => counts.encoding = Some(value),
                    4 if levels > 0 => counts.encoding = Some(value),
                    _ => {}
                }
                return Some(true);
            }
            counts.is_stored |= levels > 0 && id == 7 && kind == Kind::False;
            Some(false)
        })?;
        missing.is_empty().then_some(counts)
    }
}

/// The most that the distinct texts of a column in a row group can take in memory: what the head of
/// its dictionary says, where no texts can stand beside it.
pub(super) fn text_bytes(source: &Source, chunk: &ColumnChunkMetadata) -> u64 {
    let all = u64::try_from(chunk.uncompressed_size()).unwrap_or(u64::MAX);
    let values = u64::try_from(chunk.num_values()).unwrap_or(u64::MAX);
    let with_places =
        |bytes: u64, texts: u64| bytes.saturating_add(texts.saturating_mul(BYTES_A_TEXT));
    let Some((bytes, texts)) = dictionary(source, chunk) else {
        return with_places(all, values);
    };
    let indices = values.saturating_mul(INDEX_BYTES).saturating_add(SLACK);
    if all.saturating_sub(bytes) <= indices {
        with_places(bytes, texts)
    } else {
        with_places(all, values)
    }
}

/// The size of the dictionary that a column begins with, and of how many texts it is.
fn dictionary(source: &Source, chunk: &ColumnChunkMetadata) -> Option<(u64, u64)> {
    let (head, _) = head_at(source, chunk.byte_range().start)?;
    let texts = head.dictionary?.values?;
    Some((
        u64::try_from(head.unpacked?).ok()?,
        u64::try_from(texts).ok()?,
    ))
}

/// The head of a page that begins at this place of the file, and where the next page begins.
fn head_at(source: &Source, place: u64) -> Option<(Head, u64)> {
    let mut reader = source.reader();
    reader.seek(SeekFrom::Start(place)).ok()?;
    let mut start = Vec::new();
    reader.take(LONGEST_HEAD).read_to_end(&mut start).ok()?;
    let mut compact = Compact::new(&start);
    let head = Head::read(&mut compact)?;
    let length = start.len() - compact.rest().len();
    let packed = u64::try_from(head.packed?).ok()?;
    Some((head, place.checked_add(length as u64)?.checked_add(packed)?))
}

/// Bytes of the pages of a column that are in memory, unpacked, while it is taken page by page: of the
/// dictionary and the page behind it, by what their heads say.
pub(super) fn page_bytes(source: &Source, chunk: &ColumnChunkMetadata) -> Option<u64> {
    let (first, behind) = head_at(source, chunk.byte_range().start)?;
    let bytes = u64::try_from(first.unpacked?).ok()?;
    if first.dictionary.is_none() {
        return Some(bytes);
    }
    let (page, _) = head_at(source, behind)?;
    Some(bytes.saturating_add(u64::try_from(page.unpacked?).ok()?))
}

/// The bytes of the page, head and body, that begins at this place of the file, if it ends before
/// `end`.
pub(super) fn read(source: &Source, place: u64, end: u64) -> Option<Buffer<u8>> {
    let left = end.checked_sub(place)?;
    let mut reader = source.reader();
    reader.seek(SeekFrom::Start(place)).ok()?;
    let mut bytes = Vec::new();
    let mut longest_head = LONGEST_HEAD;
    loop {
        let wanted = longest_head.min(left);
        let more = wanted - bytes.len() as u64;
        if (&mut reader).take(more).read_to_end(&mut bytes).ok()? as u64 != more {
            return None;
        }
        let mut compact = Compact::new(&bytes);
        if let Some(head) = Head::read(&mut compact) {
            let length = bytes.len() - compact.rest().len();
            let length = (length as u64).checked_add(u64::try_from(head.packed?).ok()?)?;
            if length > left {
                return None;
            }
            if let Some(more) = length.checked_sub(bytes.len() as u64) {
                bytes.reserve_exact(usize::try_from(more).ok()?);
                reader.take(more).read_to_end(&mut bytes).ok()?;
            }
            bytes.truncate(usize::try_from(length).ok()?);
            return (bytes.len() as u64 == length).then(|| bytes.into());
        }
        if wanted == left {
            return None;
        }
        longest_head = longest_head.checked_mul(16)?;
    }
}

/// What the pages of a column in a row group may unpack to, by what the footer says.
pub(super) fn most_unpacked(chunk: &ColumnChunkMetadata) -> Option<u64> {
    let claimed = u64::try_from(chunk.uncompressed_size()).ok()?;
    claimed.checked_mul(2)?.checked_add(SLACK)
}

/// What a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Values that the pages after it name by their places.
    Dictionary,
    /// So many rows.
    Rows(usize),
}

/// What the head of a page says of it.
pub(super) struct Plausible {
    pub(super) holds: Holds,
    /// Bytes that it unpacks to.
    pub(super) unpacked: u64,
}

/// That the next page can be what its head says; none where it cannot. Nothing is unpacked.
pub(super) fn plausible(
    compact: &mut Compact<'_>,
    codec: Compression,
    is_first: bool,
) -> Option<Plausible> {
    let (head, body) = Head::with_body(compact)?;
    if let Some(checksum) = head.checksum
        && crc32(body) != checksum as u32
    {
        return None;
    }
    let size = usize::try_from(head.unpacked?).ok()?;
    let holds = match head.kind? {
        DATA => {
            is_plausible(codec, body, size)?;
            Holds::Rows(usize::try_from(head.data?.values?).ok()?)
        }
        DATA_2 => {
            let counts = head.data_2?;
            let levels = counts
                .level_bytes
                .map(|length| usize::try_from(length?).ok());
            let levels = levels[0]?.checked_add(levels[1]?)?;
            let rest = body.get(levels..)?;
            if counts.is_stored {
                (size == body.len()).then_some(())?;
            } else if !rest.is_empty() {
                is_plausible(codec, rest, size.checked_sub(levels)?)?;
            }
            Holds::Rows(usize::try_from(counts.values?).ok()?)
        }
        DICTIONARY if is_first => {
            let encoding = head.dictionary?.encoding?;
            DICTIONARY_ENCODINGS.contains(&encoding).then_some(())?;
            is_plausible(codec, body, size)?;
            let values = usize::try_from(head.dictionary?.values?).ok()?;
            // Room is made by this number; empty texts take four bytes.
            (values <= size).then_some(())?;
            Holds::Dictionary
        }
        _ => return None,
    };
    Some(Plausible {
        holds,
        unpacked: size as u64,
    })
}

/// Can these bytes unpack to so many?
fn is_plausible(codec: Compression, packed: &[u8], size: usize) -> Option<()> {
    if size == 0 {
        return Some(());
    }
    let told = match codec {
        Compression::Uncompressed => return (packed.len() >= size).then_some(()),
        Compression::Snappy => unpacked::snappy(packed),
        Compression::Gzip => unpacked::gzip(packed),
        Compression::Zstd => unpacked::zstd(packed),
        Compression::Lz4Raw => unpacked::lz4(packed),
        _ => {
            let most = (packed.len() as u64).saturating_mul(BROTLI_RATIO);
            return (size as u64 <= most).then_some(());
        }
    };
    told.is_sound(size).then_some(())
}

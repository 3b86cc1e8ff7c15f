//! A part as a file: the scores of a shard's rows, prediction by prediction, and what they belong to.
//!
//! ```text
//! 8 bytes    the format
//! 4 bytes    its version, least first
//! bodies     one a prediction, packed by zstd where that makes them smaller
//! head       JSON, packed by zstd: shard, experiment, and where each body is, with its digest
//! 8 bytes    length of the head as it lies here
//! 8 bytes    its length unpacked
//! 32 bytes   BLAKE3 of the head as it lies here
//! 8 bytes    the format, once more: a file that is cut short does not end so
//! ```
//!
//! The head comes last, since the bodies are written as they are made. A file may claim anything: no
//! length is believed before it was held against that of the file, and no body before its digest.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::PartError;
use crate::engine::tier::TierEntry;
use crate::files::{self, Output};
use crate::resource::ShardRows;
use crate::vocabulary::{ContentId, Dimension, Shard};

const MAGIC: &[u8; 8] = b"LZDPART\n";
/// The version of the format.
pub(super) const FORMAT: u32 = 1;
const START: u64 = 8 + 4;
const END: u64 = 8 + 8 + 32 + 8;
/// What a head takes at most, packed, but for its predictions.
const HEAD_BYTES: u64 = 16 << 10;
/// What it takes at most for a prediction, packed: two ids, and little more.
const PREDICTION_BYTES: u64 = 256;
/// No head is larger, unpacked: it takes some hundred bytes a prediction.
const MOST_HEAD: u64 = 64 << 20;
/// zstd's own default: higher levels take many times as long for next to nothing on scores.
const ZSTD_LEVEL: i32 = 3;

/// Bytes that a part of so many predictions takes beside their scores, at most.
pub fn most_head(predictions: usize) -> u64 {
    START + END + HEAD_BYTES + predictions as u64 * PREDICTION_BYTES
}

/// What a run is of, name by name: files by the hash of their bytes, settings by their words.
pub type RestsOn = BTreeMap<String, String>;

/// What is known of a prediction in a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The id under which tiers keep the whole of it.
    pub id: ContentId,
    /// The rows that are here.
    pub rows: ShardRows,
    /// Scores a row.
    pub columns: usize,
    /// How long it took to make it, in seconds.
    pub seconds: f64,
    offset: u64,
    length: u64,
    unpacked: u64,
    digest: ContentId,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Head {
    number: u32,
    of: u32,
    /// The experiment's file, where it has one.
    file: Option<PathBuf>,
    dimensions: Vec<String>,
    rests_on: RestsOn,
    predictions: BTreeMap<String, Found>,
}

/// A part that is being written. It is seen when it is whole.
pub struct PartWriter {
    shard: Shard,
    /// None once it is finished.
    writing: Mutex<Option<Writing>>,
}

/// What a part came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Predictions in it.
    pub predictions: usize,
    /// Bytes of all of it.
    pub bytes: u64,
    /// Bytes of it that are no scores.
    pub head_bytes: u64,
}

struct Writing {
    output: Output,
    at: u64,
    head: Head,
}

impl PartWriter {
    /// Begins the part of a shard.
    pub fn create(
        path: &Path,
        shard: Shard,
        file: Option<&Path>,
        dimensions: &[Dimension],
    ) -> io::Result<Self> {
        let mut output = Output::create(path)?;
        output.write_all(MAGIC)?;
        output.write_all(&FORMAT.to_le_bytes())?;
        let head = Head {
            number: shard.number(),
            of: shard.of(),
            file: file.and_then(|file| std::path::absolute(file).ok()),
            dimensions: dimensions.iter().map(ToString::to_string).collect(),
            ..Head::default()
        };
        let writing = Writing {
            output,
            at: START,
            head,
        };
        Ok(Self {
            shard,
            writing: Mutex::new(Some(writing)),
        })
    }

    /// The shard whose part it is.
    pub const fn shard(&self) -> Shard {
        self.shard
    }

    /// Says of what experiment it is, or more of that.
    pub fn tell(&self, rests_on: RestsOn) {
        if let Some(writing) = &mut *self.writing() {
            writing.head.rests_on.extend(rests_on);
        }
    }

    /// Adds the scores of a prediction that the part has not yet; the bytes that they take in the file.
    pub fn add(
        &self,
        name: &str,
        (id, seconds): (ContentId, f64),
        (rows, columns): (ShardRows, usize),
        body: &[u8],
    ) -> io::Result<u64> {
        let digest = ContentId::new(*blake3::hash(body).as_bytes());
        let packed = zstd::bulk::compress(body, ZSTD_LEVEL)?;
        let is_smaller = packed.len() < body.len();
        let written = if is_smaller { &packed } else { body };
        let mut writing = self.writing();
        let writing = writing.as_mut();
        let is_new = |writing: &&mut Writing| !writing.head.predictions.contains_key(name);
        let Some(writing) = writing.filter(is_new) else {
            return Ok(0);
        };
        writing.output.write_all(written)?;
        let found = Found {
            id,
            rows,
            columns,
            seconds,
            offset: writing.at,
            length: written.len() as u64,
            unpacked: body.len() as u64,
            digest,
        };
        writing.at += found.length;
        writing.head.predictions.insert(name.to_owned(), found);
        Ok(written.len() as u64)
    }

    /// Puts the part in its place, whole. Nothing is added to it any more.
    pub fn finish(&self) -> io::Result<Written> {
        let writing = self.writing().take();
        let finished = || io::Error::other("the part is finished already");
        let Writing {
            mut output,
            at,
            head,
        } = writing.ok_or_else(finished)?;
        let predictions = head.predictions.len();
        let head = serde_json::to_vec(&head)?;
        let packed = zstd::bulk::compress(&head, ZSTD_LEVEL)?;
        output.write_all(&packed)?;
        output.write_all(&(packed.len() as u64).to_le_bytes())?;
        output.write_all(&(head.len() as u64).to_le_bytes())?;
        output.write_all(blake3::hash(&packed).as_bytes())?;
        output.write_all(MAGIC)?;
        output.finish()?;
        let head_bytes = START + packed.len() as u64 + END;
        Ok(Written {
            predictions,
            bytes: head_bytes + at - START,
            head_bytes,
        })
    }

    fn writing(&self) -> MutexGuard<'_, Option<Writing>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part, opened: its head is known, its scores are read when they are asked for.
#[derive(Debug)]
pub struct Part {
    /// Its file.
    pub path: PathBuf,
    /// The shard that made it.
    pub shard: Shard,
    /// When its file was written, in seconds since 1970.
    written_at: u64,
    file: File,
    head: Head,
}

impl Part {
    /// Opens a part, and checks all but its scores.
    pub fn open(path: &Path) -> Result<Self, PartError> {
        let file = files::open(path)?;
        let metadata = file.metadata()?;
        let length = metadata.len();
        let modified = metadata.modified().ok();
        let since_1970 = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mut start = [0; START as usize];
        if length < START || file.read_exact_at(&mut start, 0).is_err() || start[..8] != *MAGIC {
            return Err(PartError::NoPart);
        }
        let format = u32::from_le_bytes([start[8], start[9], start[10], start[11]]);
        if format != FORMAT {
            return Err(PartError::Format(format));
        }
        let (head, bodies_end) = read_head(&file, length)?;
        let shard = Shard::new(head.number, head.of);
        let shard = shard.ok_or(PartError::Damaged("there is no such shard"))?;
        let is_inside = |found: &Found| {
            let end = found.offset.checked_add(found.length);
            found.offset >= START && end.is_some_and(|end| end <= bodies_end)
        };
        let is_sound = |found: &Found| {
            let rows = found.rows.first.checked_add(found.rows.rows);
            is_inside(found) && rows.is_some_and(|end| end <= found.rows.of)
        };
        if !head.predictions.values().all(is_sound) {
            return Err(PartError::Damaged("its head names what is not in it"));
        }
        Ok(Self {
            path: path.to_owned(),
            shard,
            written_at: since_1970.map_or(0, |time| time.as_secs()),
            file,
            head,
        })
    }

    pub(super) const fn written_at(&self) -> u64 {
        self.written_at
    }

    /// What it is of.
    pub fn rests_on(&self) -> &RestsOn {
        &self.head.rests_on
    }

    /// The experiment's file as it was named where the part was made.
    pub fn file(&self) -> Option<&Path> {
        self.head.file.as_deref()
    }

    /// The dimensions of its run.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        let names = &self.head.dimensions;
        let all = Dimension::ALL.into_iter();
        all.filter(|dimension| names.contains(&dimension.to_string()))
    }

    /// The predictions that it has scores of, by name.
    pub fn predictions(&self) -> &BTreeMap<String, Found> {
        &self.head.predictions
    }

    /// The scores of a prediction, as they were added.
    pub fn read(&self, found: &Found) -> Result<Vec<u8>, PartError> {
        let damaged = || PartError::Damaged("scores in it are not what was written");
        let length = usize::try_from(found.length).map_err(|_| damaged())?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, found.offset)?;
        let body = if found.length == found.unpacked {
            bytes
        } else {
            unpack(&bytes, found.unpacked).ok_or_else(damaged)?
        };
        let digest = ContentId::new(*blake3::hash(&body).as_bytes());
        if digest == found.digest {
            Ok(body)
        } else {
            Err(damaged())
        }
    }
}

impl Found {
    /// Do both say the same bits of the same rows?
    pub fn is_same(&self, other: &Self) -> bool {
        (self.id, self.rows, self.columns, self.digest)
            == (other.id, other.rows, other.columns, other.digest)
    }

    /// What a tier says of the whole, of which the last part was written then.
    pub(super) fn entry(
        &self,
        name: &str,
        seconds: f64,
        (body_bytes, at): (u64, u64),
    ) -> TierEntry {
        TierEntry {
            name: name.to_owned(),
            body_bytes,
            bytes: body_bytes,
            seconds,
            stored_at: at,
            exact: true,
            detail: format!("{} rows, merged", self.rows.of),
            parts: Vec::new(),
        }
    }

    pub(super) const fn body_bytes(&self) -> u64 {
        self.unpacked
    }
}

/// The head, and where it begins.
fn read_head(file: &File, length: u64) -> Result<(Head, u64), PartError> {
    let cut = || PartError::Damaged("it is cut short");
    let begins = length.checked_sub(END).filter(|at| *at >= START);
    let begins = begins.ok_or_else(cut)?;
    let mut end = [0; END as usize];
    file.read_exact_at(&mut end, begins)?;
    if end[48..] != *MAGIC {
        return Err(cut());
    }
    let number = |at: usize| {
        let bytes = end[at..at + 8].iter().rev();
        bytes.fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
    };
    let (packed_length, head_length) = (number(0), number(8));
    let wrong = || PartError::Damaged("its head is not what was written");
    let at = begins.checked_sub(packed_length).filter(|at| *at >= START);
    let at = at.filter(|_| head_length <= MOST_HEAD).ok_or_else(wrong)?;
    let mut packed = vec![0; usize::try_from(packed_length).map_err(|_| wrong())?];
    file.read_exact_at(&mut packed, at)?;
    if blake3::hash(&packed).as_bytes()[..] != end[16..48] {
        return Err(wrong());
    }
    let head = unpack(&packed, head_length).ok_or_else(wrong)?;
    let head = serde_json::from_slice(&head).map_err(|_| wrong())?;
    Ok((head, at))
}

/// Unpacks what is to have so many bytes; room is made as they come, and never for more.
fn unpack(packed: &[u8], length: u64) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(packed).ok()?;
    decoder.take(length + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 == length).then_some(unpacked)
}

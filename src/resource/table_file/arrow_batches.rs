//! The batches of Arrow files and streams, one after the other.
//!
//! The walk from message to message is ours, since the reader of batches takes less than the format
//! allows: dictionaries that grow, dictionaries of types that it does not know in columns that nobody
//! wants, and packed buffers without a byte.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use polars_arrow::array::Array;
use polars_arrow::compute::concatenate::concatenate;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::io::ipc::read::common::read_record_batch;
use polars_arrow::io::ipc::read::{Dictionaries, FileMetadata, StreamMetadata};
use polars_arrow::io::ipc::{IpcField, IpcSchema};
use polars_arrow::record_batch::RecordBatchT;
use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{
    DictionaryBatchRef, MessageHeaderRef, MessageRef, MetadataVersion, RecordBatchRef,
};
use polars_utils::bool::UnsafeBool;

use super::arrow_claims::{self, Message};
use super::arrow_field::part_type;
use super::arrow_layout::restored;
use super::guard::Fault;
use crate::resource::source::Source;

/// Some rows of the columns that are read.
pub(super) type Batch = RecordBatchT<Box<dyn Array>>;

/// Where a message begins, and where what it is about does.
type Place = (u64, u64);

/// A packed buffer that unpacks to nothing.
const NOTHING: [u8; 8] = [0xff; 8];
/// Bytes of what a message says of a buffer: its place and its length.
const BUFFER_BYTES: usize = 16;

/// The batches to come.
pub(super) struct Batches<'s> {
    source: &'s Source,
    length: u64,
    messages: std::vec::IntoIter<Place>,
    schema: ArrowSchema,
    ipc: IpcSchema,
    /// The columns that are read, in order.
    places: Vec<usize>,
    /// The dictionaries that they are in.
    used: BTreeSet<i64>,
    dictionaries: Dictionaries,
    /// Rows that are still wanted.
    left: Option<usize>,
    scratch: Vec<u8>,
}

impl<'s> Batches<'s> {
    /// Those of a file: its dictionaries come first.
    pub(super) fn of_file(
        source: &'s Source,
        metadata: FileMetadata,
        places: Vec<usize>,
        limit: Option<usize>,
    ) -> Result<Self, Fault> {
        let dictionaries = metadata.dictionaries.iter().flatten();
        let blocks = dictionaries.chain(&metadata.blocks).map(|block| {
            let start = u64::try_from(block.offset).ok()?;
            let head = u64::try_from(block.meta_data_length).ok()?;
            Some((start, start.checked_add(head)?))
        });
        let messages = blocks.collect::<Option<_>>();
        let layout = ((*metadata.schema).clone(), metadata.ipc_schema);
        Self::new(source, messages, layout, places, limit)
    }

    /// Those of a stream.
    pub(super) fn of_stream(
        source: &'s Source,
        metadata: StreamMetadata,
        places: Vec<usize>,
        limit: Option<usize>,
    ) -> Result<Self, Fault> {
        let messages = arrow_claims::places_in_stream(source);
        let layout = (metadata.schema, metadata.ipc_schema);
        Self::new(source, messages, layout, places, limit)
    }

    fn new(
        source: &'s Source,
        messages: Option<Vec<Place>>,
        (schema, ipc): (ArrowSchema, IpcSchema),
        places: Vec<usize>,
        limit: Option<usize>,
    ) -> Result<Self, Fault> {
        let used = places.iter().filter_map(|place| ipc.fields.get(*place));
        Ok(Self {
            source,
            length: source.bytes().map_err(|_| Fault::Damaged)?,
            messages: messages.ok_or(Fault::Damaged)?.into_iter(),
            used: used.filter_map(|field| field.dictionary_id).collect(),
            schema,
            ipc,
            places,
            dictionaries: Dictionaries::default(),
            left: limit,
            scratch: Vec::new(),
        })
    }

    /// Takes a message in; none where it is no batch of rows.
    fn take(&mut self, (start, body): Place) -> Result<Option<Batch>, Fault> {
        let message = Message::at(self.source, start, self.length).ok_or(Fault::Damaged)?;
        let bytes = self.filled(message.bytes, body).ok_or(Fault::Damaged)?;
        let damaged = |_| Fault::Damaged;
        let message = MessageRef::read_as_root(&bytes).map_err(damaged)?;
        let version = message.version().map_err(damaged)?;
        match message.header().map_err(damaged)? {
            Some(MessageHeaderRef::RecordBatch(batch)) => {
                let layout = (self.schema.clone(), self.ipc.clone());
                let read = self.read(batch, &layout, Some(&self.places.clone()), version, body)?;
                Ok(Some(read))
            }
            Some(MessageHeaderRef::DictionaryBatch(dictionary)) => {
                self.learn(dictionary, version, body)?;
                Ok(None)
            }
            Some(MessageHeaderRef::Schema(_)) => Ok(None),
            _ => Err(Fault::Damaged),
        }
    }

    /// Takes a dictionary in, or what it has more, if a column is read that is in it.
    fn learn(
        &mut self,
        dictionary: DictionaryBatchRef<'_>,
        version: MetadataVersion,
        body: u64,
    ) -> Result<(), Fault> {
        let damaged = |_| Fault::Damaged;
        let id = dictionary.id().map_err(damaged)?;
        if !self.used.contains(&id) {
            return Ok(());
        }
        let values = self.values_of(id).ok_or(Fault::Damaged)?;
        let field = Field::new("".into(), part_type(&values), true);
        let layout = (
            std::iter::once((field.name.clone(), field)).collect(),
            IpcSchema {
                fields: vec![IpcField::default()],
                is_little_endian: self.ipc.is_little_endian,
            },
        );
        let batch = dictionary.data().map_err(damaged)?.ok_or(Fault::Damaged)?;
        let read = self.read(batch, &layout, None, version, body)?;
        let read = read.into_arrays().pop().ok_or(Fault::Damaged)?;
        let read = restored(read.as_ref(), &values).unwrap_or(read);
        let grows = dictionary.is_delta().map_err(damaged)?;
        let known = self.dictionaries.get(&id).filter(|_| grows);
        let whole = match known {
            Some(known) => concatenate(&[known.as_ref(), read.as_ref()])?,
            None => read,
        };
        self.dictionaries.insert(id, whole);
        Ok(())
    }

    /// The type of a dictionary's values.
    fn values_of(&self, id: i64) -> Option<ArrowDataType> {
        let mut fields = self.schema.iter_values().zip(&self.ipc.fields);
        let (field, _) = fields.find(|(_, ipc)| ipc.dictionary_id == Some(id))?;
        match field.dtype.to_storage() {
            ArrowDataType::Dictionary(_, values, _) => Some((**values).clone()),
            _ => None,
        }
    }

    fn read(
        &mut self,
        batch: RecordBatchRef<'_>,
        (schema, ipc): &(ArrowSchema, IpcSchema),
        places: Option<&[usize]>,
        version: MetadataVersion,
        body: u64,
    ) -> Result<Batch, Fault> {
        let mut reader = WithNothing {
            file: self.source.reader(),
            length: self.length,
            at: 0,
        };
        let read = read_record_batch(
            batch,
            schema,
            ipc,
            places,
            places.and(self.left),
            &self.dictionaries,
            version,
            &mut reader,
            body,
            &mut self.scratch,
            UnsafeBool::default(),
        );
        Ok(read?)
    }

    /// The head of a message, in which packed buffers without a byte are such that unpack to nothing,
    /// behind the end of the file.
    fn filled(&self, mut bytes: Vec<u8>, body: u64) -> Option<Vec<u8>> {
        let Some(image) = packed_buffers(&bytes) else {
            return Some(bytes);
        };
        let is_empty = |buffer: &[u8]| buffer[8..] == [0; 8];
        if !image.chunks_exact(BUFFER_BYTES).any(is_empty) {
            return Some(bytes);
        }
        let mut windows = bytes.windows(image.len());
        let at = windows.position(|window| window == image)?;
        let behind = i64::try_from(self.length.checked_sub(body)?).ok()?;
        let said = bytes.get_mut(at..at + image.len())?;
        for buffer in said.chunks_exact_mut(BUFFER_BYTES) {
            if is_empty(buffer) {
                buffer[..8].copy_from_slice(&behind.to_le_bytes());
                buffer[8..].copy_from_slice(&(NOTHING.len() as i64).to_le_bytes());
            }
        }
        Some(bytes)
    }
}

/// What a message says of its buffers, byte for byte; none where they are not packed.
fn packed_buffers(bytes: &[u8]) -> Option<Vec<u8>> {
    let message = MessageRef::read_as_root(bytes).ok()?;
    let batch = match message.header().ok()?? {
        MessageHeaderRef::RecordBatch(batch) => batch,
        MessageHeaderRef::DictionaryBatch(dictionary) => dictionary.data().ok()??,
        _ => return None,
    };
    batch.compression().ok()??;
    let buffers = batch.buffers().ok()??.iter();
    let image = buffers.flat_map(|buffer| {
        let place = buffer.offset().to_le_bytes().into_iter();
        place.chain(buffer.length().to_le_bytes())
    });
    Some(image.collect())
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.left == Some(0) {
                return None;
            }
            let place = self.messages.next()?;
            match self.take(place) {
                Ok(None) => {}
                Ok(Some(batch)) => {
                    self.left = self.left.map(|left| left.saturating_sub(batch.len()));
                    return Some(Ok(batch));
                }
                Err(fault) => return Some(Err(fault)),
            }
        }
    }
}

/// A file, and behind its end a packed buffer that unpacks to nothing.
struct WithNothing<R> {
    file: R,
    length: u64,
    at: u64,
}

impl<R: Read + Seek> Read for WithNothing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match self.at.checked_sub(self.length) {
            None => {
                let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
                let most = into.len().min(left);
                self.file.seek(SeekFrom::Start(self.at))?;
                self.file.read(&mut into[..most])?
            }
            Some(behind) => {
                let from = usize::try_from(behind).unwrap_or(usize::MAX);
                let mut rest = NOTHING.get(from..).unwrap_or_default();
                rest.read(into)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for WithNothing<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

//! The schema of Arrow files and streams. It is read here, since the reader of batches panics on types
//! that it does not know: a column of such a type is passed over, part by part, as long as nobody
//! wants it.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, IntegerType};
use polars_arrow::io::ipc::read::{FileMetadata, StreamMetadata};
use polars_arrow::io::ipc::{IpcField, IpcSchema};
use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{
    Block, Endianness, FooterRef, MessageHeaderRef, MessageRef, MetadataVersion, SchemaRef,
};

use super::arrow_claims::Message;
use super::arrow_field::{Part, column};
use super::arrow_verified;
use crate::resource::source::Source;

/// The mark at both ends of a file.
const MARK: &[u8] = b"ARROW1";
/// The end of a file: the footer's length and the mark.
const END: u64 = 10;

/// A column as the schema has it.
#[derive(Clone, Debug)]
pub(super) struct ArrowColumn {
    pub(super) name: String,
    pub(super) dtype: ArrowDataType,
    pub(super) type_name: String,
    /// The place of its first part among those of all columns.
    pub(super) place: usize,
}

/// What a file or a stream says of its columns.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) columns: Vec<ArrowColumn>,
    /// What pandas has written beside them.
    pub(super) pandas: Option<String>,
    /// All columns as their batches are laid out.
    parts: ArrowSchema,
    ipc: IpcSchema,
}

impl Described {
    /// A column by its name.
    pub(super) fn column(&self, name: &str) -> Option<&ArrowColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Does it end as a file does?
pub(super) fn has_end(source: &Source) -> bool {
    let mut last = [0; MARK.len()];
    let mut reader = source.reader();
    let read = reader
        .seek(SeekFrom::End(-(MARK.len() as i64)))
        .and_then(|_| reader.read_exact(&mut last));
    read.is_ok() && last == *MARK
}

/// What the footer of a file says; none where it makes no sense.
pub(super) fn of_file(source: &Source) -> Option<(Described, FileMetadata)> {
    let size = source.bytes().ok()?;
    let mut reader = source.reader();
    let end = size.checked_sub(END)?;
    reader.seek(SeekFrom::Start(end)).ok()?;
    let mut last = [0; END as usize];
    reader.read_exact(&mut last).ok()?;
    let (length, mark) = last.split_first_chunk()?;
    if mark != MARK {
        return None;
    }
    let length = u64::try_from(i32::from_le_bytes(*length)).ok()?;
    reader
        .seek(SeekFrom::Start(end.checked_sub(length)?))
        .ok()?;
    let mut footer = Vec::new();
    reader.take(length).read_to_end(&mut footer).ok()?;
    let footer = FooterRef::read_as_root(&footer).ok()?;
    let described = described(footer.schema().ok()??)?;
    let blocks = footer.record_batches().ok()?;
    let blocks = blocks.into_iter().flatten().map(Block::from);
    let dictionaries = footer.dictionaries().ok()?;
    let dictionaries = dictionaries.map(|all| all.iter().map(Block::from).collect());
    let metadata = FileMetadata {
        schema: Arc::new(described.parts.clone()),
        custom_schema_metadata: None,
        custom_metadata: None,
        ipc_schema: described.ipc.clone(),
        blocks: blocks.collect(),
        dictionaries,
        size,
    };
    Some((described, metadata))
}

/// What the first message of a stream says; none where it makes no sense.
pub(super) fn of_stream(source: &Source) -> Option<(Described, StreamMetadata)> {
    let message = Message::at(source, 0, source.bytes().ok()?)?;
    let root = MessageRef::read_as_root(&message.bytes).ok()?;
    let MessageHeaderRef::Schema(schema) = root.header().ok()?? else {
        return None;
    };
    let described = described(schema)?;
    let metadata = StreamMetadata {
        schema: described.parts.clone(),
        custom_schema_metadata: None,
        version: root.version().ok()?,
        ipc_schema: described.ipc.clone(),
    };
    Some((described, metadata))
}

/// Is this a schema as a Parquet file holds it, in a message with its length before it? Types may be such
/// as are not known here.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    sound_message(bytes).is_some()
}

fn sound_message(bytes: &[u8]) -> Option<()> {
    let bytes = bytes.strip_prefix(&[0xff; 4]).unwrap_or(bytes);
    let (length, message) = bytes.split_first_chunk()?;
    let length = usize::try_from(i32::from_le_bytes(*length)).ok()?;
    let message = message.get(..length)?;
    if !arrow_verified::is_sound(message) {
        return None;
    }
    let root = MessageRef::read_as_root(message).ok()?;
    let is_known = matches!(
        root.version().ok()?,
        MetadataVersion::V4 | MetadataVersion::V5
    );
    let MessageHeaderRef::Schema(schema) = root.header().ok()?? else {
        return None;
    };
    let mut fields = schema.fields().ok()??.into_iter();
    let mut are_sound = fields.all(|field| field.ok().and_then(column).is_some());
    are_sound &= is_known;
    are_sound.then_some(())
}

fn described(schema: SchemaRef<'_>) -> Option<Described> {
    let mut columns = Vec::new();
    let mut parts = ArrowSchema::default();
    let mut ipc_fields = Vec::new();
    for field in schema.fields().ok()?? {
        let field = column(field.ok()?)?;
        let place = parts.len();
        for Part { dtype, dictionary } in field.parts {
            // The first part goes by the column's name; no name holds NUL and a number.
            let name = match parts.len() - place {
                0 if !parts.contains(field.name.as_str()) => field.name.clone(),
                _ => format!("{}\0{}", field.name, parts.len()),
            };
            let part = Field::new(name.as_str().into(), dtype, true);
            parts.insert(part.name.clone(), part);
            ipc_fields.push(IpcField {
                fields: Vec::new(),
                dictionary_id: dictionary,
            });
        }
        columns.push(ArrowColumn {
            name: field.name,
            dtype: field.dtype,
            type_name: field.type_name,
            place,
        });
    }
    if parts.len() != ipc_fields.len() {
        return None;
    }
    let pairs = schema.custom_metadata().ok()?.into_iter().flatten();
    let mut pairs = pairs.filter_map(Result::ok);
    let pandas = pairs.find(|pair| matches!(pair.key(), Ok(Some("pandas"))));
    let pandas = pandas.and_then(|pair| pair.value().ok().flatten());
    Some(Described {
        columns,
        pandas: pandas.map(str::to_owned),
        parts,
        ipc: IpcSchema {
            fields: ipc_fields,
            is_little_endian: schema.endianness().ok()? == Endianness::Little,
        },
    })
}

/// The type of a dictionary's keys.
pub(super) fn key_type(bits: i32, is_signed: bool) -> Option<IntegerType> {
    Some(match (bits, is_signed) {
        (8, true) => IntegerType::Int8,
        (16, true) => IntegerType::Int16,
        (32, true) => IntegerType::Int32,
        (64, true) => IntegerType::Int64,
        (8, false) => IntegerType::UInt8,
        (16, false) => IntegerType::UInt16,
        (32, false) => IntegerType::UInt32,
        (64, false) => IntegerType::UInt64,
        _ => return None,
    })
}

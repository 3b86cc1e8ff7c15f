//! What a Parquet footer must hold, checked before its reader is trusted, which takes what is missing
//! for nothing.

use std::io::{Read, Seek, SeekFrom};

use super::agreement;
use super::thrift::{Compact, Kind};
use crate::resource::source::Source;

/// The end of a file: the footer's length and the mark.
const END: u64 = 8;
const MARK: &[u8] = b"PAR1";

/// A value, by what the format says it is.
#[derive(Clone, Copy)]
enum Type {
    Bool,
    Byte,
    Int16,
    Int32,
    Int64,
    Binary,
    Struct(&'static [Field]),
    List(&'static Type),
}

/// A field of a structure that is looked at: its number, its type, and whether it must be there.
type Field = (i16, Type, bool);

const MUST: bool = true;
const MAY: bool = false;

const DECIMAL: &[Field] = &[(1, Type::Int32, MUST), (2, Type::Int32, MUST)];
const TIME: &[Field] = &[(1, Type::Bool, MUST), (2, Type::Struct(&[]), MUST)];
const INTEGER: &[Field] = &[(1, Type::Byte, MUST), (2, Type::Bool, MUST)];
const LOGICAL_TYPE: &[Field] = &[
    (5, Type::Struct(DECIMAL), MAY),
    (7, Type::Struct(TIME), MAY),
    (8, Type::Struct(TIME), MAY),
    (10, Type::Struct(INTEGER), MAY),
];
const SCHEMA_ELEMENT: &[Field] = &[
    (1, Type::Int32, MAY),
    (2, Type::Int32, MAY),
    (3, Type::Int32, MAY),
    (4, Type::Binary, MUST),
    (5, Type::Int32, MAY),
    (6, Type::Int32, MAY),
    (7, Type::Int32, MAY),
    (8, Type::Int32, MAY),
    (9, Type::Int32, MAY),
    (10, Type::Struct(LOGICAL_TYPE), MAY),
];
const KEY_VALUE: &[Field] = &[(1, Type::Binary, MUST), (2, Type::Binary, MAY)];
const SORTING_COLUMN: &[Field] = &[
    (1, Type::Int32, MUST),
    (2, Type::Bool, MUST),
    (3, Type::Bool, MUST),
];
const ENCODING_STATISTICS: &[Field] = &[
    (1, Type::Int32, MUST),
    (2, Type::Int32, MUST),
    (3, Type::Int32, MUST),
];
const COLUMN_METADATA: &[Field] = &[
    (1, Type::Int32, MUST),
    (2, Type::List(&Type::Int32), MUST),
    (3, Type::List(&Type::Binary), MUST),
    (4, Type::Int32, MUST),
    (5, Type::Int64, MUST),
    (6, Type::Int64, MUST),
    (7, Type::Int64, MUST),
    (8, Type::List(&Type::Struct(KEY_VALUE)), MAY),
    (9, Type::Int64, MUST),
    (10, Type::Int64, MAY),
    (11, Type::Int64, MAY),
    (13, Type::List(&Type::Struct(ENCODING_STATISTICS)), MAY),
];
const COLUMN_CHUNK: &[Field] = &[
    (1, Type::Binary, MAY),
    (2, Type::Int64, MUST),
    (3, Type::Struct(COLUMN_METADATA), MAY),
    (4, Type::Int64, MAY),
    (5, Type::Int32, MAY),
    (6, Type::Int64, MAY),
    (7, Type::Int32, MAY),
];
const ROW_GROUP: &[Field] = &[
    (1, Type::List(&Type::Struct(COLUMN_CHUNK)), MUST),
    (2, Type::Int64, MUST),
    (3, Type::Int64, MUST),
    (4, Type::List(&Type::Struct(SORTING_COLUMN)), MAY),
    (5, Type::Int64, MAY),
    (6, Type::Int64, MAY),
    (7, Type::Int16, MAY),
];
const FILE_METADATA: &[Field] = &[
    (1, Type::Int32, MUST),
    (2, Type::List(&Type::Struct(SCHEMA_ELEMENT)), MUST),
    (3, Type::Int64, MUST),
    (4, Type::List(&Type::Struct(ROW_GROUP)), MUST),
    (5, Type::List(&Type::Struct(KEY_VALUE)), MAY),
    (6, Type::Binary, MAY),
];

/// Is the footer what the format says it is? What is no Parquet file at all is for its reader to tell.
pub(super) fn is_sound(source: &Source) -> bool {
    bytes(source).is_none_or(|footer| {
        let mut compact = Compact::new(&footer);
        structure(&mut compact, FILE_METADATA).is_some()
            && source
                .bytes()
                .is_ok_and(|length| agreement::are_sound(&footer, length))
    })
}

/// The footer, where there is one.
fn bytes(source: &Source) -> Option<Vec<u8>> {
    let mut reader = source.reader();
    let end = source.bytes().ok()?.checked_sub(END)?;
    reader.seek(SeekFrom::Start(end)).ok()?;
    let mut last = [0; END as usize];
    reader.read_exact(&mut last).ok()?;
    let (length, mark) = last.split_at(4);
    if mark != MARK {
        return None;
    }
    let length = u64::from(u32::from_le_bytes(length.try_into().ok()?));
    reader
        .seek(SeekFrom::Start(end.checked_sub(length)?))
        .ok()?;
    let mut footer = Vec::new();
    reader.take(length).read_to_end(&mut footer).ok()?;
    Some(footer)
}

fn structure(compact: &mut Compact<'_>, of: &'static [Field]) -> Option<()> {
    let mut seen = 0_u32;
    compact.fields(|compact, id, kind| {
        let Some(place) = of.iter().position(|(known, ..)| *known == id) else {
            return Some(false);
        };
        // As other readers do: a field of another type is none that is known.
        if !is_of(kind, of[place].1) {
            return Some(false);
        }
        seen |= 1 << place;
        if !matches!(kind, Kind::True | Kind::False) {
            value(compact, of[place].1)?;
        }
        Some(true)
    })?;
    let mut fields = of.iter().enumerate();
    let is_whole = fields.all(|(place, (.., must))| !must || seen & (1 << place) != 0);
    is_whole.then_some(())
}

fn is_of(kind: Kind, of: Type) -> bool {
    match of {
        Type::Bool => matches!(kind, Kind::True | Kind::False),
        Type::Byte => kind == Kind::Byte,
        Type::Int16 => kind == Kind::Int16,
        Type::Int32 => kind == Kind::Int32,
        Type::Int64 => kind == Kind::Int64,
        Type::Binary => kind == Kind::Binary,
        Type::Struct(_) => kind == Kind::Struct,
        Type::List(_) => kind == Kind::List,
    }
}

fn value(compact: &mut Compact<'_>, of: Type) -> Option<()> {
    match of {
        Type::Bool | Type::Byte => compact.bytes(1).map(drop),
        Type::Int16 | Type::Int32 => compact.int32().map(drop),
        Type::Int64 => compact.int().map(drop),
        Type::Binary => compact.pass_item(Kind::Binary),
        Type::Struct(of) => structure(compact, of),
        Type::List(item) => {
            let (length, kind) = compact.list()?;
            if length > 0 && !is_of(kind, *item) {
                return None;
            }
            (0..length).try_for_each(|_| value(compact, *item))
        }
    }
}

//! Ways to damage an ONNX file: blindly, and with an eye for what its fields mean.

use proptest::prelude::*;
use proptest::sample::Index;

/// Longer files are damaged blindly only: taking them apart is slow.
const LONGEST_TREE: usize = 1 << 16;
const NUMBERS: [u64; 12] = [
    0,
    1,
    2,
    7,
    11,
    16,
    255,
    100_000,
    1 << 31,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];
const FLOATS: [f32; 8] = [
    0.0,
    -0.0,
    1.0,
    -1e30,
    f32::MAX,
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
];

/// One change.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    /// A bit is flipped.
    Bit(Index, u8),
    /// A byte gets a value.
    Byte(Index, u8),
    /// The file ends early.
    Truncate(Index),
    /// A range is written over another place.
    Copy(Index, Index, usize),
    /// A range is there twice.
    Duplicate(Index, usize),
    /// A range of another file is put in.
    Splice {
        other: Index,
        from: Index,
        to: Index,
        length: usize,
    },
    /// A field's value is replaced, with the lengths around it put right.
    Value(Index, Index),
    /// A text or a run of bytes takes the place of another.
    Swap(Index, Index),
    /// A field is dropped or repeated.
    Field(Index, bool),
}

pub(crate) fn mutations() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), 0..8_u8).prop_map(|(place, bit)| Mutation::Bit(place, bit)),
        2 => (at(), any::<u8>()).prop_map(|(place, byte)| Mutation::Byte(place, byte)),
        1 => at().prop_map(Mutation::Truncate),
        1 => (at(), at(), 1..200_usize).prop_map(|(from, to, n)| Mutation::Copy(from, to, n)),
        1 => (at(), 1..200_usize).prop_map(|(from, n)| Mutation::Duplicate(from, n)),
        1 => (at(), at(), at(), 1..400_usize).prop_map(|(other, from, to, length)| {
            Mutation::Splice { other, from, to, length }
        }),
        6 => (at(), at()).prop_map(|(place, value)| Mutation::Value(place, value)),
        3 => (at(), at()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        2 => (at(), any::<bool>()).prop_map(|(place, twice)| Mutation::Field(place, twice)),
    ]
}

impl Mutation {
    /// `other` is the file to splice from.
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>, other: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let len = bytes.len();
        match self {
            Mutation::Bit(place, bit) => bytes[place.index(len)] ^= 1 << bit,
            Mutation::Byte(place, byte) => bytes[place.index(len)] = *byte,
            Mutation::Truncate(end) => bytes.truncate(end.index(len)),
            Mutation::Copy(from, to, length) => {
                let length = (*length).min(len);
                let from = from.index(len - length + 1);
                bytes.copy_within(from..from + length, to.index(len - length + 1));
            }
            Mutation::Duplicate(from, length) => {
                let from = from.index(len);
                let part = bytes[from..len.min(from + length)].to_vec();
                bytes.splice(from..from, part);
            }
            Mutation::Splice {
                from, to, length, ..
            } if !other.is_empty() => {
                let from = from.index(other.len());
                let part = other[from..other.len().min(from + length)].to_vec();
                let to = to.index(len);
                bytes.splice(to..to, part);
            }
            Mutation::Splice { .. } => {}
            Mutation::Value(..) | Mutation::Swap(..) | Mutation::Field(..) => {
                if len <= LONGEST_TREE
                    && let Some(mut model) = parse(bytes, Kind::Model)
                {
                    self.apply_to_tree(&mut model);
                    bytes.clear();
                    write(&model, bytes);
                }
            }
        }
    }

    fn apply_to_tree(&self, model: &mut Vec<Field>) {
        let leaves = count(model, &|content| !matches!(content, Content::Message(_)));
        let runs = count(model, &|content| matches!(content, Content::Bytes(_)));
        match self {
            Mutation::Value(place, value) if leaves > 0 => {
                let leaf = nth(model, place.index(leaves), &|content| {
                    !matches!(content, Content::Message(_))
                });
                match leaf {
                    Some(Content::Varint(number)) => *number = *value.get(&NUMBERS),
                    Some(Content::Fixed32(bytes)) => *bytes = value.get(&FLOATS).to_le_bytes(),
                    Some(Content::Bytes(bytes)) => bytes.truncate(value.index(bytes.len() + 1)),
                    _ => {}
                }
            }
            Mutation::Swap(from, to) if runs > 0 => {
                let is_run = |content: &Content| matches!(content, Content::Bytes(_));
                let from = match nth(model, from.index(runs), &is_run) {
                    Some(Content::Bytes(bytes)) => bytes.clone(),
                    _ => return,
                };
                if let Some(Content::Bytes(bytes)) = nth(model, to.index(runs), &is_run) {
                    *bytes = from;
                }
            }
            Mutation::Field(place, twice) => {
                let fields = count(model, &|_| true);
                change_field(model, &mut place.index(fields.max(1)), *twice);
            }
            _ => {}
        }
    }
}

/// The messages of `onnx.proto` that are taken apart.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    /// `ValueInfoProto`, `TypeProto` and what is in them.
    Value,
    Opset,
}

impl Kind {
    fn child(self, field: u64) -> Option<Kind> {
        Some(match (self, field) {
            (Kind::Model, 7) => Kind::Graph,
            (Kind::Model, 8) => Kind::Opset,
            (Kind::Graph, 1) => Kind::Node,
            (Kind::Node, 5) => Kind::Attribute,
            (Kind::Graph | Kind::Attribute, 5) => Kind::Tensor,
            // Of ValueInfoProto the type; of that the tensor type, its shape and its dimensions.
            (Kind::Graph, 11..=13) | (Kind::Value, 1 | 2) => Kind::Value,
            _ => return None,
        })
    }
}

struct Field {
    number: u64,
    content: Content,
}

enum Content {
    Varint(u64),
    Fixed32([u8; 4]),
    Fixed64([u8; 8]),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for index in 0..10 {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn parse(mut rest: &[u8], kind: Kind) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let tag = take_varint(&mut rest)?;
        let number = tag >> 3;
        let content = match tag & 7 {
            0 => Content::Varint(take_varint(&mut rest)?),
            1 => {
                let (bytes, tail) = rest.split_first_chunk()?;
                rest = tail;
                Content::Fixed64(*bytes)
            }
            2 => {
                let length = usize::try_from(take_varint(&mut rest)?).ok()?;
                let (bytes, tail) = rest.split_at_checked(length)?;
                rest = tail;
                kind.child(number)
                    .and_then(|kind| parse(bytes, kind))
                    .map_or_else(|| Content::Bytes(bytes.to_vec()), Content::Message)
            }
            5 => {
                let (bytes, tail) = rest.split_first_chunk()?;
                rest = tail;
                Content::Fixed32(*bytes)
            }
            _ => return None,
        };
        fields.push(Field { number, content });
    }
    Some(fields)
}

fn put_varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

fn write(fields: &[Field], into: &mut Vec<u8>) {
    for field in fields {
        let mut put = |kind: u64, content: &[u8]| {
            put_varint(into, field.number << 3 | kind);
            if kind == 2 {
                put_varint(into, content.len() as u64);
            }
            into.extend_from_slice(content);
        };
        match &field.content {
            Content::Varint(value) => {
                let mut bytes = Vec::new();
                put_varint(&mut bytes, *value);
                put(0, &bytes);
            }
            Content::Fixed64(bytes) => put(1, bytes),
            Content::Fixed32(bytes) => put(5, bytes),
            Content::Bytes(bytes) => put(2, bytes),
            Content::Message(fields) => {
                let mut bytes = Vec::new();
                write(fields, &mut bytes);
                put(2, &bytes);
            }
        }
    }
}

fn count(fields: &[Field], wanted: &dyn Fn(&Content) -> bool) -> usize {
    let each = fields.iter().map(|field| {
        let below = match &field.content {
            Content::Message(fields) => count(fields, wanted),
            _ => 0,
        };
        below + usize::from(wanted(&field.content))
    });
    each.sum()
}

/// The one of this number among the wanted ones.
fn nth<'f>(
    fields: &'f mut [Field],
    number: usize,
    wanted: &dyn Fn(&Content) -> bool,
) -> Option<&'f mut Content> {
    let mut left = number;
    for field in fields {
        let here = usize::from(wanted(&field.content));
        let below = match &field.content {
            Content::Message(fields) => count(fields, wanted),
            _ => 0,
        };
        if left < here {
            return Some(&mut field.content);
        }
        if left < here + below
            && let Content::Message(fields) = &mut field.content
        {
            return nth(fields, left - here, wanted);
        }
        left -= here + below;
    }
    None
}

/// Drops or repeats the field that the counter leads to; says whether it was found.
fn change_field(fields: &mut Vec<Field>, left: &mut usize, twice: bool) -> bool {
    for index in 0..fields.len() {
        if *left == 0 {
            if twice {
                let mut bytes = Vec::new();
                write(&fields[index..=index], &mut bytes);
                // As bytes of the same field: what is in it does not matter any more.
                if let Some(mut again) = parse(&bytes, Kind::Opset) {
                    fields.append(&mut again);
                }
            } else {
                fields.remove(index);
            }
            return true;
        }
        *left -= 1;
        if let Content::Message(below) = &mut fields[index].content
            && change_field(below, left, twice)
        {
            return true;
        }
    }
    false
}

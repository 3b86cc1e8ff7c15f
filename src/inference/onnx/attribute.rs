//! What an attribute can hold.

use super::wire::{Content, Fields, WireError};

/// Attributes of more bytes are looked at where they begin only: their types follow their values.
const SMALL_BYTES: usize = 1 << 10;
/// Fields of a long one that are looked at: the name, and the first of its values.
const FIRST_FIELDS: usize = 2;
/// `AttributeProto.type`
const TYPE: u32 = 20;

/// `AttributeProto.AttributeType`, with the letter of the table of attributes, the field of the value,
/// and words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inference) struct AttributeType {
    code: i64,
    letter: &'static str,
    field: u32,
    words: &'static str,
}

const TYPES: &[AttributeType] = &[
    of(1, "f", 2, "a float"),
    of(2, "i", 3, "an integer"),
    of(3, "s", 4, "a text"),
    of(4, "t", 5, "a tensor"),
    of(5, "g", 6, "a graph"),
    of(6, "F", 7, "a list of floats"),
    of(7, "I", 8, "a list of integers"),
    of(8, "S", 9, "a list of texts"),
    of(9, "T", 10, "a list of tensors"),
    of(10, "G", 11, "a list of graphs"),
    of(11, "p", 22, "a sparse tensor"),
    of(12, "P", 23, "a list of sparse tensors"),
    of(13, "y", 14, "a type"),
    of(14, "Y", 15, "a list of types"),
];

const fn of(code: i64, letter: &'static str, field: u32, words: &'static str) -> AttributeType {
    AttributeType {
        code,
        letter,
        field,
        words,
    }
}

impl AttributeType {
    pub(in crate::inference) fn of_letter(letter: &str) -> Option<Self> {
        TYPES.iter().find(|known| known.letter == letter).copied()
    }

    pub(in crate::inference) fn in_words(self) -> &'static str {
        self.words
    }

    /// Is the attribute of one of these types, by what it says itself and by what it holds?
    pub(in crate::inference) fn of_message(
        message: &[u8],
        types: &[Self],
    ) -> Result<bool, WireError> {
        let is_small = message.len() < SMALL_BYTES;
        let looked_at = if is_small { usize::MAX } else { FIRST_FIELDS };
        for field in Fields::of(message).take(looked_at) {
            let fits = match field {
                // The values of a long list are left to those who read them.
                Err(_) if !is_small => true,
                field => field.map(|(number, content)| fits(number, content, types))?,
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Does a field of an attribute go with one of these types?
fn fits(number: u32, content: Content<'_>, types: &[AttributeType]) -> bool {
    match (number, content) {
        // Some writers leave it at "undefined".
        (TYPE, Content::Varint(0)) => true,
        (TYPE, Content::Varint(code)) => types.iter().any(|t| t.code as u64 == code),
        (number, _) if TYPES.iter().any(|t| t.field == number) => {
            types.iter().any(|t| t.field == number)
        }
        _ => true,
    }
}

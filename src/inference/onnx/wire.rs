//! Walks protobuf bytes in place.
//!
//! Nothing is copied and nothing is allocated, so neither a forest of a hundred megabytes nor
//! garbage that claims to be one costs memory: a reader looks only at the fields that it asks for.

/// Why a run of bytes is not a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inference) enum WireError {
    /// A field says that it is longer than what is left.
    Truncated,
    /// A tag or a number that no protobuf writer produces.
    Malformed,
}

/// One field's content, as it lies in the file.
#[derive(Debug, Clone, Copy)]
pub(in crate::inference) enum Content<'a> {
    Varint(u64),
    Fixed32([u8; 4]),
    Fixed64,
    Bytes(&'a [u8]),
}

impl<'a> Content<'a> {
    pub(in crate::inference) fn bytes(self) -> Result<&'a [u8], WireError> {
        match self {
            Content::Bytes(bytes) => Ok(bytes),
            _ => Err(WireError::Malformed),
        }
    }

    pub(in crate::inference) fn text(self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| WireError::Malformed)
    }

    pub(super) fn float(self) -> Result<f32, WireError> {
        match self {
            Content::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(WireError::Malformed),
        }
    }

    pub(in crate::inference) fn integer(self) -> Result<i64, WireError> {
        match self {
            Content::Varint(value) => Ok(value.cast_signed()),
            _ => Err(WireError::Malformed),
        }
    }

    /// A repeated number may be packed into one field or spread over many: both give a number each.
    pub(in crate::inference) fn integers(self, into: &mut Vec<i64>) -> Result<(), WireError> {
        match self {
            Content::Varint(value) => into.push(value.cast_signed()),
            Content::Bytes(mut packed) => {
                while !packed.is_empty() {
                    into.push(take_varint(&mut packed)?.cast_signed());
                }
            }
            _ => return Err(WireError::Malformed),
        }
        Ok(())
    }

    /// As [`Content::integers`], for 32-bit floats.
    pub(in crate::inference) fn floats(self, into: &mut Vec<f32>) -> Result<(), WireError> {
        match self {
            Content::Fixed32(bytes) => into.push(f32::from_le_bytes(bytes)),
            Content::Bytes(packed) => {
                let (values, rest) = packed.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(WireError::Malformed);
                }
                into.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            }
            _ => return Err(WireError::Malformed),
        }
        Ok(())
    }
}

/// Writes a field that holds a message or a text.
pub(in crate::inference) fn push_message(into: &mut Vec<u8>, number: u32, message: &[u8]) {
    push_varint(into, u64::from(number << 3 | 2));
    push_varint(into, message.len() as u64);
    into.extend_from_slice(message);
}

fn push_varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

/// A field with all of its bytes, tag and length included, for copying it as it is.
#[derive(Debug)]
pub(in crate::inference) struct RawField<'a> {
    pub(in crate::inference) number: u32,
    pub(in crate::inference) content: Content<'a>,
    pub(in crate::inference) raw: &'a [u8],
}

/// The fields of one message, in file order. After an error there are no more.
#[derive(Debug)]
pub(in crate::inference) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(in crate::inference) fn of(message: &'a [u8]) -> Self {
        Fields { rest: message }
    }

    /// The next field together with all of its bytes.
    pub(in crate::inference) fn next_raw(&mut self) -> Result<Option<RawField<'a>>, WireError> {
        let before = self.rest;
        let Some(field) = self.next() else {
            return Ok(None);
        };
        let (number, content) = field?;
        Ok(Some(RawField {
            number,
            content,
            raw: &before[..before.len() - self.rest.len()],
        }))
    }

    #[inline]
    fn read_field(&mut self) -> Result<(u32, Content<'a>), WireError> {
        let tag = take_varint(&mut self.rest)?;
        let number = u32::try_from(tag >> 3).map_err(|_| WireError::Malformed)?;
        if number == 0 {
            return Err(WireError::Malformed);
        }
        let content = match tag & 7 {
            0 => Content::Varint(take_varint(&mut self.rest)?),
            1 => {
                take_array::<8>(&mut self.rest)?;
                Content::Fixed64
            }
            2 => {
                let length = usize::try_from(take_varint(&mut self.rest)?)
                    .map_err(|_| WireError::Malformed)?;
                let (bytes, rest) = self
                    .rest
                    .split_at_checked(length)
                    .ok_or(WireError::Truncated)?;
                self.rest = rest;
                Content::Bytes(bytes)
            }
            5 => Content::Fixed32(take_array(&mut self.rest)?),
            _ => return Err(WireError::Malformed),
        };
        Ok((number, content))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Content<'a>), WireError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.read_field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// All numbers of a repeated field below 16. Exporters spread long lists over one field a number,
/// whose tag is one byte: these are read without a look at what else could be there.
pub(super) fn repeated_integers(
    message: &[u8],
    field: u8,
    into: &mut Vec<i64>,
) -> Result<(), WireError> {
    let tag = field << 3;
    let mut fields = Fields::of(message);
    loop {
        while let Some((byte, tail)) = fields.rest.split_first()
            && *byte == tag
        {
            fields.rest = tail;
            into.push(take_varint(&mut fields.rest)?.cast_signed());
        }
        let Some(other) = fields.next() else {
            return Ok(());
        };
        let (number, content) = other?;
        if number == u32::from(field) {
            content.integers(into)?;
        }
    }
}

/// As [`repeated_integers`], for 32-bit floats.
pub(super) fn repeated_floats(
    message: &[u8],
    field: u8,
    into: &mut Vec<f32>,
) -> Result<(), WireError> {
    let tag = field << 3 | 5;
    let mut fields = Fields::of(message);
    loop {
        while let Some(([byte, value @ ..], tail)) = fields.rest.split_first_chunk::<5>()
            && *byte == tag
        {
            fields.rest = tail;
            into.push(f32::from_le_bytes(*value));
        }
        let Some(other) = fields.next() else {
            return Ok(());
        };
        let (number, content) = other?;
        if number == u32::from(field) {
            content.floats(into)?;
        }
    }
}

/// Runs of a long list that are looked at, and numbers in each.
const SAMPLE_RUNS: usize = 16;
const SAMPLE_RUN: usize = 128;
/// Bytes of a float with its tag.
const TAGGED_FLOAT: usize = 5;

/// As [`repeated_floats`]; of a list too long to be read in passing, runs from all over it.
pub(super) fn sampled_floats(message: &[u8], field: u8) -> Result<Vec<f32>, WireError> {
    let mut floats = Vec::new();
    let is_long = message.len() > SAMPLE_RUNS * SAMPLE_RUN * TAGGED_FLOAT;
    if !is_long || !sample_floats(message, field, &mut floats)? {
        floats.clear();
        repeated_floats(message, field, &mut floats)?;
    }
    Ok(floats)
}

/// Whether the list lies in one piece, so that its numbers could be found by their places.
fn sample_floats(message: &[u8], field: u8, into: &mut Vec<f32>) -> Result<bool, WireError> {
    let mut fields = Fields::of(message);
    let mut before = fields.rest;
    let content = loop {
        match fields.next() {
            None => return Ok(false),
            Some(found) => match found? {
                (number, content) if number == u32::from(field) => break content,
                _ => before = fields.rest,
            },
        }
    };
    let (list, stride) = match content {
        Content::Bytes(packed) => (packed, size_of::<f32>()),
        _ => (before, TAGGED_FLOAT),
    };
    let tag = field << 3 | 5;
    let count = list.len() / stride;
    if count < SAMPLE_RUNS * SAMPLE_RUN {
        return Ok(false);
    }
    for run in 0..SAMPLE_RUNS {
        let first = run * (count - SAMPLE_RUN) / (SAMPLE_RUNS - 1);
        for number in list[first * stride..].chunks_exact(stride).take(SAMPLE_RUN) {
            match number.split_last_chunk() {
                Some((before, value)) if before.iter().all(|byte| *byte == tag) => {
                    into.push(f32::from_le_bytes(*value));
                }
                _ => return Ok(false),
            }
        }
    }
    Ok(true)
}

/// Most numbers, and nearly all tags, are one byte long.
#[inline]
fn take_varint(rest: &mut &[u8]) -> Result<u64, WireError> {
    match rest.split_first() {
        Some((byte, tail)) if *byte < 0x80 => {
            *rest = tail;
            Ok(u64::from(*byte))
        }
        _ => take_long_varint(rest),
    }
}

fn take_long_varint(rest: &mut &[u8]) -> Result<u64, WireError> {
    let mut value = 0_u64;
    for (index, byte) in rest.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *rest = &rest[index + 1..];
            return Ok(value);
        }
    }
    Err(if rest.len() < 10 {
        WireError::Truncated
    } else {
        WireError::Malformed
    })
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], WireError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(WireError::Truncated)?;
    *rest = tail;
    Ok(*head)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> Vec<Result<u32, WireError>> {
        Fields::of(bytes)
            .map(|field| field.map(|(number, _)| number))
            .collect()
    }

    #[test]
    fn a_message_gives_its_fields_in_order() {
        assert_eq!(
            fields(&[0x08, 0x01, 0x12, 0x02, b'h', b'i']),
            [Ok(1), Ok(2)]
        );
    }

    #[test]
    fn a_length_beyond_the_end_is_truncation() {
        assert_eq!(fields(&[0x12, 0x05, b'h']), [Err(WireError::Truncated)]);
        assert_eq!(fields(&[0x08, 0x80]), [Err(WireError::Truncated)]);
    }

    #[test]
    fn group_tags_and_field_zero_are_malformed() {
        assert_eq!(fields(b"<html>"), [Err(WireError::Malformed)]);
        assert_eq!(fields(&[0x00, 0x01]), [Err(WireError::Malformed)]);
    }

    #[test]
    fn numbers_read_the_same_packed_and_spread() {
        let mut numbers = Vec::new();
        Content::Bytes(&[0x01, 0x96, 0x01])
            .integers(&mut numbers)
            .unwrap();
        Content::Varint(u64::MAX).integers(&mut numbers).unwrap();
        assert_eq!(numbers, [1, 150, -1]);

        // Spread, another field, packed, and spread again.
        let message = [
            0x40, 0x01, 0x40, 0x96, 0x01, 0x08, 0x07, 0x42, 0x02, 0x02, 0x03, 0x40, 0x04,
        ];
        let mut numbers = Vec::new();
        repeated_integers(&message, 8, &mut numbers).unwrap();
        assert_eq!(numbers, [1, 150, 2, 3, 4]);
        let cut = repeated_integers(&message[..4], 8, &mut Vec::new());
        assert_eq!(cut, Err(WireError::Truncated));
    }

    #[test]
    fn floats_read_the_same_packed_and_spread() {
        let spread = |float: f32| [&[0x3d][..], &float.to_le_bytes()].concat();
        let packed = [
            &[0x3a, 8][..],
            &2.5_f32.to_le_bytes(),
            &3.5_f32.to_le_bytes(),
        ]
        .concat();
        let other = vec![0x08, 0x07];
        let message = [spread(-1.0), other, packed, spread(1e-40)].concat();
        let mut floats = Vec::new();
        repeated_floats(&message, 7, &mut floats).unwrap();
        assert_eq!(floats, [-1.0, 2.5, 3.5, 1e-40]);
        let cut = repeated_floats(&message[..4], 7, &mut Vec::new());
        assert_eq!(cut, Err(WireError::Truncated));
    }
}

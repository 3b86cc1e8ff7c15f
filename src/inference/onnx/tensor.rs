//! A constant, with its content still in the file's bytes until it is asked for.

use super::wire::{Content, Fields, WireError};

/// `TensorProto.DataType`
pub(in crate::inference) mod element {
    pub(in crate::inference) const FLOAT: i64 = 1;
    pub(in crate::inference) const INT32: i64 = 6;
    pub(in crate::inference) const INT64: i64 = 7;
    pub(in crate::inference) const STRING: i64 = 8;
    pub(in crate::inference) const BOOL: i64 = 9;
    pub(in crate::inference) const FLOAT16: i64 = 10;
    pub(in crate::inference) const DOUBLE: i64 = 11;
}

/// `TensorProto.DataLocation.EXTERNAL`
const EXTERNAL: i64 = 1;

#[derive(Debug, Clone, Copy, Default)]
pub(in crate::inference) struct Tensor<'a> {
    pub(in crate::inference) name: &'a str,
    element: i64,
    is_external: bool,
    message: &'a [u8],
}

/// Where the content of a tensor lies that is kept outside the model file.
#[derive(Debug, Default, PartialEq)]
pub(in crate::inference) struct ExternalData<'a> {
    pub(in crate::inference) location: &'a str,
    /// The first byte after the content, as far as the model says.
    pub(in crate::inference) end: u64,
}

/// The numbers or texts of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::inference) enum Numbers {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
    F16(Vec<f32>),
    Text(Vec<String>),
}

impl Numbers {
    pub(in crate::inference) fn integers(&self) -> Option<&[i64]> {
        match self {
            Self::I64(all) => Some(all),
            _ => None,
        }
    }

    pub(in crate::inference) fn len(&self) -> usize {
        match self {
            Self::F32(v) | Self::F16(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }
}

impl<'a> Tensor<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut tensor = Tensor {
            message,
            ..Tensor::default()
        };
        for field in Fields::of(message) {
            match field? {
                (2, element) => tensor.element = element.integer()?,
                (8, name) => tensor.name = name.text()?,
                (14, place) => tensor.is_external = place.integer()? == EXTERNAL,
                _ => {}
            }
        }
        Ok(tensor)
    }

    /// Bytes in the file.
    pub(in crate::inference) fn size(self) -> usize {
        self.message.len()
    }

    /// Whether its content is in this file and of a type that is read here.
    pub(in crate::inference) fn is_readable(self) -> bool {
        let is_known = matches!(
            self.element,
            element::FLOAT
                | element::DOUBLE
                | element::INT64
                | element::INT32
                | element::BOOL
                | element::FLOAT16
                | element::STRING
        );
        is_known && !self.is_external
    }

    pub(in crate::inference) fn external_data(self) -> Result<Option<ExternalData<'a>>, WireError> {
        if !self.is_external {
            return Ok(None);
        }
        let mut data = ExternalData::default();
        let (mut offset, mut length) = (0_u64, 0_u64);
        for field in Fields::of(self.message) {
            let (13, entry) = field? else {
                continue;
            };
            let (mut key, mut value) = ("", "");
            for part in Fields::of(entry.bytes()?) {
                match part? {
                    (1, text) => key = text.text()?,
                    (2, text) => value = text.text()?,
                    _ => {}
                }
            }
            match key {
                "location" => data.location = value,
                "offset" => offset = value.parse().unwrap_or(0),
                "length" => length = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        data.end = offset.saturating_add(length);
        Ok(Some(data))
    }

    /// The elements of a string, int64 or int32 tensor as texts; nothing for any other element type.
    pub(in crate::inference) fn texts_or_integers(self) -> Result<Vec<String>, WireError> {
        if !matches!(
            self.element,
            element::INT32 | element::INT64 | element::STRING
        ) {
            return Ok(Vec::new());
        }
        let (mut texts, mut integers) = (Vec::new(), Vec::new());
        let mut raw = &[][..];
        for field in Fields::of(self.message) {
            match field? {
                (5 | 7, values) => values.integers(&mut integers)?,
                (6, text) => texts.push(lossy(text.bytes()?)),
                (9, bytes) => raw = bytes.bytes()?,
                _ => {}
            }
        }
        match self.element {
            element::INT32 => integers.extend(
                raw.as_chunks()
                    .0
                    .iter()
                    .map(|b| i64::from(i32::from_le_bytes(*b))),
            ),
            element::INT64 => {
                integers.extend(raw.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)));
            }
            _ => return Ok(texts),
        }
        Ok(integers.iter().map(i64::to_string).collect())
    }

    /// Shape and content; `None` where it is not [readable](Self::is_readable).
    pub(in crate::inference) fn content(self) -> Result<Option<(Vec<usize>, Numbers)>, WireError> {
        if !self.is_readable() {
            return Ok(None);
        }
        let mut shape = Vec::new();
        let (mut floats, mut integers, mut doubles) = (Vec::new(), Vec::new(), Vec::new());
        let (mut texts, mut raw) = (Vec::new(), None);
        for field in Fields::of(self.message) {
            match field? {
                (1, dims) => dims.integers(&mut shape)?,
                (4, values) => values.floats(&mut floats)?,
                (5 | 7, values) => values.integers(&mut integers)?,
                (6, text) => texts.push(text.text()?.to_owned()),
                (9, bytes) => raw = Some(bytes.bytes()?),
                (10, Content::Bytes(packed)) => {
                    doubles.extend(packed.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)));
                }
                _ => {}
            }
        }
        let numbers = match (self.element, raw) {
            (element::FLOAT, Some(raw)) => Numbers::F32(fixed(raw, f32::from_le_bytes)?),
            (element::FLOAT, None) => Numbers::F32(floats),
            (element::DOUBLE, Some(raw)) => Numbers::F64(fixed(raw, f64::from_le_bytes)?),
            (element::DOUBLE, None) => Numbers::F64(doubles),
            (element::INT64, Some(raw)) => Numbers::I64(fixed(raw, i64::from_le_bytes)?),
            (element::INT32, Some(raw)) => {
                Numbers::I64(fixed(raw, |b| i64::from(i32::from_le_bytes(b)))?)
            }
            (element::INT64 | element::INT32, None) => Numbers::I64(integers),
            (element::BOOL, Some(raw)) => Numbers::Bool(raw.iter().map(|b| *b != 0).collect()),
            (element::BOOL, None) => Numbers::Bool(integers.iter().map(|i| *i != 0).collect()),
            (element::FLOAT16, Some(raw)) => {
                Numbers::F16(fixed(raw, |b| half::f16::from_le_bytes(b).to_f32())?)
            }
            (element::FLOAT16, None) => Numbers::F16(
                integers
                    .iter()
                    .map(|bits| half::f16::from_bits(*bits as u16).to_f32())
                    .collect(),
            ),
            _ => Numbers::Text(texts),
        };
        let shape: Option<Vec<usize>> = shape.iter().map(|d| usize::try_from(*d).ok()).collect();
        let shape = shape.ok_or(WireError::Malformed)?;
        let len = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
        if len == Some(numbers.len()) {
            Ok(Some((shape, numbers)))
        } else {
            Err(WireError::Malformed)
        }
    }
}

fn fixed<const N: usize, T>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Result<Vec<T>, WireError> {
    let (chunks, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        Ok(chunks.iter().map(|chunk| read(*chunk)).collect())
    } else {
        Err(WireError::Malformed)
    }
}

/// What is no text in UTF-8 is shown as well as it can be.
pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

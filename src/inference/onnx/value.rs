//! The declared inputs and outputs of a graph: names, element types and shapes.

use super::wire::{Fields, WireError};

#[derive(Debug)]
pub(in crate::inference) struct ValueInfo<'a> {
    pub(in crate::inference) name: &'a str,
    pub(in crate::inference) kind: ValueKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::inference) enum ValueKind {
    Tensor {
        element: i64,
        /// A dimension without a fixed size is `None`.
        shape: Option<Vec<Option<usize>>>,
    },
    /// What ZipMap gives: a sequence of maps from class to score.
    MapSequence,
    /// Sparse tensors, optionals, and whatever comes next.
    Other,
}

impl<'a> ValueInfo<'a> {
    pub(in crate::inference) fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let (mut name, mut kind) = ("", ValueKind::Other);
        for field in Fields::of(message) {
            match field? {
                (1, text) => name = text.text()?,
                (2, value) => kind = ValueKind::parse(value.bytes()?)?,
                _ => {}
            }
        }
        Ok(ValueInfo { name, kind })
    }
}

impl ValueKind {
    fn parse(message: &[u8]) -> Result<Self, WireError> {
        for field in Fields::of(message) {
            match field? {
                (1, tensor) => return Self::parse_tensor(tensor.bytes()?),
                (4, sequence) => {
                    for part in Fields::of(sequence.bytes()?) {
                        if let (1, element) = part?
                            && Fields::of(element.bytes()?).any(|f| matches!(f, Ok((5, _))))
                        {
                            return Ok(ValueKind::MapSequence);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(ValueKind::Other)
    }

    fn parse_tensor(message: &[u8]) -> Result<Self, WireError> {
        let (mut element, mut shape) = (0, None);
        for field in Fields::of(message) {
            match field? {
                (1, kind) => element = kind.integer()?,
                (2, dimensions) => {
                    let mut sizes = Vec::new();
                    for part in Fields::of(dimensions.bytes()?) {
                        if let (1, dimension) = part? {
                            sizes.push(parse_dimension(dimension.bytes()?)?);
                        }
                    }
                    shape = Some(sizes);
                }
                _ => {}
            }
        }
        Ok(ValueKind::Tensor { element, shape })
    }
}

/// Sizes of 0 and below are how some exporters write "not known".
fn parse_dimension(message: &[u8]) -> Result<Option<usize>, WireError> {
    let mut size = None;
    for field in Fields::of(message) {
        if let (1, value) = field? {
            size = usize::try_from(value.integer()?).ok().filter(|n| *n > 0);
        }
    }
    Ok(size)
}

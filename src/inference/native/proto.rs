//! The whole of an ONNX graph as it lies in the file: nodes, attributes and the numbers of its
//! constants.
//!
//! `graph.rs` reads what a signature needs; a model that is to run needs every attribute. Field
//! numbers are those of `onnx.proto`. Nothing here allocates more than the file is long.

use std::collections::HashMap;

use super::footprint;
use crate::inference::wire::{Content, Fields, WireError, repeated_floats, repeated_integers};

/// `TensorProto.DataType`
pub(super) mod element {
    pub(in crate::inference::native) const FLOAT: i64 = 1;
    pub(in crate::inference::native) const INT32: i64 = 6;
    pub(in crate::inference::native) const INT64: i64 = 7;
    pub(in crate::inference::native) const STRING: i64 = 8;
    pub(in crate::inference::native) const BOOL: i64 = 9;
    pub(in crate::inference::native) const FLOAT16: i64 = 10;
    pub(in crate::inference::native) const DOUBLE: i64 = 11;
}

/// `TensorProto.DataLocation.EXTERNAL`
const EXTERNAL: i64 = 1;

/// A graph with the operator sets that give its nodes their meaning.
#[derive(Debug, Default, Clone)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) initializers: Vec<TensorProto<'a>>,
    pub(super) inputs: Vec<&'a str>,
    /// Of the default domain; the first one counts where exporters repeat themselves.
    pub(super) opset: i64,
    /// Constants in a form that is not read here.
    pub(super) has_sparse: bool,
}

/// One operator call.
#[derive(Debug, Default, Clone)]
pub(super) struct Node<'a> {
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) opset: i64,
    /// For an operator that applies encoders itself: what each of its inputs is, else nothing. No
    /// file has these: see `join`.
    pub(super) sources: Vec<Source<'a>>,
    attributes: HashMap<&'a str, &'a [u8]>,
}

/// Where some columns of a model come from.
#[derive(Debug, Clone)]
pub(super) enum Source<'a> {
    /// They are numbers as they are; how many, if the graph tells.
    Numbers { width: Option<usize> },
    /// They are made by a `OneHotEncoder` of so many values a row, which has become part of the
    /// model.
    OneHot { encoder: Node<'a>, width: usize },
}

/// A constant, with its content still in the file's bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TensorProto<'a> {
    pub(super) name: &'a str,
    pub(super) element: i64,
    message: &'a [u8],
}

/// The numbers or texts of a constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
    F16(Vec<f32>),
    Text(Vec<String>),
}

impl Numbers {
    pub(super) fn integers(&self) -> Option<&[i64]> {
        match self {
            Self::I64(all) => Some(all),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::F32(v) | Self::F16(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::F32(v) | Self::F16(v) => footprint::list(v),
            Self::F64(v) => footprint::list(v),
            Self::I64(v) => footprint::list(v),
            Self::Bool(v) => footprint::list(v),
            Self::Text(v) => footprint::texts(v),
        }
    }
}

impl<'a> Graph<'a> {
    pub(super) fn parse(model: &'a [u8]) -> Result<Self, WireError> {
        let mut graph = Graph::default();
        let mut opsets: Vec<(&str, i64)> = Vec::new();
        for field in Fields::of(model) {
            match field? {
                (7, content) => graph.merge(content.bytes()?)?,
                (8, content) => {
                    let mut opset = ("", 1);
                    for part in Fields::of(content.bytes()?) {
                        match part? {
                            (1, domain) => opset.0 = domain.text()?,
                            (2, version) => opset.1 = version.integer()?,
                            _ => {}
                        }
                    }
                    opsets.push((plain_domain(opset.0), opset.1));
                }
                _ => {}
            }
        }
        let version = |domain: &str| opsets.iter().find(|(d, _)| *d == domain).map(|(_, v)| *v);
        // A file without an entry for a domain means its first version.
        graph.opset = version("").unwrap_or(1);
        for node in &mut graph.nodes {
            node.opset = version(node.domain).unwrap_or(1);
        }
        Ok(graph)
    }

    fn merge(&mut self, message: &'a [u8]) -> Result<(), WireError> {
        for field in Fields::of(message) {
            match field? {
                (1, node) => self.nodes.push(Node::parse(node.bytes()?)?),
                (5, tensor) => self.initializers.push(TensorProto::parse(tensor.bytes()?)?),
                (11, input) => {
                    for part in Fields::of(input.bytes()?) {
                        if let (1, name) = part? {
                            self.inputs.push(name.text()?);
                        }
                    }
                }
                (15, _) => self.has_sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

fn plain_domain(domain: &str) -> &str {
    if domain == "ai.onnx" { "" } else { domain }
}

impl<'a> Node<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut node = Node::default();
        for field in Fields::of(message) {
            match field? {
                (1, name) => node.inputs.push(name.text()?),
                (2, name) => node.outputs.push(name.text()?),
                (4, op) => node.op = op.text()?,
                (5, attribute) => {
                    let bytes = attribute.bytes()?;
                    for part in Fields::of(bytes) {
                        if let (1, name) = part? {
                            node.attributes.insert(name.text()?, bytes);
                            break;
                        }
                    }
                }
                (7, domain) => node.domain = plain_domain(domain.text()?),
                _ => {}
            }
        }
        Ok(node)
    }

    /// The operator with its domain, where that is not the default one.
    pub(super) fn full_name(&self) -> String {
        if self.domain.is_empty() {
            self.op.to_owned()
        } else {
            format!("{}.{}", self.domain, self.op)
        }
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    /// Its attributes with their bytes in the file.
    pub(super) fn attribute_bytes(&self) -> impl Iterator<Item = (&'a str, usize)> {
        self.attributes
            .iter()
            .map(|(name, message)| (*name, message.len()))
    }

    /// How many numbers a list of floats has, told from its bytes: off by one, perhaps.
    pub(super) fn float_count(&self, attribute: &str) -> usize {
        const FLOATS: u32 = 7;
        let message = self.attributes.get(attribute).copied().unwrap_or_default();
        // The name comes first, behind a tag and its length.
        let list = message.get(2 + attribute.len()..).unwrap_or_default();
        match Fields::of(list).next() {
            Some(Ok((FLOATS, Content::Bytes(packed)))) => packed.len() / size_of::<f32>(),
            _ => list.len() / (1 + size_of::<f32>()),
        }
    }

    fn each(
        &self,
        attribute: &str,
        wanted: u32,
        mut take: impl FnMut(Content<'a>) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        let Some(message) = self.attributes.get(attribute) else {
            return Ok(());
        };
        for field in Fields::of(message) {
            let (number, content) = field?;
            if number == wanted {
                take(content)?;
            }
        }
        Ok(())
    }

    pub(super) fn float(&self, attribute: &str) -> Result<Option<f32>, WireError> {
        let mut all = Vec::new();
        self.each(attribute, 2, |content| content.floats(&mut all))?;
        Ok(all.first().copied())
    }

    pub(super) fn integer(&self, attribute: &str) -> Result<Option<i64>, WireError> {
        let mut found = None;
        self.each(attribute, 3, |content| {
            found = Some(content.integer()?);
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn flag(&self, attribute: &str, default: bool) -> Result<bool, WireError> {
        Ok(self.integer(attribute)?.map_or(default, |value| value != 0))
    }

    pub(super) fn text(&self, attribute: &str) -> Result<Option<&'a str>, WireError> {
        let mut found = None;
        self.each(attribute, 4, |content| {
            found = Some(content.text()?);
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn tensor(&self, attribute: &str) -> Result<Option<TensorProto<'a>>, WireError> {
        let mut found = None;
        self.each(attribute, 5, |content| {
            found = Some(TensorProto::parse(content.bytes()?)?);
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn floats(&self, attribute: &str) -> Result<Vec<f32>, WireError> {
        let mut all = Vec::new();
        if let Some(message) = self.attributes.get(attribute) {
            repeated_floats(message, 7, &mut all)?;
        }
        Ok(all)
    }

    pub(super) fn integers(&self, attribute: &str) -> Result<Vec<i64>, WireError> {
        let mut all = Vec::new();
        if let Some(message) = self.attributes.get(attribute) {
            repeated_integers(message, 8, &mut all)?;
        }
        Ok(all)
    }

    /// The texts of a list, borrowed from the file.
    pub(super) fn byte_texts(&self, attribute: &str) -> Result<Vec<&'a [u8]>, WireError> {
        let mut all = Vec::new();
        self.each(attribute, 9, |content| {
            all.push(content.bytes()?);
            Ok(())
        })?;
        Ok(all)
    }

    pub(super) fn texts(&self, attribute: &str) -> Result<Vec<String>, WireError> {
        let all = self.byte_texts(attribute)?;
        all.into_iter()
            .map(|bytes| {
                let text = std::str::from_utf8(bytes).map_err(|_| WireError::Malformed)?;
                Ok(text.to_owned())
            })
            .collect()
    }
}

impl<'a> TensorProto<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut tensor = TensorProto {
            message,
            ..TensorProto::default()
        };
        for field in Fields::of(message) {
            match field? {
                (2, element) => tensor.element = element.integer()?,
                (8, name) => tensor.name = name.text()?,
                _ => {}
            }
        }
        Ok(tensor)
    }

    pub(super) fn bytes(self) -> usize {
        self.message.len()
    }

    /// Whether [`TensorProto::content`] gives something.
    pub(super) fn is_readable(self) -> Result<bool, WireError> {
        for field in Fields::of(self.message) {
            if let (14, place) = field?
                && place.integer()? == EXTERNAL
            {
                return Ok(false);
            }
        }
        Ok(matches!(
            self.element,
            element::FLOAT
                | element::DOUBLE
                | element::INT64
                | element::INT32
                | element::BOOL
                | element::FLOAT16
                | element::STRING
        ))
    }

    /// Shape and content; `None` for an element type that is not read here, or content that is kept
    /// in another file.
    pub(super) fn content(self) -> Result<Option<(Vec<usize>, Numbers)>, WireError> {
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
                (14, place) if place.integer()? == EXTERNAL => return Ok(None),
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
            (element::STRING, _) => Numbers::Text(texts),
            _ => return Ok(None),
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

//! The parts of an ONNX file that say what a model takes and gives, borrowed from the file's bytes.
//!
//! Field numbers are those of `onnx.proto3`. Attribute values are left alone until somebody asks:
//! a forest keeps its whole weight in them.

use super::value::ValueInfo;
use super::wire::{Content, Fields, WireError, sampled_floats};

/// Deeper nesting than any exporter produces; stops a hostile file from exhausting the stack.
const MAX_DEPTH: usize = 32;
/// `TensorProto.DataLocation.EXTERNAL`
const EXTERNAL: i64 = 1;

#[derive(Debug, Default)]
pub(super) struct Model<'a> {
    pub(super) ir_version: Option<i64>,
    pub(super) opsets: Vec<(&'a str, i64)>,
    pub(super) producer_name: &'a str,
    pub(super) producer_version: &'a str,
    pub(super) graph: Option<Graph<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) initializers: Vec<Tensor<'a>>,
    pub(super) inputs: Vec<ValueInfo<'a>>,
    pub(super) outputs: Vec<ValueInfo<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    attributes: Vec<&'a [u8]>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute<'a>(&'a [u8]);

#[derive(Debug, Clone, Copy)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    message: &'a [u8],
}

/// Where the content of an initializer lies that is kept outside the model file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ExternalData<'a> {
    pub(super) location: &'a str,
    /// The first byte after the content, as far as the model says.
    pub(super) end: u64,
}

impl<'a> Model<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut model = Model::default();
        for field in Fields::of(message) {
            let (number, content) = field?;
            // Inside a part whose own length fitted, running out of bytes is damage and not truncation.
            model
                .take_field(number, content)
                .map_err(|_| WireError::Malformed)?;
        }
        Ok(model)
    }

    fn take_field(&mut self, number: u32, content: Content<'a>) -> Result<(), WireError> {
        match number {
            1 => self.ir_version = Some(content.integer()?),
            2 => self.producer_name = content.text()?,
            3 => self.producer_version = content.text()?,
            7 => self.graph.get_or_insert_default().merge(content.bytes()?)?,
            8 => {
                let mut opset = ("", 0);
                for field in Fields::of(content.bytes()?) {
                    match field? {
                        (1, domain) => opset.0 = domain.text()?,
                        (2, version) => opset.1 = version.integer()?,
                        _ => {}
                    }
                }
                self.opsets.push(opset);
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Graph<'a> {
    /// A message field that comes twice is merged: that is protobuf's rule.
    fn merge(&mut self, message: &'a [u8]) -> Result<(), WireError> {
        for field in Fields::of(message) {
            match field? {
                (1, node) => self.nodes.push(Node::parse(node.bytes()?)?),
                (5, tensor) => self.initializers.push(Tensor::parse(tensor.bytes()?)?),
                (11, input) => self.inputs.push(ValueInfo::parse(input.bytes()?)?),
                (12, output) => self.outputs.push(ValueInfo::parse(output.bytes()?)?),
                (15, sparse) => {
                    for part in Fields::of(sparse.bytes()?) {
                        if let (1, values) = part? {
                            self.initializers.push(Tensor::parse(values.bytes()?)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The initializers kept in other files, those of the branches and loop bodies included.
    pub(super) fn external_data(&self) -> Result<Vec<ExternalData<'a>>, WireError> {
        let mut found = Vec::new();
        self.collect_external_data(&mut found, 0)?;
        Ok(found)
    }

    fn collect_external_data(
        &self,
        found: &mut Vec<ExternalData<'a>>,
        depth: usize,
    ) -> Result<(), WireError> {
        if depth > MAX_DEPTH {
            return Err(WireError::Malformed);
        }
        for tensor in &self.initializers {
            found.extend(tensor.external_data()?);
        }
        for node in &self.nodes {
            match node.op {
                "Constant" => {
                    if let Some(value) = node.attribute("value")? {
                        found.extend(value.tensor()?.map_or(Ok(None), Tensor::external_data)?);
                    }
                }
                "If" | "Loop" | "Scan" => {
                    for body in ["then_branch", "else_branch", "body"] {
                        if let Some(attribute) = node.attribute(body)? {
                            attribute.graph()?.collect_external_data(found, depth + 1)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Node<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut node = Node::default();
        for field in Fields::of(message) {
            match field? {
                (1, name) => node.inputs.push(name.text()?),
                (2, name) => node.outputs.push(name.text()?),
                (4, op) => node.op = op.text()?,
                (5, attribute) => node.attributes.push(attribute.bytes()?),
                (7, domain) => node.domain = domain.text()?,
                _ => {}
            }
        }
        Ok(node)
    }

    pub(super) fn attribute(&self, name: &str) -> Result<Option<Attribute<'a>>, WireError> {
        for message in &self.attributes {
            for field in Fields::of(message) {
                if let (1, found) = field? {
                    if found.bytes()? == name.as_bytes() {
                        return Ok(Some(Attribute(message)));
                    }
                    break;
                }
            }
        }
        Ok(None)
    }

    pub(super) fn text(&self, attribute: &str) -> Result<Option<String>, WireError> {
        self.attribute(attribute)?.map_or(Ok(None), Attribute::text)
    }

    pub(super) fn count(&self, attribute: &str) -> Result<Option<usize>, WireError> {
        let count = self
            .attribute(attribute)?
            .map_or(Ok(None), Attribute::integer)?;
        Ok(count.and_then(|count| usize::try_from(count).ok()))
    }

    pub(super) fn floats(&self, attribute: &str) -> Result<Vec<f32>, WireError> {
        self.attribute(attribute)?
            .map_or(Ok(Vec::new()), Attribute::floats)
    }

    /// As [`Node::floats`]; of a long list a sample.
    pub(super) fn some_floats(&self, attribute: &str) -> Result<Vec<f32>, WireError> {
        self.attribute(attribute)?
            .map_or(Ok(Vec::new()), |found| sampled_floats(found.0, 7))
    }

    /// The values of the first of these attributes that is there and not empty: texts as they are,
    /// integers as their decimal text.
    pub(super) fn texts_or_integers(
        &self,
        names: &[&str],
    ) -> Result<Option<Vec<String>>, WireError> {
        for name in names {
            if let Some(attribute) = self.attribute(name)? {
                let values = attribute.texts_or_integers()?;
                if !values.is_empty() {
                    return Ok(Some(values));
                }
            }
        }
        Ok(None)
    }
}

impl<'a> Attribute<'a> {
    fn text(self) -> Result<Option<String>, WireError> {
        for field in Fields::of(self.0) {
            if let (4, text) = field? {
                return Ok(Some(lossy(text.bytes()?)));
            }
        }
        Ok(None)
    }

    fn integer(self) -> Result<Option<i64>, WireError> {
        for field in Fields::of(self.0) {
            if let (3, value) = field? {
                return value.integer().map(Some);
            }
        }
        Ok(None)
    }

    fn floats(self) -> Result<Vec<f32>, WireError> {
        let mut floats = Vec::new();
        for field in Fields::of(self.0) {
            if let (7, values) = field? {
                values.floats(&mut floats)?;
            }
        }
        Ok(floats)
    }

    pub(super) fn tensor(self) -> Result<Option<Tensor<'a>>, WireError> {
        for field in Fields::of(self.0) {
            if let (5, tensor) = field? {
                return Tensor::parse(tensor.bytes()?).map(Some);
            }
        }
        Ok(None)
    }

    fn graph(self) -> Result<Graph<'a>, WireError> {
        let mut graph = Graph::default();
        for field in Fields::of(self.0) {
            if let (6, body) = field? {
                graph.merge(body.bytes()?)?;
            }
        }
        Ok(graph)
    }

    fn texts_or_integers(self) -> Result<Vec<String>, WireError> {
        let (mut texts, mut integers) = (Vec::new(), Vec::new());
        for field in Fields::of(self.0) {
            match field? {
                (5, tensor) => return Tensor::parse(tensor.bytes()?)?.texts_or_integers(),
                (8, values) => values.integers(&mut integers)?,
                (9, text) => texts.push(lossy(text.bytes()?)),
                _ => {}
            }
        }
        texts.extend(integers.iter().map(i64::to_string));
        Ok(texts)
    }
}

impl<'a> Tensor<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut name = "";
        for field in Fields::of(message) {
            if let (8, value) = field? {
                name = value.text()?;
            }
        }
        Ok(Tensor { name, message })
    }

    fn external_data(self) -> Result<Option<ExternalData<'a>>, WireError> {
        let mut data = ExternalData::default();
        let (mut offset, mut length, mut is_external) = (0_u64, 0_u64, false);
        for field in Fields::of(self.message) {
            match field? {
                (13, entry) => {
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
                (14, location) => is_external = location.integer()? == EXTERNAL,
                _ => {}
            }
        }
        data.end = offset.saturating_add(length);
        Ok(is_external.then_some(data))
    }

    /// The elements of a string, int64 or int32 tensor; nothing for any other element type.
    pub(super) fn texts_or_integers(self) -> Result<Vec<String>, WireError> {
        let (mut texts, mut integers) = (Vec::new(), Vec::new());
        let (mut element, mut raw) = (0, &[][..]);
        for field in Fields::of(self.message) {
            match field? {
                (2, kind) => element = kind.integer()?,
                (5 | 7, values) => values.integers(&mut integers)?,
                (6, text) => texts.push(lossy(text.bytes()?)),
                (9, bytes) => raw = bytes.bytes()?,
                _ => {}
            }
        }
        match element {
            6 => integers.extend(
                raw.as_chunks()
                    .0
                    .iter()
                    .map(|b| i64::from(i32::from_le_bytes(*b))),
            ),
            7 => integers.extend(raw.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b))),
            8 => return Ok(texts),
            _ => return Ok(Vec::new()),
        }
        Ok(integers.iter().map(i64::to_string).collect())
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

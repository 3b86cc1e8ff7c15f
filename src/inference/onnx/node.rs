//! One operator call with its attributes.

use super::model::Graph;
use super::tensor::{Tensor, lossy};
use super::wire::{Content, Fields, WireError, repeated_floats, repeated_integers, sampled_floats};

/// Fields of `AttributeProto`.
mod field {
    pub(super) const NAME: u32 = 1;
    pub(super) const FLOAT: u32 = 2;
    pub(super) const INTEGER: u32 = 3;
    pub(super) const TEXT: u32 = 4;
    pub(super) const TENSOR: u32 = 5;
    pub(super) const GRAPH: u32 = 6;
    pub(super) const FLOATS: u32 = 7;
    pub(super) const INTEGERS: u32 = 8;
    pub(super) const TEXTS: u32 = 9;
}

#[derive(Debug, Default)]
pub(in crate::inference) struct Node<'a> {
    pub(in crate::inference) op: &'a str,
    /// Empty for the default one.
    pub(in crate::inference) domain: &'a str,
    pub(in crate::inference) inputs: Vec<&'a str>,
    pub(in crate::inference) outputs: Vec<&'a str>,
    /// The version of the operator set that gives it its meaning.
    pub(in crate::inference) opset: i64,
    /// Names with the attributes' messages.
    attributes: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Node<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut node = Node::default();
        for field in Fields::of(message) {
            match field? {
                (1, name) => node.inputs.push(name.text()?),
                (2, name) => node.outputs.push(name.text()?),
                (4, op) => node.op = op.text()?,
                (5, attribute) => {
                    let attribute = attribute.bytes()?;
                    for part in Fields::of(attribute) {
                        if let (field::NAME, name) = part? {
                            node.attributes.push((name.text()?, attribute));
                            break;
                        }
                    }
                }
                (7, domain) => node.domain = domain.text()?,
                _ => {}
            }
        }
        Ok(node)
    }

    /// The operator with its domain, where that is not the default one.
    pub(in crate::inference) fn full_name(&self) -> String {
        if self.domain.is_empty() {
            self.op.to_owned()
        } else {
            format!("{}.{}", self.domain, self.op)
        }
    }

    pub(in crate::inference) fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|(name, _)| *name == attribute)
    }

    /// Names of the attributes, with their messages.
    pub(in crate::inference) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.attributes.iter().copied()
    }

    /// An attribute's message, empty if there is none; of several with one name the last counts.
    fn message(&self, attribute: &str) -> &'a [u8] {
        let mut attributes = self.attributes.iter().rev();
        let found = attributes.find(|(name, _)| *name == attribute);
        found.map_or(&[], |(_, message)| message)
    }

    fn each(
        &self,
        attribute: &str,
        wanted: u32,
        mut take: impl FnMut(Content<'a>) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        for field in Fields::of(self.message(attribute)) {
            let (number, content) = field?;
            if number == wanted {
                take(content)?;
            }
        }
        Ok(())
    }

    /// A field that is there once at most; of several the last counts.
    fn one<T>(
        &self,
        attribute: &str,
        wanted: u32,
        read: impl Fn(Content<'a>) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        let mut found = None;
        self.each(attribute, wanted, |content| {
            found = Some(read(content)?);
            Ok(())
        })?;
        Ok(found)
    }

    pub(in crate::inference) fn float(&self, attribute: &str) -> Result<Option<f32>, WireError> {
        self.one(attribute, field::FLOAT, Content::float)
    }

    pub(in crate::inference) fn integer(&self, attribute: &str) -> Result<Option<i64>, WireError> {
        self.one(attribute, field::INTEGER, Content::integer)
    }

    pub(in crate::inference) fn flag(
        &self,
        attribute: &str,
        default: bool,
    ) -> Result<bool, WireError> {
        Ok(self.integer(attribute)?.map_or(default, |value| value != 0))
    }

    pub(in crate::inference) fn text(&self, attribute: &str) -> Result<Option<&'a str>, WireError> {
        self.one(attribute, field::TEXT, Content::text)
    }

    pub(in crate::inference) fn tensor(
        &self,
        attribute: &str,
    ) -> Result<Option<Tensor<'a>>, WireError> {
        self.one(attribute, field::TENSOR, |content| {
            Tensor::parse(content.bytes()?)
        })
    }

    /// The branches, or the body of a loop.
    pub(in crate::inference) fn bodies(&self) -> Result<Vec<Graph<'a>>, WireError> {
        let names: &[&str] = match self.op {
            "If" => &["then_branch", "else_branch"],
            "Loop" | "Scan" => &["body"],
            _ => &[],
        };
        let graphs = names.iter().map(|name| self.graph(name));
        graphs.filter_map(Result::transpose).collect()
    }

    fn graph(&self, attribute: &str) -> Result<Option<Graph<'a>>, WireError> {
        self.one(attribute, field::GRAPH, |content| {
            let mut graph = Graph::default();
            graph.merge(content.bytes()?)?;
            Ok(graph)
        })
    }

    pub(in crate::inference) fn floats(&self, attribute: &str) -> Result<Vec<f32>, WireError> {
        let mut all = Vec::new();
        repeated_floats(self.message(attribute), field::FLOATS as u8, &mut all)?;
        Ok(all)
    }

    /// As [`Node::floats`]; of a long list a sample from all over it.
    pub(in crate::inference) fn sampled_floats(
        &self,
        attribute: &str,
    ) -> Result<Vec<f32>, WireError> {
        sampled_floats(self.message(attribute), field::FLOATS as u8)
    }

    /// How many numbers a list of floats has, told from its bytes: off by one, perhaps.
    pub(in crate::inference) fn float_count(&self, attribute: &str) -> usize {
        // The name comes first, behind a tag and its length.
        let list = self.message(attribute).get(2 + attribute.len()..);
        let list = list.unwrap_or_default();
        match Fields::of(list).next() {
            Some(Ok((field::FLOATS, Content::Bytes(packed)))) => packed.len() / size_of::<f32>(),
            _ => list.len() / (1 + size_of::<f32>()),
        }
    }

    pub(in crate::inference) fn integers(&self, attribute: &str) -> Result<Vec<i64>, WireError> {
        let mut all = Vec::new();
        repeated_integers(self.message(attribute), field::INTEGERS as u8, &mut all)?;
        Ok(all)
    }

    /// The texts of a list, borrowed from the file.
    pub(in crate::inference) fn byte_texts(
        &self,
        attribute: &str,
    ) -> Result<Vec<&'a [u8]>, WireError> {
        let mut all = Vec::new();
        self.each_text(attribute, |text| all.push(text))?;
        Ok(all)
    }

    /// Hands the texts of a list over one by one.
    pub(in crate::inference) fn each_text(
        &self,
        attribute: &str,
        mut take: impl FnMut(&'a [u8]),
    ) -> Result<(), WireError> {
        self.each(attribute, field::TEXTS, |content| {
            take(content.bytes()?);
            Ok(())
        })
    }

    pub(in crate::inference) fn texts(&self, attribute: &str) -> Result<Vec<String>, WireError> {
        let all = self.byte_texts(attribute)?;
        all.into_iter()
            .map(|bytes| {
                let text = std::str::from_utf8(bytes).map_err(|_| WireError::Malformed)?;
                Ok(text.to_owned())
            })
            .collect()
    }

    /// The values of the first of these attributes that is there and not empty: texts as they are,
    /// integers as their decimal text.
    pub(in crate::inference) fn texts_or_integers(
        &self,
        names: &[&str],
    ) -> Result<Option<Vec<String>>, WireError> {
        for name in names {
            let values = if let Some(tensor) = self.tensor(name)? {
                tensor.texts_or_integers()?
            } else {
                let texts = self.byte_texts(name)?.into_iter().map(lossy);
                let integers = self.integers(name)?;
                texts.chain(integers.iter().map(i64::to_string)).collect()
            };
            if !values.is_empty() {
                return Ok(Some(values));
            }
        }
        Ok(None)
    }
}

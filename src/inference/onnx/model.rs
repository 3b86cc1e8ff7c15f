//! A model and its graph: nodes, constants, and what is fed and given.

use std::collections::HashMap;

use super::node::Node;
use super::tensor::{ExternalData, Tensor};
use super::value::ValueInfo;
use super::wire::{Content, Fields, WireError};

/// Deeper nesting than any exporter produces; stops a hostile file from exhausting the stack.
pub(in crate::inference) const MAX_DEPTH: usize = 32;

#[derive(Debug, Default)]
pub(in crate::inference) struct Model<'a> {
    pub(in crate::inference) ir_version: Option<i64>,
    /// Domain and version, as they are written.
    pub(in crate::inference) opsets: Vec<(&'a str, i64)>,
    pub(in crate::inference) producer_name: &'a str,
    pub(in crate::inference) producer_version: &'a str,
    pub(in crate::inference) has_graph: bool,
    pub(in crate::inference) graph: Graph<'a>,
}

#[derive(Debug, Default)]
pub(in crate::inference) struct Graph<'a> {
    pub(in crate::inference) nodes: Vec<Node<'a>>,
    /// Of a sparse one, its values.
    pub(in crate::inference) initializers: Vec<Tensor<'a>>,
    pub(in crate::inference) has_sparse: bool,
    pub(in crate::inference) inputs: Vec<ValueInfo<'a>>,
    pub(in crate::inference) outputs: Vec<ValueInfo<'a>>,
}

/// The default domain has two names.
pub(in crate::inference) fn plain_domain(domain: &str) -> &str {
    if domain == "ai.onnx" { "" } else { domain }
}

impl<'a> Model<'a> {
    pub(in crate::inference) fn parse(message: &'a [u8]) -> Result<Self, WireError> {
        let mut model = Model::default();
        for field in Fields::of(message) {
            let (number, content) = field?;
            // Inside a part whose own length fitted, running out of bytes is damage and not truncation.
            model
                .take_field(number, content)
                .map_err(|_| WireError::Malformed)?;
        }
        let versions = model.versions();
        for node in &mut model.graph.nodes {
            node.domain = plain_domain(node.domain);
            // A file without an entry for a domain means its first version.
            node.opset = versions.get(node.domain).copied().unwrap_or(1);
        }
        Ok(model)
    }

    /// The version of each domain's operator set; the first counts where exporters repeat themselves.
    pub(in crate::inference) fn versions(&self) -> HashMap<&'a str, i64> {
        let mut versions = HashMap::new();
        for (domain, version) in &self.opsets {
            versions.entry(plain_domain(domain)).or_insert(*version);
        }
        versions
    }

    fn take_field(&mut self, number: u32, content: Content<'a>) -> Result<(), WireError> {
        match number {
            1 => self.ir_version = Some(content.integer()?),
            2 => self.producer_name = content.text()?,
            3 => self.producer_version = content.text()?,
            7 => {
                self.has_graph = true;
                self.graph.merge(content.bytes()?)?;
            }
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
    pub(super) fn merge(&mut self, message: &'a [u8]) -> Result<(), WireError> {
        for field in Fields::of(message) {
            match field? {
                (1, node) => self.nodes.push(Node::parse(node.bytes()?)?),
                (5, tensor) => self.initializers.push(Tensor::parse(tensor.bytes()?)?),
                (11, input) => self.inputs.push(ValueInfo::parse(input.bytes()?)?),
                (12, output) => self.outputs.push(ValueInfo::parse(output.bytes()?)?),
                (15, sparse) => {
                    self.has_sparse = true;
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
    pub(in crate::inference) fn external_data(&self) -> Result<Vec<ExternalData<'a>>, WireError> {
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
                    if let Some(value) = node.tensor("value")? {
                        found.extend(value.external_data()?);
                    }
                }
                _ => {
                    for body in node.bodies()? {
                        body.collect_external_data(found, depth + 1)?;
                    }
                }
            }
        }
        Ok(())
    }
}

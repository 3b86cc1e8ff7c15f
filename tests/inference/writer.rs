//! Writes ONNX files field by field, whatever they say.

fn varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

pub(crate) fn number(into: &mut Vec<u8>, field: u64, value: u64) {
    varint(into, field << 3);
    varint(into, value);
}

pub(crate) fn bytes(into: &mut Vec<u8>, field: u64, content: &[u8]) {
    varint(into, field << 3 | 2);
    varint(into, content.len() as u64);
    into.extend_from_slice(content);
}

/// `AttributeProto`, with its type.
pub(crate) fn attribute(
    node: &mut Vec<u8>,
    name: &str,
    kind: u64,
    fill: impl FnOnce(&mut Vec<u8>),
) {
    let mut message = Vec::new();
    bytes(&mut message, 1, name.as_bytes());
    fill(&mut message);
    number(&mut message, 20, kind);
    bytes(node, 5, &message);
}

pub(crate) fn integers(node: &mut Vec<u8>, name: &str, values: &[i64]) {
    attribute(node, name, 7, |m| {
        for value in values {
            number(m, 8, value.cast_unsigned());
        }
    });
}

pub(crate) fn floats(node: &mut Vec<u8>, name: &str, values: &[f32]) {
    attribute(node, name, 6, |m| {
        let packed: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        bytes(m, 7, &packed);
    });
}

pub(crate) fn texts(node: &mut Vec<u8>, name: &str, values: &[&str]) {
    attribute(node, name, 8, |m| {
        for value in values {
            bytes(m, 9, value.as_bytes());
        }
    });
}

pub(crate) fn text(node: &mut Vec<u8>, name: &str, value: &str) {
    attribute(node, name, 3, |m| bytes(m, 4, value.as_bytes()));
}

/// `ValueInfoProto` of a matrix or vector.
pub(crate) fn value(name: &str, element: u64, width: Option<usize>) -> Vec<u8> {
    let mut shape = Vec::new();
    bytes(&mut shape, 1, &[0x12, 1, b'n']);
    if let Some(width) = width {
        let mut dimension = Vec::new();
        number(&mut dimension, 1, width as u64);
        bytes(&mut shape, 1, &dimension);
    }
    let mut tensor = Vec::new();
    number(&mut tensor, 1, element);
    bytes(&mut tensor, 2, &shape);
    let (mut kind, mut info) = (Vec::new(), Vec::new());
    bytes(&mut kind, 1, &tensor);
    bytes(&mut info, 1, name.as_bytes());
    bytes(&mut info, 2, &kind);
    info
}

/// `NodeProto` without attributes.
pub(crate) fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        bytes(&mut node, 1, input.as_bytes());
    }
    for output in outputs {
        bytes(&mut node, 2, output.as_bytes());
    }
    bytes(&mut node, 4, op.as_bytes());
    node
}

/// `ModelProto` of these nodes, inputs and outputs.
pub(crate) fn whole(nodes: &[Vec<u8>], inputs: &[Vec<u8>], outputs: &[Vec<u8>]) -> Vec<u8> {
    let mut graph = Vec::new();
    for node in nodes {
        bytes(&mut graph, 1, node);
    }
    bytes(&mut graph, 2, b"g");
    for input in inputs {
        bytes(&mut graph, 11, input);
    }
    for output in outputs {
        bytes(&mut graph, 12, output);
    }
    let mut model = Vec::new();
    number(&mut model, 1, 8);
    bytes(&mut model, 7, &graph);
    for (domain, version) in [("", 17), ("ai.onnx.ml", 3)] {
        let mut opset = Vec::new();
        bytes(&mut opset, 1, domain.as_bytes());
        number(&mut opset, 2, version);
        bytes(&mut model, 8, &opset);
    }
    model
}

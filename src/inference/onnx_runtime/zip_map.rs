//! Takes a ZipMap out of a model before it is loaded.
//!
//! sklearn's exporter ends a classifier with one by default. It turns the tensor of scores into a
//! map a row, and making and reading these maps takes 2 µs a row: a logistic regression runs 24
//! times faster on the tensor, and the scores are the same.

use crate::inference::onnx::wire::{Content, Fields, WireError, push_message};

/// `ModelProto.graph`
const GRAPH: u32 = 7;
/// `GraphProto.node` and `.output`
const NODE: u32 = 1;
const OUTPUT: u32 = 12;
/// `TensorProto.FLOAT`, which is all that a ZipMap takes.
const FLOAT: u8 = 1;

/// A model that gives the tensor in the place of the maps, and the tensor's name. `None` if the
/// maps do not come from a ZipMap.
pub(super) fn without_zip_map(
    model: &[u8],
    maps: &str,
) -> Result<Option<(Vec<u8>, String)>, WireError> {
    let mut changed = Vec::with_capacity(model.len());
    let mut tensor = None;
    let mut fields = Fields::of(model);
    while let Some(field) = fields.next_raw()? {
        match (field.number, field.content) {
            (GRAPH, Content::Bytes(graph)) => {
                let Some((graph, name)) = change_graph(graph, maps)? else {
                    return Ok(None);
                };
                push_message(&mut changed, GRAPH, &graph);
                tensor = Some(name);
            }
            _ => changed.extend_from_slice(field.raw),
        }
    }
    Ok(tensor.map(|name| (changed, name)))
}

fn change_graph(graph: &[u8], maps: &str) -> Result<Option<(Vec<u8>, String)>, WireError> {
    // Old exports pass the maps through an Identity, which goes as well.
    let mut wanted = maps.to_owned();
    let mut dropped: Vec<&[u8]> = Vec::new();
    let mut tensor = None;
    while tensor.is_none() {
        let Some((raw, node)) = maker_of(graph, &wanted)? else {
            return Ok(None);
        };
        dropped.push(raw);
        match node.op {
            "ZipMap" => tensor = node.input,
            "Identity" if dropped.len() < 8 => {
                node.input.unwrap_or_default().clone_into(&mut wanted);
            }
            _ => return Ok(None),
        }
    }
    let tensor = tensor.unwrap_or_default();
    let mut changed = Vec::with_capacity(graph.len());
    let mut is_declared = false;
    let mut fields = Fields::of(graph);
    while let Some(field) = fields.next_raw()? {
        let is_dropped = match field.number {
            NODE => dropped.iter().any(|node| std::ptr::eq(*node, field.raw)),
            OUTPUT => {
                let name = first_text(field.content.bytes()?, 1)?;
                is_declared |= name == tensor;
                name == maps
            }
            _ => false,
        };
        if !is_dropped {
            changed.extend_from_slice(field.raw);
        }
    }
    if !is_declared {
        push_message(&mut changed, OUTPUT, &declaration(tensor));
    }
    Ok(Some((changed, tensor.to_owned())))
}

struct Maker<'a> {
    op: &'a str,
    input: Option<&'a str>,
}

fn maker_of<'a>(graph: &'a [u8], value: &str) -> Result<Option<(&'a [u8], Maker<'a>)>, WireError> {
    let mut fields = Fields::of(graph);
    while let Some(field) = fields.next_raw()? {
        if field.number != NODE {
            continue;
        }
        let (mut op, mut input, mut makes_it) = ("", None, false);
        for part in Fields::of(field.content.bytes()?) {
            match part? {
                (1, name) if input.is_none() => input = Some(name.text()?),
                (2, name) => makes_it |= name.text()? == value,
                (4, name) => op = name.text()?,
                _ => {}
            }
        }
        if makes_it {
            return Ok(Some((field.raw, Maker { op, input })));
        }
    }
    Ok(None)
}

fn first_text(message: &[u8], wanted: u32) -> Result<&str, WireError> {
    for field in Fields::of(message) {
        let (number, content) = field?;
        if number == wanted {
            return content.text();
        }
    }
    Ok("")
}

/// `ValueInfoProto { name, type: TypeProto { tensor_type: Tensor { elem_type: FLOAT } } }`
fn declaration(name: &str) -> Vec<u8> {
    let mut info = Vec::new();
    push_message(&mut info, 1, name.as_bytes());
    push_message(&mut info, 2, &[0x0a, 2, 0x08, FLOAT]);
    info
}

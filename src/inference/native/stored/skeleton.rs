//! A model's file without the lists of its trees.

use crate::inference::onnx::wire::{Content, Fields, WireError, push_message};

/// `ModelProto.graph`, `GraphProto.node`, `NodeProto.attribute`, `AttributeProto.name`
const GRAPH: u32 = 7;
const NODE: u32 = 1;
const ATTRIBUTE: u32 = 5;
const NAME: u32 = 1;
/// What is left where trees were the large part.
const MOST_BYTES: usize = 1 << 20;

/// The file without the trees of the nodes at these places; none where much else is left.
pub(super) fn without_trees(onnx: &[u8], nodes: &[usize]) -> Option<Vec<u8>> {
    let mut graphs = 0;
    let skeleton = copied(onnx, GRAPH, |graph| {
        graphs += 1;
        let mut place = 0;
        copied(graph, NODE, |node| {
            place += 1;
            if nodes.contains(&(place - 1)) {
                without_lists(node).map(Some)
            } else {
                Ok(None)
            }
        })
        .map(Some)
    });
    let skeleton = skeleton.ok()?;
    (graphs == 1 && skeleton.len() <= MOST_BYTES).then_some(skeleton)
}

/// A message in which fields of a number are replaced by what `change` makes of them, or left as they are.
fn copied<'a>(
    message: &'a [u8],
    number: u32,
    mut change: impl FnMut(&'a [u8]) -> Result<Option<Vec<u8>>, WireError>,
) -> Result<Vec<u8>, WireError> {
    let mut copy = Vec::new();
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next_raw()? {
        let changed = match field.content {
            Content::Bytes(bytes) if field.number == number => change(bytes)?,
            _ => None,
        };
        match changed {
            Some(changed) => push_message(&mut copy, number, &changed),
            None => copy.extend_from_slice(field.raw),
        }
    }
    Ok(copy)
}

fn without_lists(node: &[u8]) -> Result<Vec<u8>, WireError> {
    let mut copy = Vec::new();
    let mut fields = Fields::of(node);
    while let Some(field) = fields.next_raw()? {
        let is_list = match field.content {
            Content::Bytes(attribute) if field.number == ATTRIBUTE => is_list(attribute)?,
            _ => false,
        };
        if !is_list {
            copy.extend_from_slice(field.raw);
        }
    }
    Ok(copy)
}

/// Is it one of the parallel lists that describe trees?
fn is_list(attribute: &[u8]) -> Result<bool, WireError> {
    for field in Fields::of(attribute) {
        if let (NAME, name) = field? {
            let name = name.text()?;
            let of_leaves = name
                .strip_prefix("class_")
                .or_else(|| name.strip_prefix("target_"));
            return Ok(name.starts_with("nodes_")
                || of_leaves
                    .is_some_and(|rest| ["ids", "nodeids", "treeids", "weights"].contains(&rest)));
        }
    }
    Ok(false)
}

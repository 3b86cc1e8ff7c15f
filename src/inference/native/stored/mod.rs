//! Compiled models as bytes that are used where they lie: a file of them is mapped, and nothing of the
//! trees is read, compiled or copied again. Processes that map one file share its memory.
//!
//! What is large lies as it is in memory: the nodes of tree ensembles. The rest of a graph is compiled
//! anew from its [`skeleton`], which is the model's file without those lists.

mod archive;
mod buffer;
mod skeleton;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde::{Deserialize, Serialize};

pub(super) use archive::{Archive, ArchiveWriter, Section};
pub(super) use buffer::Buffer;

use super::call::calls;
use super::compile::{self, Program};
use super::model::{Compiled, NativeModel};
use super::scores::Reader;
use super::trees::StoredEnsemble;
use super::{fusion, wanted};
use crate::files::Map;
use crate::inference::signature::Signature;
use crate::inference::{Model, file};

/// What an archive says of its model.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    signature: Signature,
    /// Are encoders fused with what they feed?
    is_fused: bool,
    widest: usize,
    skeleton: Section,
    /// With their places among the graph's nodes.
    ensembles: Vec<(usize, StoredEnsemble)>,
}

/// Ensembles whose trees are not read from the graph.
pub(super) struct Restored<'s> {
    pub(super) archive: &'s Archive,
    ensembles: &'s [(usize, StoredEnsemble)],
}

impl Restored<'_> {
    /// The trees of a node of the graph.
    pub(super) fn ensemble(&self, node: usize) -> Option<&StoredEnsemble> {
        let mut ensembles = self.ensembles.iter();
        let found = ensembles.find(|(place, _)| *place == node);
        found.map(|(_, ensemble)| ensemble)
    }
}

/// A model as bytes; none where nothing of it is large, or what is large has no form to be mapped in.
pub(super) fn form_of(model: &NativeModel, onnx: &[u8]) -> Option<Vec<u8>> {
    let mut writer = ArchiveWriter::default();
    let mut ensembles = Vec::new();
    for step in &model.compiled.program.steps {
        if let Some(node) = step.ensemble
            && let Some(stored) = step.operator.store(&mut writer)
        {
            ensembles.push((node, stored));
        }
    }
    if ensembles.is_empty() {
        return None;
    }
    let places: Vec<usize> = ensembles.iter().map(|(node, _)| *node).collect();
    let skeleton = skeleton::without_trees(onnx, &places)?;
    let head = Head {
        signature: model.signature.clone(),
        is_fused: model.compiled.is_fused,
        widest: model.compiled.program.widest,
        skeleton: writer.add(&skeleton),
        ensembles,
    };
    writer.finish(&head)
}

/// The model that a mapped form is; none where it is not as it was written.
pub(super) fn restore(path: &Path, map: Map, threads: usize) -> Option<Box<dyn Model>> {
    let archive = Archive::of(Arc::new(map))?;
    let head: Head = archive.head()?;
    let skeleton: Vec<u8> = archive.list::<u8>(head.skeleton)?.to_vec();
    let model = file::parse(path, &skeleton).ok()?;
    let restored = Restored {
        archive: &archive,
        ensembles: &head.ensembles,
    };
    let program = program(&model.graph, &head, &restored)?;
    let map = archive.into_map();
    map.check().ok()?;
    let reader = Reader::of(&head.signature);
    Some(Box::new(NativeModel {
        path: path.into(),
        compiled: Compiled {
            program,
            reader,
            is_fused: head.is_fused,
        },
        signature: head.signature,
        threads: threads.max(1),
        row_time: AtomicU64::new(0),
        map: Some(map),
    }))
}

fn program(
    graph: &crate::inference::onnx::Graph<'_>,
    head: &Head,
    restored: &Restored<'_>,
) -> Option<Program> {
    compile::check_limits(graph).ok()?;
    let signature = &head.signature;
    let inputs: Vec<&str> = signature.inputs.iter().map(|i| i.name.as_str()).collect();
    let calls = if head.is_fused {
        fusion::fused(graph, signature)?
    } else {
        calls(graph)
    };
    let compiled = compile::compile(graph, &calls, &inputs, &wanted(signature), Some(restored));
    let mut program = compiled.ok()?;
    // Its trial was made when it was compiled.
    program.widest = head.widest.max(1);
    Some(program)
}

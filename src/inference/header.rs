//! What the small parts of a model file tell: everything about it but its weights.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::InferenceError;
use super::signature::Signature;
use super::{MemoryFigure, file, inspect, native, onnx_runtime};
use crate::vocabulary::RunsOn;

/// Everything about a model that can be known without its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What the model takes and gives.
    pub signature: Signature,
    /// Whether the native backend is likely to run it.
    pub coverage: Coverage,
    /// The length of the model file itself; [`Signature::file_bytes`] counts external data as well.
    pub file_bytes: u64,
    /// About what the open model will take in memory.
    pub estimated_memory: EstimatedMemory,
    /// The columns that the native backend never looks at, whatever they hold: which input, and which
    /// of its columns.
    pub unread: BTreeSet<(usize, usize)>,
}

/// Whether the native backend runs a model, as far as its header shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coverage {
    /// Nothing stands in the way. What only the weights show, or a trial, may still: then
    /// [`open`](super::open) gives [`InferenceError::Uncovered`] for
    /// [`Backend::Native`](crate::vocabulary::Backend::Native).
    Native,
    /// It does not.
    Uncovered {
        /// What stands in the way, a few words each: `operator Einsum`.
        what: Vec<String>,
    },
}

/// Estimates, one for each that may run the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstimatedMemory {
    /// Natively.
    pub native: MemoryFigure,
    /// In ONNX Runtime.
    pub onnx_runtime: MemoryFigure,
}

impl EstimatedMemory {
    /// What it will take there.
    pub fn on(&self, runs_on: RunsOn) -> MemoryFigure {
        match runs_on {
            RunsOn::Native => self.native,
            RunsOn::OnnxRuntime => self.onnx_runtime,
        }
    }
}

/// Reads the header of a model; `bytes` is the whole content of the file at `path`, mapped for
/// instance: of its bulk (tensors, trees, weights, support vectors) no more than the lengths are
/// looked at, which columns trees split on, and a few pages of a classifier's leaves. External data are not opened; that they are
/// there is checked.
pub fn read_header(path: &Path, bytes: &[u8]) -> Result<Header, InferenceError> {
    read_header_for(path, bytes, None)
}

/// As [`read_header`], for a model whose scores are in the named output, or in one column of it:
/// `NAME` or `NAME[COLUMN]`.
pub fn read_header_for(
    path: &Path,
    bytes: &[u8],
    output: Option<&str>,
) -> Result<Header, InferenceError> {
    file::check_content(path, bytes)?;
    let model = file::parse(path, bytes)?;
    let signature = inspect::signature(path, &model, bytes.len(), output)?;
    let forecast = native::forecast(&model.graph, &signature);
    Ok(Header {
        coverage: if forecast.refusals.is_empty() {
            Coverage::Native
        } else {
            Coverage::Uncovered {
                what: forecast.refusals,
            }
        },
        file_bytes: bytes.len() as u64,
        estimated_memory: EstimatedMemory {
            native: forecast.memory,
            onnx_runtime: onnx_runtime::estimated_memory(&signature),
        },
        unread: forecast.unread,
        signature,
    })
}

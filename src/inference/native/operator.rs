//! What an operator is: how it runs, and why a node may not become one.

use super::stored::ArchiveWriter;
use super::tensor::{Failure, Tensor};
use super::trees::StoredEnsemble;
use crate::inference::onnx::WireError;

/// Rows in a block where no operator asks for more: few enough for the nearest caches, many enough to
/// make each step worth its start.
pub(super) const DEFAULT_BLOCK_ROWS: usize = 512;

/// What an operator gives back: a value an output.
pub(super) type Outputs<'r> = Result<Vec<Tensor<'r>>, Failure>;

/// A node, ready to run: its attributes are read and checked.
pub(super) trait Operator: Send + Sync + std::fmt::Debug {
    /// Computes the outputs. Inputs that the node leaves out are `None`.
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r>;

    /// What it keeps on the heap.
    fn bytes(&self) -> usize {
        0
    }

    /// Puts what is large of it into an archive, from which it can be restored; none where it is not.
    fn store(&self, _: &mut ArchiveWriter) -> Option<StoredEnsemble> {
        None
    }

    /// The columns that its input must have, where its attributes tell.
    fn wanted_width(&self) -> Option<usize> {
        None
    }

    /// How many rows at a time suit it best, where it matters.
    fn block_rows(&self) -> Option<usize> {
        None
    }

    /// Whether it is about 16-bit floats itself; others get them as 32-bit ones, and their results
    /// are rounded.
    fn takes_half(&self) -> bool {
        false
    }

    /// Whether it takes texts as categories; others get them spelled out.
    fn takes_categories(&self) -> bool {
        false
    }

    /// Whether it takes 32-bit floats column by column; others get them row by row.
    fn takes_columns(&self) -> bool {
        false
    }
}

/// Why a node cannot be run here.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The operator, or a form of it, is not covered.
    Uncovered(String),
    /// The file contradicts itself.
    Broken(String),
}

impl From<WireError> for Refusal {
    fn from(_: WireError) -> Self {
        Refusal::Broken("its attributes are damaged".into())
    }
}

impl From<Failure> for Refusal {
    fn from(reason: Failure) -> Self {
        Refusal::Broken(reason)
    }
}

pub(super) type Built = Result<Box<dyn Operator>, Refusal>;

/// An input that the operator's definition requires.
pub(super) fn input<'i, 'r>(
    inputs: &[Option<&'i Tensor<'r>>],
    index: usize,
) -> Result<&'i Tensor<'r>, Failure> {
    inputs
        .get(index)
        .copied()
        .flatten()
        .ok_or_else(|| format!("it has no input number {index}"))
}

/// An input that may be left out.
pub(super) fn optional<'i, 'r>(
    inputs: &[Option<&'i Tensor<'r>>],
    index: usize,
) -> Option<&'i Tensor<'r>> {
    inputs.get(index).copied().flatten()
}

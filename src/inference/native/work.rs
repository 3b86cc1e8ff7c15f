//! How much a graph may have computed before anybody scores a row with it: its constants, and a trial.
//! A few nodes can ask for more than a machine computes in a day.

use super::tensor::{Failure, Tensor};

/// Multiplications, or what takes as long: some seconds.
const MOST: usize = 1 << 32;
/// A value that is made or read takes as long as so many multiplications of a matrix product.
const A_VALUE: usize = 8;

/// What is left of it.
#[derive(Debug)]
pub(super) struct Work {
    left: usize,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: MOST }
    }
}

impl Work {
    /// Before a step is done: what it reads.
    pub(super) fn read(
        &mut self,
        operator: &str,
        inputs: &[Option<&Tensor<'_>>],
    ) -> Result<(), Failure> {
        let length = |index: usize| inputs.get(index).copied().flatten().map_or(0, Tensor::len);
        let all = || inputs.iter().flatten().map(|tensor| tensor.len());
        let products = match operator {
            "MatMul" | "Gemm" => {
                let shared = inputs.first().copied().flatten();
                let shared = shared.and_then(|left| left.shape.last()).copied();
                let columns = length(1) / shared.unwrap_or(1).max(1);
                length(0).saturating_mul(columns.max(1))
            }
            // What is not taken is not looked at.
            "Gather" | "GatherElements" | "GatherND" | "ai.onnx.ml.ArrayFeatureExtractor" => {
                A_VALUE * all().skip(1).sum::<usize>()
            }
            _ => A_VALUE * all().sum::<usize>(),
        };
        self.spend(products)
    }

    /// After it: a value that it has made.
    pub(super) fn made(&mut self, tensor: &Tensor<'_>) -> Result<(), Failure> {
        self.spend(A_VALUE * tensor.len())
    }

    fn spend(&mut self, products: usize) -> Result<(), Failure> {
        let left = self.left.checked_sub(products);
        self.left = left.ok_or("a few rows of it take more work than any tabular graph's")?;
        Ok(())
    }
}

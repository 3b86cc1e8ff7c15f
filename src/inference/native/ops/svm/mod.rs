//! `SVMClassifier` and `SVMRegressor` of `ai.onnx.ml`.

mod classifier;
mod coupling;
mod kernel;

use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::tensor::{Failure, Tensor};
use crate::inference::onnx::Node;
use kernel::{Kernel, ROWS, Vectors};

pub(super) use classifier::{build as classifier, check as check_classifier};

#[derive(Debug)]
struct Regressor {
    vectors: Vectors,
    /// A coefficient a support vector; none where the one vector is the coefficients.
    coefficients: Vec<f32>,
    rho: f32,
    /// Only the side is told: 1 inside, -1 outside.
    is_one_class: bool,
}

/// How many support vectors, and what kernel they have.
fn regressor_head(node: &Node<'_>) -> Result<(usize, Kernel), Refusal> {
    let count = usize::try_from(node.integer("n_supports")?.unwrap_or(0))
        .map_err(|_| Refusal::Broken("its number of support vectors is negative".into()))?;
    let kernel = match count {
        0 => Kernel::Linear,
        _ => Kernel::of(node)?,
    };
    Ok((count, kernel))
}

pub(super) fn check_regressor(node: &Node<'_>) -> Result<(), Refusal> {
    regressor_head(node).map(drop)
}

/// Like ONNX Runtime, without its post-transform.
pub(super) fn regressor(node: &Node<'_>) -> Built {
    let (count, kernel) = regressor_head(node)?;
    let coefficients = node.floats("coefficients")?;
    let rho = first_rho(node)?;
    let is_one_class = node.flag("one_class", false)?;
    let (vectors, coefficients) = if count == 0 {
        (Vectors::of(&coefficients, 1, kernel)?, Vec::new())
    } else if coefficients.len() == count {
        let all = node.floats("support_vectors")?;
        (Vectors::of(&all, count, kernel)?, coefficients)
    } else {
        return Err(Refusal::Broken(format!(
            "{} coefficients for {count} support vectors",
            coefficients.len()
        )));
    };
    Ok(Box::new(Regressor {
        vectors,
        coefficients,
        rho,
        is_one_class,
    }))
}

fn first_rho(node: &Node<'_>) -> Result<f32, Refusal> {
    let rho = node.floats("rho")?;
    rho.first()
        .copied()
        .ok_or_else(|| Refusal::Broken("it has no rho".into()))
}

/// Calls back for every row with its kernel values.
fn for_each_row(
    vectors: &Vectors,
    x: &Tensor<'_>,
    offset: f32,
    mut visit: impl FnMut(&[f32]),
) -> Result<usize, Failure> {
    let (rows, width) = x.as_rows()?;
    if width != vectors.width {
        return Err(format!("{} columns wanted, {width} given", vectors.width));
    }
    let stride = vectors.stride();
    let mut values = vec![0.0; ROWS.min(rows) * stride];
    for block in x.to_f32()?.chunks(ROWS * width) {
        vectors.values(block, offset, &mut values);
        for row in values.chunks_exact(stride).take(block.len() / width) {
            visit(row);
        }
    }
    Ok(rows)
}

impl Operator for Regressor {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let mut scores = Vec::new();
        let linear = self.coefficients.is_empty();
        let offset = if linear { self.rho } else { 0.0 };
        let rows = for_each_row(&self.vectors, input(inputs, 0)?, offset, |values| {
            let products = values.iter().zip(&self.coefficients).map(|(v, c)| v * c);
            let score = if linear {
                values[0]
            } else {
                products.map(f64::from).sum::<f64>() as f32 + self.rho
            };
            scores.push(match self.is_one_class {
                true if score > 0.0 => 1.0,
                true => -1.0,
                false => score,
            });
        })?;
        Ok(vec![Tensor::f32(vec![rows, 1], scores)?])
    }

    fn bytes(&self) -> usize {
        self.vectors.bytes() + footprint::list(&self.coefficients)
    }

    fn wanted_width(&self) -> Option<usize> {
        Some(self.vectors.width)
    }
}

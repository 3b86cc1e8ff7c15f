//! Matrix products, and batch normalization as it is after training.

use std::borrow::Cow;

use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::tensor::{Data, Failure, Tensor, elements};
use crate::inference::native::{broadcast, dense};
use crate::inference::onnx::Node;

/// More products than any tabular graph makes of one block; a hostile one ends here.
const MAX_PRODUCTS: usize = 1 << 34;

#[derive(Debug)]
struct MatMul;

#[derive(Debug)]
struct Gemm {
    alpha: f32,
    beta: f32,
    transposes_a: bool,
    transposes_b: bool,
}

#[derive(Debug)]
struct BatchNormalization {
    epsilon: f32,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    match node.op {
        "MatMul" => Some(Ok(Box::new(MatMul))),
        "Gemm" => Some(build_gemm(node)),
        "BatchNormalization" => Some(build_batch_normalization(node)),
        _ => None,
    }
}

fn build_gemm(node: &Node<'_>) -> Built {
    Ok(Box::new(Gemm {
        alpha: node.float("alpha")?.unwrap_or(1.0),
        beta: node.float("beta")?.unwrap_or(1.0),
        transposes_a: node.flag("transA", false)?,
        transposes_b: node.flag("transB", false)?,
    }))
}

fn build_batch_normalization(node: &Node<'_>) -> Built {
    let is_training = node.flag("training_mode", false)? || !node.flag("is_test", true)?;
    if is_training || node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
        return Err(Refusal::Uncovered("BatchNormalization in training".into()));
    }
    Ok(Box::new(BatchNormalization {
        epsilon: node.float("epsilon")?.unwrap_or(1e-5),
    }))
}

/// A matrix, given or turned round.
fn matrix(x: &Tensor<'_>, is_transposed: bool) -> Result<(usize, usize), Failure> {
    match x.shape[..] {
        [rows, columns] if is_transposed => Ok((columns, rows)),
        [rows, columns] => Ok((rows, columns)),
        _ => Err(format!("a matrix wanted, {:?} given", x.shape)),
    }
}

/// `a` times `b`; `b_is_by_column` says that `b` already holds a row a result column.
fn multiply<'r>(
    a: &Tensor<'_>,
    b: &Tensor<'_>,
    (inner, columns): (usize, usize),
    b_is_by_column: bool,
    shape: Vec<usize>,
) -> Result<Tensor<'r>, Failure> {
    let products = elements(&shape)?.checked_mul(inner);
    if products.is_none_or(|products| products > MAX_PRODUCTS) {
        return Err(format!("{:?} times {:?} is too much", a.shape, b.shape));
    }
    let data = match (&a.data, &b.data) {
        (Data::F32(x), Data::F32(w)) => {
            let w = if b_is_by_column {
                w.clone()
            } else {
                Cow::Owned(dense::transposed(w, inner, columns))
            };
            Data::F32(Cow::Owned(dense::product(x, &w, inner, columns)))
        }
        (Data::F64(x), Data::F64(w)) => {
            let w = if b_is_by_column {
                w.clone()
            } else {
                Cow::Owned(dense::transposed(w, inner, columns))
            };
            Data::F64(Cow::Owned(dense::product_f64(x, &w, inner, columns)))
        }
        (x, y) => {
            return Err(format!(
                "not covered for {} and {}",
                x.type_name(),
                y.type_name()
            ));
        }
    };
    Tensor::new(shape, data)
}

impl Operator for MatMul {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (a, b) = (input(inputs, 0)?, input(inputs, 1)?);
        // A vector on the right is a matrix of one column, whose dimension is dropped again.
        let (inner, columns) = match b.shape[..] {
            [inner] => (inner, 1),
            [inner, columns] => (inner, columns),
            _ => return Err(format!("not covered for {:?} on the right", b.shape)),
        };
        let (Some(width), true) = (a.shape.last(), a.rank() >= 2) else {
            return Err("not covered for a vector on the left".into());
        };
        if *width != inner {
            return Err(format!("{:?} times {:?}", a.shape, b.shape));
        }
        let mut shape = a.shape.clone();
        shape.pop();
        if b.rank() == 2 {
            shape.push(columns);
        }
        Ok(vec![multiply(a, b, (inner, columns), false, shape)?])
    }
}

impl Operator for Gemm {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (a, b) = (input(inputs, 0)?, input(inputs, 1)?);
        let (rows, inner) = matrix(a, self.transposes_a)?;
        let (b_inner, columns) = matrix(b, self.transposes_b)?;
        if inner != b_inner {
            return Err(format!("{:?} times {:?}", a.shape, b.shape));
        }
        if self.transposes_a {
            return Err("transA is not covered".into());
        }
        let shape = vec![rows, columns];
        let mut result = multiply(a, b, (inner, columns), self.transposes_b, shape.clone())?;
        if self.alpha != 1.0 {
            result.data = match result.data {
                Data::F32(v) => Data::F32(v.iter().map(|x| x * self.alpha).collect()),
                Data::F64(v) => Data::F64(v.iter().map(|x| x * f64::from(self.alpha)).collect()),
                other => other,
            };
        }
        let Some(c) = optional(inputs, 2) else {
            return Ok(vec![result]);
        };
        if broadcast::shape_of(&shape, &c.shape)? != shape {
            return Err(format!("{:?} does not fit {shape:?}", c.shape));
        }
        let data = match (&result.data, &c.data) {
            (Data::F32(x), Data::F32(c_all)) => {
                let sum = |x, c| x + self.beta * c;
                Data::F32(
                    broadcast::zip((x, &shape), (c_all, &c.shape), sum)?
                        .1
                        .into(),
                )
            }
            (Data::F64(x), Data::F64(c_all)) => {
                let sum = |x, c| x + f64::from(self.beta) * c;
                Data::F64(
                    broadcast::zip((x, &shape), (c_all, &c.shape), sum)?
                        .1
                        .into(),
                )
            }
            _ => return Err("its inputs differ in type".into()),
        };
        Ok(vec![Tensor::new(shape, data)?])
    }
}

impl Operator for BatchNormalization {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let Data::F32(values) = &x.data else {
            return Err(format!("not covered for {}", x.data.type_name()));
        };
        let channels = *x.shape.get(1).ok_or("its input has no channels")?;
        let parameters = (1..5)
            .map(|index| input(inputs, index)?.to_f32())
            .collect::<Result<Vec<_>, _>>()?;
        let [scale, bias, mean, variance] = &parameters[..] else {
            return Err("it has no parameters".into());
        };
        if parameters.iter().any(|p| p.len() != channels) {
            return Err("its parameters do not fit its channels".into());
        }
        let factors: Vec<(f32, f32)> = (0..channels)
            .map(|c| {
                let factor = scale[c] / (variance[c] + self.epsilon).sqrt();
                (factor, bias[c] - mean[c] * factor)
            })
            .collect();
        let inner: usize = x.shape[2..].iter().product();
        let all = values
            .chunks(inner.max(1))
            .zip(factors.iter().cycle())
            .flat_map(|(run, (factor, shift))| run.iter().map(move |x| x * factor + shift));
        Ok(vec![Tensor::f32(x.shape.clone(), all.collect())?])
    }
}

//! Arithmetic on each element by itself.

use std::borrow::Cow;

use super::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::broadcast;
use crate::inference::native::proto::Node;
use crate::inference::native::tensor::{Data, Failure, Tensor};

#[derive(Debug, Clone, Copy)]
enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Max,
    Min,
}

/// `Sum`, `Mean`, `Max` and `Min` take any number of inputs; the others two.
#[derive(Debug)]
struct Arithmetic {
    binary: Binary,
    is_mean: bool,
}

#[derive(Debug)]
struct Unary(fn(f32) -> f32, fn(f64) -> f64);

#[derive(Debug)]
struct Parametric {
    op: Activation,
    alpha: f32,
    beta: f32,
}

#[derive(Debug, Clone, Copy)]
enum Activation {
    LeakyRelu,
    Elu,
    Selu,
    HardSigmoid,
}

#[derive(Debug)]
struct Sign {
    is_neg: bool,
}

#[derive(Debug)]
struct Clip {
    low: Option<f32>,
    high: Option<f32>,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    let binary = match node.op {
        "Add" | "Sum" | "Mean" => Some(Binary::Add),
        "Sub" => Some(Binary::Sub),
        "Mul" => Some(Binary::Mul),
        "Div" => Some(Binary::Div),
        "Pow" => Some(Binary::Pow),
        "Max" => Some(Binary::Max),
        "Min" => Some(Binary::Min),
        _ => None,
    };
    if let Some(binary) = binary {
        // Before opset 7 the second input was aligned by an attribute.
        if node.has("broadcast") || node.has("axis") {
            return Some(Err(Refusal::Uncovered(format!(
                "{} with the broadcasting of opset 6",
                node.op
            ))));
        }
        return Some(Ok(Box::new(Arithmetic {
            binary,
            is_mean: node.op == "Mean",
        })));
    }
    let unary = match node.op {
        "Sqrt" => Unary(f32::sqrt, f64::sqrt),
        "Exp" => Unary(f32::exp, f64::exp),
        "Log" => Unary(f32::ln, f64::ln),
        "Sigmoid" => Unary(|x| 1.0 / (1.0 + (-x).exp()), |x| 1.0 / (1.0 + (-x).exp())),
        "Tanh" => Unary(f32::tanh, f64::tanh),
        "Relu" => Unary(|x| relu(x, 0.0), |x| relu(x, 0.0)),
        "Reciprocal" => Unary(|x| 1.0 / x, |x| 1.0 / x),
        "Floor" => Unary(f32::floor, f64::floor),
        "Ceil" => Unary(f32::ceil, f64::ceil),
        "Round" => Unary(f32::round_ties_even, f64::round_ties_even),
        "Softplus" => Unary(
            |x| x.max(0.0) + (-x.abs()).exp().ln_1p(),
            |x| x.max(0.0) + (-x.abs()).exp().ln_1p(),
        ),
        "Softsign" => Unary(|x| x / (1.0 + x.abs()), |x| x / (1.0 + x.abs())),
        "Abs" | "Neg" => {
            return Some(Ok(Box::new(Sign {
                is_neg: node.op == "Neg",
            })));
        }
        "Clip" => return Some(build_clip(node)),
        "LeakyRelu" => return Some(build_parametric(node, Activation::LeakyRelu, 0.01, 0.0)),
        "Elu" => return Some(build_parametric(node, Activation::Elu, 1.0, 0.0)),
        "Selu" => {
            return Some(build_parametric(
                node,
                Activation::Selu,
                1.673_263_2,
                1.050_701,
            ));
        }
        "HardSigmoid" => return Some(build_parametric(node, Activation::HardSigmoid, 0.2, 0.5)),
        _ => return None,
    };
    Some(Ok(Box::new(unary)))
}

/// NaN stays NaN, which a plain maximum would hide.
fn relu<T: PartialOrd>(x: T, zero: T) -> T {
    if x < zero { zero } else { x }
}

fn build_clip(node: &Node<'_>) -> Built {
    Ok(Box::new(Clip {
        low: node.float("min")?,
        high: node.float("max")?,
    }))
}

fn build_parametric(node: &Node<'_>, op: Activation, alpha: f32, beta: f32) -> Built {
    let second = if matches!(op, Activation::Selu) {
        "gamma"
    } else {
        "beta"
    };
    Ok(Box::new(Parametric {
        op,
        alpha: node.float("alpha")?.unwrap_or(alpha),
        beta: node.float(second)?.unwrap_or(beta),
    }))
}

impl Operator for Arithmetic {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let first = input(inputs, 0)?;
        let mut sum: Option<Tensor<'r>> = None;
        for index in 1..inputs.len() {
            let left = sum.as_ref().unwrap_or(first);
            sum = Some(apply(self.binary, left, input(inputs, index)?)?);
        }
        let mut result = sum.unwrap_or_else(|| first.clone());
        if self.is_mean {
            let count = Tensor::f32(Vec::new(), vec![inputs.len() as f32])?;
            result = apply(Binary::Div, &result, &count)?;
        }
        Ok(vec![result])
    }
}

fn apply<'r>(op: Binary, a: &Tensor<'_>, b: &Tensor<'_>) -> Result<Tensor<'r>, Failure> {
    // Only Pow may mix types: its result has the type of the base.
    if matches!(op, Binary::Pow) {
        return power(a, b);
    }
    match (&a.data, &b.data) {
        (Data::F32(x), Data::F32(y)) => {
            let (x, y) = ((&x[..], &a.shape[..]), (&y[..], &b.shape[..]));
            let (shape, all) = match op {
                Binary::Add => broadcast::zip(x, y, |x, y| x + y),
                Binary::Sub => broadcast::zip(x, y, |x, y| x - y),
                Binary::Mul => broadcast::zip(x, y, |x, y| x * y),
                Binary::Div => broadcast::zip(x, y, |x, y| x / y),
                Binary::Max => {
                    broadcast::zip(x, y, |x: f32, y| if x.is_nan() || x > y { x } else { y })
                }
                _ => broadcast::zip(x, y, |x: f32, y| if x.is_nan() || x < y { x } else { y }),
            }?;
            Tensor::f32(shape, all)
        }
        (Data::F64(x), Data::F64(y)) => {
            let (x, y) = ((&x[..], &a.shape[..]), (&y[..], &b.shape[..]));
            let (shape, all) = match op {
                Binary::Add => broadcast::zip(x, y, |x, y| x + y),
                Binary::Sub => broadcast::zip(x, y, |x, y| x - y),
                Binary::Mul => broadcast::zip(x, y, |x, y| x * y),
                Binary::Div => broadcast::zip(x, y, |x, y| x / y),
                Binary::Max => {
                    broadcast::zip(x, y, |x: f64, y| if x.is_nan() || x > y { x } else { y })
                }
                _ => broadcast::zip(x, y, |x: f64, y| if x.is_nan() || x < y { x } else { y }),
            }?;
            Tensor::new(shape, Data::F64(Cow::Owned(all)))
        }
        (Data::I64(x), Data::I64(y)) => {
            if matches!(op, Binary::Div) && y.contains(&0) {
                return Err("a whole number is divided by zero".into());
            }
            let (x, y) = ((&x[..], &a.shape[..]), (&y[..], &b.shape[..]));
            let (shape, all) = match op {
                Binary::Add => broadcast::zip(x, y, i64::wrapping_add),
                Binary::Sub => broadcast::zip(x, y, i64::wrapping_sub),
                Binary::Mul => broadcast::zip(x, y, i64::wrapping_mul),
                Binary::Div => broadcast::zip(x, y, i64::wrapping_div),
                Binary::Max => broadcast::zip(x, y, i64::max),
                _ => broadcast::zip(x, y, i64::min),
            }?;
            Tensor::i64(shape, all)
        }
        (x, y) => Err(format!(
            "{} and {} do not mix",
            x.type_name(),
            y.type_name()
        )),
    }
}

fn power<'r>(a: &Tensor<'_>, b: &Tensor<'_>) -> Result<Tensor<'r>, Failure> {
    match &a.data {
        Data::F32(x) => {
            let exponents = b.to_f32()?;
            let (shape, all) = match exponents[..] {
                // Exact, and most frequent.
                [2.0] if b.rank() <= a.rank() => {
                    (a.shape.clone(), x.iter().map(|x| x * x).collect())
                }
                _ => broadcast::zip((x, &a.shape), (&exponents, &b.shape), f32::powf)?,
            };
            Tensor::f32(shape, all)
        }
        Data::F64(x) => {
            let (shape, all) =
                broadcast::zip((&x[..], &a.shape), (&b.to_f64()?, &b.shape), f64::powf)?;
            Tensor::new(shape, Data::F64(Cow::Owned(all)))
        }
        other => Err(format!("a power of {}", other.type_name())),
    }
}

impl Operator for Unary {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let data = match &x.data {
            Data::F32(v) => Data::F32(v.iter().map(|x| self.0(*x)).collect()),
            Data::F64(v) => Data::F64(v.iter().map(|x| self.1(*x)).collect()),
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

impl Operator for Sign {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let data = match (&x.data, self.is_neg) {
            (Data::F32(v), true) => Data::F32(v.iter().map(|x| -x).collect()),
            (Data::F32(v), false) => Data::F32(v.iter().map(|x| x.abs()).collect()),
            (Data::F64(v), true) => Data::F64(v.iter().map(|x| -x).collect()),
            (Data::F64(v), false) => Data::F64(v.iter().map(|x| x.abs()).collect()),
            (Data::I64(v), true) => Data::I64(v.iter().map(|x| x.wrapping_neg()).collect()),
            (Data::I64(v), false) => Data::I64(v.iter().map(|x| x.wrapping_abs()).collect()),
            (other, _) => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

impl Operator for Parametric {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let (alpha, beta) = (self.alpha, self.beta);
        let Data::F32(v) = &x.data else {
            return Err(format!("not covered for {}", x.data.type_name()));
        };
        let all = v.iter().map(|x| match self.op {
            Activation::LeakyRelu if *x < 0.0 => alpha * x,
            Activation::Elu if *x < 0.0 => alpha * (x.exp() - 1.0),
            Activation::Selu if *x > 0.0 => beta * x,
            Activation::Selu => beta * (alpha * x.exp() - alpha),
            Activation::HardSigmoid => (alpha * x + beta).clamp(0.0, 1.0),
            Activation::LeakyRelu | Activation::Elu => *x,
        });
        Ok(vec![Tensor::f32(x.shape.clone(), all.collect())?])
    }
}

impl Operator for Clip {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let bound = |index: usize, attribute: Option<f32>| -> Result<Option<f64>, Failure> {
            match optional(inputs, index) {
                Some(tensor) => Ok(tensor.to_f64()?.first().copied()),
                None => Ok(attribute.map(f64::from)),
            }
        };
        let low = bound(1, self.low)?.unwrap_or(f64::NEG_INFINITY);
        let high = bound(2, self.high)?.unwrap_or(f64::INFINITY);
        let data = match &x.data {
            Data::F32(v) => {
                let (low, high) = (low as f32, high as f32);
                let clip = |x: &f32| if *x < low { low } else { *x };
                Data::F32(
                    v.iter()
                        .map(clip)
                        .map(|x| if x > high { high } else { x })
                        .collect(),
                )
            }
            Data::F64(v) => {
                let clip = |x: &f64| if *x < low { low } else { *x };
                Data::F64(
                    v.iter()
                        .map(clip)
                        .map(|x| if x > high { high } else { x })
                        .collect(),
                )
            }
            Data::I64(v) => {
                let (low, high) = (low as i64, high as i64);
                Data::I64(v.iter().map(|x| (*x).max(low).min(high)).collect())
            }
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

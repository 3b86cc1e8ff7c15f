//! Arithmetic on each element by itself.

use std::borrow::Cow;

use crate::inference::native::broadcast;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::tensor::{Data, Failure, Tensor};
use crate::inference::onnx::Node;

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
struct Mod {
    /// The remainder has the sign of the dividend, as in C.
    like_c: bool,
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
    match node.op {
        "Clip" => Some(build_clip(node)),
        "Mod" => Some(build_mod(node)),
        _ => None,
    }
}

fn build_mod(node: &Node<'_>) -> Built {
    Ok(Box::new(Mod {
        like_c: node.flag("fmod", false)?,
    }))
}

fn build_clip(node: &Node<'_>) -> Built {
    Ok(Box::new(Clip {
        low: node.float("min")?,
        high: node.float("max")?,
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
            let square = |x: &f32| x * x;
            let cube = |x: &f32| x * x * x;
            let (shape, all) = match exponents[..] {
                // Exact, and most frequent.
                [2.0] if b.rank() <= a.rank() => (a.shape.clone(), x.iter().map(square).collect()),
                [3.0] if b.rank() <= a.rank() => (a.shape.clone(), x.iter().map(cube).collect()),
                _ => broadcast::zip((x, &a.shape), (&exponents, &b.shape), f32::powf)?,
            };
            Tensor::f32(shape, all)
        }
        Data::F64(x) => {
            let (shape, all) =
                broadcast::zip((&x[..], &a.shape), (&b.to_f64()?, &b.shape), f64::powf)?;
            Tensor::new(shape, Data::F64(Cow::Owned(all)))
        }
        Data::I64(x) => {
            let power = |x: i64, y: f64| (x as f64).powf(y) as i64;
            let (shape, all) = broadcast::zip((x, &a.shape), (&b.to_f64()?, &b.shape), power)?;
            Tensor::i64(shape, all)
        }
        other => Err(format!("a power of {}", other.type_name())),
    }
}

/// The remainder with the sign of the divisor.
fn floored_remainder(x: i64, y: i64) -> i64 {
    let rest = x.wrapping_rem(y);
    if rest != 0 && (rest < 0) != (y < 0) {
        rest + y
    } else {
        rest
    }
}

impl Operator for Mod {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (a, b) = (input(inputs, 0)?, input(inputs, 1)?);
        let (shape, data) = match (&a.data, &b.data) {
            (Data::I64(_), Data::I64(y)) if y.contains(&0) => {
                return Err("a whole number is divided by zero".into());
            }
            (Data::I64(x), Data::I64(y)) => {
                let rest = if self.like_c {
                    i64::wrapping_rem
                } else {
                    floored_remainder
                };
                let (shape, all) = broadcast::zip((x, &a.shape), (y, &b.shape), rest)?;
                (shape, Data::I64(Cow::Owned(all)))
            }
            (Data::F32(x), Data::F32(y)) if self.like_c => {
                let (shape, all) = broadcast::zip((x, &a.shape), (y, &b.shape), |x, y| x % y)?;
                (shape, Data::F32(Cow::Owned(all)))
            }
            (Data::F64(x), Data::F64(y)) if self.like_c => {
                let (shape, all) = broadcast::zip((x, &a.shape), (y, &b.shape), |x, y| x % y)?;
                (shape, Data::F64(Cow::Owned(all)))
            }
            (x, y) => {
                return Err(format!(
                    "not defined for {} and {}",
                    x.type_name(),
                    y.type_name()
                ));
            }
        };
        Ok(vec![Tensor::new(shape, data)?])
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
        // Without bounds the ends of the type are meant, and infinities become those.
        let (least, most) = match &x.data {
            Data::F32(_) => (f32::MIN.into(), f32::MAX.into()),
            _ => (f64::MIN, f64::MAX),
        };
        let low = bound(1, self.low)?.unwrap_or(least);
        let high = bound(2, self.high)?.unwrap_or(most);
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

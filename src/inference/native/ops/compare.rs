//! Comparisons, truth values, and choosing by them.

use std::borrow::Cow;

use crate::inference::native::broadcast;
use crate::inference::native::operator::{Built, Operator, Outputs, input};
use crate::inference::native::tensor::{Data, Failure, Tensor};
use crate::inference::onnx::Node;

#[derive(Debug, Clone, Copy)]
enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug, Clone, Copy)]
enum Logic {
    And,
    Or,
    Xor,
}

#[derive(Debug)]
struct Not;

#[derive(Debug)]
struct Where;

/// Tells of each float what kind it is.
#[derive(Debug)]
struct Kind(fn(f64) -> bool);

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    if node.op == "IsInf" {
        return Some(build_is_inf(node));
    }
    Some(Ok(match node.op {
        "Equal" => Box::new(Comparison::Equal),
        "Greater" => Box::new(Comparison::Greater),
        "GreaterOrEqual" => Box::new(Comparison::GreaterOrEqual),
        "Less" => Box::new(Comparison::Less),
        "LessOrEqual" => Box::new(Comparison::LessOrEqual),
        "And" => Box::new(Logic::And),
        "Or" => Box::new(Logic::Or),
        "Xor" => Box::new(Logic::Xor),
        "Not" => Box::new(Not),
        "Where" => Box::new(Where),
        "IsNaN" => Box::new(Kind(f64::is_nan)),
        _ => return None,
    }))
}

fn build_is_inf(node: &Node<'_>) -> Built {
    let negative = node.flag("detect_negative", true)?;
    let positive = node.flag("detect_positive", true)?;
    Ok(Box::new(Kind(match (negative, positive) {
        (true, true) => f64::is_infinite,
        (true, false) => |x| x == f64::NEG_INFINITY,
        (false, true) => |x| x == f64::INFINITY,
        (false, false) => |_| false,
    })))
}

fn truths<'r>((shape, all): (Vec<usize>, Vec<bool>)) -> Outputs<'r> {
    Ok(vec![Tensor::new(shape, Data::Bool(Cow::Owned(all)))?])
}

impl Comparison {
    fn compare<T: Copy + PartialOrd>(
        self,
        a: (&[T], &[usize]),
        b: (&[T], &[usize]),
    ) -> Result<(Vec<usize>, Vec<bool>), Failure> {
        match self {
            Self::Equal => broadcast::zip(a, b, |x, y| x == y),
            Self::Greater => broadcast::zip(a, b, |x, y| x > y),
            Self::GreaterOrEqual => broadcast::zip(a, b, |x, y| x >= y),
            Self::Less => broadcast::zip(a, b, |x, y| x < y),
            Self::LessOrEqual => broadcast::zip(a, b, |x, y| x <= y),
        }
    }
}

impl Operator for Comparison {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (a, b) = (input(inputs, 0)?, input(inputs, 1)?);
        truths(match (&a.data, &b.data) {
            (Data::F32(x), Data::F32(y)) => self.compare((x, &a.shape), (y, &b.shape))?,
            (Data::F64(x), Data::F64(y)) => self.compare((x, &a.shape), (y, &b.shape))?,
            (Data::I64(x), Data::I64(y)) => self.compare((x, &a.shape), (y, &b.shape))?,
            (Data::Bool(x), Data::Bool(y)) => self.compare((x, &a.shape), (y, &b.shape))?,
            (Data::Text(x), Data::Text(y)) => self.compare((x, &a.shape), (y, &b.shape))?,
            (x, y) => {
                return Err(format!(
                    "{} and {} do not compare",
                    x.type_name(),
                    y.type_name()
                ));
            }
        })
    }
}

impl Operator for Logic {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (a, b) = (input(inputs, 0)?, input(inputs, 1)?);
        let (Data::Bool(x), Data::Bool(y)) = (&a.data, &b.data) else {
            return Err("truth values wanted".into());
        };
        let (x, y) = ((&x[..], &a.shape[..]), (&y[..], &b.shape[..]));
        truths(match self {
            Self::And => broadcast::zip(x, y, |x, y| x & y)?,
            Self::Or => broadcast::zip(x, y, |x, y| x | y)?,
            Self::Xor => broadcast::zip(x, y, |x, y| x ^ y)?,
        })
    }
}

impl Operator for Not {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let Data::Bool(v) = &x.data else {
            return Err("truth values wanted".into());
        };
        truths((x.shape.clone(), v.iter().map(|x| !x).collect()))
    }
}

impl Operator for Kind {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let all = match &x.data {
            Data::F32(v) | Data::F16(v) => v.iter().map(|x| self.0(f64::from(*x))).collect(),
            Data::F64(v) => v.iter().map(|x| self.0(*x)).collect(),
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        truths((x.shape.clone(), all))
    }
}

impl Operator for Where {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (mask, a, b) = (input(inputs, 0)?, input(inputs, 1)?, input(inputs, 2)?);
        let Data::Bool(truth) = &mask.data else {
            return Err("truth values wanted".into());
        };
        let mask = (&truth[..], &mask.shape[..]);
        let (shape, data) = match (&a.data, &b.data) {
            (Data::F32(x), Data::F32(y)) => {
                let (shape, all) = choose(mask, (x, &a.shape), (y, &b.shape))?;
                (shape, Data::F32(Cow::Owned(all)))
            }
            (Data::F64(x), Data::F64(y)) => {
                let (shape, all) = choose(mask, (x, &a.shape), (y, &b.shape))?;
                (shape, Data::F64(Cow::Owned(all)))
            }
            (Data::I64(x), Data::I64(y)) => {
                let (shape, all) = choose(mask, (x, &a.shape), (y, &b.shape))?;
                (shape, Data::I64(Cow::Owned(all)))
            }
            (Data::Bool(x), Data::Bool(y)) => {
                let (shape, all) = choose(mask, (x, &a.shape), (y, &b.shape))?;
                (shape, Data::Bool(Cow::Owned(all)))
            }
            (Data::Text(x), Data::Text(y)) => {
                let (shape, all) = choose(mask, (x, &a.shape), (y, &b.shape))?;
                (shape, Data::Text(Cow::Owned(all)))
            }
            (x, y) => {
                return Err(format!(
                    "{} and {} do not mix",
                    x.type_name(),
                    y.type_name()
                ));
            }
        };
        Ok(vec![Tensor::new(shape, data)?])
    }
}

fn choose<T: Copy>(
    mask: (&[bool], &[usize]),
    a: (&[T], &[usize]),
    b: (&[T], &[usize]),
) -> Result<(Vec<usize>, Vec<T>), Failure> {
    let (shape, pairs) = broadcast::zip(a, b, |x, y| (x, y))?;
    broadcast::zip(
        mask,
        (&pairs, &shape),
        |truth, (x, y)| if truth { x } else { y },
    )
}

//! Sums, means and extremes along axes.

use std::borrow::Cow;

use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, input, optional};
use crate::inference::native::tensor::{Data, Failure, Tensor, absolute_axis, elements};
use crate::inference::onnx::Node;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Sum,
    Mean,
    Max,
    Min,
    Prod,
    SumSquare,
    L1,
    L2,
    LogSum,
    LogSumExp,
}

#[derive(Debug)]
struct Reduce {
    kind: Kind,
    axes: Option<Vec<i64>>,
    keeps_axes: bool,
    /// No axes mean no reduction, not a total one.
    empty_keeps: bool,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    let kind = match node.op {
        "ReduceSum" => Kind::Sum,
        "ReduceMean" => Kind::Mean,
        "ReduceMax" => Kind::Max,
        "ReduceMin" => Kind::Min,
        "ReduceProd" => Kind::Prod,
        "ReduceSumSquare" => Kind::SumSquare,
        "ReduceL1" => Kind::L1,
        "ReduceL2" => Kind::L2,
        "ReduceLogSum" => Kind::LogSum,
        "ReduceLogSumExp" => Kind::LogSumExp,
        _ => return None,
    };
    Some(build_reduce(node, kind))
}

fn build_reduce(node: &Node<'_>, kind: Kind) -> Built {
    let axes = node.integers("axes")?;
    Ok(Box::new(Reduce {
        kind,
        axes: node.has("axes").then_some(axes),
        keeps_axes: node.flag("keepdims", true)?,
        empty_keeps: node.flag("noop_with_empty_axes", false)?,
    }))
}

impl Operator for Reduce {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let axes = match optional(inputs, 1) {
            Some(axes) => axes.integers()?,
            None => self.axes.as_deref().unwrap_or_default(),
        };
        if axes.is_empty() && self.empty_keeps {
            return Ok(vec![x.clone()]);
        }
        let mut gone = vec![axes.is_empty(); x.rank()];
        for axis in axes {
            gone[absolute_axis(*axis, x.rank())?] = true;
        }
        let mut shape: Vec<usize> = Vec::new();
        for (size, gone) in x.shape.iter().zip(&gone) {
            if !gone {
                shape.push(*size);
            } else if self.keeps_axes {
                shape.push(1);
            }
        }
        let places = places(x, &gone)?;
        let data = match &x.data {
            Data::F32(v) if self.sums_in_order() && gone.is_sorted() => {
                Data::F32(self.reduce_runs(v, places.offsets.len()).into())
            }
            Data::F32(v) => {
                let wide: Vec<f64> = v.iter().map(|x| f64::from(*x)).collect();
                let all = self.reduce(&wide, &places);
                Data::F32(all.into_iter().map(|x| x as f32).collect())
            }
            Data::F64(v) => Data::F64(Cow::Owned(self.reduce(v, &places))),
            Data::I64(v) => {
                let add: fn(i64, i64) -> i64 = match self.kind {
                    Kind::Sum => i64::wrapping_add,
                    Kind::Prod => i64::wrapping_mul,
                    Kind::Max => i64::max,
                    Kind::Min => i64::min,
                    _ => return Err("not covered for whole numbers".into()),
                };
                let of = |first: &usize| {
                    let all = places.offsets.iter().map(|offset| v[first + offset]);
                    all.reduce(add).unwrap_or_default()
                };
                Data::I64(places.first.iter().map(of).collect())
            }
            other => return Err(format!("not covered for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(shape, data)?])
    }

    fn bytes(&self) -> usize {
        self.axes.as_ref().map_or(0, footprint::list)
    }
}

/// For every result, how its elements are found: a first place, shared offsets.
struct Places {
    first: Vec<usize>,
    offsets: Vec<usize>,
}

fn places(x: &Tensor<'_>, gone: &[bool]) -> Result<Places, Failure> {
    let count = elements(&x.shape)?;
    let mut steps = vec![1; x.rank()];
    for axis in (1..x.rank()).rev() {
        steps[axis - 1] = steps[axis] * x.shape[axis];
    }
    let walk = |wanted: bool| {
        let mut places = vec![0];
        for axis in (0..x.rank()).filter(|axis| gone[*axis] == wanted) {
            let (size, step) = (x.shape[axis], steps[axis]);
            places = places
                .iter()
                .flat_map(|place| (0..size).map(move |i| place + i * step))
                .collect();
        }
        places
    };
    if count == 0 {
        return Err("there is nothing to reduce".into());
    }
    Ok(Places {
        first: walk(false),
        offsets: walk(true),
    })
}

impl Reduce {
    /// Whether 32-bit numbers that lie side by side are added up in 32 bits, as ONNX Runtime does.
    fn sums_in_order(&self) -> bool {
        matches!(self.kind, Kind::Sum | Kind::Mean | Kind::LogSumExp)
    }

    /// A result for every `length` numbers.
    fn reduce_runs(&self, all: &[f32], length: usize) -> Vec<f32> {
        let runs = all.chunks_exact(length);
        runs.map(|run| match self.kind {
            Kind::LogSumExp => {
                let max = run.iter().copied().fold(f32::NEG_INFINITY, larger_f32);
                let max = if max.is_infinite() { 0.0 } else { max };
                let sum: f32 = run.iter().map(|x| (x - max).exp()).sum();
                sum.ln() + max
            }
            Kind::Mean => sum_by_lanes(run) / length as f32,
            _ => sum_by_lanes(run),
        })
        .collect()
    }

    fn reduce(&self, all: &[f64], places: &Places) -> Vec<f64> {
        let count = places.offsets.len() as f64;
        let of = |first: usize| places.offsets.iter().map(move |offset| all[first + offset]);
        places
            .first
            .iter()
            .map(|first| match self.kind {
                Kind::Sum => of(*first).sum(),
                Kind::Mean => of(*first).sum::<f64>() / count,
                Kind::Max => of(*first).fold(f64::NEG_INFINITY, larger),
                Kind::Min => -of(*first).map(|x| -x).fold(f64::NEG_INFINITY, larger),
                Kind::Prod => of(*first).product(),
                Kind::SumSquare => of(*first).map(|x| x * x).sum(),
                Kind::L1 => of(*first).map(f64::abs).sum(),
                Kind::L2 => of(*first).map(|x| x * x).sum::<f64>().sqrt(),
                Kind::LogSum => of(*first).sum::<f64>().ln(),
                Kind::LogSumExp => {
                    let max = of(*first).fold(f64::NEG_INFINITY, larger);
                    let max = if max.is_infinite() { 0.0 } else { max };
                    of(*first).map(|x| (x - max).exp()).sum::<f64>().ln() + max
                }
            })
            .collect()
    }
}

/// The sum of numbers in the order in which ONNX Runtime adds them where the first begins a
/// register: two registers of four lanes each, then what is left. Elsewhere it begins with what
/// comes before the next register, so that a row's sum depends on its place in the batch; here it
/// never does.
fn sum_by_lanes(run: &[f32]) -> f32 {
    const LANES: usize = 4;
    let add = |a: [f32; LANES], b: &[f32; LANES]| std::array::from_fn(|lane| a[lane] + b[lane]);
    let (registers, tail) = run.as_chunks::<LANES>();
    let lanes = match registers {
        [] => return tail.iter().copied().reduce(|a, b| a + b).unwrap_or(0.0),
        [only] => *only,
        [first, second, rest @ ..] => {
            let (pairs, odd) = rest.as_chunks::<2>();
            let both = pairs.iter();
            let (even, other) =
                both.fold((*first, *second), |(a, b), [x, y]| (add(a, x), add(b, y)));
            odd.iter().fold(add(even, &other), add)
        }
    };
    let sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    tail.iter().fold(sum, |sum, x| sum + x)
}

/// NaN wins.
fn larger_f32(a: f32, b: f32) -> f32 {
    if a.is_nan() || a > b { a } else { b }
}

/// NaN wins.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

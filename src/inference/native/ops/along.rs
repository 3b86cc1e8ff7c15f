//! Operators on every vector along an axis: running sums, norms, the place of the largest.

use super::select::around;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::tensor::{Data, Tensor, elements};
use crate::inference::onnx::Node;

#[derive(Debug)]
struct CumSum {
    leaves_own_out: bool,
    is_reverse: bool,
}

#[derive(Debug)]
struct LpNormalization {
    axis: i64,
    p: i64,
}

#[derive(Debug)]
struct Hardmax {
    axis: i64,
    /// Before opset 13 everything from the axis on was one vector.
    takes_rest: bool,
}

#[derive(Debug)]
struct LayerNormalization {
    axis: i64,
    epsilon: f32,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    match node.op {
        "CumSum" => Some(build_cum_sum(node)),
        "LpNormalization" => Some(build_lp(node)),
        "Hardmax" => Some(build_hardmax(node)),
        "LayerNormalization" => Some(build_layer_normalization(node)),
        _ => None,
    }
}

fn build_cum_sum(node: &Node<'_>) -> Built {
    Ok(Box::new(CumSum {
        leaves_own_out: node.flag("exclusive", false)?,
        is_reverse: node.flag("reverse", false)?,
    }))
}

fn build_lp(node: &Node<'_>) -> Built {
    let p = node.integer("p")?.unwrap_or(2);
    if p != 1 && p != 2 {
        return Err(Refusal::Broken(format!("there is no norm {p}")));
    }
    let axis = node.integer("axis")?.unwrap_or(-1);
    Ok(Box::new(LpNormalization { axis, p }))
}

fn build_hardmax(node: &Node<'_>) -> Built {
    let takes_rest = node.opset < 13;
    let default = if takes_rest { 1 } else { -1 };
    Ok(Box::new(Hardmax {
        axis: node.integer("axis")?.unwrap_or(default),
        takes_rest,
    }))
}

fn build_layer_normalization(node: &Node<'_>) -> Built {
    if node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
        return Err(Refusal::Uncovered("LayerNormalization in training".into()));
    }
    Ok(Box::new(LayerNormalization {
        axis: node.integer("axis")?.unwrap_or(-1),
        epsilon: node.float("epsilon")?.unwrap_or(1e-5),
    }))
}

/// Calls back for every vector with the places of its elements.
fn for_each_vector(
    (outer, size, inner): (usize, usize, usize),
    mut visit: impl FnMut(&mut dyn DoubleEndedIterator<Item = usize>),
) {
    for before in 0..outer {
        for after in 0..inner {
            visit(&mut (0..size).map(|i| (before * size + i) * inner + after));
        }
    }
}

impl CumSum {
    fn sums<T: Copy>(
        &self,
        all: &[T],
        sizes: (usize, usize, usize),
        zero: T,
        add: impl Fn(T, T) -> T,
    ) -> Vec<T> {
        let mut result = all.to_vec();
        for_each_vector(sizes, |places| {
            let mut sum = zero;
            let mut step = |place: usize| {
                let next = add(sum, all[place]);
                result[place] = if self.leaves_own_out { sum } else { next };
                sum = next;
            };
            if self.is_reverse {
                places.rev().for_each(&mut step);
            } else {
                places.for_each(&mut step);
            }
        });
        result
    }
}

impl Operator for CumSum {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, axis) = (input(inputs, 0)?, input(inputs, 1)?);
        let axis = axis.integers()?.first().ok_or("it has no axis")?;
        let sizes = around(&x.shape, x.axis(*axis)?);
        let data = match &x.data {
            Data::F32(v) => Data::F32(self.sums(v, sizes, 0.0, |a, b| a + b).into()),
            Data::F64(v) => Data::F64(self.sums(v, sizes, 0.0, |a, b| a + b).into()),
            Data::I64(v) => Data::I64(self.sums(v, sizes, 0, i64::wrapping_add).into()),
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

impl Operator for LpNormalization {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let sizes = around(&x.shape, x.axis(self.axis)?);
        let mut all = x.to_f64()?.into_owned();
        for_each_vector(sizes, |places| {
            let places: Vec<usize> = places.collect();
            let each = places.iter().map(|place| all[*place]);
            let norm = if self.p == 1 {
                each.map(f64::abs).sum::<f64>()
            } else {
                each.map(|x| x * x).sum::<f64>().sqrt()
            };
            // A vector of zeros stays.
            if norm != 0.0 {
                for place in places {
                    all[place] /= norm;
                }
            }
        });
        let data = match &x.data {
            Data::F32(_) => Data::F32(all.into_iter().map(|x| x as f32).collect()),
            Data::F64(_) => Data::F64(all.into()),
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

impl Operator for Hardmax {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let Data::F32(v) = &x.data else {
            return Err(format!("not covered for {}", x.data.type_name()));
        };
        let axis = x.axis(self.axis)?;
        let sizes = if self.takes_rest {
            let outer = x.shape[..axis].iter().product();
            (outer, x.shape[axis..].iter().product(), 1)
        } else {
            around(&x.shape, axis)
        };
        let mut all = vec![0.0; elements(&x.shape)?];
        for_each_vector(sizes, |places| {
            let best = places.reduce(|best, place| if v[place] > v[best] { place } else { best });
            if let Some(best) = best {
                all[best] = 1.0;
            }
        });
        Ok(vec![Tensor::f32(x.shape.clone(), all)?])
    }
}

impl Operator for LayerNormalization {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, scale) = (input(inputs, 0)?, input(inputs, 1)?.to_f32()?);
        let Data::F32(v) = &x.data else {
            return Err(format!("not covered for {}", x.data.type_name()));
        };
        let bias = optional(inputs, 2).map(Tensor::to_f32).transpose()?;
        let size: usize = x.shape[x.axis(self.axis)?..].iter().product();
        if scale.len() != size || bias.as_ref().is_some_and(|bias| bias.len() != size) {
            return Err("its parameters do not fit its input".into());
        }
        let mut all = Vec::with_capacity(v.len());
        for vector in v.chunks_exact(size.max(1)) {
            let each = || vector.iter().map(|x| f64::from(*x));
            let mean = each().sum::<f64>() / size as f64;
            let variance = each().map(|x| (x - mean) * (x - mean)).sum::<f64>() / size as f64;
            let factor = 1.0 / (variance + f64::from(self.epsilon)).sqrt();
            all.extend(each().enumerate().map(|(index, x)| {
                let bias = bias.as_ref().map_or(0.0, |bias| bias[index]);
                ((x - mean) * factor) as f32 * scale[index] + bias
            }));
        }
        Ok(vec![Tensor::f32(x.shape.clone(), all)?])
    }
}

//! Operators that make more elements than they get, or hand them out in parts.

use super::select::around;
use crate::inference::native::broadcast;
use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::tensor::{Data, Failure, Tensor, elements};
use crate::inference::onnx::{Node, Numbers};

/// The one value that fills the shape.
#[derive(Debug)]
struct ConstantOfShape(Numbers);

#[derive(Debug)]
struct Expand;

#[derive(Debug)]
struct Tile;

#[derive(Debug)]
struct Split {
    axis: i64,
    sizes: Vec<i64>,
    parts: usize,
}

#[derive(Debug)]
struct Range;

#[derive(Debug)]
struct Size;

#[derive(Debug)]
struct OneHot(i64);

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    Some(match node.op {
        "ConstantOfShape" => build_constant(node),
        "Expand" => Ok(Box::new(Expand)),
        "Tile" if node.opset >= 6 => Ok(Box::new(Tile)),
        "Split" => build_split(node),
        "Range" => Ok(Box::new(Range)),
        "Size" => Ok(Box::new(Size)),
        "OneHot" => node
            .integer("axis")
            .map_err(Refusal::from)
            .map(|axis| Box::new(OneHot(axis.unwrap_or(-1))) as _),
        _ => return None,
    })
}

fn build_constant(node: &Node<'_>) -> Built {
    let value = match node.tensor("value")? {
        None => Some(Numbers::F32(vec![0.0])),
        Some(tensor) => tensor.content()?.map(|(_, numbers)| numbers),
    };
    match value {
        Some(value) if value.len() == 1 => Ok(Box::new(ConstantOfShape(value))),
        _ => Err(Refusal::Uncovered("ConstantOfShape of this value".into())),
    }
}

fn build_split(node: &Node<'_>) -> Built {
    Ok(Box::new(Split {
        axis: node.integer("axis")?.unwrap_or(0),
        sizes: node.integers("split")?,
        parts: node.outputs.len(),
    }))
}

fn shape_of(all: &[i64]) -> Result<Vec<usize>, Failure> {
    all.iter()
        .map(|size| usize::try_from(*size).map_err(|_| format!("a dimension of {size}")))
        .collect()
}

impl Operator for ConstantOfShape {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let shape = shape_of(input(inputs, 0)?.integers()?)?;
        let count = elements(&shape)?;
        let value = Tensor::of_numbers(&[], &self.0);
        let data = value.data.pick(&vec![0; count])?;
        Ok(vec![Tensor::new(shape, data)?])
    }

    fn bytes(&self) -> usize {
        footprint::numbers(&self.0)
    }
}

impl Operator for Expand {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, wanted) = (input(inputs, 0)?, input(inputs, 1)?);
        let wanted = shape_of(wanted.integers()?)?;
        let shape = broadcast::shape_of(&x.shape, &wanted)?;
        if shape == x.shape {
            return Ok(vec![x.clone()]);
        }
        let mut places = Vec::with_capacity(elements(&shape)?);
        let source = broadcast::Source::new(&x.shape, &shape);
        broadcast::for_each(&shape, &source, &source, |place, _| places.push(place));
        Ok(vec![Tensor::new(shape, x.data.pick(&places)?)?])
    }
}

impl Operator for Tile {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, repeats) = (input(inputs, 0)?, input(inputs, 1)?);
        let repeats = shape_of(repeats.integers()?)?;
        if repeats.len() != x.rank() {
            return Err(format!("{} repeats for {:?}", repeats.len(), x.shape));
        }
        let mut places = vec![0];
        let mut shape = Vec::with_capacity(x.rank());
        for (size, repeat) in x.shape.iter().zip(&repeats) {
            shape.push(size.checked_mul(*repeat).ok_or("a dimension overflows")?);
            elements(&shape)?;
            places = places
                .iter()
                .flat_map(|place| (0..size * repeat).map(move |i| place * size + i % size))
                .collect();
        }
        Ok(vec![Tensor::new(shape, x.data.pick(&places)?)?])
    }
}

impl Split {
    /// The sizes of the parts: given, or as equal as can be.
    fn sizes(&self, inputs: &[Option<&Tensor<'_>>], size: usize) -> Result<Vec<usize>, Failure> {
        let given = match optional(inputs, 1) {
            Some(sizes) => sizes.integers()?,
            None => &self.sizes,
        };
        let sizes = if given.is_empty() {
            let each = size.div_ceil(self.parts.max(1));
            let left = |part: usize| size.saturating_sub(part * each).min(each);
            (0..self.parts).map(left).collect()
        } else {
            shape_of(given)?
        };
        let sum = sizes.iter().try_fold(0_usize, |sum, s| sum.checked_add(*s));
        if sum == Some(size) && sizes.len() == self.parts {
            Ok(sizes)
        } else {
            Err(format!("{size} columns do not split into {sizes:?}"))
        }
    }
}

impl Operator for Split {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let axis = x.axis(self.axis)?;
        let (outer, size, inner) = around(&x.shape, axis);
        let mut first = 0;
        let mut parts = Vec::with_capacity(self.parts);
        for part in self.sizes(inputs, size)? {
            let places: Vec<usize> = (0..outer)
                .flat_map(|before| {
                    let start = (before * size + first) * inner;
                    start..start + part * inner
                })
                .collect();
            let mut shape = x.shape.clone();
            shape[axis] = part;
            parts.push(Tensor::new(shape, x.data.pick(&places)?)?);
            first += part;
        }
        Ok(parts)
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.sizes)
    }
}

/// How many steps lead from a start to before a limit.
fn steps(start: f64, limit: f64, delta: f64) -> Result<usize, Failure> {
    let count = ((limit - start) / delta).ceil();
    if count.is_nan() {
        return Err("its range has no end".into());
    }
    let count = count.max(0.0) as usize;
    elements(&[count])
}

impl Operator for Range {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let all = [0, 1, 2].map(|index| input(inputs, index));
        let [start, limit, delta] = all;
        let (start, limit, delta) = (start?, limit?, delta?);
        let first = |x: &Tensor<'_>| {
            let all = x.to_f64()?;
            all.first()
                .copied()
                .ok_or_else(|| Failure::from("a number wanted"))
        };
        let count = steps(first(start)?, first(limit)?, first(delta)?)?;
        let data = match (&start.data, &delta.data) {
            (Data::F32(s), Data::F32(d)) => {
                Data::F32((0..count).map(|i| s[0] + i as f32 * d[0]).collect())
            }
            (Data::F64(s), Data::F64(d)) => {
                Data::F64((0..count).map(|i| s[0] + i as f64 * d[0]).collect())
            }
            (Data::I64(s), Data::I64(d)) => {
                let at = |i: usize| s[0].wrapping_add(d[0].wrapping_mul(i as i64));
                Data::I64((0..count).map(at).collect())
            }
            (other, _) => return Err(format!("not covered for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(vec![count], data)?])
    }
}

impl Operator for Size {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let size = input(inputs, 0)?.len() as i64;
        Ok(vec![Tensor::i64(Vec::new(), vec![size])?])
    }
}

impl Operator for OneHot {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (indices, depth) = (input(inputs, 0)?, input(inputs, 1)?);
        let values = input(inputs, 2)?;
        if values.len() != 2 {
            return Err("it needs a value for off and one for on".into());
        }
        let depth = depth.to_i64()?.first().copied().unwrap_or(0);
        let depth = usize::try_from(depth).map_err(|_| "its depth is negative")?;
        let mut shape = indices.shape.clone();
        shape.push(depth);
        let count = elements(&shape)?;
        if self.0 != -1 && self.0 != indices.rank() as i64 {
            return Err("not covered for another axis than the last".into());
        }
        let mut places = vec![0; count];
        for (row, index) in indices.to_i64()?.iter().enumerate() {
            let index = if *index < 0 {
                index.saturating_add(depth as i64)
            } else {
                *index
            };
            if let Some(index) = usize::try_from(index).ok().filter(|i| *i < depth) {
                places[row * depth + index] = 1;
            }
        }
        Ok(vec![Tensor::new(shape, values.data.pick(&places)?)?])
    }
}

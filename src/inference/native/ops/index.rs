//! Operators that take elements by an index or a condition each.

use super::select::{absolute_index, around};
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::tensor::{Data, Tensor, elements};
use crate::inference::onnx::Node;

#[derive(Debug)]
struct GatherElements(i64);

/// Without an axis it takes elements of the whole as one vector.
#[derive(Debug)]
struct Compress(Option<i64>);

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    Some(match node.op {
        "GatherElements" => node
            .integer("axis")
            .map_err(Refusal::from)
            .map(|axis| Box::new(GatherElements(axis.unwrap_or(0))) as _),
        "Compress" => node
            .integer("axis")
            .map_err(Refusal::from)
            .map(|axis| Box::new(Compress(axis)) as _),
        _ => return None,
    })
}

impl Operator for GatherElements {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, indices) = (input(inputs, 0)?, input(inputs, 1)?);
        let axis = x.axis(self.0)?;
        let fits = indices.rank() == x.rank()
            && (0..x.rank()).all(|a| a == axis || indices.shape[a] <= x.shape[a]);
        if !fits {
            return Err(format!("{:?} does not fit {:?}", indices.shape, x.shape));
        }
        let mut steps = vec![1; x.rank()];
        for a in (1..x.rank()).rev() {
            steps[a - 1] = steps[a] * x.shape[a];
        }
        let mut places = Vec::with_capacity(elements(&indices.shape)?);
        for (at, index) in indices.integers()?.iter().enumerate() {
            let mut rest = at;
            let mut place = absolute_index(*index, x.shape[axis])? * steps[axis];
            for a in (0..x.rank()).rev() {
                let coordinate = rest % indices.shape[a];
                rest /= indices.shape[a];
                if a != axis {
                    place += coordinate * steps[a];
                }
            }
            places.push(place);
        }
        Ok(vec![Tensor::new(
            indices.shape.clone(),
            x.data.pick(&places)?,
        )?])
    }
}

impl Operator for Compress {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, condition) = (input(inputs, 0)?, input(inputs, 1)?);
        let Data::Bool(truths) = &condition.data else {
            return Err("truth values wanted".into());
        };
        let (sizes, mut shape, axis) = match self.0 {
            Some(axis) => {
                let axis = x.axis(axis)?;
                (around(&x.shape, axis), x.shape.clone(), axis)
            }
            None => ((1, x.len(), 1), vec![0], 0),
        };
        let (outer, size, inner) = sizes;
        let chosen = truths.iter().take(size).enumerate();
        let chosen: Vec<usize> = chosen
            .filter(|(_, t)| **t)
            .map(|(index, _)| index)
            .collect();
        shape[axis] = chosen.len();
        let mut places = Vec::with_capacity(elements(&shape)?);
        for before in 0..outer {
            for index in &chosen {
                let first = (before * size + index) * inner;
                places.extend(first..first + inner);
            }
        }
        Ok(vec![Tensor::new(shape, x.data.pick(&places)?)?])
    }
}

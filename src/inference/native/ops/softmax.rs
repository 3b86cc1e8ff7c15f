//! Softmax and its logarithm.

use std::borrow::Cow;

use crate::inference::native::operator::{Built, Operator, Outputs, input};
use crate::inference::native::tensor::{Data, Tensor};
use crate::inference::onnx::Node;

#[derive(Debug)]
struct Softmax {
    axis: i64,
    is_log: bool,
    /// Before opset 13 everything from the axis on was one vector.
    takes_rest: bool,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    match node.op {
        "Softmax" | "LogSoftmax" => Some(build_softmax(node)),
        _ => None,
    }
}

fn build_softmax(node: &Node<'_>) -> Built {
    let takes_rest = node.opset < 13;
    Ok(Box::new(Softmax {
        axis: node
            .integer("axis")?
            .unwrap_or(if takes_rest { 1 } else { -1 }),
        is_log: node.op == "LogSoftmax",
        takes_rest,
    }))
}

impl Operator for Softmax {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let axis = x.axis(self.axis)?;
        let (outer, size, inner) = if self.takes_rest {
            let outer: usize = x.shape[..axis].iter().product();
            (outer, x.shape[axis..].iter().product(), 1)
        } else {
            super::select::around(&x.shape, axis)
        };
        let mut all = x.to_f64()?.into_owned();
        for before in 0..outer {
            for after in 0..inner {
                let place = |index: usize| (before * size + index) * inner + after;
                let max = (0..size).fold(f64::NEG_INFINITY, |max, i| max.max(all[place(i)]));
                let sum: f64 = (0..size).map(|i| (all[place(i)] - max).exp()).sum();
                for i in 0..size {
                    let shifted = all[place(i)] - max;
                    all[place(i)] = if self.is_log {
                        shifted - sum.ln()
                    } else {
                        shifted.exp() / sum
                    };
                }
            }
        }
        let data = match &x.data {
            Data::F32(_) => Data::F32(all.into_iter().map(|x| x as f32).collect()),
            Data::F64(_) => Data::F64(Cow::Owned(all)),
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

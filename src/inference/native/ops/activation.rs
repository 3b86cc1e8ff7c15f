//! Functions of one element with parameters, as small networks use them.

use super::unary::erf;
use crate::inference::native::broadcast;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::tensor::{Data, Tensor};
use crate::inference::onnx::Node;

/// A function of an element and two parameters.
#[derive(Debug)]
struct Activation {
    function: fn(f32, f32, f32) -> f32,
    first: f32,
    second: f32,
}

/// Negative elements are multiplied by a slope, which is an input.
#[derive(Debug)]
struct PRelu;

/// Names and defaults of the parameters, and the function.
type Row = (
    (&'static str, f32),
    (&'static str, f32),
    fn(f32, f32, f32) -> f32,
);

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    if node.op == "PRelu" {
        return Some(Ok(Box::new(PRelu)));
    }
    if node.op == "Gelu" {
        return Some(build_gelu(node));
    }
    let (first, second, function): Row = match node.op {
        "LeakyRelu" => (
            ("alpha", 0.01),
            ("", 0.0),
            |x, a, _| {
                if x < 0.0 { a * x } else { x }
            },
        ),
        "ThresholdedRelu" => (
            ("alpha", 1.0),
            ("", 0.0),
            |x, a, _| {
                if x > a { x } else { 0.0 }
            },
        ),
        "Elu" => (("alpha", 1.0), ("", 0.0), |x, a, _| {
            if x < 0.0 { a * x.exp_m1() } else { x }
        }),
        "Celu" => (("alpha", 1.0), ("", 0.0), |x, a, _| {
            if x < 0.0 { a * (x / a).exp_m1() } else { x }
        }),
        "Selu" => (("alpha", 1.673_263_2), ("gamma", 1.050_701), |x, a, g| {
            if x > 0.0 {
                g * x
            } else {
                g * (a * x.exp() - a)
            }
        }),
        "HardSigmoid" => (("alpha", 0.2), ("beta", 0.5), |x, a, b| {
            (a * x + b).clamp(0.0, 1.0)
        }),
        "Shrink" => (("lambd", 0.5), ("bias", 0.0), |x, lambda, bias| {
            if x < -lambda {
                x + bias
            } else if x > lambda {
                x - bias
            } else {
                0.0
            }
        }),
        "Swish" => (("alpha", 1.0), ("", 0.0), |x, a, _| {
            x / (1.0 + (-a * x).exp())
        }),
        _ => return None,
    };
    Some(build_activation(node, first, second, function))
}

fn build_activation(
    node: &Node<'_>,
    first: (&str, f32),
    second: (&str, f32),
    function: fn(f32, f32, f32) -> f32,
) -> Built {
    Ok(Box::new(Activation {
        function,
        first: node.float(first.0)?.unwrap_or(first.1),
        second: node.float(second.0)?.unwrap_or(second.1),
    }))
}

fn build_gelu(node: &Node<'_>) -> Built {
    let function: fn(f32, f32, f32) -> f32 = match node.text("approximate")?.unwrap_or("none") {
        "none" => |x, _, _| {
            let x = f64::from(x);
            (0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))) as f32
        },
        "tanh" => |x, _, _| {
            let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + inner.tanh())
        },
        other => return Err(Refusal::Uncovered(format!("Gelu with {other}"))),
    };
    Ok(Box::new(Activation {
        function,
        first: 0.0,
        second: 0.0,
    }))
}

impl Operator for Activation {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let Data::F32(v) = &x.data else {
            return Err(format!("not covered for {}", x.data.type_name()));
        };
        let all = v
            .iter()
            .map(|x| (self.function)(*x, self.first, self.second));
        Ok(vec![Tensor::f32(x.shape.clone(), all.collect())?])
    }
}

impl Operator for PRelu {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, slope) = (input(inputs, 0)?, input(inputs, 1)?);
        let (Data::F32(v), Data::F32(slopes)) = (&x.data, &slope.data) else {
            return Err(format!("not covered for {}", x.data.type_name()));
        };
        let bend = |x: f32, slope: f32| if x < 0.0 { slope * x } else { x };
        let (shape, all) = broadcast::zip((v, &x.shape), (slopes, &slope.shape), bend)?;
        Ok(vec![Tensor::f32(shape, all)?])
    }
}

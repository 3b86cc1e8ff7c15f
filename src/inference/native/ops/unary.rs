//! Functions of one element: a table of names.

use crate::inference::native::operator::{Built, Operator, Outputs, input};
use crate::inference::native::tensor::{Data, Tensor};
use crate::inference::onnx::Node;

/// For each type of elements.
#[derive(Debug, Clone, Copy)]
struct Unary(fn(f32) -> f32, fn(f64) -> f64, Option<fn(i64) -> i64>);

/// The same function in either width.
macro_rules! float {
    ($name:ident) => {
        Unary(f32::$name, f64::$name, None)
    };
    (|$x:ident| $body:expr) => {
        Unary(|$x| $body, |$x| $body, None)
    };
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    let found = match node.op {
        "Abs" => Unary(f32::abs, f64::abs, Some(i64::wrapping_abs)),
        "Neg" => Unary(|x| -x, |x| -x, Some(i64::wrapping_neg)),
        "Sign" => Unary(
            |x| if x == 0.0 { 0.0 } else { x.signum() },
            |x| if x == 0.0 { 0.0 } else { x.signum() },
            Some(i64::signum),
        ),
        // NaN stays NaN, which a plain maximum would hide.
        "Relu" => Unary(
            |x| if x < 0.0 { 0.0 } else { x },
            |x| if x < 0.0 { 0.0 } else { x },
            Some(|x| x.max(0)),
        ),
        "Sqrt" => float!(sqrt),
        "Exp" => float!(exp),
        "Log" => float!(ln),
        "Tanh" => float!(tanh),
        "Floor" => float!(floor),
        "Ceil" => float!(ceil),
        "Round" => float!(round_ties_even),
        "Sin" => float!(sin),
        "Cos" => float!(cos),
        "Tan" => float!(tan),
        "Asin" => float!(asin),
        "Acos" => float!(acos),
        "Atan" => float!(atan),
        "Sinh" => float!(sinh),
        "Cosh" => float!(cosh),
        "Asinh" => float!(asinh),
        "Acosh" => float!(acosh),
        "Atanh" => float!(atanh),
        "Reciprocal" => float!(|x| 1.0 / x),
        "Sigmoid" => float!(|x| 1.0 / (1.0 + (-x).exp())),
        "Softplus" => float!(|x| x.max(0.0) + (-x.abs()).exp().ln_1p()),
        "Softsign" => float!(|x| x / (1.0 + x.abs())),
        "HardSwish" => float!(|x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        "Mish" => float!(|x| x * (x.max(0.0) + (-x.abs()).exp().ln_1p()).tanh()),
        "Erf" => Unary(|x| erf(x.into()) as f32, erf, None),
        _ => return None,
    };
    Some(Ok(Box::new(found)))
}

/// The error function, by the series of positive terms 2/sqrt(pi) exp(-x^2) sum (2 x^2)^n x /
/// (2n+1)!! (Abramowitz and Stegun 7.1.6).
pub(super) fn erf(x: f64) -> f64 {
    // Beyond this it is 1 to the last bit.
    if x.abs() > 6.0 {
        return x.signum();
    }
    let mut term = x;
    let mut sum = x;
    let mut n = 1.0;
    while term.abs() > sum.abs() * f64::EPSILON {
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

impl Operator for Unary {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let data = match (&x.data, self.2) {
            (Data::F32(v), _) => Data::F32(v.iter().map(|x| self.0(*x)).collect()),
            (Data::F64(v), _) => Data::F64(v.iter().map(|x| self.1(*x)).collect()),
            (Data::I64(v), Some(f)) => Data::I64(v.iter().map(|x| f(*x)).collect()),
            (other, _) => return Err(format!("not defined for {}", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }
}

//! What classifiers and regressors of `ai.onnx.ml` do to their raw scores at the end.
//!
//! The formulas are those of the specification; where it is vague (one score for two classes), they
//! are ONNX Runtime's, down to the order of operations, so that the bits agree.

use super::ops::Refusal;
use super::proto::Node;

/// The attribute `post_transform`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PostTransform {
    None,
    Logistic,
    Softmax,
    SoftmaxZero,
    Probit,
}

impl PostTransform {
    pub(super) fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(match node.text("post_transform")?.unwrap_or("NONE") {
            "NONE" => Self::None,
            "LOGISTIC" => Self::Logistic,
            "SOFTMAX" => Self::Softmax,
            "SOFTMAX_ZERO" => Self::SoftmaxZero,
            "PROBIT" => Self::Probit,
            other => return Err(Refusal::Uncovered(format!("post_transform {other}"))),
        })
    }

    /// Two scores or more.
    pub(super) fn apply(self, scores: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Logistic => {
                for score in scores {
                    *score = logistic(*score);
                }
            }
            Self::Probit => {
                for score in scores {
                    *score = probit(*score);
                }
            }
            Self::Softmax => softmax(scores),
            Self::SoftmaxZero => softmax_zero(scores),
        }
    }
}

pub(super) fn logistic(score: f32) -> f32 {
    let value = 1.0 / (1.0 + (-score.abs()).exp());
    if score < 0.0 { 1.0 - value } else { value }
}

/// The logistics of a score's negative and of the score itself: one exponential does for both, and
/// the bits are those of two.
pub(super) fn logistic_pair(score: f32) -> [f32; 2] {
    let value = 1.0 / (1.0 + (-score.abs()).exp());
    let of = |score: f32| if score < 0.0 { 1.0 - value } else { value };
    [of(-score), of(score)]
}

pub(super) fn probit(score: f32) -> f32 {
    std::f32::consts::SQRT_2 * inverse_error_function(2.0 * score - 1.0)
}

/// Winitzki's approximation.
fn inverse_error_function(x: f32) -> f32 {
    let sign = if x < 0.0 { -1.0 } else { 1.0 };
    let log = ((1.0 - x) * (1.0 + x)).ln();
    let v = 2.0 / (std::f32::consts::PI * 0.147) + 0.5 * log;
    let v2 = 1.0 / 0.147 * log;
    sign * (-v + (v * v - v2).sqrt()).sqrt()
}

fn largest(scores: &[f32]) -> f32 {
    scores.iter().fold(
        f32::MIN,
        |max, score| if *score > max { *score } else { max },
    )
}

fn softmax(scores: &mut [f32]) {
    let max = largest(scores);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (*score - max).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

/// As softmax, but scores of zero have no part in it.
fn softmax_zero(scores: &mut [f32]) {
    let max = largest(scores);
    let weight_of_zero = (-max).exp();
    let mut sum = 0.0;
    for score in &mut *scores {
        if score.abs() > 0.000_000_1 {
            *score = (*score - max).exp();
            sum += *score;
        } else {
            *score *= weight_of_zero;
        }
    }
    for score in scores {
        *score /= sum;
    }
}

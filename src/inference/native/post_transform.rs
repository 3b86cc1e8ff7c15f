//! What classifiers and regressors of `ai.onnx.ml` do to their raw scores at the end.
//!
//! The formulas are those of the specification; where it is vague (one score for two classes), they
//! are ONNX Runtime's, down to the order of operations, so that the bits agree; all but
//! [`logistic_pairs`], which is for linear models, whose sums have another order anyway.

use super::operator::Refusal;
use crate::inference::onnx::Node;

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

/// As [`logistic_pair`], for many scores: in vector registers, and with an exponential of its own
/// that is right to some 1e-7 of its value, on every processor in the same bits.
pub(super) fn logistic_pairs(scores: &[f32]) -> Vec<[f32; 2]> {
    let mut all = vec![[0.0; 2]; scores.len()];
    for (pair, score) in all.iter_mut().zip(scores) {
        let value = 1.0 / (1.0 + exp_of_negative(-score.abs()));
        let other = 1.0 - value;
        let found = if *score < 0.0 {
            [value, other]
        } else {
            [other, value]
        };
        // The exponential of what is not a number may be one.
        *pair = if score.is_nan() { [*score; 2] } else { found };
    }
    all
}

/// The exponential of a number that is not above zero; anything for what is not a number.
#[inline]
fn exp_of_negative(x: f32) -> f32 {
    /// What is this much above a whole number of up to 22 bits has that number in its last bits.
    const TO_WHOLE: f32 = 1.5 * (1 << 23) as f32;
    /// The natural logarithm of two, in a part that can be multiplied exactly and the rest.
    const LN_2: [f32; 2] = [0.693_359_4, -0.000_212_194_44];
    /// Below it, one plus the exponential is one.
    const LEAST: f32 = -80.0;
    let x = if x < LEAST { LEAST } else { x };
    let shifted = x * std::f32::consts::LOG2_E + TO_WHOLE;
    let power = shifted - TO_WHOLE;
    let rest = x - power * LN_2[0] - power * LN_2[1];
    // Taylor's series: the rest is at most half of the logarithm of two.
    let mut sum = 1.0 / 5040.0;
    for factor in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * rest + factor;
    }
    // The power of two goes to where a float keeps it.
    f32::from_bits(sum.to_bits().wrapping_add(shifted.to_bits() << 23))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_logistics_are_as_right_as_one() {
        let scores: Vec<f32> = (-40_000..=40_000).map(|x| x as f32 / 397.0).collect();
        for (pair, score) in logistic_pairs(&scores).into_iter().zip(&scores) {
            let right = 1.0 / (1.0 + (-f64::from(*score)).exp());
            let errors = [
                f64::from(pair[0]) - (1.0 - right),
                f64::from(pair[1]) - right,
            ];
            assert!(errors.iter().all(|e| e.abs() < 1e-7), "{score}: {pair:?}");
        }
        let odd = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::MIN, 1e-45];
        let one_by_one = odd.map(logistic_pair);
        assert_eq!(logistic_pairs(&odd), one_by_one);
        for nan in [f32::NAN.to_bits(), 0x7fc0_0001, 0x7fc0_00ff, 0xffff_ffff] {
            let pair = logistic_pairs(&[f32::from_bits(nan)])[0];
            assert!(pair.iter().all(|p| p.is_nan()), "{nan:x}: {pair:?}");
        }
    }
}

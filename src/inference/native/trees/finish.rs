//! From the sums over all trees to scores and a class: base values, post-transform, and the rules
//! for two classes.
//!
//! The specification leaves two classes with one score to the implementation; this follows ONNX
//! Runtime step by step.

use crate::inference::native::operator::Refusal;
use crate::inference::native::post_transform::{PostTransform, logistic_pair, probit};
use crate::inference::onnx::Node;

/// `aggregate_function`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

impl Aggregate {
    pub(super) fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(match node.text("aggregate_function")?.unwrap_or("SUM") {
            "SUM" => Self::Sum,
            "AVERAGE" => Self::Average,
            "MIN" => Self::Min,
            "MAX" => Self::Max,
            other => return Err(Refusal::Uncovered(format!("aggregate_function {other}"))),
        })
    }
}

/// Sums for the classes or targets of one row, and which of them any leaf gave something.
pub(super) struct Sums<'s> {
    pub(super) sums: &'s mut [f32],
    pub(super) given: &'s [bool],
}

#[derive(Debug)]
pub(super) struct RegressorEnd {
    pub(super) aggregate: Aggregate,
    pub(super) base_values: Vec<f32>,
    pub(super) post_transform: PostTransform,
    pub(super) trees: usize,
}

impl RegressorEnd {
    /// Turns the sums into the scores.
    pub(super) fn finish(&self, row: &mut Sums<'_>) {
        if let [sum] = row.sums {
            if self.aggregate == Aggregate::Average {
                *sum /= self.trees as f32;
            }
            let base = match self.base_values[..] {
                [base] => base,
                _ => 0.0,
            };
            *sum += base;
            if self.post_transform == PostTransform::Probit {
                *sum = probit(*sum);
            }
            return;
        }
        let has_base = self.base_values.len() == row.sums.len();
        for (target, sum) in row.sums.iter_mut().enumerate() {
            if self.aggregate == Aggregate::Average {
                *sum /= self.trees as f32;
            }
            if has_base {
                *sum += self.base_values[target];
            }
        }
        self.post_transform.apply(row.sums);
    }
}

#[derive(Debug)]
pub(super) struct ClassifierEnd {
    pub(super) base_values: Vec<f32>,
    pub(super) post_transform: PostTransform,
    /// Two classes, and all weights are for one of them.
    pub(super) is_binary: bool,
    pub(super) all_positive: bool,
}

/// How the one score of two classes is written, unless both become logistics.
#[derive(Clone, Copy, PartialEq)]
enum SecondScore {
    /// As 1 - p and p.
    Complement,
    /// As -s and s.
    Negative,
}

impl ClassifierEnd {
    /// Turns the sums into the scores and gives the class.
    pub(super) fn finish(&self, row: &mut Sums<'_>) -> u32 {
        if row.sums.len() > 2 {
            return self.finish_many(row);
        }
        let has_second = row.given[1];
        match self.base_values[..] {
            [_, second] if has_second => {
                row.sums[1] = second + row.sums[0];
                row.sums[0] = -row.sums[1];
            }
            [first, second] => {
                row.sums[1] += second;
                row.sums[0] += first;
            }
            [base] => row.sums[0] += base,
            _ => {}
        }
        let has_one_score = !has_second && self.base_values.len() < 2;
        let decisive = if has_second { row.sums[1] } else { row.sums[0] };
        let decisive = if has_second || row.given[0] || !self.base_values.is_empty() {
            decisive
        } else {
            0.0
        };
        let cut = if self.is_binary && self.all_positive {
            0.5
        } else {
            0.0
        };
        if has_one_score {
            let way = if self.is_binary && self.all_positive {
                SecondScore::Complement
            } else {
                SecondScore::Negative
            };
            self.write_pair(row.sums, way);
        } else {
            self.post_transform.apply(row.sums);
        }
        u32::from(decisive > cut)
    }

    fn write_pair(&self, scores: &mut [f32], way: SecondScore) {
        let score = scores[0];
        let pair = match (way, self.post_transform) {
            (_, PostTransform::Logistic) => logistic_pair(score),
            (SecondScore::Complement, _) => [1.0 - score, score],
            (SecondScore::Negative, _) => [-score, score],
        };
        scores.copy_from_slice(&pair);
    }

    fn finish_many(&self, row: &mut Sums<'_>) -> u32 {
        let based = self.base_values.len();
        for (sum, base) in row.sums.iter_mut().zip(&self.base_values) {
            *sum += base;
        }
        let mut best: Option<usize> = None;
        for class in 0..row.sums.len() {
            let counts = row.given[class] || class < based;
            if counts && best.is_none_or(|best| row.sums[class] > row.sums[best]) {
                best = Some(class);
            }
        }
        self.post_transform.apply(row.sums);
        best.unwrap_or(0) as u32
    }
}

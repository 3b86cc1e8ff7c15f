//! `SVMClassifier`: a vote among pairs of classes, or a linear score a class.
//!
//! The specification leaves the scores' form open; this is ONNX Runtime's: a probability a class
//! with Platt's numbers, otherwise one score a pair, and for two classes its negative before it.

use super::coupling::{Coupling, Sigmoid};
use super::kernel::{Kernel, Vectors};
use super::{first_rho, for_each_row};
use crate::inference::native::footprint;
use crate::inference::native::labels::Labels;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::post_transform::{PostTransform, logistic_pair};
use crate::inference::native::tensor::Tensor;
use crate::inference::onnx::Node;

#[derive(Debug)]
struct Classifier {
    vectors: Vectors,
    labels: Labels,
    post_transform: PostTransform,
    method: Method,
}

#[derive(Debug)]
enum Method {
    /// The vectors are the coefficients, one a class.
    Linear {
        rho: f32,
        /// Whether the second of two classes wins with this largest score, whoever has it.
        second_wins: fn(f32) -> bool,
    },
    Pairs(Pairs),
}

/// One machine for every two classes, all over the same support vectors.
#[derive(Debug)]
struct Pairs {
    /// Where the support vectors of each class begin, and where the last ones end.
    starts: Vec<usize>,
    /// For each class but one a row with a coefficient a support vector.
    coefficients: Vec<f32>,
    rho: Vec<f32>,
    /// Empty where there are no probabilities.
    sigmoids: Vec<Sigmoid>,
}

/// All attributes but the support vectors and their coefficients.
struct Head {
    labels: Labels,
    post_transform: PostTransform,
    /// Support vectors a class; none where the vectors are the coefficients.
    counts: Option<Vec<i64>>,
    kernel: Kernel,
}

impl Head {
    fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        let labels = Labels::of(node, "classlabels_strings", "classlabels_ints")?;
        if labels.len() < 2 {
            return Err(Refusal::Uncovered("SVMClassifier with one class".into()));
        }
        let post_transform = PostTransform::of(node)?;
        let counts = node.integers("vectors_per_class")?;
        if counts.iter().all(|count| *count == 0) {
            return Ok(Head {
                labels,
                post_transform,
                counts: None,
                kernel: Kernel::Linear,
            });
        }
        let has_one_score = labels.len() == 2 && node.floats("prob_a")?.is_empty();
        if has_one_score && post_transform == PostTransform::Probit {
            return Err(Refusal::Uncovered(
                "SVMClassifier with one score and PROBIT".into(),
            ));
        }
        Ok(Head {
            labels,
            post_transform,
            counts: Some(counts),
            kernel: Kernel::of(node)?,
        })
    }
}

pub(in super::super) fn check(node: &Node<'_>) -> Result<(), Refusal> {
    Head::of(node).map(drop)
}

pub(in super::super) fn build(node: &Node<'_>) -> Built {
    let Head {
        labels,
        post_transform,
        counts,
        kernel,
    } = Head::of(node)?;
    let coefficients = node.floats("coefficients")?;
    let (vectors, method) = if let Some(counts) = counts {
        let pairs = Pairs::of(node, &counts, labels.len(), coefficients)?;
        let vectors = Vectors::of(&node.floats("support_vectors")?, pairs.vectors(), kernel)?;
        (vectors, Method::Pairs(pairs))
    } else {
        let second_wins: fn(f32) -> bool = if labels.len() > 2 || node.has("prob_a") {
            |_| false
        } else if coefficients.iter().all(|value| *value >= 0.0) {
            |score| score >= 0.5
        } else {
            |score| score > 0.0
        };
        let rho = first_rho(node)?;
        let vectors = Vectors::of(&coefficients, labels.len(), kernel)?;
        (vectors, Method::Linear { rho, second_wins })
    };
    Ok(Box::new(Classifier {
        vectors,
        labels,
        post_transform,
        method,
    }))
}

impl Pairs {
    fn of(
        node: &Node<'_>,
        counts: &[i64],
        classes: usize,
        coefficients: Vec<f32>,
    ) -> Result<Self, Refusal> {
        let broken = || Refusal::Broken("its lists do not fit its classes".into());
        if counts.len() != classes {
            return Err(broken());
        }
        let mut starts = vec![0];
        let mut end = 0_usize;
        for count in counts {
            let count = usize::try_from(*count).map_err(|_| broken())?;
            end = end.checked_add(count).ok_or_else(broken)?;
            starts.push(end);
        }
        let rho = node.floats("rho")?;
        let (a, b) = (node.floats("prob_a")?, node.floats("prob_b")?);
        // As many as the classes' pairs; more are never read.
        let wanted = classes.checked_mul(classes - 1).map(|twice| twice / 2);
        let fits = wanted.is_some_and(|wanted| {
            rho.len() >= wanted && a.len() == b.len() && (a.is_empty() || a.len() >= wanted)
        });
        let wanted = end.checked_mul(classes - 1);
        if !fits || wanted.is_none_or(|wanted| coefficients.len() < wanted) {
            return Err(broken());
        }
        Ok(Pairs {
            starts,
            coefficients,
            rho,
            sigmoids: a
                .into_iter()
                .zip(b)
                .map(|(a, b)| Sigmoid { a, b })
                .collect(),
        })
    }

    fn classes(&self) -> usize {
        self.starts.len() - 1
    }

    fn vectors(&self) -> usize {
        self.starts[self.classes()]
    }

    fn pairs(&self) -> usize {
        self.classes() * (self.classes() - 1) / 2
    }

    /// The score of each pair from a row's kernel values, and how many of them each class wins.
    fn vote(&self, values: &[f32], scores: &mut [f32], votes: &mut [u32]) {
        votes.fill(0);
        let vectors = self.vectors();
        // The part of a class in a machine against `other`: its row is that of the other class,
        // without the diagonal.
        let part = |sum: f64, class: usize, row: usize| {
            let range = self.starts[class]..self.starts[class + 1];
            let coefficients = &self.coefficients[row * vectors..][range.clone()];
            let products = coefficients.iter().zip(&values[range]);
            products.fold(sum, |sum, (c, value)| sum + f64::from(c * value))
        };
        let mut pair = 0;
        for first in 0..self.classes() {
            for second in first + 1..self.classes() {
                let sum = part(part(0.0, first, second - 1), second, first);
                let sum = sum + f64::from(self.rho[pair]);
                scores[pair] = sum as f32;
                votes[if sum > 0.0 { first } else { second }] += 1;
                pair += 1;
            }
        }
    }
}

/// The first of the largest.
fn winner<T: Copy + PartialOrd>(all: &[T]) -> usize {
    let better = |best: usize, index: usize| if all[index] > all[best] { index } else { best };
    (1..all.len()).fold(0, better)
}

impl Classifier {
    /// Writes the one score of two classes.
    fn write_pair(&self, score: f32, scores: &mut Vec<f32>) {
        scores.extend(match self.post_transform {
            PostTransform::None => [-score, score],
            PostTransform::Logistic => logistic_pair(score),
            _ => [1.0 - score, score],
        });
    }
}

impl Operator for Classifier {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let (mut classes, mut scores) = (Vec::new(), Vec::new());
        let rows = match &self.method {
            Method::Linear { rho, second_wins } => {
                for_each_row(&self.vectors, x, *rho, |values| {
                    let row = &values[..self.labels.len()];
                    let best = winner(row);
                    classes.push(if second_wins(row[best]) {
                        1
                    } else {
                        best as u32
                    });
                    let first = scores.len();
                    scores.extend_from_slice(row);
                    self.post_transform.apply(&mut scores[first..]);
                })?
            }
            Method::Pairs(pairs) => {
                let mut each = vec![0.0; pairs.pairs()];
                let mut votes = vec![0; pairs.classes()];
                let mut probabilities = vec![0.0; pairs.classes()];
                let has_probabilities = !pairs.sigmoids.is_empty();
                let mut coupling = has_probabilities.then(|| Coupling::new(pairs.classes()));
                for_each_row(&self.vectors, x, 0.0, |values| {
                    pairs.vote(values, &mut each, &mut votes);
                    classes.push(winner(&votes) as u32);
                    let first = scores.len();
                    if let Some(coupling) = &mut coupling {
                        coupling.probabilities(&each, &pairs.sigmoids, &mut probabilities);
                        scores.extend_from_slice(&probabilities);
                    } else if let [score] = each[..] {
                        self.write_pair(score, &mut scores);
                        return;
                    } else {
                        scores.extend_from_slice(&each);
                    }
                    self.post_transform.apply(&mut scores[first..]);
                })?
            }
        };
        let columns = scores.len() / rows.max(1);
        Ok(vec![
            self.labels.tensor(&classes)?,
            Tensor::f32(vec![rows, columns], scores)?,
        ])
    }

    fn bytes(&self) -> usize {
        let pairs = match &self.method {
            Method::Linear { .. } => 0,
            Method::Pairs(pairs) => {
                footprint::list(&pairs.starts)
                    + footprint::list(&pairs.coefficients)
                    + footprint::list(&pairs.rho)
                    + footprint::list(&pairs.sigmoids)
            }
        };
        self.vectors.bytes() + self.labels.bytes() + pairs
    }

    fn wanted_width(&self) -> Option<usize> {
        Some(self.vectors.width)
    }
}

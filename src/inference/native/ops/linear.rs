//! `LinearClassifier` and `LinearRegressor` of `ai.onnx.ml`.

use super::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::dense;
use crate::inference::native::footprint;
use crate::inference::native::labels::Labels;
use crate::inference::native::post_transform::{PostTransform, logistic_pair};
use crate::inference::native::proto::Node;
use crate::inference::native::tensor::{Failure, Tensor};

/// One row of coefficients a score.
#[derive(Debug)]
struct Weights {
    coefficients: Vec<f32>,
    intercepts: Vec<f32>,
    width: usize,
    /// Two scores that are each other's negative, as exporters write a logistic regression: the
    /// second is computed, the first follows.
    is_mirrored: bool,
    post_transform: PostTransform,
}

#[derive(Debug)]
struct Classifier {
    weights: Weights,
    labels: Labels,
}

#[derive(Debug)]
struct Regressor(Weights);

impl Weights {
    fn of(node: &Node<'_>, scores: usize, intercepts: Vec<f32>) -> Result<Self, Refusal> {
        let coefficients = node.floats("coefficients")?;
        let width = coefficients.len() / scores.max(1);
        if width == 0 || coefficients.len() != scores * width || intercepts.len() != scores {
            return Err(Refusal::Broken(format!(
                "{} coefficients and {} intercepts for {scores} scores",
                coefficients.len(),
                intercepts.len()
            )));
        }
        let negated = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(x, y)| *x == -*y);
        let is_mirrored = scores == 2
            && negated(&coefficients[..width], &coefficients[width..])
            && negated(&intercepts[..1], &intercepts[1..]);
        Ok(Weights {
            coefficients,
            intercepts,
            width,
            is_mirrored,
            post_transform: PostTransform::of(node)?,
        })
    }

    fn scores(&self, x: &Tensor<'_>) -> Result<(usize, Vec<f32>), Failure> {
        let (rows, width) = x.as_rows()?;
        if width != self.width {
            return Err(format!("{} columns wanted, {width} given", self.width));
        }
        let x = x.to_f32()?;
        if self.is_mirrored {
            let weights = &self.coefficients[width..];
            let mut all = Vec::with_capacity(rows * 2);
            for row in x.chunks_exact(width) {
                let score = dense::dot(row, weights) + self.intercepts[1];
                all.extend([-score, score]);
            }
            return Ok((rows, all));
        }
        let count = self.intercepts.len();
        let mut all = dense::product(&x, &self.coefficients, width, count);
        for row in all.chunks_exact_mut(count) {
            for (score, intercept) in row.iter_mut().zip(&self.intercepts) {
                *score += intercept;
            }
        }
        Ok((rows, all))
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.coefficients) + footprint::list(&self.intercepts)
    }
}

pub(super) fn classifier(node: &Node<'_>) -> Built {
    let labels = Labels::of(node, "classlabels_strings", "classlabels_ints")?;
    let intercepts = node.floats("intercepts")?;
    let scores = intercepts.len();
    let fits = scores == labels.len() || (scores == 1 && labels.len() == 2);
    if !fits || labels.len() < 2 {
        return Err(Refusal::Uncovered(format!(
            "LinearClassifier with {} labels for {scores} scores",
            labels.len()
        )));
    }
    let weights = Weights::of(node, scores, intercepts)?;
    let is_plain = matches!(
        weights.post_transform,
        PostTransform::None | PostTransform::Logistic
    );
    if scores == 1 && !is_plain {
        return Err(Refusal::Uncovered(
            "LinearClassifier with one score and this post_transform".into(),
        ));
    }
    Ok(Box::new(Classifier { weights, labels }))
}

pub(super) fn regressor(node: &Node<'_>) -> Built {
    let targets = usize::try_from(node.integer("targets")?.unwrap_or(1))
        .map_err(|_| Refusal::Broken("its number of targets is negative".into()))?;
    let mut intercepts = node.floats("intercepts")?;
    if intercepts.is_empty() && targets <= node.floats("coefficients")?.len() {
        intercepts = vec![0.0; targets];
    }
    let weights = Weights::of(node, targets, intercepts)?;
    if targets == 1 && weights.post_transform != PostTransform::None {
        return Err(Refusal::Uncovered(
            "LinearRegressor with one target and a post_transform".into(),
        ));
    }
    Ok(Box::new(Regressor(weights)))
}

impl Operator for Classifier {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (rows, mut scores) = self.weights.scores(input(inputs, 0)?)?;
        let count = self.labels.len();
        let classes: Vec<u32>;
        if self.weights.intercepts.len() == 1 {
            classes = scores.iter().map(|score| u32::from(*score > 0.0)).collect();
            let is_logistic = self.weights.post_transform == PostTransform::Logistic;
            let pair = |score: f32| {
                if is_logistic {
                    logistic_pair(score)
                } else {
                    [1.0 - score, score]
                }
            };
            scores = scores.iter().flat_map(|score| pair(*score)).collect();
        } else {
            classes = scores.chunks_exact(count).map(winner).collect();
            if self.weights.is_mirrored && self.weights.post_transform == PostTransform::Logistic {
                for pair in scores.as_chunks_mut::<2>().0 {
                    *pair = logistic_pair(pair[1]);
                }
            } else {
                for row in scores.chunks_exact_mut(count) {
                    self.weights.post_transform.apply(row);
                }
            }
        }
        Ok(vec![
            self.labels.tensor(&classes)?,
            Tensor::f32(vec![rows, count], scores)?,
        ])
    }

    fn bytes(&self) -> usize {
        self.weights.bytes() + self.labels.bytes()
    }

    fn wanted_width(&self) -> Option<usize> {
        Some(self.weights.width)
    }
}

/// The first of the largest scores.
fn winner(scores: &[f32]) -> u32 {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = class;
        }
    }
    best as u32
}

impl Operator for Regressor {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (rows, mut scores) = self.0.scores(input(inputs, 0)?)?;
        let count = self.0.intercepts.len();
        if count > 1 {
            for row in scores.chunks_exact_mut(count) {
                self.0.post_transform.apply(row);
            }
        }
        Ok(vec![Tensor::f32(vec![rows, count], scores)?])
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn wanted_width(&self) -> Option<usize> {
        Some(self.0.width)
    }
}

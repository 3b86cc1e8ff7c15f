//! `LinearClassifier` and `LinearRegressor` of `ai.onnx.ml`.

use crate::inference::native::call::Source;
use crate::inference::native::dense;
use crate::inference::native::footprint;
use crate::inference::native::labels::Labels;
use crate::inference::native::numbers::NumberRows;
use crate::inference::native::operator::{
    Built, DEFAULT_BLOCK_ROWS, Operator, Outputs, Refusal, input,
};
use crate::inference::native::parts::{FusedInputs, Part};
use crate::inference::native::post_transform::{PostTransform, logistic_pairs};
use crate::inference::native::tensor::{Failure, Tensor, elements};
use crate::inference::onnx::Node;

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
    /// For a model that applies the encoders before it itself.
    fused: Option<FusedInputs>,
}

#[derive(Debug)]
struct Classifier {
    weights: Weights,
    labels: Labels,
}

#[derive(Debug)]
struct Regressor(Weights);

/// Rows at a time: so little is done with each that the start of a block tells.
const PLAIN_BLOCK_ROWS: usize = 2048;
/// The same of a model that applies encoders: each looks its texts up once a block.
const ENCODED_BLOCK_ROWS: usize = 4096;
/// Values of them at most, which are read again for every score, and scores.
const BLOCK_VALUES: usize = 1 << 17;
const BLOCK_SCORES: usize = 1 << 20;

impl Weights {
    /// One row of coefficients an intercept.
    fn of(
        node: &Node<'_>,
        sources: &[Source<'_, '_>],
        intercepts: Vec<f32>,
        post_transform: PostTransform,
        may_mirror: bool,
    ) -> Result<Self, Refusal> {
        let scores = intercepts.len();
        let coefficients = node.floats("coefficients")?;
        let width = coefficients.len() / scores.max(1);
        if width == 0 || coefficients.len() != scores * width {
            return Err(unfit(coefficients.len(), scores, scores));
        }
        let negated = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(x, y)| *x == -*y);
        let is_mirrored = may_mirror
            && scores == 2
            && negated(&coefficients[..width], &coefficients[width..])
            && negated(&intercepts[..1], &intercepts[1..]);
        let fused = FusedInputs::of(sources)?;
        // Zeros times infinity are not left out: they are not a number.
        if fused.is_some() && !coefficients.iter().all(|c| c.is_finite()) {
            return Err(Refusal::Uncovered(
                "encoders before infinite weights".into(),
            ));
        }
        Ok(Weights {
            coefficients,
            intercepts,
            width,
            is_mirrored,
            post_transform,
            fused,
        })
    }

    /// Whether one score of two tells the other.
    fn is_binary(&self) -> bool {
        self.is_mirrored || self.intercepts.len() == 1
    }

    /// The number of rows, and their scores, one after the other; of two that mirror each other, the
    /// second.
    fn scores(&self, inputs: &[Option<&Tensor<'_>>]) -> Result<(usize, Vec<f32>), Failure> {
        let run = |parts: &[Part<'_>], rows: usize| Ok((rows, self.scores_of(parts, rows)?));
        if let Some(fused) = &self.fused {
            return fused.with_parts(inputs, run);
        }
        let x = input(inputs, 0)?;
        let (rows, width) = x.as_rows()?;
        let values = &x.to_f32()?;
        run(
            &[Part::Numbers(NumberRows::row_by_row(values, width))],
            rows,
        )
    }

    fn scores_of(&self, parts: &[Part<'_>], rows: usize) -> Result<Vec<f32>, Failure> {
        let width: usize = parts.iter().map(Part::columns).sum();
        if width != self.width {
            return Err(format!("{} columns wanted, {width} given", self.width));
        }
        let skipped = usize::from(self.is_mirrored);
        let intercepts = &self.intercepts[skipped..];
        let count = intercepts.len();
        elements(&[rows, count])?;
        let mut all = match intercepts {
            [one] => vec![*one; rows],
            _ => intercepts.repeat(rows),
        };
        let rows_of_weights = self.coefficients.chunks_exact(width).skip(skipped);
        for (score, weights) in rows_of_weights.enumerate() {
            let mut first = 0;
            for part in parts {
                let end = first + part.columns();
                let scores = all.get_mut(score..).unwrap_or_default();
                add_part(part, &weights[first..end], scores, count);
                first = end;
            }
        }
        Ok(all)
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.coefficients)
            + footprint::list(&self.intercepts)
            + self.fused.as_ref().map_or(0, FusedInputs::bytes)
    }

    fn wanted_width(&self) -> Option<usize> {
        self.fused.is_none().then_some(self.width)
    }

    /// Only what is more than other operators are content with.
    fn block_rows(&self) -> Option<usize> {
        let rows = if self.fused.is_some() {
            ENCODED_BLOCK_ROWS
        } else {
            PLAIN_BLOCK_ROWS.min(BLOCK_VALUES / self.width)
        };
        let rows = rows.min(BLOCK_SCORES / self.intercepts.len());
        (rows > DEFAULT_BLOCK_ROWS).then_some(rows)
    }
}

/// Adds what a part's columns come to for each row; scores lie `step` apart.
fn add_part(part: &Part<'_>, weights: &[f32], scores: &mut [f32], step: usize) {
    match part {
        Part::OneHot { width: 0, .. } => {}
        Part::Numbers(numbers) if numbers.width() == 0 => {}
        Part::Numbers(numbers) => dense::add_products(&numbers.by_row(), weights, scores, step),
        Part::OneHot {
            codes,
            width,
            categories,
        } => {
            let scores = scores.iter_mut().step_by(step);
            for (score, codes) in scores.zip(codes.chunks_exact(*width)) {
                for (weights, code) in weights.chunks_exact(*categories).zip(codes) {
                    // What is none of the categories is zeros.
                    *score += weights.get(*code as usize).copied().unwrap_or(0.0);
                }
            }
        }
    }
}

fn unfit(coefficients: usize, intercepts: usize, scores: usize) -> Refusal {
    Refusal::Broken(format!(
        "{coefficients} coefficients and {intercepts} intercepts for {scores} scores"
    ))
}

/// All attributes of a classifier but its coefficients.
fn classifier_head(node: &Node<'_>) -> Result<(Labels, Vec<f32>, PostTransform), Refusal> {
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
    let post_transform = PostTransform::of(node)?;
    let is_plain = matches!(
        post_transform,
        PostTransform::None | PostTransform::Logistic
    );
    if scores == 1 && !is_plain {
        return Err(Refusal::Uncovered(
            "LinearClassifier with one score and this post_transform".into(),
        ));
    }
    Ok((labels, intercepts, post_transform))
}

pub(super) fn check_classifier(node: &Node<'_>) -> Result<(), Refusal> {
    classifier_head(node).map(drop)
}

pub(super) fn classifier(node: &Node<'_>, sources: &[Source<'_, '_>]) -> Built {
    let (labels, intercepts, post_transform) = classifier_head(node)?;
    let weights = Weights::of(node, sources, intercepts, post_transform, true)?;
    Ok(Box::new(Classifier { weights, labels }))
}

/// How many targets, and what becomes of their scores.
fn regressor_head(node: &Node<'_>) -> Result<(usize, PostTransform), Refusal> {
    let targets = usize::try_from(node.integer("targets")?.unwrap_or(1))
        .map_err(|_| Refusal::Broken("its number of targets is negative".into()))?;
    let post_transform = PostTransform::of(node)?;
    if targets == 1 && post_transform != PostTransform::None {
        return Err(Refusal::Uncovered(
            "LinearRegressor with one target and a post_transform".into(),
        ));
    }
    Ok((targets, post_transform))
}

pub(super) fn check_regressor(node: &Node<'_>) -> Result<(), Refusal> {
    regressor_head(node).map(drop)
}

pub(super) fn regressor(node: &Node<'_>, sources: &[Source<'_, '_>]) -> Built {
    let (targets, post_transform) = regressor_head(node)?;
    let mut intercepts = node.floats("intercepts")?;
    let coefficients = node.floats("coefficients")?.len();
    if intercepts.is_empty() && targets <= coefficients {
        intercepts = vec![0.0; targets];
    }
    if intercepts.len() != targets {
        return Err(unfit(coefficients, intercepts.len(), targets));
    }
    let weights = Weights::of(node, sources, intercepts, post_transform, false)?;
    Ok(Box::new(Regressor(weights)))
}

impl Operator for Classifier {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (rows, mut scores) = self.weights.scores(inputs)?;
        let count = self.labels.len();
        let post_transform = self.weights.post_transform;
        let classes: Vec<u32>;
        if self.weights.is_binary() {
            classes = scores.iter().map(|score| u32::from(*score > 0.0)).collect();
            let is_mirrored = self.weights.is_mirrored;
            let pairs = match post_transform {
                PostTransform::Logistic => logistic_pairs(&scores),
                _ if is_mirrored => {
                    let mut pairs: Vec<_> = scores.iter().map(|score| [-score, *score]).collect();
                    for pair in &mut pairs {
                        post_transform.apply(pair);
                    }
                    pairs
                }
                _ => scores.iter().map(|score| [1.0 - score, *score]).collect(),
            };
            scores = pairs.into_flattened();
        } else {
            classes = scores.chunks_exact(count).map(winner).collect();
            for row in scores.chunks_exact_mut(count) {
                post_transform.apply(row);
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
        self.weights.wanted_width()
    }

    fn block_rows(&self) -> Option<usize> {
        self.weights.block_rows()
    }

    fn takes_categories(&self) -> bool {
        self.weights.fused.is_some()
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
        let (rows, mut scores) = self.0.scores(inputs)?;
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
        self.0.wanted_width()
    }

    fn block_rows(&self) -> Option<usize> {
        self.0.block_rows()
    }

    fn takes_categories(&self) -> bool {
        self.0.fused.is_some()
    }
}

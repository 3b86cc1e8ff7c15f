//! What a score means, where the operators near it show it.

use std::collections::HashMap;

use super::walk::{CARRIERS, CLASSIFIERS, REGRESSORS, Walk};
use crate::inference::onnx::{Node, WireError};
use crate::inference::signature::ScoreScale;

/// Every step may branch, so what a score means is looked for only nearby.
const MAX_STEPS: usize = 12;
/// Inputs of a node that are followed.
const MAX_BRANCHES: usize = 4;
/// These keep some of the columns.
const SELECTORS: [&str; 4] = ["ArrayFeatureExtractor", "Slice", "Gather", "Split"];
/// Sums, differences, means and concatenations of probabilities are probabilities (1 - p, votes);
/// those of margins are margins.
const MIXERS: [&str; 10] = [
    "ReduceMean",
    "Concat",
    "Sub",
    "Sum",
    "Mean",
    "Mul",
    "Add",
    "Neg",
    "Max",
    "Transpose",
];

/// What the value of a graph means.
pub(super) fn of<'a>(walk: &Walk<'_, 'a>, name: &'a str) -> Result<Option<ScoreScale>, WireError> {
    let known = HashMap::new();
    Scales { walk, known }.within(name, MAX_STEPS)
}

struct Scales<'w, 'g, 'a> {
    walk: &'w Walk<'g, 'a>,
    /// What is known of a value, so many steps away.
    known: HashMap<(&'a str, usize), Option<ScoreScale>>,
}

impl<'a> Scales<'_, '_, 'a> {
    fn within(&mut self, name: &'a str, steps: usize) -> Result<Option<ScoreScale>, WireError> {
        if let Some(known) = self.known.get(&(name, steps)) {
            return Ok(*known);
        }
        let found = self.find(name, steps)?;
        self.known.insert((name, steps), found);
        Ok(found)
    }

    fn find(&mut self, name: &'a str, steps: usize) -> Result<Option<ScoreScale>, WireError> {
        let Some(node) = self.walk.maker(name).filter(|_| steps > 0) else {
            return Ok(None);
        };
        let walk = self.walk;
        let mut of_input = |index: usize| {
            node.inputs
                .get(index)
                .map_or(Ok(None), |input| self.within(input, steps - 1))
        };
        Ok(match node.op {
            op if CARRIERS.contains(&op) || SELECTORS.contains(&op) => of_input(0)?,
            // `Exp` ends the exports that compute with logarithms of probabilities.
            "Sigmoid" | "HardSigmoid" | "Softmax" | "Normalizer" | "LpNormalization" | "Exp" => {
                Some(ScoreScale::Probability)
            }
            "Gemm" | "MatMul" => Some(ScoreScale::Logit),
            "Div" if is_normalization(walk, node) => Some(ScoreScale::Probability),
            "Div" => of_input(0)?,
            op if CLASSIFIERS.contains(&op) => Some(classifier_scale(node)?),
            op if REGRESSORS.contains(&op) => node
                .text("post_transform")?
                .filter(|transform| is_squashing(transform))
                .map(|_| ScoreScale::Probability),
            op if MIXERS.contains(&op) => {
                let scales: Vec<ScoreScale> = (0..node.inputs.len().min(MAX_BRANCHES))
                    .filter_map(|index| of_input(index).transpose())
                    .collect::<Result<_, _>>()?;
                let is_probability = scales.contains(&ScoreScale::Probability);
                is_probability
                    .then_some(ScoreScale::Probability)
                    .or(scales.first().copied())
            }
            _ => None,
        })
    }
}

/// x / sum(x), and 1 / (1 + exp(-x)).
fn is_normalization(walk: &Walk<'_, '_>, node: &Node<'_>) -> bool {
    let below = node.inputs.get(1).and_then(|name| walk.origin(name));
    below.is_some_and(|node| match node.op {
        "ReduceSum" => true,
        "Add" => node
            .inputs
            .iter()
            .take(2)
            .any(|name| walk.origin(name).is_some_and(|node| node.op == "Exp")),
        _ => false,
    })
}

fn classifier_scale(node: &Node<'_>) -> Result<ScoreScale, WireError> {
    let transform = node.text("post_transform")?.unwrap_or_default();
    if is_squashing(transform) {
        return Ok(ScoreScale::Probability);
    }
    Ok(match node.op {
        // A forest's leaves hold shares of a whole; a boosted model's hold steps of a logit, many of
        // them below 0.
        "TreeEnsembleClassifier" => {
            let weights = node.sampled_floats("class_weights")?;
            if weights.iter().all(|weight| (0.0..=1.0).contains(weight)) {
                ScoreScale::Probability
            } else {
                ScoreScale::Logit
            }
        }
        "SVMClassifier" if !node.floats("prob_a")?.is_empty() => ScoreScale::Probability,
        _ => ScoreScale::Margin,
    })
}

fn is_squashing(post_transform: &str) -> bool {
    matches!(
        post_transform,
        "LOGISTIC" | "SOFTMAX" | "SOFTMAX_ZERO" | "PROBIT"
    )
}

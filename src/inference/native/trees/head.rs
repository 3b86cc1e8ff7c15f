//! What an ensemble says beside its trees: classes or targets, base values, what becomes of sums.

use serde::{Deserialize, Serialize};

use super::finish::Aggregate;
use crate::inference::native::labels::Labels;
use crate::inference::native::operator::Refusal;
use crate::inference::native::post_transform::PostTransform;
use crate::inference::onnx::Node;

/// Whether an ensemble is refused for anything but its trees.
pub(in crate::inference::native) fn check(node: &Node<'_>) -> Result<(), Refusal> {
    Head::of(node).map(drop)
}

/// All attributes of an ensemble but the lists that make its trees.
pub(super) struct Head {
    /// Of a classifier.
    pub(super) labels: Option<Labels>,
    pub(super) targets: usize,
    pub(super) aggregate: Aggregate,
    pub(super) base_values: Vec<f32>,
    pub(super) post_transform: PostTransform,
}

impl Head {
    pub(super) fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        let post_transform = PostTransform::of(node)?;
        let base_values = node.floats("base_values")?;
        let (labels, targets, aggregate, prefix);
        if node.op == "TreeEnsembleClassifier" {
            let classes = Labels::of(node, "classlabels_strings", "classlabels_int64s")?;
            targets = classes.len();
            if targets < 2 || (targets == 2 && post_transform == PostTransform::Probit) {
                return Err(Refusal::Uncovered(format!(
                    "TreeEnsembleClassifier with {targets} classes and {post_transform:?}"
                )));
            }
            (labels, aggregate, prefix) = (Some(classes), Aggregate::Sum, "class");
        } else {
            let count = node.integer("n_targets")?.unwrap_or(1);
            targets = usize::try_from(count)
                .ok()
                .filter(|count| (1..=1 << 16).contains(count))
                .ok_or_else(|| Refusal::Broken("its number of targets cannot be".into()))?;
            (labels, aggregate, prefix) = (None, Aggregate::of(node)?, "target");
        }
        for name in [
            "nodes_values_as_tensor",
            &format!("{prefix}_weights_as_tensor"),
            "base_values_as_tensor",
        ] {
            if node.has(name) {
                return Err(Refusal::Uncovered(format!("trees with {name}")));
            }
        }
        let bases = base_values.len();
        if bases != 0 && bases != targets && (targets, bases) != (2, 1) {
            return Err(Refusal::Broken(format!(
                "{bases} base values for {targets} targets"
            )));
        }
        if labels.is_some() && targets == 2 && bases == 1 && has_mixed_ids(node)? {
            return Err(Refusal::Uncovered(
                "TreeEnsembleClassifier with two classes, one base value, and weights for both \
                 classes: the standard leaves open what their scores are"
                    .into(),
            ));
        }
        Ok(Head {
            labels,
            targets,
            aggregate,
            base_values,
            post_transform,
        })
    }
}

/// What the lists of leaves' weights say together, which the rules for two classes ask.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Signs {
    /// Are all for one class?
    pub(super) one_class: bool,
    /// Is none of them below zero?
    pub(super) all_positive: bool,
}

impl Signs {
    pub(super) fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        let ids = node.integers("class_ids")?;
        let weights = node.floats("class_weights")?;
        Ok(Self {
            one_class: ids.iter().all(|id| Some(id) == ids.first()),
            all_positive: !weights.iter().any(|weight| *weight < 0.0),
        })
    }
}

fn has_mixed_ids(classifier: &Node<'_>) -> Result<bool, Refusal> {
    let ids = classifier.integers("class_ids")?;
    Ok(ids.iter().any(|id| Some(id) != ids.first()))
}

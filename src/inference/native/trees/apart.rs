//! An ensemble taken apart: its trees as plain branches, each of which sends what is below its threshold
//! one way, with the number that a leaf adds to the one sum that its score rises with.

use super::finish::Aggregate;
use super::head::Head;
use super::load::{Forest, Mode, RawNode};
use crate::inference::native::operator::Refusal;
use crate::inference::native::post_transform::PostTransform;
use crate::inference::onnx::Node;

/// What a branch or leaf is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::inference) enum Step {
    /// Values of a feature below the threshold go to one node, all others to another. What is not a
    /// number is left out of account.
    Branch {
        feature: usize,
        threshold: f32,
        below: usize,
        from: usize,
    },
    /// What the leaf adds.
    Leaf(f64),
}

/// What becomes of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inference) enum End {
    /// It is the score.
    Identity,
    /// The score is its logistic.
    Logistic,
    /// The score rises with it, in a way that is not followed.
    Rising,
}

/// The ensemble's trees. Its score (of the second of two classes, or of the one target) rises with the
/// sum of their leaves.
#[derive(Debug)]
pub(in crate::inference) struct Apart {
    /// The nodes of each tree; the first is the root, and links lead onwards.
    pub(in crate::inference) trees: Vec<Vec<Step>>,
    /// Added to the sum, if that is simple.
    pub(in crate::inference) base: Option<f64>,
    /// Divides the sum first, for averages.
    pub(in crate::inference) divisor: f64,
    pub(in crate::inference) end: End,
}

impl Apart {
    /// Takes an ensemble apart, or says why its score is no rising function of a sum.
    pub(in crate::inference) fn of(node: &Node<'_>) -> Result<Self, String> {
        Self::read(node).map_err(|refusal| match refusal {
            Refusal::Uncovered(reason) | Refusal::Broken(reason) => reason,
        })
    }

    fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        let unclear = |words: &str| Refusal::Uncovered(words.to_owned());
        let head = Head::of(node)?;
        let is_classifier = head.labels.is_some();
        let prefix = if is_classifier { "class" } else { "target" };
        let forest = Forest::of(node, prefix, head.targets)?;
        let is_sum = matches!(head.aggregate, Aggregate::Sum | Aggregate::Average);
        if !is_sum {
            return Err(unclear("its trees are not added up"));
        }
        let wanted = Wanted::of(&head, &forest)?;
        let trees = forest
            .roots
            .iter()
            .map(|root| steps(&forest, *root, wanted));
        let divisor = match head.aggregate {
            Aggregate::Average => forest.roots.len() as f64,
            _ => 1.0,
        };
        let base = match head.base_values[..] {
            [] => Some(0.0),
            [base] => Some(f64::from(base)),
            _ => None,
        };
        let end = match (head.post_transform, is_classifier) {
            // A regressor of one target knows the probit only.
            (PostTransform::None, _) | (PostTransform::Logistic, false) => End::Identity,
            (PostTransform::Logistic, true) => End::Logistic,
            _ => End::Rising,
        };
        Ok(Self {
            trees: trees.collect::<Result<_, _>>()?,
            base,
            divisor,
            end,
        })
    }
}

/// Which of a leaf's weights count.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// All: there is one target.
    All,
    /// Those of the second class.
    Second,
    /// Those of the second class less those of the first.
    Difference,
}

impl Wanted {
    fn of(head: &Head, forest: &Forest) -> Result<Self, Refusal> {
        let unclear = |words: &str| Err(Refusal::Uncovered(words.to_owned()));
        if head.labels.is_none() {
            return match head.targets {
                1 => Ok(Self::All),
                _ => unclear("it has several targets"),
            };
        }
        if head.targets != 2 {
            return unclear("it has more than two classes");
        }
        if head.base_values.len() > 1 {
            return unclear("it has a base value for each class");
        }
        let mut targets = forest.weights.iter().map(|weight| weight.target);
        let first = targets.next();
        if targets.all(|target| Some(target) == first) {
            return Ok(Self::All);
        }
        match head.post_transform {
            PostTransform::None | PostTransform::Logistic => Ok(Self::Second),
            PostTransform::Softmax => Ok(Self::Difference),
            _ => unclear("what becomes of its sums is not followed"),
        }
    }

    fn leaf(self, forest: &Forest, place: u32) -> f64 {
        let weights = forest.weights_of(place).iter();
        let weights = weights.map(|weight| {
            let value = f64::from(weight.value);
            match (self, weight.target) {
                (Self::All, _) | (Self::Second | Self::Difference, 1) => value,
                (Self::Difference, _) => -value,
                (Self::Second, _) => 0.0,
            }
        });
        weights.sum()
    }
}

/// The nodes of a tree as steps.
fn steps(forest: &Forest, root: u32, wanted: Wanted) -> Result<Vec<Step>, Refusal> {
    let mut steps = Vec::new();
    // By place in the file: nodes of a tree lie together, after its root.
    let mut places = std::collections::HashMap::new();
    let mut open = vec![root];
    places.insert(root, 0);
    let mut order = vec![root];
    while let Some(place) = open.pop() {
        let node = &forest.nodes[place as usize];
        if node.mode == Mode::Leaf {
            continue;
        }
        for side in [node.on_true, node.on_false] {
            if let std::collections::hash_map::Entry::Vacant(entry) = places.entry(side) {
                entry.insert(order.len());
                order.push(side);
                open.push(side);
            }
        }
    }
    let count = order.len();
    for place in &order {
        let node = &forest.nodes[*place as usize];
        if node.mode == Mode::Leaf {
            steps.push(Step::Leaf(wanted.leaf(forest, *place)));
            continue;
        }
        let sides = (places[&node.on_true], places[&node.on_false]);
        // A test for equality takes a second branch, which is put behind all others.
        steps.push(branch(node, sides).ok_or_else(|| {
            Refusal::Uncovered("a branch compares with what nothing can be compared with".into())
        })?);
    }
    let mut extra = Vec::new();
    for (step, place) in steps.iter_mut().zip(&order) {
        let node = &forest.nodes[*place as usize];
        if !matches!(node.mode, Mode::Equal | Mode::Unequal) {
            continue;
        }
        let (on_true, on_false) = (places[&node.on_true], places[&node.on_false]);
        let (equal, unequal) = match node.mode {
            Mode::Equal => (on_true, on_false),
            _ => (on_false, on_true),
        };
        let feature = node.feature as usize;
        *step = Step::Branch {
            feature,
            threshold: node.threshold,
            below: unequal,
            from: count + extra.len(),
        };
        extra.push(Step::Branch {
            feature,
            threshold: node.threshold.next_up(),
            below: equal,
            from: unequal,
        });
    }
    steps.extend(extra);
    Ok(steps)
}

/// A branch as "below the threshold, or not"; tests for equality are left for later.
fn branch(node: &RawNode, (on_true, on_false): (usize, usize)) -> Option<Step> {
    let t = node.threshold;
    if t.is_nan() {
        return None;
    }
    let (threshold, below, from) = match node.mode {
        Mode::Below | Mode::Equal | Mode::Unequal => (t, on_true, on_false),
        Mode::AtMost => (t.next_up(), on_true, on_false),
        Mode::AtLeast => (t, on_false, on_true),
        Mode::Above => (t.next_up(), on_false, on_true),
        Mode::Leaf => return None,
    };
    Some(Step::Branch {
        feature: node.feature as usize,
        threshold,
        below,
        from,
    })
}

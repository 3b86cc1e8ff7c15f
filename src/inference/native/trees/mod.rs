//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of `ai.onnx.ml`.
//!
//! Scores are summed in 32 bits, tree after tree, as ONNX Runtime does on one thread, so that they
//! are the same bit for bit, whatever the number of threads here.

mod finish;
mod kernel;
mod load;
mod pack;

use super::labels::Labels;
use super::ops::{Built, Operator, Outputs, Refusal, input};
use super::post_transform::PostTransform;
use super::proto::Node;
use super::tensor::{Data, Tensor, elements};
use finish::{Aggregate, ClassifierEnd, RegressorEnd, Sums};
use kernel::{Groups, LANES};
use load::{Forest, Mode, Weight};
use pack::Packed;

#[derive(Debug)]
struct TreeEnsemble {
    trees: Trees,
    targets: usize,
    width: usize,
    end: End,
}

#[derive(Debug)]
enum Trees {
    /// The usual case: sums over trees of the kernel's form.
    Fast {
        packed: Packed,
        /// Which targets any leaf gives something.
        given: Vec<bool>,
    },
    /// Everything else, node by node.
    Plain(Forest, Aggregate),
}

#[derive(Debug)]
enum End {
    Classifier(ClassifierEnd, Labels),
    Regressor(RegressorEnd),
}

pub(super) fn build(node: &Node<'_>) -> Built {
    let (targets, aggregate, end);
    let forest;
    let post_transform = PostTransform::of(node)?;
    let base_values = node.floats("base_values")?;
    if node.op == "TreeEnsembleClassifier" {
        let labels = Labels::of(node, "classlabels_strings", "classlabels_int64s")?;
        targets = labels.len();
        if targets < 2 || (targets == 2 && post_transform == PostTransform::Probit) {
            return Err(Refusal::Uncovered(format!(
                "TreeEnsembleClassifier with {targets} classes and {post_transform:?}"
            )));
        }
        forest = Forest::of(node, "class", targets)?;
        aggregate = Aggregate::Sum;
        let ids = node.integers("class_ids")?;
        let end_of_classifier = ClassifierEnd {
            base_values,
            post_transform,
            is_binary: targets == 2 && ids.iter().all(|id| Some(id) == ids.first()),
            all_positive: !node.floats("class_weights")?.iter().any(|w| *w < 0.0),
        };
        end = End::Classifier(end_of_classifier, labels);
    } else {
        let count = node.integer("n_targets")?.unwrap_or(1);
        targets = usize::try_from(count)
            .ok()
            .filter(|count| (1..=1 << 16).contains(count))
            .ok_or_else(|| Refusal::Broken("its number of targets cannot be".into()))?;
        forest = Forest::of(node, "target", targets)?;
        aggregate = Aggregate::of(node)?;
        end = End::Regressor(RegressorEnd {
            aggregate,
            base_values,
            post_transform,
            trees: forest.roots.len(),
        });
    }
    let bases = end.base_values().len();
    if bases != 0 && bases != targets && (targets, bases) != (2, 1) {
        return Err(Refusal::Broken(format!(
            "{bases} base values for {targets} targets"
        )));
    }
    let width = forest.width;
    let adds = matches!(aggregate, Aggregate::Sum | Aggregate::Average);
    let trees = match Packed::of(&forest).filter(|_| adds) {
        Some(packed) => {
            let mut given = vec![false; targets];
            for target in &packed.targets {
                given[*target as usize] = true;
            }
            Trees::Fast { packed, given }
        }
        None => Trees::Plain(forest, aggregate),
    };
    let needs_all = targets > 1 && (matches!(end, End::Regressor(_)) || bases == targets);
    if needs_all && !trees.give_all(targets) {
        return Err(Refusal::Uncovered("trees that leave a target out".into()));
    }
    Ok(Box::new(TreeEnsemble {
        trees,
        targets,
        width,
        end,
    }))
}

impl End {
    fn base_values(&self) -> &[f32] {
        match self {
            Self::Classifier(end, _) => &end.base_values,
            Self::Regressor(end) => &end.base_values,
        }
    }
}

impl Trees {
    /// Whether every row gets something for every target. What is left out is not defined well:
    /// ONNX Runtime forgets the base value there.
    fn give_all(&self, targets: usize) -> bool {
        match self {
            Self::Fast { given, .. } => given.iter().all(|given| *given),
            Self::Plain(forest, _) => forest
                .nodes
                .iter()
                .filter(|node| node.mode == Mode::Leaf)
                .all(|leaf| (leaf.weights.1 - leaf.weights.0) as usize == targets),
        }
    }
}

impl TreeEnsemble {
    /// Sums for all rows, row by row, and what was given, for one row or for each.
    fn sums(&self, x: &[f32], rows: usize, width: usize) -> (Vec<f32>, Vec<bool>) {
        match &self.trees {
            Trees::Fast { packed, given } => {
                let groups = Groups::of(x, width, packed.width);
                (
                    fast_sums(packed, &groups, rows, self.targets),
                    given.clone(),
                )
            }
            Trees::Plain(forest, aggregate) => {
                plain_sums(forest, *aggregate, x, (rows, width), self.targets)
            }
        }
    }
}

/// A tree at a time over all groups, so that the tree stays in the nearest cache.
fn fast_sums(packed: &Packed, groups: &Groups, rows: usize, targets: usize) -> Vec<f32> {
    // A group's sums are kept target by target, as the kernel gives its leaves row by row.
    let mut sums = vec![[0.0_f32; LANES]; rows.div_ceil(LANES) * targets];
    for tree in &packed.trees {
        let wanted = &packed.targets[tree.targets.0 as usize..tree.targets.1 as usize];
        let values = &packed.values[tree.values as usize..];
        for (group, sums) in sums.chunks_exact_mut(targets).enumerate() {
            let leaves = kernel::leaves(packed, tree, groups, group);
            for (offset, target) in wanted.iter().enumerate() {
                for (sum, leaf) in sums[*target as usize].iter_mut().zip(leaves) {
                    *sum += values[leaf as usize * wanted.len() + offset];
                }
            }
        }
    }
    let mut by_row = Vec::with_capacity(sums.len() * LANES);
    for group in sums.chunks_exact(targets) {
        for lane in 0..LANES {
            by_row.extend(group.iter().map(|sums| sums[lane]));
        }
    }
    by_row.truncate(rows * targets);
    by_row
}

fn plain_sums(
    forest: &Forest,
    aggregate: Aggregate,
    x: &[f32],
    (rows, width): (usize, usize),
    targets: usize,
) -> (Vec<f32>, Vec<bool>) {
    let mut sums = vec![0.0_f32; rows * targets];
    let mut given = vec![false; rows * targets];
    for row in 0..rows {
        let values = &x[row * width..(row + 1) * width];
        for root in &forest.roots {
            for Weight { target, value } in weights_of(forest, *root, values) {
                let place = row * targets + *target as usize;
                let (sum, given) = (&mut sums[place], &mut given[place]);
                let replaces = match aggregate {
                    Aggregate::Sum | Aggregate::Average => {
                        *sum += value;
                        false
                    }
                    Aggregate::Min => !*given || *value < *sum,
                    Aggregate::Max => !*given || *value > *sum,
                };
                if replaces {
                    *sum = *value;
                }
                *given = true;
                // With one target, a leaf's first weight is the only one that counts.
                if targets == 1 {
                    break;
                }
            }
        }
    }
    (sums, given)
}

fn weights_of<'f>(forest: &'f Forest, root: u32, row: &[f32]) -> &'f [Weight] {
    let mut node = &forest.nodes[root as usize];
    while node.mode != Mode::Leaf {
        let value = row[node.feature as usize];
        let holds = node.mode.holds(value, node.threshold) || (node.nan_is_true && value.is_nan());
        let next = if holds { node.on_true } else { node.on_false };
        node = &forest.nodes[next as usize];
    }
    &forest.weights[node.weights.0 as usize..node.weights.1 as usize]
}

impl Operator for TreeEnsemble {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let tensor = input(inputs, 0)?;
        if matches!(tensor.data, Data::F64(_)) {
            return Err("trees over float64 are not covered".into());
        }
        let (rows, width) = tensor.as_rows()?;
        if width < self.width {
            return Err(format!("{} columns wanted, {width} given", self.width));
        }
        elements(&[rows, self.targets])?;
        let (mut sums, given) = self.sums(&tensor.to_f32()?, rows, width);
        let each_given = |row: usize| {
            if given.len() == self.targets {
                &given[..]
            } else {
                &given[row * self.targets..(row + 1) * self.targets]
            }
        };
        let shape = vec![rows, self.targets];
        let sums_of_rows = sums.chunks_exact_mut(self.targets).enumerate();
        let ready = sums_of_rows.map(|(row, sums)| Sums {
            sums,
            given: each_given(row),
        });
        match &self.end {
            End::Classifier(end, labels) => {
                let classes: Vec<u32> = ready.map(|mut row| end.finish(&mut row)).collect();
                Ok(vec![labels.tensor(&classes)?, Tensor::f32(shape, sums)?])
            }
            End::Regressor(end) => {
                ready.for_each(|mut row| end.finish(&mut row));
                Ok(vec![Tensor::f32(shape, sums)?])
            }
        }
    }

    fn bytes(&self) -> usize {
        let trees = match &self.trees {
            Trees::Fast { packed, given } => packed.bytes() + given.capacity(),
            Trees::Plain(forest, _) => {
                size_of_val(&forest.nodes[..])
                    + size_of_val(&forest.roots[..])
                    + size_of_val(&forest.weights[..])
            }
        };
        let labels = match &self.end {
            End::Classifier(end, labels) => labels.bytes() + end.base_values.capacity() * 4,
            End::Regressor(end) => end.base_values.capacity() * 4,
        };
        trees + labels
    }

    fn wanted_width(&self) -> Option<usize> {
        Some(self.width)
    }
}

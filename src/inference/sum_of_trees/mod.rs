//! A model whose score rises with a sum of trees, taken apart, so that claims about every row that there
//! could be can be proven: what a search over some rows cannot do.
//!
//! Leaves are whole multiples of one power of two, and sums of them are exact. What is not a number is
//! left out of every claim.

mod exact;
mod grid;
mod leaves;
mod monotone;

use std::collections::BTreeSet;
use std::path::Path;

use super::file;
use super::native::{Apart, ScoreEnd, Step, Traced, TreeColumn};
use super::signature::Signature;
use exact::Unit;

pub use grid::Drop;
pub use monotone::{Monotone, Mover, Proof};

/// A column of an input: which input, and which of its columns.
pub type InputColumn = (usize, usize);

/// Nodes and leaves beyond which nothing is proven.
const MOST_NODES: usize = 1 << 20;

/// The trees of a model.
#[derive(Debug)]
pub struct SumOfTrees {
    trees: Vec<Tree>,
    /// By feature of the trees.
    columns: Vec<TreeColumn>,
    /// Inputs that reach the trees in another way, too.
    mixed: BTreeSet<usize>,
    unit: Unit,
    base: Option<f64>,
    divisor: f64,
    end: ScoreEnd,
}

/// A tree with exact leaves.
#[derive(Debug, Clone)]
struct Tree {
    nodes: Vec<Node>,
    /// The features that it splits on.
    features: BTreeSet<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Node {
    /// Values of a feature below the threshold go to one node, all others to another.
    Branch {
        feature: usize,
        threshold: f32,
        below: usize,
        from: usize,
    },
    Leaf(i128),
}

impl SumOfTrees {
    /// Takes the model in the bytes of a file apart.
    ///
    /// # Errors
    /// Says why its score is not followed from the columns of its inputs through a sum of trees.
    pub fn read(path: &Path, bytes: &[u8], signature: &Signature) -> Result<Self, String> {
        let model = file::parse(path, bytes).map_err(|error| error.to_string())?;
        let traced = Traced::of(&model.graph, signature)?;
        let apart = Apart::of(traced.ensemble)?;
        if apart.trees.iter().map(Vec::len).sum::<usize>() > MOST_NODES {
            return Err("it has too many nodes to be gone through".to_owned());
        }
        let leaves = apart.trees.iter().flatten().filter_map(|step| match step {
            Step::Leaf(value) => Some(*value),
            Step::Branch { .. } => None,
        });
        let unit = Unit::of(leaves, apart.trees.len())
            .ok_or("its leaves are of too different sizes to be added up exactly")?;
        let mut columns = traced.columns;
        let trees: Vec<Tree> = apart
            .trees
            .iter()
            .map(|steps| Tree::of(steps, unit))
            .collect();
        let width = trees.iter().filter_map(|tree| tree.features.last()).max();
        let width = width.map_or(0, |last| last + 1);
        if columns.len() < width {
            columns.resize(width, TreeColumn::Other);
        }
        Ok(Self {
            trees,
            columns,
            mixed: traced.mixed.into_iter().collect(),
            unit,
            base: apart.base,
            divisor: apart.divisor,
            end: apart.end,
        })
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// The features of the trees that a column of an input is, each with whether it falls there.
    fn features_of(&self, wanted: InputColumn) -> Vec<(usize, bool)> {
        let columns = self.columns.iter().enumerate();
        let own = columns.filter_map(|(feature, column)| match column {
            TreeColumn::Input {
                input,
                column,
                falls,
            } if (*input, *column) == wanted => Some((feature, *falls)),
            _ => None,
        });
        own.collect()
    }

    /// The column of an input that a feature is alone: no other feature is it, and it does not fall.
    fn alone(&self, feature: usize) -> Option<InputColumn> {
        let TreeColumn::Input {
            input,
            column,
            falls: false,
        } = self.columns[feature]
        else {
            return None;
        };
        let is_alone = self.features_of((input, column)).len() == 1;
        (is_alone && !self.mixed.contains(&input)).then_some((input, column))
    }

    /// What the score of every row lies between, where what becomes of the sum is known: each tree's
    /// least and most leaf, added up.
    pub fn range(&self) -> Option<(f64, f64)> {
        let ends = self.trees.iter().map(|tree| {
            let leaves = tree.nodes.iter().filter_map(|node| match node {
                Node::Leaf(value) => Some(*value),
                Node::Branch { .. } => None,
            });
            let (least, most) = (leaves.clone().min(), leaves.max());
            (least.unwrap_or(0), most.unwrap_or(0))
        });
        let (low, high) = ends.fold((0, 0), |all, own| (all.0 + own.0, all.1 + own.1));
        let score = |sum: i128| {
            let raw = self.unit.value(sum) / self.divisor + self.base?;
            match self.end {
                ScoreEnd::Identity => Some(raw),
                ScoreEnd::Logistic => Some(1.0 / (1.0 + (-raw).exp())),
                ScoreEnd::Rising => None,
            }
        };
        Some((score(low)?, score(high)?))
    }
}

impl Tree {
    fn of(steps: &[Step], unit: Unit) -> Self {
        let nodes = steps.iter().map(|step| match *step {
            Step::Branch {
                feature,
                threshold,
                below,
                from,
            } => Node::Branch {
                feature,
                threshold,
                below,
                from,
            },
            Step::Leaf(value) => Node::Leaf(unit.times(value)),
        });
        let nodes: Vec<Node> = nodes.collect();
        let features = nodes.iter().filter_map(|node| match node {
            Node::Branch { feature, .. } => Some(*feature),
            Node::Leaf(_) => None,
        });
        Self {
            features: features.collect(),
            nodes,
        }
    }

    /// What it adds for a row; `value` gives a feature of it.
    fn leaf(&self, value: impl Fn(usize) -> f32) -> i128 {
        let mut place = 0;
        loop {
            match self.nodes[place] {
                Node::Leaf(value) => return value,
                Node::Branch {
                    feature,
                    threshold,
                    below,
                    from,
                } => {
                    place = if value(feature) < threshold {
                        below
                    } else {
                        from
                    };
                }
            }
        }
    }

    /// The thresholds of a feature, each once, rising.
    fn thresholds(&self, wanted: usize) -> impl Iterator<Item = f32> {
        let nodes = self.nodes.iter();
        nodes.filter_map(move |node| match node {
            Node::Branch {
                feature, threshold, ..
            } if *feature == wanted => Some(*threshold),
            _ => None,
        })
    }
}

/// The thresholds of a feature over some trees, each once, rising.
fn thresholds<'t>(trees: impl Iterator<Item = &'t Tree>, feature: usize) -> Vec<f32> {
    let mut all: Vec<f32> = trees.flat_map(|tree| tree.thresholds(feature)).collect();
    all.sort_unstable_by(f32::total_cmp);
    all.dedup();
    all
}

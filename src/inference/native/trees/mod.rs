//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of `ai.onnx.ml`.
//!
//! Scores are summed in 32 bits, tree after tree, as ONNX Runtime does on one thread, so that they
//! are the same bit for bit, whatever the number of threads here.
//!
//! An ensemble takes the first form of four that fits it: several levels at a time over all that is
//! known of a row ([`multiway`]), bins of a byte instead of values ([`binned`]), packed nodes over the
//! values themselves ([`pack`], [`kernel`]), or the nodes as they are in the file ([`plain`]).

mod apart;
mod binned;
mod binning;
mod branch;
mod finish;
#[cfg(test)]
mod forms_tests;
mod groups;
mod head;
mod kernel;
mod leaves;
mod load;
mod multiway;
mod pack;
mod packed;
mod plain;
mod search;
mod stored;
#[cfg(test)]
mod test_rng;
mod top;

use super::call::Source;
use super::footprint;
use super::labels::Labels;
use super::numbers::NumberRows;
use super::operator::{Built, Operator, Outputs, Refusal, input};
use super::parts::{FusedInputs, OneHotColumns, Part};
use super::stored::ArchiveWriter;
use super::tensor::{Data, Failure, Tensor, elements};
use crate::inference::onnx::Node;
use binned::BinnedForest;
use finish::{Aggregate, ClassifierEnd, RegressorEnd, Sums};
use groups::{Groups, row_by_row};
use head::{Head, Signs};
use load::{Forest, Mode};
use multiway::MultiwayForest;
use packed::{LANES, LargeNode, Packed, PackedNode, SmallNode};

pub(in crate::inference) use apart::{Apart, End as ScoreEnd, Step};
pub(super) use head::check;
pub(super) use stored::{StoredEnsemble, restore};

/// Rows that are computed together should take about this many times the bytes of a tree: rows are
/// fetched one after the other, for every tree anew; trees here and there, for every block, which is
/// the slower way.
const BLOCK_BYTES_A_TREE: usize = 8;
/// Rows of a block for multiway trees: texts are looked up once a block.
const MULTIWAY_BLOCK_ROWS: usize = 4096;
/// Values or sums of them at most.
const BLOCK_VALUES: usize = 1 << 22;

#[derive(Debug)]
struct TreeEnsemble {
    trees: Trees,
    targets: usize,
    width: usize,
    signs: Signs,
    end: End,
    /// For an ensemble that applies the encoders before it itself.
    fused: Option<FusedInputs>,
}

#[derive(Debug)]
enum Trees {
    /// Sums over trees of few columns.
    Multiway(MultiwayForest),
    /// Sums over trees with few different thresholds.
    Binned(BinnedForest),
    /// Sums over any other trees of the kernel's form.
    Small(Packed<SmallNode>),
    /// The same in wider nodes.
    Large(Packed<LargeNode>),
    /// Everything else, node by node.
    Plain(Forest, Aggregate),
}

#[derive(Debug)]
enum End {
    Classifier(ClassifierEnd, Labels),
    Regressor(RegressorEnd),
}

pub(super) fn build(node: &Node<'_>, sources: &[Source<'_, '_>]) -> Built {
    Ok(Box::new(TreeEnsemble::of(node, sources)?))
}

impl TreeEnsemble {
    fn of(node: &Node<'_>, sources: &[Source<'_, '_>]) -> Result<Self, Refusal> {
        let head = Head::of(node)?;
        let prefix = head.labels.as_ref().map_or("target", |_| "class");
        let forest = Forest::of(node, prefix, head.targets)?;
        let signs = Signs::of(node)?;
        let size = (forest.width, forest.roots.len());
        let fused = FusedInputs::of(sources)?;
        let categories = match &fused {
            Some(fused) => fused.one_hot_columns(),
            None => Some(Vec::new()),
        };
        let trees = Trees::of(forest, head.aggregate, categories.as_deref());
        Self::assembled(head, signs, size, trees, fused)
    }

    /// The ensemble of so many columns and trees.
    fn assembled(
        head: Head,
        signs: Signs,
        (width, count): (usize, usize),
        trees: Trees,
        fused: Option<FusedInputs>,
    ) -> Result<Self, Refusal> {
        let Head {
            labels,
            targets,
            aggregate,
            base_values,
            post_transform,
        } = head;
        let bases = base_values.len();
        let end = if let Some(labels) = labels {
            let end = ClassifierEnd {
                base_values,
                post_transform,
                is_binary: targets == 2 && signs.one_class,
                all_positive: signs.all_positive,
            };
            End::Classifier(end, labels)
        } else {
            End::Regressor(RegressorEnd {
                aggregate,
                base_values,
                post_transform,
                trees: count,
            })
        };
        let needs_all = targets > 1 && (matches!(end, End::Regressor(_)) || bases == targets);
        if needs_all && !trees.give_all(targets) {
            return Err(Refusal::Uncovered("trees that leave a target out".into()));
        }
        if fused.is_some() && matches!(trees, Trees::Plain(..)) {
            return Err(Refusal::Uncovered("encoders before such trees".into()));
        }
        Ok(TreeEnsemble {
            trees,
            targets,
            width,
            signs,
            end,
            fused,
        })
    }

    /// Scores, and labels of a classifier before them.
    fn run_parts(&self, parts: &[Part<'_>], rows: usize) -> Outputs<'_> {
        let width: usize = parts.iter().map(Part::columns).sum();
        if width < self.width {
            return Err(format!("{} columns wanted, {width} given", self.width));
        }
        elements(&[rows, self.targets])?;
        let (mut sums, given) = self.sums(parts, rows)?;
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

    /// Sums for all rows, row by row, and what was given, for one row or for each.
    fn sums(&self, parts: &[Part<'_>], rows: usize) -> Result<(Vec<f32>, Vec<bool>), Failure> {
        // A category is a single value, and may stand for thousands of columns here.
        elements(&[rows, self.trees.width()])?;
        match (&self.trees, parts) {
            (Trees::Multiway(multiway), _) => Ok((
                multiway::sums(multiway, parts, rows, self.targets)?,
                given(multiway.targets(), self.targets),
            )),
            (Trees::Binned(binned), _) => Ok((
                binned::sums(binned, parts, rows, self.targets),
                given(binned.targets(), self.targets),
            )),
            (Trees::Small(packed), _) => Ok(packed_sums(packed, parts, rows, self.targets)),
            (Trees::Large(packed), _) => Ok(packed_sums(packed, parts, rows, self.targets)),
            (Trees::Plain(forest, aggregate), [Part::Numbers(numbers)]) => {
                let (values, size) = (numbers.by_row(), (rows, numbers.width()));
                Ok(plain::sums(forest, *aggregate, &values, size, self.targets))
            }
            (Trees::Plain(..), _) => Err("numbers wanted, row by row".into()),
        }
    }
}

impl Trees {
    /// `categories` are the columns that stand for some, if that is known.
    fn of(forest: Forest, aggregate: Aggregate, categories: Option<&[OneHotColumns]>) -> Self {
        let adds = matches!(aggregate, Aggregate::Sum | Aggregate::Average);
        // Followed node by node, shared children could make a small file endless.
        if adds && forest.are_trees {
            let multiway =
                categories.and_then(|categories| MultiwayForest::of(&forest, categories));
            if let Some(multiway) = multiway {
                return Self::Multiway(multiway);
            }
            if let Some(binned) = BinnedForest::of(&forest) {
                return Self::Binned(binned);
            }
            if let Some(packed) = Packed::of(&forest) {
                return Self::Small(packed);
            }
            if let Some(packed) = Packed::of(&forest) {
                return Self::Large(packed);
            }
        }
        Self::Plain(forest, aggregate)
    }

    /// Values of a row as the kernel reads them.
    fn width(&self) -> usize {
        match self {
            Self::Binned(binned) => binned.width(),
            Self::Small(packed) => packed.width(),
            Self::Large(packed) => packed.width(),
            Self::Multiway(_) => multiway::ROW_BYTES / size_of::<f32>(),
            Self::Plain(..) => 1,
        }
    }

    /// Whether every row gets something for every target. What is left out is not defined well:
    /// ONNX Runtime forgets the base value there.
    fn give_all(&self, targets: usize) -> bool {
        match self {
            Self::Multiway(multiway) => given(multiway.targets(), targets)
                .iter()
                .all(|given| *given),
            Self::Binned(binned) => given(binned.targets(), targets).iter().all(|given| *given),
            Self::Small(packed) => given(packed.targets(), targets).iter().all(|given| *given),
            Self::Large(packed) => given(packed.targets(), targets).iter().all(|given| *given),
            Self::Plain(forest, _) => forest
                .nodes
                .iter()
                .filter(|node| node.mode == Mode::Leaf)
                .all(|leaf| (leaf.weights.1 - leaf.weights.0) as usize == targets),
        }
    }
}

/// Which targets any leaf gives something; in a packed forest every row gets it.
fn given(some: &[u32], targets: usize) -> Vec<bool> {
    let mut given = vec![false; targets];
    for target in some {
        given[*target as usize] = true;
    }
    given
}

fn packed_sums<N: PackedNode>(
    packed: &Packed<N>,
    parts: &[Part<'_>],
    rows: usize,
    targets: usize,
) -> (Vec<f32>, Vec<bool>) {
    let groups = Groups::of(parts, rows, packed.views());
    // A group's sums are kept target by target, as the kernel gives its leaves row by row.
    let mut sums = vec![[0.0; LANES]; groups.count() * targets];
    kernel::add_trees(packed, &groups, &mut sums, targets);
    let given = given(packed.targets(), targets);
    (row_by_row(&sums, targets, rows), given)
}

impl Operator for TreeEnsemble {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        if let Some(fused) = &self.fused {
            return fused.with_parts(inputs, |parts, rows| self.run_parts(parts, rows));
        }
        let tensor = input(inputs, 0)?;
        if matches!(tensor.data, Data::F64(_)) {
            return Err("trees over float64 are not covered".into());
        }
        let (rows, width) = tensor.as_rows()?;
        if tensor.is_column_by_column() {
            return self.run_parts(&[Part::Numbers(tensor.numbers()?)], rows);
        }
        let values = &tensor.to_f32()?;
        self.run_parts(
            &[Part::Numbers(NumberRows::row_by_row(values, width))],
            rows,
        )
    }

    fn bytes(&self) -> usize {
        let trees = match &self.trees {
            Trees::Multiway(multiway) => multiway.bytes(),
            Trees::Binned(binned) => binned.bytes(),
            Trees::Small(packed) => packed.bytes(),
            Trees::Large(packed) => packed.bytes(),
            Trees::Plain(forest, _) => forest.bytes(),
        };
        let labels = match &self.end {
            End::Classifier(end, labels) => labels.bytes() + footprint::list(&end.base_values),
            End::Regressor(end) => footprint::list(&end.base_values),
        };
        let fused = self.fused.as_ref().map_or(0, FusedInputs::bytes);
        trees + labels + fused
    }

    fn store(&self, writer: &mut ArchiveWriter) -> Option<StoredEnsemble> {
        self.stored(writer)
    }

    fn wanted_width(&self) -> Option<usize> {
        self.fused.is_none().then_some(self.width)
    }

    fn takes_categories(&self) -> bool {
        self.fused.is_some()
    }

    fn takes_columns(&self) -> bool {
        !matches!(self.trees, Trees::Plain(..))
    }

    fn block_rows(&self) -> Option<usize> {
        let tree = match &self.trees {
            Trees::Small(packed) => packed.bytes_a_tree(),
            Trees::Large(packed) => packed.bytes_a_tree(),
            Trees::Multiway(_) => {
                return Some(MULTIWAY_BLOCK_ROWS.min(BLOCK_VALUES / self.targets));
            }
            Trees::Binned(_) | Trees::Plain(..) => return None,
        };
        let width = self.trees.width();
        let rows = tree * BLOCK_BYTES_A_TREE / (width * size_of::<f32>());
        Some(rows.min(BLOCK_VALUES / width.max(self.targets)))
    }
}

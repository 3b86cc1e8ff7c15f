//! Trees as the kernel wants them: eight bytes a node, children in pairs.
//!
//! A [`Branch`] leads to the first of the pair or to the second; pairs of leaves that hold the same
//! are there once.

use std::collections::HashMap;

use super::branch::{Branch, View, Views};
use super::leaves::LeafValues;
use super::load::{Forest, Mode, Weight};
use crate::inference::native::footprint;

/// Rows that are walked together.
pub(super) const LANES: usize = 16;
/// Levels that all rows pass together.
pub(super) const TOP_LEVELS: u32 = 4;
/// Branches of the top levels.
pub(super) const TOP_NODES: usize = (1 << TOP_LEVELS) - 1;

/// A group's first column: less than everything. A leaf that is the first of its pair compares it,
/// and so leads to itself.
const LEAST: usize = 0;
/// A group's second column: not a number, for leaves that are the second of their pair.
const NOT_A_NUMBER: usize = 1;
/// Columns of a group that are not the rows'.
pub(super) const CONSTANT_COLUMNS: [f32; 2] = [f32::NEG_INFINITY, f32::NAN];

/// Places up to here are the bits of a number.
const MOST_WEIGHTS: usize = 1 << 30;

/// A node in some number of bytes.
pub(super) trait PackedNode: Copy + std::fmt::Debug + Send + Sync {
    /// `None` where the numbers do not fit.
    fn new(threshold: f32, column: usize, child: usize) -> Option<Self>;
    /// What the value is compared with; of a leaf, its value or its number.
    fn threshold(&self) -> f32;
    /// Where the column begins in a group.
    fn offset(&self) -> usize;
    /// The first of the pair of its children, as a place among the tree's nodes.
    fn child(&self) -> usize;
}

/// For trees of up to 65,536 nodes over some 4,000 columns.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct SmallNode {
    threshold: f32,
    offset: u16,
    child: u16,
}

/// For every other tree.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct LargeNode {
    threshold: f32,
    offset: u32,
    child: u32,
}

macro_rules! packed_node {
    ($node:ident, $number:ident) => {
        impl PackedNode for $node {
            fn new(threshold: f32, column: usize, child: usize) -> Option<Self> {
                Some($node {
                    threshold,
                    offset: $number::try_from(column * LANES).ok()?,
                    child: $number::try_from(child).ok()?,
                })
            }

            fn threshold(&self) -> f32 {
                self.threshold
            }

            fn offset(&self) -> usize {
                self.offset as usize
            }

            fn child(&self) -> usize {
                self.child as usize
            }
        }
    };
}
packed_node!(SmallNode, u16);
packed_node!(LargeNode, u32);

/// A tree's top levels as a complete tree, in which the children of `n` are `2n + 1` and `2n + 2`.
/// What ends earlier is filled up with branches whose two sides lead to one place.
#[derive(Debug, Clone)]
pub(super) struct Top {
    pub(super) thresholds: [f32; TOP_NODES],
    pub(super) columns: [u16; TOP_NODES],
    /// Where to go on, by the ways taken: a bit a level, set for the second side, the root's first.
    pub(super) entries: [u32; TOP_NODES + 1],
}

impl Top {
    fn of<N: PackedNode>(nodes: &[N]) -> Option<Self> {
        let mut top = Top {
            thresholds: [0.0; TOP_NODES],
            columns: [0; TOP_NODES],
            entries: [0; TOP_NODES + 1],
        };
        let mut places = [0; 2 * TOP_NODES + 1];
        for at in 0..TOP_NODES {
            let place: usize = places[at];
            let node = nodes[place];
            top.thresholds[at] = node.threshold();
            top.columns[at] = u16::try_from(node.offset() / LANES).ok()?;
            let is_leaf = node.child() == place - place % 2;
            for side in 0..2 {
                places[2 * at + 1 + side] = if is_leaf { place } else { node.child() + side };
            }
        }
        for (entry, place) in top.entries.iter_mut().zip(&places[TOP_NODES..]) {
            *entry = *place as u32;
        }
        Some(top)
    }
}

#[derive(Debug)]
pub(super) struct PackedTree {
    pub(super) top: Top,
    /// Branches on the longest path.
    pub(super) depth: u32,
    first: u32,
    end: u32,
    /// What its leaves give values to: a range of `Packed::targets`.
    targets: (u32, u32),
}

/// What the leaves of a tree add.
pub(super) enum LeafSums<'p> {
    /// Their threshold, to one target.
    One { target: usize },
    /// Some of `values`, the place of whose first is in the bits of their threshold.
    Many {
        targets: &'p [u32],
        values: &'p [f32],
    },
}

/// A forest whose leaves all give values to the same targets within a tree. Every link and column
/// in it has been checked, and nothing can change it afterwards.
#[derive(Debug)]
pub(super) struct Packed<N> {
    nodes: Vec<N>,
    trees: Vec<PackedTree>,
    values: Vec<f32>,
    targets: Vec<u32>,
    views: Vec<View>,
}

/// A tree while it is packed.
struct Placed {
    /// Its place among the tree's nodes.
    place: usize,
    node: u32,
    level: u32,
}

impl<N: PackedNode> Packed<N> {
    /// `None` for a forest that does not fit the form: tests for equality, leaves of different
    /// kinds in one tree, or more of something than a node can count.
    pub(super) fn of(forest: &Forest) -> Option<Self> {
        // A leaf compares what it holds, and what is not a number would lead away from it.
        let is_odd = |weight: &Weight| weight.value.is_nan();
        if forest.weights.len() > MOST_WEIGHTS || forest.weights.iter().any(is_odd) {
            return None;
        }
        let mut views = Views::default();
        let mut leaf_values = LeafValues::default();
        let mut packed = Packed {
            nodes: Vec::with_capacity(forest.nodes.len() + forest.roots.len()),
            trees: Vec::with_capacity(forest.roots.len()),
            values: Vec::new(),
            targets: Vec::new(),
            views: Vec::new(),
        };
        for root in &forest.roots {
            packed.add_tree(forest, *root, &mut views, &mut leaf_values)?;
        }
        packed.views = views.all;
        packed.nodes.shrink_to_fit();
        packed.values.shrink_to_fit();
        packed.targets.shrink_to_fit();
        packed.views.shrink_to_fit();
        packed.is_sound().then_some(packed)
    }

    fn add_tree(
        &mut self,
        forest: &Forest,
        root: u32,
        views: &mut Views,
        leaf_values: &mut LeafValues,
    ) -> Option<()> {
        let targets = forest.leaf_targets(root)?;
        let first = self.nodes.len();
        let mut depth = 0;
        let mut leaf_pairs = HashMap::new();
        let filler = N::new(0.0, LEAST, 0)?;
        // The root's pair has no second node.
        self.nodes.extend([filler; 2]);
        let mut open = vec![Placed {
            place: 0,
            node: root,
            level: 0,
        }];
        while let Some(Placed { place, node, level }) = open.pop() {
            let index = node;
            let node = &forest.nodes[index as usize];
            let packed = if node.mode == Mode::Leaf {
                depth = depth.max(level);
                let column = [LEAST, NOT_A_NUMBER][place % 2];
                let held = leaf_values.hold(forest.weights_of(index), &mut self.values);
                N::new(held, column, place - place % 2)?
            } else {
                let branch = Branch::of(node)?;
                let mut children = self.nodes.len() - first;
                let is_leaf = |side: &u32| forest.nodes[*side as usize].mode == Mode::Leaf;
                if branch.sides.iter().all(is_leaf) {
                    // Pairs of leaves that hold the same can be one.
                    let weights = branch.sides.map(|side| forest.weights_of(side));
                    let held = weights.map(|w| leaf_values.hold(w, &mut self.values).to_bits());
                    children = *leaf_pairs.entry(held).or_insert(children);
                    depth = depth.max(level + 1);
                }
                if children == self.nodes.len() - first {
                    self.nodes.extend([filler; 2]);
                    for side in [1, 0] {
                        open.push(Placed {
                            place: children + side,
                            node: branch.sides[side],
                            level: level + 1,
                        });
                    }
                }
                let view = views.place(branch.view);
                let column = CONSTANT_COLUMNS.len() + view;
                N::new(branch.threshold, column, children)?
            };
            self.nodes[first + place] = packed;
        }
        let first_target = self.targets.len() as u32;
        self.targets.extend(targets);
        self.trees.push(PackedTree {
            top: Top::of(&self.nodes[first..])?,
            depth,
            first: u32::try_from(first).ok()?,
            end: u32::try_from(self.nodes.len()).ok()?,
            targets: (first_target, self.targets.len() as u32),
        });
        Some(())
    }

    /// What the kernel takes for granted.
    fn is_sound(&self) -> bool {
        self.trees.iter().all(|tree| {
            let nodes = self.nodes_of(tree);
            let columns = &tree.top.columns;
            let entries = &tree.top.entries;
            nodes.iter().all(|node| {
                node.child() + 1 < nodes.len()
                    && node.offset() % LANES == 0
                    && node.offset() / LANES < self.width()
            }) && columns.iter().all(|c| (*c as usize) < self.width())
                && entries.iter().all(|e| (*e as usize) < nodes.len())
        })
    }

    pub(super) fn trees(&self) -> &[PackedTree] {
        &self.trees
    }

    pub(super) fn nodes_of(&self, tree: &PackedTree) -> &[N] {
        &self.nodes[tree.first as usize..tree.end as usize]
    }

    pub(super) fn leaf_sums(&self, tree: &PackedTree) -> LeafSums<'_> {
        match &self.targets[tree.targets.0 as usize..tree.targets.1 as usize] {
            [target] => LeafSums::One {
                target: *target as usize,
            },
            targets => LeafSums::Many {
                targets,
                values: &self.values,
            },
        }
    }

    /// Every target that some leaf gives something; some more than once.
    pub(super) fn targets(&self) -> &[u32] {
        &self.targets
    }

    pub(super) fn views(&self) -> &[View] {
        &self.views
    }

    /// Columns of a group.
    pub(super) fn width(&self) -> usize {
        CONSTANT_COLUMNS.len() + self.views.len()
    }

    /// Bytes of an average tree: how much of the nearest cache one takes.
    pub(super) fn bytes_a_tree(&self) -> usize {
        size_of_val(&self.nodes[..]) / self.trees.len().max(1)
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.nodes)
            + footprint::list(&self.trees)
            + footprint::list(&self.views)
            + footprint::list(&self.values)
            + footprint::list(&self.targets)
    }
}

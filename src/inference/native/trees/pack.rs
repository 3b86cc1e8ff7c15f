//! Packs trees for the kernel.
//!
//! A [`Branch`] leads to the first of the pair or to the second; pairs of leaves that hold the same
//! are there once.

use std::collections::HashMap;

use super::branch::{Branch, Views};
use super::leaves::LeafValues;
use super::load::{Forest, Mode, Weight};
use super::packed::{CONSTANT_COLUMNS, LEAST, NOT_A_NUMBER, Packed, PackedNode, PackedTree, Top};

/// Places up to here are the bits of a number.
const MOST_WEIGHTS: usize = 1 << 30;

/// A forest while it is packed.
struct Packing<N> {
    nodes: Vec<N>,
    trees: Vec<PackedTree>,
    values: Vec<f32>,
    targets: Vec<u32>,
    views: Views,
    leaf_values: LeafValues,
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
        let mut packing = Packing {
            nodes: Vec::with_capacity(forest.nodes.len() + forest.roots.len()),
            trees: Vec::with_capacity(forest.roots.len()),
            values: Vec::new(),
            targets: Vec::new(),
            views: Views::default(),
            leaf_values: LeafValues::default(),
        };
        for root in &forest.roots {
            packing.add_tree(forest, *root)?;
        }
        packing.nodes.shrink_to_fit();
        packing.values.shrink_to_fit();
        packing.targets.shrink_to_fit();
        packing.views.all.shrink_to_fit();
        let packed = Self {
            nodes: packing.nodes.into(),
            trees: packing.trees,
            values: packing.values.into(),
            targets: packing.targets,
            views: packing.views.all,
        };
        packed.is_sound().then_some(packed)
    }
}

impl<N: PackedNode> Packing<N> {
    fn add_tree(&mut self, forest: &Forest, root: u32) -> Option<()> {
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
                let held = self
                    .leaf_values
                    .hold(forest.weights_of(index), &mut self.values);
                N::new(held, column, place - place % 2)?
            } else {
                let branch = Branch::of(node)?;
                let mut children = self.nodes.len() - first;
                let is_leaf = |side: &u32| forest.nodes[*side as usize].mode == Mode::Leaf;
                if branch.sides.iter().all(is_leaf) {
                    // Pairs of leaves that hold the same can be one.
                    let weights = branch.sides.map(|side| forest.weights_of(side));
                    let held = weights.map(|weights| {
                        let (held, values) = (&mut self.leaf_values, &mut self.values);
                        held.hold(weights, values).to_bits()
                    });
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
                let view = self.views.place(branch.view);
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
}

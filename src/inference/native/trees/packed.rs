//! Trees as the kernel walks them: eight bytes a node, children in pairs. They were packed here, or lie in
//! a mapped file where an earlier session has put them.

use super::branch::View;
use crate::files::Plain;
use crate::inference::native::footprint;
use crate::inference::native::stored::Buffer;

/// Rows that are walked together.
pub(super) const LANES: usize = 16;
/// Levels that all rows pass together.
pub(super) const TOP_LEVELS: u32 = 4;
/// Branches of the top levels.
pub(super) const TOP_NODES: usize = (1 << TOP_LEVELS) - 1;

/// A group's first column: less than everything. A leaf that is the first of its pair compares it,
/// and so leads to itself.
pub(super) const LEAST: usize = 0;
/// A group's second column: not a number, for leaves that are the second of their pair.
pub(super) const NOT_A_NUMBER: usize = 1;
/// Columns of a group that are not the rows'.
pub(super) const CONSTANT_COLUMNS: [f32; 2] = [f32::NEG_INFINITY, f32::NAN];

/// A node in some number of bytes.
pub(super) trait PackedNode: Plain + std::fmt::Debug {
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
    pub(super) fn of<N: PackedNode>(nodes: &[N]) -> Option<Self> {
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
    pub(super) first: u32,
    pub(super) end: u32,
    /// What its leaves give values to: a range of `Packed::targets`.
    pub(super) targets: (u32, u32),
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
/// in it has been checked, and nothing can change it afterwards: what is mapped is a file of ours, which
/// nobody writes to in place. Should it be cut short, what is gone is zeros, and a node of these leads to
/// the first pair of its tree, and reads the first column.
#[derive(Debug)]
pub(super) struct Packed<N> {
    pub(super) nodes: Buffer<N>,
    pub(super) trees: Vec<PackedTree>,
    pub(super) values: Buffer<f32>,
    pub(super) targets: Vec<u32>,
    pub(super) views: Vec<View>,
}

impl PackedTree {
    /// What is written of it: the rest follows from its nodes.
    pub(super) const NUMBERS: usize = 5;

    pub(super) fn numbers(&self) -> [u32; Self::NUMBERS] {
        let (first_target, end_of_targets) = self.targets;
        [
            self.first,
            self.end,
            self.depth,
            first_target,
            end_of_targets,
        ]
    }

    pub(super) fn restored(
        [first, end, depth, first_target, end_of_targets]: [u32; Self::NUMBERS],
        top: Top,
    ) -> Self {
        Self {
            top,
            depth,
            first,
            end,
            targets: (first_target, end_of_targets),
        }
    }
}

/// What the kernel takes for granted of the nodes of a tree, over so many columns of a group.
fn are_sound<N: PackedNode>(nodes: &[N], width: usize) -> bool {
    nodes.iter().all(|node| {
        node.child() + 1 < nodes.len()
            && node.offset().is_multiple_of(LANES)
            && node.offset() / LANES < width
    })
}

/// Are the values there of which leaves hold the place of the first of so many?
fn holds_values<N: PackedNode>(nodes: &[N], held: usize, values: usize) -> bool {
    let places = nodes.iter().enumerate();
    let mut leaves = places.filter(|(place, node)| node.child() == place - place % 2);
    held == 0 || leaves.all(|(_, leaf)| leaf.threshold().to_bits() as usize + held <= values)
}

impl<N: PackedNode> Packed<N> {
    /// What the kernel takes for granted.
    pub(super) fn is_sound(&self) -> bool {
        self.trees.iter().all(|tree| {
            let nodes = self.nodes_of(tree);
            let columns = &tree.top.columns;
            let entries = &tree.top.entries;
            are_sound(nodes, self.width())
                && columns.iter().all(|c| (*c as usize) < self.width())
                && entries.iter().all(|e| (*e as usize) < nodes.len())
        })
    }

    /// The forest that has these trees, whose tops are still to be made; none where it is not sound.
    pub(super) fn restored(
        nodes: Buffer<N>,
        trees: &[[u32; PackedTree::NUMBERS]],
        values: Buffer<f32>,
        targets: Vec<u32>,
        views: Vec<View>,
    ) -> Option<Self> {
        let mut packed = Self {
            nodes,
            trees: Vec::with_capacity(trees.len()),
            values,
            targets,
            views,
        };
        for numbers in trees {
            let [first, end, depth, first_target, end_of_targets] =
                numbers.map(|place| place as usize);
            let nodes = packed.nodes.get(first..end)?;
            let targets = packed.targets.get(first_target..end_of_targets)?;
            let held = if targets.len() == 1 { 0 } else { targets.len() };
            if nodes.is_empty()
                || depth > nodes.len()
                || !are_sound(nodes, packed.width())
                || !holds_values(nodes, held, packed.values.len())
            {
                return None;
            }
            let top = Top::of(nodes)?;
            packed.trees.push(PackedTree::restored(*numbers, top));
        }
        Some(packed)
    }

    pub(super) fn nodes(&self) -> &[N] {
        &self.nodes
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.values
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
        self.nodes.heap_bytes()
            + footprint::list(&self.trees)
            + footprint::list(&self.views)
            + self.values.heap_bytes()
            + footprint::list(&self.targets)
    }
}

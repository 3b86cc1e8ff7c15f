//! The branches of a tree that is not too large, whatever its shape.

use super::MOST_EXITS;
use crate::inference::native::trees::branch::Branch;
use crate::inference::native::trees::load::{Forest, Mode};

/// The branches of a tree, each before those below it.
pub(super) struct SmallTree {
    pub(super) branches: Vec<SmallBranch>,
    /// The forest's nodes that are its leaves.
    pub(super) leaves: Vec<u32>,
    /// Branches on the longest path.
    pub(super) depth: u32,
}

pub(super) struct SmallBranch {
    /// The forest's node.
    pub(super) node: u32,
    /// Where its sides lead.
    pub(super) sides: [Side; 2],
}

#[derive(Clone, Copy)]
pub(super) enum Side {
    Branch(u32),
    Leaf(u16),
}

/// A tree's branches, or that there are too many of them.
pub(super) enum Size {
    Small(SmallTree),
    Large,
}

impl SmallTree {
    /// `None` where a branch does not fit the form.
    pub(super) fn of(forest: &Forest, root: u32) -> Option<Size> {
        let mut tree = SmallTree {
            branches: Vec::new(),
            leaves: Vec::new(),
            depth: 0,
        };
        // A node, its level, and the branch and side that lead to it.
        let mut open = vec![(root, 0, None)];
        while let Some((node, level, from)) = open.pop() {
            let raw = &forest.nodes[node as usize];
            let side = if raw.mode == Mode::Leaf {
                if tree.leaves.len() == MOST_EXITS {
                    return Some(Size::Large);
                }
                tree.leaves.push(node);
                tree.depth = tree.depth.max(level);
                Side::Leaf(tree.leaves.len() as u16 - 1)
            } else {
                let branch_sides = Branch::of(raw)?.sides;
                let place = tree.branches.len() as u32;
                tree.branches.push(SmallBranch {
                    node,
                    sides: [Side::Leaf(0); 2],
                });
                for side in [1, 0] {
                    open.push((branch_sides[side], level + 1, Some((place, side))));
                }
                Side::Branch(place)
            };
            if let Some((branch, of)) = from {
                let branch: &mut SmallBranch = &mut tree.branches[branch as usize];
                branch.sides[of] = side;
            }
        }
        Some(Size::Small(tree))
    }
}

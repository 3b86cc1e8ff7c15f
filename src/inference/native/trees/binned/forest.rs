//! Trees over bins, as the kernel reads them: a top that is answered for many rows at once, and
//! below it eight bytes a node, children in pairs.

use std::ops::Range;

use super::bottom_up::Selection;
use super::complete::Test;
use super::rows::Lists;
use super::{LANES, MOST_EXITS};
use crate::inference::native::footprint;
use crate::inference::native::trees::binning::Binning;

/// Read in one piece; from the lowest bits: what a leaf holds, or a branch's bin; where the bins
/// of its list begin in a group; the first of the pair of its children. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node(u64);

impl Node {
    /// A branch: values of a higher bin go to the second of the pair.
    pub(super) fn branch(bin: u8, list: u16, children: u16) -> Self {
        Node(u64::from(bin) | u64::from(list) << 32 | u64::from(children) << 48)
    }

    /// A leaf at a place; its list must be that of nothing, which exceeds no bin.
    pub(super) fn leaf(held: f32, nothing: u16, place: u16) -> Self {
        Node(u64::from(held.to_bits()) | u64::from(nothing) << 32 | u64::from(place) << 48)
    }

    pub(super) fn bin(self) -> u8 {
        self.0 as u8
    }

    pub(super) fn held(self) -> f32 {
        f32::from_bits(self.0 as u32)
    }

    pub(super) fn list(self) -> usize {
        usize::from((self.0 >> 32) as u16)
    }

    pub(super) fn child(self) -> usize {
        (self.0 >> 48) as usize
    }
}

/// Places of one tree in a list of all trees'.
pub(super) type Places = Range<u32>;

#[derive(Debug)]
pub(super) struct Tree {
    pub(super) top: Top,
    /// Where each exit of the top leads, as a place among the tree's nodes.
    pub(super) entries: Places,
    /// What is below the top; nothing where all exits are leaves.
    pub(super) nodes: Places,
    /// Branches on the longest path below the top.
    pub(super) depth: u32,
    /// Of a whole tree: what the exits give, target by target.
    pub(super) values: Places,
    pub(super) targets: Places,
}

#[derive(Debug)]
pub(super) enum Top {
    Complete(Places),
    BottomUp(Places),
}

impl Tree {
    /// Whether all exits of its top are leaves.
    pub(super) fn is_whole(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// A forest whose leaves all give values to the same targets within a tree. Every link and list in
/// it has been checked, and nothing can change it afterwards.
#[derive(Debug)]
pub(in crate::inference::native::trees) struct BinnedForest {
    pub(super) binning: Binning,
    pub(super) lists: Lists,
    pub(super) selections: Vec<Selection>,
    pub(super) tests: Vec<Test>,
    pub(super) entries: Vec<u16>,
    pub(super) nodes: Vec<Node>,
    pub(super) trees: Vec<Tree>,
    /// Of whole trees by exit, of others by what their leaves hold.
    pub(super) values: Vec<f32>,
    pub(super) targets: Vec<u32>,
}

fn of<'l, T>(all: &'l [T], places: &Places) -> &'l [T] {
    &all[places.start as usize..places.end as usize]
}

impl BinnedForest {
    /// What the kernel takes for granted.
    pub(super) fn is_sound(&self) -> bool {
        self.trees.iter().all(|tree| {
            let exits = if tree.is_whole() {
                of(&self.values, &tree.values).len() / self.targets_of(tree).len().max(1)
            } else {
                self.entries_of(tree).len()
            };
            self.is_sound_top(&tree.top, exits) && self.are_sound_nodes(tree)
        })
    }

    fn is_sound_top(&self, top: &Top, exits: usize) -> bool {
        match top {
            Top::Complete(places) => {
                let tests = of(&self.tests, places);
                exits == tests.len() + 1
                    && (8..=MOST_EXITS).contains(&exits)
                    && exits.is_power_of_two()
                    && tests.iter().all(|test| test.is_sound(self.width()))
            }
            Top::BottomUp(places) => {
                let mut selections = of(&self.selections, places).iter().enumerate();
                exits <= MOST_EXITS
                    && selections.len() > 0
                    && selections.all(|(place, q)| q.is_sound(place, self.width(), exits))
            }
        }
    }

    fn are_sound_nodes(&self, tree: &Tree) -> bool {
        let nodes = self.nodes_of(tree);
        let nothing = self.lists.count() * LANES;
        let is_sound = |node: &Node| {
            let last = node.child() + usize::from(node.list() != nothing);
            last < nodes.len() && node.list().is_multiple_of(LANES) && node.list() <= nothing
        };
        let mut entries = self.entries_of(tree).iter();
        nodes.iter().all(is_sound) && entries.all(|entry| usize::from(*entry) < nodes.len())
    }

    /// Bins of a row: one a list, and that of nothing.
    pub(in crate::inference::native::trees) fn width(&self) -> usize {
        self.lists.count() + 1
    }

    pub(super) fn tests_of(&self, places: &Places) -> &[Test] {
        of(&self.tests, places)
    }

    pub(super) fn selections_of(&self, places: &Places) -> &[Selection] {
        of(&self.selections, places)
    }

    pub(super) fn entries_of(&self, tree: &Tree) -> &[u16] {
        of(&self.entries, &tree.entries)
    }

    pub(super) fn nodes_of(&self, tree: &Tree) -> &[Node] {
        of(&self.nodes, &tree.nodes)
    }

    pub(super) fn values_of(&self, tree: &Tree) -> &[f32] {
        of(&self.values, &tree.values)
    }

    pub(super) fn targets_of(&self, tree: &Tree) -> &[u32] {
        of(&self.targets, &tree.targets)
    }

    /// Every target that some leaf gives something; some more than once.
    pub(in crate::inference::native::trees) fn targets(&self) -> &[u32] {
        &self.targets
    }

    pub(in crate::inference::native::trees) fn bytes(&self) -> usize {
        self.binning.bytes()
            + self.lists.bytes()
            + footprint::list(&self.selections)
            + footprint::list(&self.tests)
            + footprint::list(&self.entries)
            + footprint::list(&self.nodes)
            + footprint::list(&self.trees)
            + footprint::list(&self.values)
            + footprint::list(&self.targets)
    }
}

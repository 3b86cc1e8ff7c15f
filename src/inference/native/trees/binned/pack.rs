//! Packs a forest for the kernel.

use super::bottom_up::{offset, selections};
use super::complete::CompleteTop;
use super::forest::{BinnedForest, Node, Places, Top, Tree};
use super::rows::{Lists, MOST};
use super::small_tree::{Size, SmallTree};
use crate::inference::native::trees::binning::{Binning, BinningBuilder, Edge};
use crate::inference::native::trees::branch::Branch;
use crate::inference::native::trees::leaves::LeafValues;
use crate::inference::native::trees::load::{Forest, Mode};

/// With more lists of thresholds a column than this, bins are no shorter than the values.
const MOST_LISTS: usize = 4;
/// Branches that tell whether it is worth while to look at the others.
const ENOUGH: usize = 1 << 14;
/// Levels of the top of a tree that is walked below it.
const LEVELS: u32 = 6;
/// Levels of other tops, at least and at most.
const LEAST_LEVELS: u32 = 3;
const MOST_LEVELS: u32 = 8;
/// What a selection costs, in tests of complete levels.
const SELECTION_COST: usize = 2;

/// A tree while it is packed.
struct Placed {
    /// Its place among the tree's nodes.
    place: usize,
    node: u32,
    level: u32,
}

struct Packer<'f> {
    forest: &'f Forest,
    /// The edge that each node's threshold is.
    edges: Vec<Edge>,
    leaf_values: LeafValues,
    packed: BinnedForest,
}

impl BinnedForest {
    /// `None` for a forest that does not fit the form: tests for equality, leaves of different
    /// kinds in one tree, too many different thresholds, or more of something than can be counted.
    pub(in crate::inference::native::trees) fn of(forest: &Forest) -> Option<Self> {
        let (binning, edges) = binning(forest)?;
        let mut packer = Packer {
            forest,
            edges,
            leaf_values: LeafValues::default(),
            packed: BinnedForest {
                lists: Lists::of(&binning),
                binning,
                selections: Vec::new(),
                tests: Vec::new(),
                entries: Vec::new(),
                nodes: Vec::new(),
                trees: Vec::with_capacity(forest.roots.len()),
                values: Vec::new(),
                targets: Vec::new(),
            },
        };
        for root in &forest.roots {
            packer.add_tree(*root)?;
        }
        let mut packed = packer.packed;
        packed.selections.shrink_to_fit();
        packed.tests.shrink_to_fit();
        packed.entries.shrink_to_fit();
        packed.nodes.shrink_to_fit();
        packed.values.shrink_to_fit();
        packed.targets.shrink_to_fit();
        packed.is_sound().then_some(packed)
    }
}

/// All thresholds; `None` if there are too many, or if a branch does not fit the form.
fn binning(forest: &Forest) -> Option<(Binning, Vec<Edge>)> {
    let mut builder = BinningBuilder::default();
    let nodes = forest.nodes.iter().zip(0_u32..);
    let branches = nodes.filter(|(node, _)| node.mode != Mode::Leaf);
    for (count, (node, place)) in branches.enumerate() {
        // Most forests that do not fit show it early.
        if count == ENOUGH && lists_a_column(&mut builder) > MOST_LISTS {
            return None;
        }
        let branch = Branch::of(node)?;
        builder.add(branch.view, branch.threshold, place);
    }
    (lists_a_column(&mut builder) <= MOST_LISTS).then(|| builder.build(forest.nodes.len()))
}

/// Lists a column on average.
fn lists_a_column(builder: &mut BinningBuilder) -> usize {
    let lists = builder.lists(MOST);
    let columns = lists.len().max(1);
    lists.sum::<usize>().div_ceil(columns)
}

/// The places from a first one to the end of a list.
fn since<T>(first: usize, all: &[T]) -> Option<Places> {
    Some(u32::try_from(first).ok()?..u32::try_from(all.len()).ok()?)
}

impl Packer<'_> {
    fn add_tree(&mut self, root: u32) -> Option<()> {
        let first_entry = self.packed.entries.len();
        let first_node = self.packed.nodes.len();
        let first_target = self.packed.targets.len();
        self.packed.targets.extend(self.forest.leaf_targets(root)?);
        let (top, values, depth) = match SmallTree::of(self.forest, root)? {
            Size::Small(tree) => {
                let (top, leaves) = self.whole_top(root, &tree)?;
                (top, self.values_of(&leaves)?, 0)
            }
            Size::Large => {
                let (top, exits) = self.levels(root, LEVELS)?;
                (top, 0..0, self.add_nodes(&exits)?)
            }
        };
        self.packed.trees.push(Tree {
            top,
            entries: since(first_entry, &self.packed.entries)?,
            nodes: since(first_node, &self.packed.nodes)?,
            depth,
            values,
            targets: since(first_target, &self.packed.targets)?,
        });
        Some(())
    }

    /// The cheaper top for the whole of a tree, and the leaves that are its exits.
    fn whole_top(&mut self, root: u32, tree: &SmallTree) -> Option<(Top, Vec<u32>)> {
        let levels = tree.depth.max(LEAST_LEVELS);
        let is_cheap = |levels: u32| 1 << levels <= SELECTION_COST * tree.branches.len();
        if tree.branches.is_empty() || (levels <= MOST_LEVELS && is_cheap(levels)) {
            return self.levels(root, levels);
        }
        let first = self.packed.selections.len();
        let selections = selections(tree, |node| self.find(node))?;
        self.packed.selections.extend(selections);
        let places = since(first, &self.packed.selections)?;
        Some((Top::BottomUp(places), tree.leaves.clone()))
    }

    /// The list of a branch's threshold, and its bin there.
    fn find(&self, node: u32) -> (usize, u8) {
        self.packed.lists.find(self.edges[node as usize])
    }

    fn levels(&mut self, root: u32, depth: u32) -> Option<(Top, Vec<u32>)> {
        let first = self.packed.tests.len();
        let nothing = self.packed.lists.count();
        let levels = CompleteTop::of(self.forest, root, depth, |node| self.find(node), nothing)?;
        self.packed.tests.extend(levels.tests);
        let places = since(first, &self.packed.tests)?;
        Some((Top::Complete(places), levels.exits))
    }

    fn values_of(&mut self, leaves: &[u32]) -> Option<Places> {
        let first = self.packed.values.len();
        for leaf in leaves {
            let weights = self.forest.weights_of(*leaf).iter();
            self.packed
                .values
                .extend(weights.map(|weight| weight.value));
        }
        since(first, &self.packed.values)
    }

    /// Adds what is below a top, and gives its depth.
    fn add_nodes(&mut self, exits: &[u32]) -> Option<u32> {
        let first = self.packed.nodes.len();
        let nothing = offset(self.packed.lists.count())?;
        let filler = Node::leaf(0.0, nothing, 0);
        let mut depth = 0;
        let mut open = Vec::new();
        for (number, exit) in exits.iter().enumerate() {
            // A leaf above the lowest level is several exits.
            if number > 0 && exits[number - 1] == *exit {
                self.packed
                    .entries
                    .extend(self.packed.entries.last().copied());
                continue;
            }
            let place = self.packed.nodes.len() - first;
            self.packed.nodes.push(filler);
            self.packed.entries.push(u16::try_from(place).ok()?);
            open.push(Placed {
                place,
                node: *exit,
                level: 0,
            });
            while let Some(Placed { place, node, level }) = open.pop() {
                let raw = &self.forest.nodes[node as usize];
                self.packed.nodes[first + place] = if raw.mode == Mode::Leaf {
                    depth = depth.max(level);
                    let weights = self.forest.weights_of(node);
                    let held = self.leaf_values.hold(weights, &mut self.packed.values);
                    Node::leaf(held, nothing, u16::try_from(place).ok()?)
                } else {
                    let sides = Branch::of(raw)?.sides;
                    let children = self.packed.nodes.len() - first;
                    self.packed.nodes.extend([filler; 2]);
                    for side in [1, 0] {
                        open.push(Placed {
                            place: children + side,
                            node: sides[side],
                            level: level + 1,
                        });
                    }
                    let (list, bin) = self.find(node);
                    Node::branch(bin, offset(list)?, u16::try_from(children).ok()?)
                };
            }
        }
        Some(depth)
    }
}

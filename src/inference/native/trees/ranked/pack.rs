//! Packs a forest for the kernel.

use super::forest::{Node, Places, Ranked, Top, Tree};
use super::levels::Levels;
use super::questions::{offset, questions};
use super::ranks::{Lists, MOST};
use super::sketch::{Size, Sketch};
use crate::inference::native::trees::branch::Branch;
use crate::inference::native::trees::cuts::{Cut, Cuts, CutsBuilder};
use crate::inference::native::trees::leaves::LeafValues;
use crate::inference::native::trees::load::{Forest, Mode};

/// With more lists of thresholds a column than this, ranks are no shorter than the values.
const MOST_LISTS: usize = 4;
/// Branches that tell whether it is worth while to look at the others.
const ENOUGH: usize = 1 << 14;
/// Levels of the top of a tree that is walked below it.
const LEVELS: u32 = 6;
/// Levels of other tops, at least and at most.
const LEAST_LEVELS: u32 = 3;
const MOST_LEVELS: u32 = 8;
/// What a question costs, in tests of complete levels.
const QUESTION: usize = 2;

/// A tree while it is packed.
struct Placed {
    /// Its place among the tree's nodes.
    place: usize,
    node: u32,
    level: u32,
}

struct Packer<'f> {
    forest: &'f Forest,
    /// Where each node's threshold is among the cuts.
    cuts: Vec<Cut>,
    leaf_values: LeafValues,
    ranked: Ranked,
}

impl Ranked {
    /// `None` for a forest that does not fit the form: tests for equality, leaves of different
    /// kinds in one tree, too many different thresholds, or more of something than can be counted.
    pub(in crate::inference::native::trees) fn of(forest: &Forest) -> Option<Self> {
        let (cuts, places) = cuts(forest)?;
        let mut packer = Packer {
            forest,
            cuts: places,
            leaf_values: LeafValues::default(),
            ranked: Ranked {
                lists: Lists::of(&cuts),
                cuts,
                questions: Vec::new(),
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
        let mut ranked = packer.ranked;
        ranked.questions.shrink_to_fit();
        ranked.tests.shrink_to_fit();
        ranked.entries.shrink_to_fit();
        ranked.nodes.shrink_to_fit();
        ranked.values.shrink_to_fit();
        ranked.targets.shrink_to_fit();
        ranked.is_sound().then_some(ranked)
    }
}

/// All thresholds; `None` if there are too many, or if a branch does not fit the form.
fn cuts(forest: &Forest) -> Option<(Cuts, Vec<Cut>)> {
    let mut cuts = CutsBuilder::default();
    let nodes = forest.nodes.iter().zip(0_u32..);
    let branches = nodes.filter(|(node, _)| node.mode != Mode::Leaf);
    for (count, (node, place)) in branches.enumerate() {
        // Most forests that do not fit show it early.
        if count == ENOUGH && lists_a_column(&mut cuts) > MOST_LISTS {
            return None;
        }
        let branch = Branch::of(node)?;
        cuts.add(branch.view, branch.threshold, place);
    }
    (lists_a_column(&mut cuts) <= MOST_LISTS).then(|| cuts.build(forest.nodes.len()))
}

/// Lists a column on average.
fn lists_a_column(cuts: &mut CutsBuilder) -> usize {
    let lists = cuts.lists(MOST);
    let columns = lists.len().max(1);
    lists.sum::<usize>().div_ceil(columns)
}

/// The places from a first one to the end of a list.
fn since<T>(first: usize, all: &[T]) -> Option<Places> {
    Some(u32::try_from(first).ok()?..u32::try_from(all.len()).ok()?)
}

impl Packer<'_> {
    fn add_tree(&mut self, root: u32) -> Option<()> {
        let first_entry = self.ranked.entries.len();
        let first_node = self.ranked.nodes.len();
        let first_target = self.ranked.targets.len();
        self.ranked.targets.extend(self.forest.leaf_targets(root)?);
        let (top, values, depth) = match Sketch::of(self.forest, root)? {
            Size::Small(sketch) => {
                let (top, leaves) = self.whole_top(root, &sketch)?;
                (top, self.values_of(&leaves)?, 0)
            }
            Size::Large => {
                let (top, exits) = self.levels(root, LEVELS)?;
                (top, 0..0, self.add_nodes(&exits)?)
            }
        };
        self.ranked.trees.push(Tree {
            top,
            entries: since(first_entry, &self.ranked.entries)?,
            nodes: since(first_node, &self.ranked.nodes)?,
            depth,
            values,
            targets: since(first_target, &self.ranked.targets)?,
        });
        Some(())
    }

    /// The cheaper top for the whole of a tree, and the leaves that are its exits.
    fn whole_top(&mut self, root: u32, sketch: &Sketch) -> Option<(Top, Vec<u32>)> {
        let levels = sketch.depth.max(LEAST_LEVELS);
        let is_cheap = |levels: u32| 1 << levels <= QUESTION * sketch.branches.len();
        if sketch.branches.is_empty() || (levels <= MOST_LEVELS && is_cheap(levels)) {
            return self.levels(root, levels);
        }
        let first = self.ranked.questions.len();
        let questions = questions(sketch, |node| self.find(node))?;
        self.ranked.questions.extend(questions);
        let places = since(first, &self.ranked.questions)?;
        Some((Top::Questions(places), sketch.leaves.clone()))
    }

    /// The list of a branch's threshold, and its rank there.
    fn find(&self, node: u32) -> (usize, u8) {
        self.ranked.lists.find(self.cuts[node as usize])
    }

    fn levels(&mut self, root: u32, depth: u32) -> Option<(Top, Vec<u32>)> {
        let first = self.ranked.tests.len();
        let nothing = self.ranked.lists.count();
        let levels = Levels::of(self.forest, root, depth, |node| self.find(node), nothing)?;
        self.ranked.tests.extend(levels.tests);
        let places = since(first, &self.ranked.tests)?;
        Some((Top::Levels(places), levels.exits))
    }

    fn values_of(&mut self, leaves: &[u32]) -> Option<Places> {
        let first = self.ranked.values.len();
        for leaf in leaves {
            let weights = self.forest.weights_of(*leaf).iter();
            self.ranked
                .values
                .extend(weights.map(|weight| weight.value));
        }
        since(first, &self.ranked.values)
    }

    /// Adds what is below a top, and gives its depth.
    fn add_nodes(&mut self, exits: &[u32]) -> Option<u32> {
        let first = self.ranked.nodes.len();
        let nothing = offset(self.ranked.lists.count())?;
        let filler = Node::leaf(0.0, nothing, 0);
        let mut depth = 0;
        let mut open = Vec::new();
        for (number, exit) in exits.iter().enumerate() {
            // A leaf above the lowest level is several exits.
            if number > 0 && exits[number - 1] == *exit {
                self.ranked
                    .entries
                    .extend(self.ranked.entries.last().copied());
                continue;
            }
            let place = self.ranked.nodes.len() - first;
            self.ranked.nodes.push(filler);
            self.ranked.entries.push(u16::try_from(place).ok()?);
            open.push(Placed {
                place,
                node: *exit,
                level: 0,
            });
            while let Some(Placed { place, node, level }) = open.pop() {
                let raw = &self.forest.nodes[node as usize];
                self.ranked.nodes[first + place] = if raw.mode == Mode::Leaf {
                    depth = depth.max(level);
                    let weights = self.forest.weights_of(node);
                    let held = self.leaf_values.hold(weights, &mut self.ranked.values);
                    Node::leaf(held, nothing, u16::try_from(place).ok()?)
                } else {
                    let sides = Branch::of(raw)?.sides;
                    let children = self.ranked.nodes.len() - first;
                    self.ranked.nodes.extend([filler; 2]);
                    for side in [1, 0] {
                        open.push(Placed {
                            place: children + side,
                            node: sides[side],
                            level: level + 1,
                        });
                    }
                    let (list, rank) = self.find(node);
                    Node::branch(rank, offset(list)?, u16::try_from(children).ok()?)
                };
            }
        }
        Some(depth)
    }
}

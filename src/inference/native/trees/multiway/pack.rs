//! Packs a forest into wide nodes.

use std::collections::HashMap;

use super::ROW_BYTES;
use super::forest::{
    BRANCHES, HELD, LEVELS, MultiwayForest, Split, Tree, UNIT, WIDE_UNITS, write_wide,
};
use crate::inference::native::parts::OneHotColumns;
use crate::inference::native::trees::binning::{Binning, BinningBuilder, Edge, MOST_EDGES};
use crate::inference::native::trees::branch::Branch;
use crate::inference::native::trees::leaves::LeafValues;
use crate::inference::native::trees::load::{Forest, Mode};

/// A step costs as much as evaluating so many branches for all rows at once, and that is done for no
/// more than a byte counts of a tree.
const BRANCHES_A_STEP: usize = 24;
const MOST_EVALUATED: usize = u8::MAX as usize;
/// Categories of a value, each and none of them in a byte.
const MOST_CATEGORIES: usize = u8::MAX as usize;

impl MultiwayForest {
    /// `None` for a forest that does not fit the form: tests for equality, leaves of different kinds
    /// in one tree, more bytes than are known of a row, or trees that are too large, or so small or
    /// so straggly that other forms are faster.
    pub(in crate::inference::native::trees) fn of(
        forest: &Forest,
        categories: &[OneHotColumns],
    ) -> Option<Self> {
        let shapes = shapes(forest);
        let steps: usize = shapes.iter().map(Shape::steps).sum();
        let evaluated = shapes
            .iter()
            .map(|shape| shape.branches.min(MOST_EVALUATED));
        if steps * BRANCHES_A_STEP >= evaluated.sum() {
            return None;
        }
        Self::of_shapes(forest, &shapes, categories)
    }

    /// As [`MultiwayForest::of`], even where other forms are faster.
    #[cfg(test)]
    pub(in crate::inference::native::trees) fn at_any_cost(
        forest: &Forest,
        categories: &[OneHotColumns],
    ) -> Option<Self> {
        Self::of_shapes(forest, &shapes(forest), categories)
    }

    fn of_shapes(forest: &Forest, shapes: &[Shape], categories: &[OneHotColumns]) -> Option<Self> {
        let layout = RowLayout::of(forest, categories)?;
        let mut packer = Packer {
            forest,
            edges: layout.edges,
            leaf_values: LeafValues::default(),
            places: HashMap::new(),
            packed: MultiwayForest {
                binning: layout.binning,
                categories: layout.categories,
                units: Vec::new(),
                trees: Vec::with_capacity(forest.roots.len()),
                values: Vec::new(),
                targets: Vec::new(),
            },
        };
        for (root, shape) in forest.roots.iter().zip(shapes) {
            packer.add_tree(*root, shape)?;
        }
        let mut packed = packer.packed;
        packed.units.shrink_to_fit();
        packed.values.shrink_to_fit();
        packed.targets.shrink_to_fit();
        packed.is_sound().then_some(packed)
    }
}

/// How large a tree is.
struct Shape {
    branches: usize,
    /// Branches on the longest path.
    depth: usize,
    /// Branches below the root, by their level: those of every third level together.
    below: [usize; LEVELS],
}

impl Shape {
    /// At least one, so that all trees are alike.
    fn steps(&self) -> usize {
        self.depth.div_ceil(LEVELS).max(1)
    }

    /// Levels of the first wide node: as many as make the fewest below it, and paths no longer.
    fn first_levels(&self) -> usize {
        let is_enough = |levels: &usize| {
            let below = self.depth.saturating_sub(*levels);
            1 + below.div_ceil(LEVELS) == self.steps()
        };
        let all = (1..=LEVELS).rev().filter(is_enough);
        let fewest = all.min_by_key(|levels| self.below[levels % LEVELS]);
        fewest.unwrap_or(LEVELS)
    }
}

fn shapes(forest: &Forest) -> Vec<Shape> {
    let mut open = Vec::new();
    let mut shape = |root: &u32| {
        let mut shape = Shape {
            branches: 0,
            depth: 0,
            below: [0; LEVELS],
        };
        open.push((*root, 0));
        while let Some((place, above)) = open.pop() {
            let node = &forest.nodes[place as usize];
            if node.mode != Mode::Leaf {
                shape.branches += 1;
                shape.depth = shape.depth.max(above + 1);
                shape.below[above % LEVELS] += usize::from(above > 0);
                open.extend([node.on_true, node.on_false].map(|side| (side, above + 1)));
            }
        }
        shape
    };
    forest.roots.iter().map(&mut shape).collect()
}

/// What the bytes of a row are.
struct RowLayout {
    binning: Binning,
    edges: Vec<Edge>,
    categories: Vec<(OneHotColumns, usize)>,
}

impl RowLayout {
    fn of(forest: &Forest, categories: &[OneHotColumns]) -> Option<Self> {
        let values: usize = categories.iter().map(|columns| columns.width).sum();
        let fit = |columns: &OneHotColumns| columns.categories <= MOST_CATEGORIES;
        if values > ROW_BYTES || !categories.iter().all(fit) {
            return None;
        }
        let mut builder = BinningBuilder::default();
        for (node, place) in forest.nodes.iter().zip(0_u32..) {
            if node.mode == Mode::Leaf {
                continue;
            }
            let branch = Branch::of(node)?;
            if !categories
                .iter()
                .any(|columns| columns.find(branch.view.column).is_some())
            {
                builder.add(branch.view, branch.threshold, place);
                if builder.views() + values > ROW_BYTES {
                    return None;
                }
            }
        }
        if builder.lists(MOST_EDGES).sum::<usize>() + values > ROW_BYTES {
            return None;
        }
        let (binning, edges) = builder.build(forest.nodes.len());
        let mut byte = binning.columns().len();
        let with_byte = |columns: &OneHotColumns| {
            let first = byte;
            byte += columns.width;
            (*columns, first)
        };
        Some(RowLayout {
            categories: categories.iter().map(with_byte).collect(),
            binning,
            edges,
        })
    }
}

struct Packer<'f> {
    forest: &'f Forest,
    /// The edge that each node's threshold is, if it is not about a category.
    edges: Vec<Edge>,
    leaf_values: LeafValues,
    /// The tree's leaves by what they hold.
    places: HashMap<u32, LeafPlaces>,
    packed: MultiwayForest,
}

/// Where a leaf is that leads to itself, and one that leads nowhere.
#[derive(Default)]
struct LeafPlaces {
    that_stays: Option<usize>,
    at_the_end: Option<usize>,
}

/// A wide node while it is packed.
struct Open {
    /// Its place among the units of all trees.
    place: usize,
    node: u32,
    /// Steps from here to the end of a path.
    left: usize,
}

impl Packer<'_> {
    fn add_tree(&mut self, root: u32, shape: &Shape) -> Option<()> {
        let steps = shape.steps();
        let first = self.packed.units.len();
        let first_target = self.packed.targets.len();
        self.packed.targets.extend(self.forest.leaf_targets(root)?);
        self.places.clear();
        let place = self.room(WIDE_UNITS);
        let mut open = vec![Open {
            place,
            node: root,
            left: steps,
        }];
        while let Some(wide) = open.pop() {
            let levels = if wide.left == steps {
                shape.first_levels()
            } else {
                LEVELS
            };
            let (splits, nodes) = self.splits(wide.node, levels)?;
            let mut exits = [0; BRANCHES];
            for (exit, node) in nodes.iter().enumerate() {
                // A leaf above the lowest level is several exits.
                if exit > 0 && nodes[exit - 1] == *node {
                    exits[exit] = exits[exit - 1];
                    continue;
                }
                let place = if self.is_leaf(*node) {
                    self.place_leaf(*node, wide.left == 1, first)?
                } else {
                    let place = self.room(WIDE_UNITS);
                    open.push(Open {
                        place,
                        node: *node,
                        left: wide.left - 1,
                    });
                    place
                };
                exits[exit] = u16::try_from(place - first).ok()?;
            }
            write_wide(&mut self.packed.units[wide.place..], splits, exits);
        }
        self.packed.trees.push(Tree {
            units: u32::try_from(first).ok()?..u32::try_from(self.packed.units.len()).ok()?,
            depth: u32::try_from(steps).ok()?,
            targets: first_target as u32..self.packed.targets.len() as u32,
        });
        Some(())
    }

    fn is_leaf(&self, node: u32) -> bool {
        self.forest.nodes[node as usize].mode == Mode::Leaf
    }

    fn room(&mut self, units: usize) -> usize {
        let place = self.packed.units.len();
        self.packed.units.resize(place + units, 0);
        place
    }

    /// The place of a leaf, which leads to itself if it is not the end of the path. Leaves of a tree
    /// that hold the same are one.
    fn place_leaf(&mut self, node: u32, is_end: bool, first: usize) -> Option<usize> {
        let weights = self.forest.weights_of(node);
        let held = self.leaf_values.hold(weights, &mut self.packed.values);
        let held = held.to_bits();
        let known = self.places.entry(held).or_default();
        // One that leads to itself will do at the end as well.
        let place = known.that_stays.or(known.at_the_end.filter(|_| is_end));
        if place.is_some() {
            return place;
        }
        let at = self.packed.units.len();
        // A tree begins with a wide node, so that there is something before every leaf.
        let place = at - HELD / UNIT;
        self.packed.units.push(held);
        if is_end {
            known.at_the_end = Some(place);
        } else {
            known.that_stays = Some(place);
            let exit = u32::from(u16::try_from(place - first).ok()?);
            let end = place + WIDE_UNITS;
            self.packed.units.resize(end, exit << 16 | exit);
        }
        Some(place)
    }

    /// The splits of the first levels from a node on, level by level, and where they lead; what
    /// follows them in the wide node always takes the first side.
    fn splits(&self, node: u32, levels: usize) -> Option<([Split; BRANCHES], [u32; BRANCHES])> {
        let mut splits = [Split::ALWAYS_FIRST; BRANCHES];
        // The sides of n are 2n + 1 and 2n + 2.
        let mut nodes = [node; 2 * BRANCHES - 1];
        for place in 0..BRANCHES - 1 {
            let node = nodes[place];
            let mut sides = [node; 2];
            if !self.is_leaf(node) && place < (1 << levels) - 1 {
                (splits[place], sides) = self.split(node)?;
            }
            nodes[2 * place + 1..][..2].copy_from_slice(&sides);
        }
        let mut exits = [0; BRANCHES];
        exits.copy_from_slice(&nodes[BRANCHES - 1..]);
        Some((splits, exits))
    }

    fn split(&self, node: u32) -> Option<(Split, [u32; 2])> {
        let Branch {
            view,
            threshold,
            sides: [first, second],
        } = Branch::of(&self.forest.nodes[node as usize])?;
        let categories = &self.packed.categories;
        let mut found = categories.iter().filter_map(|(columns, byte)| {
            let (offset, category) = columns.find(view.column)?;
            Some((byte + offset, category))
        });
        let Some((byte, category)) = found.next() else {
            let edge = self.edges[node as usize];
            let split = Split {
                byte: edge.search as u8,
                flip: 0,
                limit: signed(edge.bin),
            };
            return Some((split, [first, second]));
        };
        // Does the column's zero exceed the threshold, and its one?
        Some(match (0.0 > threshold, 1.0 > threshold) {
            (false, false) => (Split::ALWAYS_FIRST, [first, second]),
            (true, true) => (Split::ALWAYS_FIRST, [second, first]),
            // The category itself becomes the least of all bytes.
            (false, true) => {
                let split = Split {
                    byte: byte as u8,
                    flip: category as u8,
                    limit: i8::MIN,
                };
                (split, [second, first])
            }
            (true, false) => return None,
        })
    }
}

/// Bytes in the order of numbers with a sign.
pub(super) fn signed(byte: u8) -> i8 {
    (byte ^ 1 << 7).cast_signed()
}

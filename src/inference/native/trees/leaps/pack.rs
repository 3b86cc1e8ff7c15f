//! Packs a forest into leaps.

use std::collections::HashMap;

use super::LISTS;
use super::forest::{Ask, BRANCHES, HELD, LEAP_UNITS, LEVELS, Leaps, Tree, UNIT, write_leap};
use crate::inference::native::parts::OneHotColumns;
use crate::inference::native::trees::branch::Branch;
use crate::inference::native::trees::cuts::{Cut, Cuts, CutsBuilder, MOST_CUTS};
use crate::inference::native::trees::leaves::LeafValues;
use crate::inference::native::trees::load::{Forest, Mode};

/// A leap costs as much as asking so many branches for all rows at once, and that is done for no
/// more than a byte counts of a tree.
const ASKS_A_LEAP: usize = 24;
const MOST_ASKED: usize = u8::MAX as usize;
/// Categories of a value, each and none of them in a byte.
const MOST_CATEGORIES: usize = u8::MAX as usize;

impl Leaps {
    /// `None` for a forest that does not fit the form: tests for equality, leaves of different kinds
    /// in one tree, more lists than are known of a row, or trees that are too large, or so small or
    /// so straggly that other forms are faster.
    pub(in crate::inference::native::trees) fn of(
        forest: &Forest,
        categories: &[OneHotColumns],
    ) -> Option<Self> {
        let shapes = shapes(forest);
        let leaps: usize = shapes.iter().map(Shape::leaps).sum();
        let asked = shapes.iter().map(|shape| shape.branches.min(MOST_ASKED));
        if leaps * ASKS_A_LEAP >= asked.sum() {
            return None;
        }
        Self::of_shapes(forest, &shapes, categories)
    }

    /// As [`Leaps::of`], even where other forms are faster.
    #[cfg(test)]
    pub(in crate::inference::native::trees) fn at_any_cost(
        forest: &Forest,
        categories: &[OneHotColumns],
    ) -> Option<Self> {
        Self::of_shapes(forest, &shapes(forest), categories)
    }

    fn of_shapes(forest: &Forest, shapes: &[Shape], categories: &[OneHotColumns]) -> Option<Self> {
        let known = Known::of(forest, categories)?;
        let mut packer = Packer {
            forest,
            cuts: known.places,
            leaf_values: LeafValues::default(),
            places: HashMap::new(),
            leaps: Leaps {
                cuts: known.cuts,
                categories: known.categories,
                units: Vec::new(),
                trees: Vec::with_capacity(forest.roots.len()),
                values: Vec::new(),
                targets: Vec::new(),
            },
        };
        for (root, shape) in forest.roots.iter().zip(shapes) {
            packer.add_tree(*root, shape)?;
        }
        let mut leaps = packer.leaps;
        leaps.units.shrink_to_fit();
        leaps.values.shrink_to_fit();
        leaps.targets.shrink_to_fit();
        leaps.is_sound().then_some(leaps)
    }
}

/// How large a tree is.
struct Shape {
    branches: usize,
    /// Branches on the longest way.
    depth: usize,
    /// Branches below the root, by their level: those of every third level together.
    below: [usize; LEVELS],
}

impl Shape {
    /// At least one, so that all trees are alike.
    fn leaps(&self) -> usize {
        self.depth.div_ceil(LEVELS).max(1)
    }

    /// Levels of the first leap: as many as make the fewest leaps below it, and ways no longer.
    fn first_levels(&self) -> usize {
        let is_enough = |levels: &usize| {
            let below = self.depth.saturating_sub(*levels);
            1 + below.div_ceil(LEVELS) == self.leaps()
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

/// What is to be known of a row.
struct Known {
    cuts: Cuts,
    /// Where each node's threshold is among the cuts, if it is not about a category.
    places: Vec<Cut>,
    categories: Vec<(OneHotColumns, usize)>,
}

impl Known {
    fn of(forest: &Forest, categories: &[OneHotColumns]) -> Option<Self> {
        let values: usize = categories.iter().map(|columns| columns.width).sum();
        let fit = |columns: &OneHotColumns| columns.categories <= MOST_CATEGORIES;
        if values > LISTS || !categories.iter().all(fit) {
            return None;
        }
        let mut cuts = CutsBuilder::default();
        for (node, place) in forest.nodes.iter().zip(0_u32..) {
            if node.mode == Mode::Leaf {
                continue;
            }
            let branch = Branch::of(node)?;
            if !categories
                .iter()
                .any(|columns| columns.find(branch.view.column).is_some())
            {
                cuts.add(branch.view, branch.threshold, place);
                if cuts.views() + values > LISTS {
                    return None;
                }
            }
        }
        if cuts.lists(MOST_CUTS).sum::<usize>() + values > LISTS {
            return None;
        }
        let (cuts, places) = cuts.build(forest.nodes.len());
        let mut list = cuts.columns().len();
        let with_list = |columns: &OneHotColumns| {
            let first = list;
            list += columns.width;
            (*columns, first)
        };
        Some(Known {
            categories: categories.iter().map(with_list).collect(),
            cuts,
            places,
        })
    }
}

struct Packer<'f> {
    forest: &'f Forest,
    cuts: Vec<Cut>,
    leaf_values: LeafValues,
    /// The tree's leaves by what they hold.
    places: HashMap<u32, LeafPlaces>,
    leaps: Leaps,
}

/// Where a leaf is that leads to itself, and one that leads nowhere.
#[derive(Default)]
struct LeafPlaces {
    that_stays: Option<usize>,
    at_the_end: Option<usize>,
}

/// A leap while it is packed.
struct Open {
    /// Its place among the units of all trees.
    place: usize,
    node: u32,
    /// Leaps from here to the end of a way.
    left: usize,
}

impl Packer<'_> {
    fn add_tree(&mut self, root: u32, shape: &Shape) -> Option<()> {
        let leaps = shape.leaps();
        let first = self.leaps.units.len();
        let first_target = self.leaps.targets.len();
        self.leaps.targets.extend(self.forest.leaf_targets(root)?);
        self.places.clear();
        let place = self.room(LEAP_UNITS);
        let mut open = vec![Open {
            place,
            node: root,
            left: leaps,
        }];
        while let Some(leap) = open.pop() {
            let levels = if leap.left == leaps {
                shape.first_levels()
            } else {
                LEVELS
            };
            let (asks, nodes) = self.asks(leap.node, levels)?;
            let mut exits = [0; BRANCHES];
            for (exit, node) in nodes.iter().enumerate() {
                // A leaf above the lowest level is several exits.
                if exit > 0 && nodes[exit - 1] == *node {
                    exits[exit] = exits[exit - 1];
                    continue;
                }
                let place = if self.is_leaf(*node) {
                    self.place_leaf(*node, leap.left == 1, first)?
                } else {
                    let place = self.room(LEAP_UNITS);
                    open.push(Open {
                        place,
                        node: *node,
                        left: leap.left - 1,
                    });
                    place
                };
                exits[exit] = u16::try_from(place - first).ok()?;
            }
            write_leap(&mut self.leaps.units[leap.place..], asks, exits);
        }
        self.leaps.trees.push(Tree {
            units: u32::try_from(first).ok()?..u32::try_from(self.leaps.units.len()).ok()?,
            leaps: u32::try_from(leaps).ok()?,
            targets: first_target as u32..self.leaps.targets.len() as u32,
        });
        Some(())
    }

    fn is_leaf(&self, node: u32) -> bool {
        self.forest.nodes[node as usize].mode == Mode::Leaf
    }

    fn room(&mut self, units: usize) -> usize {
        let place = self.leaps.units.len();
        self.leaps.units.resize(place + units, 0);
        place
    }

    /// The place of a leaf, which leads to itself if it is not the end of the way. Leaves of a tree
    /// that hold the same are one.
    fn place_leaf(&mut self, node: u32, is_end: bool, first: usize) -> Option<usize> {
        let weights = self.forest.weights_of(node);
        let held = self.leaf_values.hold(weights, &mut self.leaps.values);
        let held = held.to_bits();
        let known = self.places.entry(held).or_default();
        // One that leads to itself will do at the end as well.
        let place = known.that_stays.or(known.at_the_end.filter(|_| is_end));
        if place.is_some() {
            return place;
        }
        let at = self.leaps.units.len();
        // A tree begins with a leap, so that there is something before every leaf.
        let place = at - HELD / UNIT;
        self.leaps.units.push(held);
        if is_end {
            known.at_the_end = Some(place);
        } else {
            known.that_stays = Some(place);
            let exit = u32::from(u16::try_from(place - first).ok()?);
            let end = place + LEAP_UNITS;
            self.leaps.units.resize(end, exit << 16 | exit);
        }
        Some(place)
    }

    /// What the first levels from a node on ask, level by level, and where they lead; what follows
    /// them in the leap asks nothing.
    fn asks(&self, node: u32, levels: usize) -> Option<([Ask; BRANCHES], [u32; BRANCHES])> {
        let mut asks = [Ask::NOTHING; BRANCHES];
        // The sides of n are 2n + 1 and 2n + 2.
        let mut nodes = [node; 2 * BRANCHES - 1];
        for place in 0..BRANCHES - 1 {
            let node = nodes[place];
            let mut sides = [node; 2];
            if !self.is_leaf(node) && place < (1 << levels) - 1 {
                (asks[place], sides) = self.ask(node)?;
            }
            nodes[2 * place + 1..][..2].copy_from_slice(&sides);
        }
        let mut exits = [0; BRANCHES];
        exits.copy_from_slice(&nodes[BRANCHES - 1..]);
        Some((asks, exits))
    }

    fn ask(&self, node: u32) -> Option<(Ask, [u32; 2])> {
        let Branch {
            view,
            threshold,
            sides: [first, second],
        } = Branch::of(&self.forest.nodes[node as usize])?;
        let categories = &self.leaps.categories;
        let mut found = categories.iter().filter_map(|(columns, list)| {
            let (offset, category) = columns.find(view.column)?;
            Some((list + offset, category))
        });
        let Some((list, category)) = found.next() else {
            let cut = self.cuts[node as usize];
            let ask = Ask {
                list: cut.search as u8,
                flip: 0,
                limit: signed(cut.rank),
            };
            return Some((ask, [first, second]));
        };
        // Does the column's zero exceed the threshold, and its one?
        Some(match (0.0 > threshold, 1.0 > threshold) {
            (false, false) => (Ask::NOTHING, [first, second]),
            (true, true) => (Ask::NOTHING, [second, first]),
            // The category itself becomes the least of all bytes.
            (false, true) => {
                let ask = Ask {
                    list: list as u8,
                    flip: category as u8,
                    limit: i8::MIN,
                };
                (ask, [second, first])
            }
            (true, false) => return None,
        })
    }
}

/// Bytes in the order of numbers with a sign.
pub(super) fn signed(byte: u8) -> i8 {
    (byte ^ 1 << 7).cast_signed()
}

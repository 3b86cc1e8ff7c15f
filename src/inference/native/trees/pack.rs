//! Trees as the kernel wants them: eight bytes a node, in the order in which they are walked.
//!
//! Every branch becomes "go left if x <= t", where a value that is not a number goes right. The
//! side it does not go to becomes the left one, and where that turns the comparison round, both x
//! and t are negated: a sign bit a node. The next smaller or larger float turns "below" into "at
//! most". All of it is exact.

use super::load::{Forest, Mode, RawNode};

/// One node. A leaf compares with NaN, so that it is never left, and leads to itself.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct PackedNode {
    /// A leaf's is a NaN whose low bits are the leaf's number within its tree.
    pub(super) threshold: f32,
    /// The sign bit, the way to the right child in nodes, and the column.
    pub(super) link: u32,
}

pub(super) const FLIP: u32 = 1 << 31;
/// Low bits of a link that hold the column, for 256 columns or for 4,096.
pub(super) const NARROW: u32 = 8 + COLUMN_SHIFT;
pub(super) const WIDE: u32 = 12 + COLUMN_SHIFT;
/// Columns are counted in pairs of a group's rows, which saves the kernel a shift.
const COLUMN_SHIFT: u32 = 3;
/// Bits of a NaN that may be anything.
pub(super) const LEAF_MASK: u32 = (1 << 22) - 1;
const LEAF_BITS: u32 = 0x7fc0_0000;

/// Branches of the four top levels.
pub(super) const TOP_NODES: usize = 15;

/// A tree's four top levels as a complete tree, in which the children of `n` are `2n + 1` (left)
/// and `2n + 2`. What ends earlier is filled up with branches that lead to one place.
#[derive(Debug, Clone)]
pub(super) struct Top {
    pub(super) thresholds: [f32; TOP_NODES],
    pub(super) columns: [u16; TOP_NODES],
    /// The sign bit or nothing.
    pub(super) flips: [u32; TOP_NODES],
    /// Where to go on, by the ways taken: a bit a level, set for left, the root's first.
    pub(super) entries: [u32; TOP_NODES + 1],
}

impl Top {
    fn of(nodes: &[PackedNode], column_bits: u32) -> Self {
        let mut top = Top {
            thresholds: [f32::NAN; TOP_NODES],
            columns: [0; TOP_NODES],
            flips: [0; TOP_NODES],
            entries: [0; TOP_NODES + 1],
        };
        let mut places = [0_u32; 2 * TOP_NODES + 1];
        for at in 0..TOP_NODES {
            let place = places[at];
            let node = nodes[place as usize];
            let way = (node.link & !FLIP) >> column_bits;
            (places[2 * at + 1], places[2 * at + 2]) = (place, place);
            if way > 0 {
                top.thresholds[at] = node.threshold;
                let column = node.link & ((1 << column_bits) - 1);
                top.columns[at] = (column >> COLUMN_SHIFT) as u16;
                top.flips[at] = node.link & FLIP;
                (places[2 * at + 1], places[2 * at + 2]) = (place + 1, place + way);
            }
        }
        for (ways, entry) in top.entries.iter_mut().enumerate() {
            *entry = places[2 * TOP_NODES - ways];
        }
        top
    }
}

#[derive(Debug)]
pub(super) struct PackedTree {
    pub(super) top: Top,
    pub(super) first: u32,
    pub(super) end: u32,
    /// Branches on the longest path.
    pub(super) depth: u32,
    /// Its leaves' first value.
    pub(super) values: u32,
    /// What its leaves give values to: a range of [`Packed::targets`].
    pub(super) targets: (u32, u32),
}

/// A forest whose leaves all give values to the same targets within a tree.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) nodes: Vec<PackedNode>,
    pub(super) trees: Vec<PackedTree>,
    pub(super) values: Vec<f32>,
    pub(super) targets: Vec<u32>,
    /// [`NARROW`] or [`WIDE`].
    pub(super) column_bits: u32,
    /// Whether any node has the sign bit.
    pub(super) has_flips: bool,
    /// Columns that a row must have at least.
    pub(super) width: usize,
}

/// A branch as the kernel sees it.
struct Branch {
    threshold: f32,
    is_flipped: bool,
    left: u32,
    right: u32,
}

impl Branch {
    fn of(node: &RawNode) -> Option<Self> {
        let t = node.threshold;
        // The comparison that leads to the side where a missing value does not go.
        let leads_left = match (node.mode, node.nan_is_true) {
            (Mode::AtMost, false) | (Mode::Above, true) => Mode::AtMost,
            (Mode::Below, false) | (Mode::AtLeast, true) => Mode::Below,
            (Mode::AtLeast, false) | (Mode::Below, true) => Mode::AtLeast,
            (Mode::Above, false) | (Mode::AtMost, true) => Mode::Above,
            _ => return None,
        };
        let (mut threshold, is_flipped) = match leads_left {
            Mode::AtMost => (t, false),
            Mode::Below if t == f32::NEG_INFINITY => (f32::NAN, false),
            Mode::Below => (t.next_down(), false),
            Mode::AtLeast => (-t, true),
            _ if t == f32::INFINITY => (f32::NAN, true),
            _ => (-t.next_up(), true),
        };
        if t.is_nan() {
            // Nothing compares with it: every number takes the false side.
            threshold = if node.nan_is_true {
                f32::INFINITY
            } else {
                f32::NAN
            };
        }
        let (left, right) = if node.nan_is_true {
            (node.on_false, node.on_true)
        } else {
            (node.on_true, node.on_false)
        };
        Some(Branch {
            threshold,
            is_flipped,
            left,
            right,
        })
    }
}

impl Packed {
    /// `None` for a forest that does not fit the form: tests for equality, leaves of different
    /// kinds in one tree, or trees of millions of nodes.
    pub(super) fn of(forest: &Forest) -> Option<Self> {
        let column_bits = match forest.width {
            0..=0x100 => NARROW,
            0x101..=0x1000 => WIDE,
            _ => return None,
        };
        let mut packed = Packed {
            nodes: Vec::with_capacity(forest.nodes.len()),
            trees: Vec::with_capacity(forest.roots.len()),
            values: Vec::new(),
            targets: Vec::new(),
            column_bits,
            has_flips: false,
            width: forest.width,
        };
        for root in &forest.roots {
            packed.add_tree(forest, *root)?;
        }
        packed.nodes.shrink_to_fit();
        packed.values.shrink_to_fit();
        Some(packed)
    }

    fn add_tree(&mut self, forest: &Forest, root: u32) -> Option<()> {
        let first = self.nodes.len();
        let values = self.values.len();
        let (mut depth, mut leaves) = (0, 0);
        let mut targets: Option<Vec<u32>> = None;
        // The place to patch in the parent, if this is a right child; the node; its depth.
        let mut open: Vec<(Option<usize>, u32, u32)> = vec![(None, root, 0)];
        while let Some((parent, place, level)) = open.pop() {
            let at = self.nodes.len();
            if let Some(parent) = parent {
                let way = u32::try_from(at - parent).ok()?;
                if u64::from(way) << self.column_bits >= u64::from(FLIP) {
                    return None;
                }
                self.nodes[parent].link |= way << self.column_bits;
            }
            let node = &forest.nodes[place as usize];
            if node.mode == Mode::Leaf {
                let weights = &forest.weights[node.weights.0 as usize..node.weights.1 as usize];
                let theirs = weights.iter().map(|weight| weight.target);
                match &targets {
                    Some(targets) => {
                        if !theirs.eq(targets.iter().copied()) {
                            return None;
                        }
                    }
                    None => targets = Some(theirs.collect()),
                }
                self.values
                    .extend(weights.iter().map(|weight| weight.value));
                if leaves > LEAF_MASK {
                    return None;
                }
                self.nodes.push(PackedNode {
                    threshold: f32::from_bits(LEAF_BITS | leaves),
                    link: 0,
                });
                leaves += 1;
                depth = depth.max(level);
                continue;
            }
            let branch = Branch::of(node)?;
            self.has_flips |= branch.is_flipped;
            self.nodes.push(PackedNode {
                threshold: branch.threshold,
                link: node.feature << COLUMN_SHIFT | if branch.is_flipped { FLIP } else { 0 },
            });
            open.push((Some(at), branch.right, level + 1));
            open.push((None, branch.left, level + 1));
        }
        let targets = targets?;
        if (1..targets.len()).any(|place| targets[..place].contains(&targets[place])) {
            return None;
        }
        let top = Top::of(&self.nodes[first..], self.column_bits);
        let first_target = self.targets.len() as u32;
        self.targets.extend(targets);
        self.trees.push(PackedTree {
            top,
            first: u32::try_from(first).ok()?,
            end: u32::try_from(self.nodes.len()).ok()?,
            depth,
            values: u32::try_from(values).ok()?,
            targets: (first_target, self.targets.len() as u32),
        });
        Some(())
    }

    pub(super) fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<PackedNode>()
            + self.trees.capacity() * size_of::<PackedTree>()
            + (self.values.capacity() + self.targets.capacity()) * 4
    }
}

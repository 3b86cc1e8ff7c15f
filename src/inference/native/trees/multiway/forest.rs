//! Trees as the kernel reads them: wide nodes of seven branches each.
//!
//! Every path through a tree has the same number of them. A leaf that is reached before the last
//! leads to itself, whatever is compared there.

use std::ops::Range;

use crate::inference::native::footprint;
use crate::inference::native::parts::OneHotColumns;
use crate::inference::native::trees::binning::Binning;

/// Levels of a wide node.
pub(super) const LEVELS: usize = 3;
/// Branches of a wide node, and a place that is never above.
pub(super) const BRANCHES: usize = 1 << LEVELS;

/// Places in a tree are counted in units of this many bytes.
pub(super) const UNIT: usize = size_of::<u32>();
/// Bytes from a wide node's place, where it is told which bytes of a row its branches compare, to
/// their flips.
pub(super) const FLIPS: usize = BRANCHES;
/// The same to their limits.
pub(super) const LIMITS: usize = 2 * BRANCHES;
/// The same to its exits, of two bytes each.
pub(super) const EXITS: usize = 3 * BRANCHES;
/// Units of a wide node.
pub(super) const WIDE_UNITS: usize = (EXITS + BRANCHES * size_of::<u16>()) / UNIT;
/// Bytes from a leaf's place to what it holds; its exits, if it is not the end, follow.
pub(super) const HELD: usize = EXITS - UNIT;

/// A branch of a wide node: with the bits of `flip` changed, a row's byte takes the second side if it
/// is above the limit; all with a sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) byte: u8,
    pub(super) flip: u8,
    pub(super) limit: i8,
}

impl Split {
    /// Always the first side: no byte is above this.
    pub(super) const ALWAYS_FIRST: Split = Split {
        byte: 0,
        flip: 0,
        limit: i8::MAX,
    };
}

/// The splits of a wide node level by level, from the first side to the second, and the places of its
/// exits.
pub(super) fn write_wide(to: &mut [u32], splits: [Split; BRANCHES], exits: [u16; BRANCHES]) {
    let mut bytes = [0; WIDE_UNITS * UNIT];
    for (place, split) in splits.iter().enumerate() {
        bytes[place] = split.byte;
        bytes[FLIPS + place] = split.flip;
        bytes[LIMITS + place] = split.limit.cast_unsigned();
    }
    for (to, exit) in bytes[EXITS..].as_chunks_mut().0.iter_mut().zip(exits) {
        *to = exit.to_ne_bytes();
    }
    for (to, bytes) in to.iter_mut().zip(bytes.as_chunks().0) {
        *to = u32::from_ne_bytes(*bytes);
    }
}

/// The exits of a place.
fn exits(units: &[u32], place: u16) -> Option<[u16; BRANCHES]> {
    let first = usize::from(place) + EXITS / UNIT;
    let pairs = units.get(first..first + BRANCHES / 2)?;
    let mut exits = [0; BRANCHES];
    for (exits, pair) in exits.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
        let [a, b, c, d] = pair.to_ne_bytes();
        *exits = [[a, b], [c, d]].map(u16::from_ne_bytes);
    }
    Some(exits)
}

#[derive(Debug)]
pub(super) struct Tree {
    /// Wide nodes and leaves; the first is the root's.
    pub(super) units: Range<u32>,
    /// Wide nodes of every path.
    pub(super) depth: u32,
    pub(super) targets: Range<u32>,
}

/// A forest whose leaves all give values to the same targets within a tree. Every link in it has been
/// checked, and nothing can change it afterwards.
#[derive(Debug)]
pub(in crate::inference::native::trees) struct MultiwayForest {
    /// Of numbers: a search is a byte of a row.
    pub(super) binning: Binning,
    /// Categories, and the bytes from which on they are.
    pub(super) categories: Vec<(OneHotColumns, usize)>,
    pub(super) units: Vec<u32>,
    pub(super) trees: Vec<Tree>,
    /// Of leaves that give several targets something.
    pub(super) values: Vec<f32>,
    pub(super) targets: Vec<u32>,
}

impl MultiwayForest {
    /// What the kernel takes for granted: that every tree has a wide node, and that no path of as
    /// many as it has leads out of it.
    pub(super) fn is_sound(&self) -> bool {
        self.trees
            .iter()
            .all(|tree| tree.depth > 0 && are_sound(self.units_of(tree), tree.depth))
    }

    pub(super) fn units_of(&self, tree: &Tree) -> &[u32] {
        &self.units[tree.units.start as usize..tree.units.end as usize]
    }

    pub(super) fn targets_of(&self, tree: &Tree) -> &[u32] {
        &self.targets[tree.targets.start as usize..tree.targets.end as usize]
    }

    /// Every target that some leaf gives something; some more than once.
    pub(in crate::inference::native::trees) fn targets(&self) -> &[u32] {
        &self.targets
    }

    pub(in crate::inference::native::trees) fn bytes(&self) -> usize {
        self.binning.bytes()
            + footprint::list(&self.categories)
            + footprint::list(&self.units)
            + footprint::list(&self.trees)
            + footprint::list(&self.values)
            + footprint::list(&self.targets)
    }
}

fn are_sound(units: &[u32], depth: u32) -> bool {
    let holds = |place: u16| usize::from(place) + HELD / UNIT < units.len();
    let mut places = vec![0];
    // After how many wide nodes a place was seen last.
    let mut seen = vec![0; units.len()];
    for passed in 1..=depth {
        let mut next = Vec::with_capacity(2 * places.len());
        for place in places {
            let Some(exits) = exits(units, place) else {
                return false;
            };
            // Whoever comes here stays.
            if exits == [place; BRANCHES] {
                if holds(place) {
                    continue;
                }
                return false;
            }
            for exit in exits {
                match seen.get_mut(usize::from(exit)) {
                    Some(seen) if *seen == passed => {}
                    Some(seen) => {
                        *seen = passed;
                        next.push(exit);
                    }
                    None => return false,
                }
            }
        }
        places = next;
    }
    places.into_iter().all(holds)
}

//! The inner loop: sixteen rows walk one tree in lockstep.
//!
//! One row's path is a chain of loads that each wait for the one before; sixteen such chains side
//! by side keep the processor busy. A plain `if` would become a branch that is guessed wrong half of
//! the time, so the step is a select.

use std::hint::select_unpredictable;

use super::pack::{FLIP, LEAF_MASK, NARROW, Packed, PackedNode, PackedTree, TOP_NODES, Top, WIDE};

/// Rows in lockstep.
pub(super) const LANES: usize = 16;
/// Between two looks whether all rows have arrived: most paths are shorter than the longest.
const STEPS: u32 = 4;
/// Levels that all rows pass together.
const TOP_LEVELS: u32 = 4;
/// Numbers in a vector register that every processor has.
const CHUNK: usize = 4;

/// Rows in groups of sixteen, column by column, so that a column of a group is one cache line.
#[derive(Debug)]
pub(super) struct Groups {
    width: usize,
    values: Vec<[f32; LANES]>,
}

impl Groups {
    /// The first `wanted` of `width` columns; the last group is filled up with zeros.
    pub(super) fn of(x: &[f32], width: usize, wanted: usize) -> Self {
        let rows = x.len() / width.max(1);
        let mut values = vec![[0.0; LANES]; rows.div_ceil(LANES) * wanted];
        if wanted > 0 {
            let groups = values.chunks_exact_mut(wanted);
            for (group, rows) in groups.zip(x.chunks(LANES * width)) {
                for (lane, row) in rows.chunks_exact(width).enumerate() {
                    for (column, value) in group.iter_mut().zip(row) {
                        column[lane] = *value;
                    }
                }
            }
        }
        Groups {
            width: wanted,
            values,
        }
    }

    fn group(&self, index: usize) -> &[[f32; LANES]] {
        &self.values[index * self.width..(index + 1) * self.width]
    }
}

/// For each of a group's rows, the number of the leaf that it reaches within the tree.
pub(super) fn leaves(
    packed: &Packed,
    tree: &PackedTree,
    groups: &Groups,
    group: usize,
) -> [u32; LANES] {
    let nodes = &packed.nodes[tree.first as usize..tree.end as usize];
    let x = groups.group(group);
    assert!(x.len() >= packed.width, "a group has every column");
    // A shift by a constant is worth the copies of the loop.
    match (packed.column_bits, packed.has_flips) {
        (NARROW, false) => walk::<NARROW, false>(nodes, x, tree),
        (NARROW, true) => walk::<NARROW, true>(nodes, x, tree),
        (_, false) => walk::<WIDE, false>(nodes, x, tree),
        (_, true) => walk::<WIDE, true>(nodes, x, tree),
    }
}

fn walk<const COLUMN_BITS: u32, const HAS_FLIPS: bool>(
    nodes: &[PackedNode],
    x: &[[f32; LANES]],
    tree: &PackedTree,
) -> [u32; LANES] {
    let mut places = enter::<HAS_FLIPS>(&tree.top, x);
    let mut left = tree.depth.saturating_sub(TOP_LEVELS);
    while left > 0 {
        let before = places;
        for _ in 0..left.min(STEPS) {
            for (lane, place) in places.iter_mut().enumerate() {
                *place = step::<COLUMN_BITS, HAS_FLIPS>(nodes, x, lane, *place);
            }
        }
        if places == before {
            break;
        }
        left -= left.min(STEPS);
    }
    places.map(|place| nodes[place].threshold.to_bits() & LEAF_MASK)
}

/// The four top levels for all rows at once. All fifteen comparisons are made, since they need no
/// waiting and the compiler makes four of them an instruction; what the rows' ways have in common
/// is picked out afterwards.
#[allow(
    clippy::inline_always,
    reason = "a call per node would cost more than the node"
)]
#[inline(always)]
fn enter<const HAS_FLIPS: bool>(top: &Top, x: &[[f32; LANES]]) -> [usize; LANES] {
    let mut places = [0; LANES];
    let columns: [&[[f32; CHUNK]]; TOP_NODES] =
        top.columns.map(|column| x[column as usize].as_chunks().0);
    for (chunk, places) in places.as_chunks_mut::<CHUNK>().0.iter_mut().enumerate() {
        let test = |node: usize| -> [u32; CHUNK] {
            let column = &columns[node][chunk];
            column.map(|value| {
                let value = if HAS_FLIPS {
                    f32::from_bits(value.to_bits() ^ top.flips[node])
                } else {
                    value
                };
                if value <= top.thresholds[node] {
                    u32::MAX
                } else {
                    0
                }
            })
        };
        let first = test(0);
        let second = pick(first, test(1), test(2));
        let third = pick(
            first,
            pick(second, test(3), test(4)),
            pick(second, test(5), test(6)),
        );
        let fourth = pick(
            first,
            pick(
                second,
                pick(third, test(7), test(8)),
                pick(third, test(9), test(10)),
            ),
            pick(
                second,
                pick(third, test(11), test(12)),
                pick(third, test(13), test(14)),
            ),
        );
        for lane in 0..CHUNK {
            let ways = first[lane] & 8 | second[lane] & 4 | third[lane] & 2 | fourth[lane] & 1;
            places[lane] = top.entries[ways as usize] as usize;
        }
    }
    places
}

/// Bit by bit: `yes` where the mask is set, else `no`.
#[allow(
    clippy::inline_always,
    reason = "a call per node would cost more than the node"
)]
#[inline(always)]
fn pick(mask: [u32; CHUNK], yes: [u32; CHUNK], no: [u32; CHUNK]) -> [u32; CHUNK] {
    std::array::from_fn(|lane| mask[lane] & yes[lane] | !mask[lane] & no[lane])
}

/// One row goes one node down. Bounds checks cost nothing measurable here: they are guessed right
/// every time, while the loads wait.
#[allow(
    clippy::inline_always,
    reason = "a call per node would cost more than the node"
)]
#[inline(always)]
fn step<const COLUMN_BITS: u32, const HAS_FLIPS: bool>(
    nodes: &[PackedNode],
    x: &[[f32; LANES]],
    lane: usize,
    place: usize,
) -> usize {
    let node = nodes[place];
    let pairs = x.as_flattened().as_chunks::<2>().0;
    let pair = (node.link & ((1 << COLUMN_BITS) - 1)) as usize + lane / 2;
    let mut value = pairs[pair][lane % 2];
    let mut way = node.link >> COLUMN_BITS;
    if HAS_FLIPS {
        value = f32::from_bits(value.to_bits() ^ (node.link & FLIP));
        way = (node.link & !FLIP) >> COLUMN_BITS;
    }
    place + select_unpredictable(value <= node.threshold, 1, way as usize)
}

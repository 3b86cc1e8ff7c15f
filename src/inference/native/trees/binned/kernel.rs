//! The inner loop: every tree for a few groups of rows at a time.
#![allow(
    unsafe_code,
    reason = "bounds checks cost a quarter of the speed here, and `BinnedForest::is_sound` has checked \
              every link and every list"
)]

use super::bottom_up::{self, Outcomes};
use super::complete::{self, MOST_UNITS};
use super::forest::{BinnedForest, Node, Top, Tree};
use super::rows::BinnedRows;
use super::{LANES, Rows};

/// Rows that walk together.
const WALKERS: usize = 16;
/// Between two looks whether all rows have arrived: most paths are shorter than the longest.
const STEPS: u32 = 4;
/// Bytes of bins that stay near while the trees pass by.
const NEAR: usize = 32 << 10;

/// Adds every tree's leaves to the sums of all rows: `targets` lists of sums a group, tree after
/// tree, so that every sum has one order.
pub(super) fn add_trees(
    forest: &BinnedForest,
    bins: &BinnedRows,
    sums: &mut [[f32; LANES]],
    targets: usize,
) {
    assert!(
        bins.width() == forest.width() && sums.len() == bins.count() * targets,
        "bins are made for the trees"
    );
    let at_once = (NEAR / (bins.width() * size_of::<Rows>())).max(1);
    let (find, evaluate) = (complete::finder(), bottom_up::evaluator());
    let mut room = [Rows([0; LANES]); MOST_UNITS];
    let mut outcomes = Outcomes::new();
    for (block, sums) in sums.chunks_mut(at_once * targets).enumerate() {
        for tree in &forest.trees {
            for (group, sums) in sums.chunks_exact_mut(targets).enumerate() {
                let x = bins.group(block * at_once + group);
                // SAFETY: `BinnedForest::is_sound` has checked tests and selections for as many bins as
                // it has, and that number has just been compared.
                let exits = unsafe {
                    match &tree.top {
                        Top::Complete(places) => find(forest.tests_of(places), x, &mut room),
                        Top::BottomUp(places) => {
                            evaluate(forest.selections_of(places), x, &mut outcomes)
                        }
                    }
                };
                if tree.is_whole() {
                    add_exits(forest, tree, &exits, sums);
                } else {
                    walk(forest, tree, x, &exits, sums);
                }
            }
        }
    }
}

/// Adds what the exits of a whole tree give.
fn add_exits(forest: &BinnedForest, tree: &Tree, exits: &Rows, sums: &mut [[f32; LANES]]) {
    let (targets, values) = (forest.targets_of(tree), forest.values_of(tree));
    for (offset, target) in targets.iter().enumerate() {
        for (sum, exit) in sums[*target as usize].iter_mut().zip(exits.0) {
            // SAFETY: a top has no other exits than those that `BinnedForest::is_sound` has checked, and
            // a whole tree has values for all of them.
            *sum += unsafe { values.get_unchecked(usize::from(exit) * targets.len() + offset) };
        }
    }
}

/// Walks on from the exits of a top and adds what the leaves give.
fn walk(forest: &BinnedForest, tree: &Tree, x: &[Rows], exits: &Rows, sums: &mut [[f32; LANES]]) {
    let (nodes, entries) = (forest.nodes_of(tree), forest.entries_of(tree));
    let targets = forest.targets_of(tree);
    for (part, exits) in exits.0.as_chunks::<WALKERS>().0.iter().enumerate() {
        let places = std::array::from_fn(|lane| usize::from(entries[usize::from(exits[lane])]));
        let held = walk_part(nodes, x, tree.depth, part, places);
        for (offset, target) in targets.iter().enumerate() {
            let sums = &mut sums[*target as usize].as_chunks_mut::<WALKERS>().0[part];
            for (sum, held) in sums.iter_mut().zip(held) {
                *sum += if targets.len() == 1 {
                    held
                } else {
                    forest.values[held.to_bits() as usize + offset]
                };
            }
        }
    }
}

/// What the leaves hold that a part of a group's rows reaches from these places.
fn walk_part(
    nodes: &[Node],
    x: &[Rows],
    depth: u32,
    part: usize,
    mut places: [usize; WALKERS],
) -> [f32; WALKERS] {
    let bins = x.as_ptr().cast::<u8>();
    let mut left = depth;
    while left > 0 {
        let before = places;
        let steps = if left < 2 * STEPS { left } else { STEPS };
        for _ in 0..steps {
            for (lane, place) in places.iter_mut().enumerate() {
                // SAFETY: `BinnedForest::is_sound` has checked that every entry, both children of every
                // branch and every leaf's own place are nodes of the same tree, and that every list
                // is one of a group's, whose number `add_trees` has compared. A leaf's list is that
                // of nothing, whose bins are 0, so that nothing is added to its place.
                let (node, bin) = unsafe {
                    let node = *nodes.get_unchecked(*place);
                    (node, *bins.add(node.list() + part * WALKERS + lane))
                };
                *place = node.child() + usize::from(bin > node.bin());
            }
        }
        left -= steps;
        // Not `==`, which would become a call and keep the places out of registers.
        let moved = places
            .iter()
            .zip(&before)
            .fold(0, |all, (a, b)| all | (a ^ b));
        if left == 0 || moved == 0 {
            break;
        }
    }
    // SAFETY: as above.
    places.map(|place| unsafe { nodes.get_unchecked(place) }.held())
}

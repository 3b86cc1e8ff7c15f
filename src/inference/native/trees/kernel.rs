//! The inner loop: sixteen rows walk one tree in lockstep.
//!
//! One row's path is a chain of loads that each wait for the one before; sixteen such chains side
//! by side keep the processor busy. The top levels are passed without any loads that wait: all
//! their comparisons are made at once, in vector registers, and each row's way is picked out of
//! the results. Below, a step is a comparison whose outcome is added to the place of the pair of
//! children, so that there is no branch to guess.
#![allow(
    unsafe_code,
    reason = "bounds checks cost a quarter of the speed here, and `Packed::of` has checked every \
              link and every column"
)]

use super::groups::Groups;
use super::packed::{LANES, LeafSums, Packed, PackedNode, PackedTree, TOP_LEVELS};
use super::top;

/// Between two looks whether all rows have arrived: most paths are shorter than the longest.
const STEPS: u32 = 4;

/// Adds every tree's leaves to the sums of all groups: `targets` rows of sums a group, tree after
/// tree, so that a tree stays in the nearest cache and every sum has one order.
pub(super) fn add_trees<N: PackedNode>(
    packed: &Packed<N>,
    groups: &Groups,
    sums: &mut [[f32; LANES]],
    targets: usize,
) {
    assert!(
        groups.width() == packed.width() && sums.len() == groups.count() * targets,
        "groups are made for the trees"
    );
    let walk_top = top::top_walk();
    for tree in packed.trees() {
        let nodes = packed.nodes_of(tree);
        for (group, sums) in sums.chunks_exact_mut(targets).enumerate() {
            let x = groups.group(group);
            // SAFETY: `Packed::of` has checked that a top's columns are among the groups', whose
            // number has just been compared.
            let places = unsafe { walk_top(&tree.top, x) };
            let leaves = walk(nodes, x, tree, places);
            match packed.leaf_sums(tree) {
                LeafSums::One { target } => {
                    for (sum, leaf) in sums[target].iter_mut().zip(leaves) {
                        *sum += leaf;
                    }
                }
                LeafSums::Many { targets, values } => {
                    for (offset, target) in targets.iter().enumerate() {
                        for (sum, leaf) in sums[*target as usize].iter_mut().zip(leaves) {
                            *sum += values[leaf.to_bits() as usize + offset];
                        }
                    }
                }
            }
        }
    }
}

/// The thresholds of the leaves that a group's rows reach from these places.
fn walk<N: PackedNode>(
    nodes: &[N],
    x: &[[f32; LANES]],
    tree: &PackedTree,
    places: [u32; LANES],
) -> [f32; LANES] {
    let values = x.as_flattened();
    let mut places = places.map(|place| place as usize);
    let mut left = tree.depth.saturating_sub(TOP_LEVELS);
    while left > 0 {
        let before = places;
        for _ in 0..left.min(STEPS) {
            for (lane, place) in places.iter_mut().enumerate() {
                // SAFETY: `Packed::of` has checked that every entry and both children of every
                // node are nodes of the same tree, and that every offset is that of one of the
                // groups' columns, whose number `add_trees` has compared.
                let (node, value) = unsafe {
                    let node = nodes.get_unchecked(*place);
                    (node, *values.get_unchecked(node.offset() + lane))
                };
                let goes_first = value <= node.threshold();
                *place = node.child() + usize::from(!goes_first);
            }
        }
        left -= left.min(STEPS);
        // Not `==`, which would become a call and keep the places out of registers.
        let moved = places
            .iter()
            .zip(&before)
            .fold(0, |all, (a, b)| all | (a ^ b));
        if moved == 0 {
            break;
        }
    }
    // SAFETY: as above.
    places.map(|place| unsafe { nodes.get_unchecked(place) }.threshold())
}

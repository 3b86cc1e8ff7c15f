//! A tree as the boxes of its leaves, and whether it is monotone by itself: exactly where no two boxes
//! overlap in every other feature, one wholly below the other, with values in the wrong order.

use std::collections::BTreeMap;

use super::{Node, Tree};

/// Leaves of a tree, counted once for each way to them, beyond which it is not gone through.
const MOST_LEAVES: usize = 20_000;
/// Pairs of leaves.
const MOST_PAIRS: usize = 40_000_000;

/// The values that lead to a leaf: by feature, from the first on and below the second.
struct Leaf {
    sides: BTreeMap<usize, (f32, f32)>,
    value: i128,
}

const EVERYWHERE: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

/// Is a tree monotone in a feature: never falling, or never rising? None where it has too many leaves.
pub(super) fn is_monotone(tree: &Tree, feature: usize, rises: bool) -> Option<bool> {
    if !tree.features.contains(&feature) {
        return Some(true);
    }
    let leaves = leaves(tree)?;
    if leaves.len().saturating_mul(leaves.len()) > MOST_PAIRS {
        return None;
    }
    let side = |leaf: &Leaf| leaf.sides.get(&feature).copied().unwrap_or(EVERYWHERE);
    let is_wrong = |lower: &Leaf, upper: &Leaf| {
        let order = if rises {
            lower.value > upper.value
        } else {
            lower.value < upper.value
        };
        order && side(lower).1 <= side(upper).0 && overlap(lower, upper, feature)
    };
    let mut pairs = leaves
        .iter()
        .flat_map(|lower| leaves.iter().map(move |upper| (lower, upper)));
    Some(!pairs.any(|(lower, upper)| is_wrong(lower, upper)))
}

/// Do two boxes have something in common in all features but one?
fn overlap(one: &Leaf, other: &Leaf, but: usize) -> bool {
    one.sides.iter().all(|(feature, (low, high))| {
        let (other_low, other_high) = other.sides.get(feature).copied().unwrap_or(EVERYWHERE);
        *feature == but || low.max(other_low) < high.min(other_high)
    })
}

/// The leaves that any row comes to.
fn leaves(tree: &Tree) -> Option<Vec<Leaf>> {
    let mut leaves = Vec::new();
    let mut open = vec![(0, BTreeMap::new())];
    while let Some((place, sides)) = open.pop() {
        match tree.nodes[place] {
            Node::Leaf(value) => {
                leaves.push(Leaf { sides, value });
                if leaves.len() > MOST_LEAVES {
                    return None;
                }
            }
            Node::Branch {
                feature,
                threshold,
                below,
                from,
            } => {
                let (low, high) = sides.get(&feature).copied().unwrap_or(EVERYWHERE);
                for (next, low, high) in [
                    (below, low, high.min(threshold)),
                    (from, low.max(threshold), high),
                ] {
                    if low < high {
                        let mut sides = sides.clone();
                        sides.insert(feature, (low, high));
                        open.push((next, sides));
                    }
                }
            }
        }
    }
    Some(leaves)
}

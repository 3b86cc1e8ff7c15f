//! Forests that the kernel has no form for, row by row and node by node.

use super::finish::Aggregate;
use super::load::{Forest, Mode, Weight};

/// Sums for all rows, row by row, and whether anything was given to each.
pub(super) fn sums(
    forest: &Forest,
    aggregate: Aggregate,
    x: &[f32],
    (rows, width): (usize, usize),
    targets: usize,
) -> (Vec<f32>, Vec<bool>) {
    let mut sums = vec![0.0_f32; rows * targets];
    let mut given = vec![false; rows * targets];
    for row in 0..rows {
        let values = &x[row * width..(row + 1) * width];
        for root in &forest.roots {
            for Weight { target, value } in weights_of(forest, *root, values) {
                let place = row * targets + *target as usize;
                let (sum, given) = (&mut sums[place], &mut given[place]);
                let replaces = match aggregate {
                    Aggregate::Sum | Aggregate::Average => {
                        *sum += value;
                        false
                    }
                    Aggregate::Min => !*given || *value < *sum,
                    Aggregate::Max => !*given || *value > *sum,
                };
                if replaces {
                    *sum = *value;
                }
                *given = true;
                // With one target, a leaf's first weight is the only one that counts.
                if targets == 1 {
                    break;
                }
            }
        }
    }
    (sums, given)
}

fn weights_of<'f>(forest: &'f Forest, root: u32, row: &[f32]) -> &'f [Weight] {
    let mut node = &forest.nodes[root as usize];
    while node.mode != Mode::Leaf {
        let value = row[node.feature as usize];
        let holds = node.mode.holds(value, node.threshold) || (node.nan_is_true && value.is_nan());
        let next = if holds { node.on_true } else { node.on_false };
        node = &forest.nodes[next as usize];
    }
    &forest.weights[node.weights.0 as usize..node.weights.1 as usize]
}

//! Functional ANOVA of a forest: exact for each tree, whose boxes are summed over the parameters that
//! a marginal leaves out; shares of the variance are averaged over the trees.

use super::{Extent, Forest, Leaf};
use crate::metrics::axis::Axis;
use crate::metrics::importance::Interaction;

/// Shares of a forest's variance over the space of settings, each parameter even on its scale.
#[derive(Clone, Debug, PartialEq)]
pub struct ForestAnova {
    /// Share explained by each parameter alone.
    pub main: Vec<f64>,
    /// Share of each pair beyond its two main effects, by first, then second parameter.
    pub interactions: Vec<Interaction>,
}

/// A point of a parameter's marginal: the mean prediction over all other parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginalPoint {
    /// Mean over the trees.
    pub mean: f64,
    /// Standard deviation (ddof 0) over the trees.
    pub std: f64,
}

impl Forest {
    /// Splits the variance. `None` where no tree varies.
    pub fn anova(&self) -> Option<ForestAnova> {
        let count = self.axes.len();
        let pairs: Vec<(usize, usize)> = (0..count)
            .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
            .collect();
        let mut main = vec![0.0; count];
        let mut joint = vec![0.0; pairs.len()];
        let mut varying = 0.0;
        for leaves in &self.trees {
            let tree = Tree::new(leaves, &self.axes);
            let variance = tree.variance();
            if variance <= 0.0 {
                continue;
            }
            varying += 1.0;
            let own: Vec<f64> = (0..count).map(|axis| tree.main_variance(axis)).collect();
            for (sum, own) in main.iter_mut().zip(&own) {
                *sum += own / variance;
            }
            for (sum, (a, b)) in joint.iter_mut().zip(&pairs) {
                let beyond = tree.joint_variance(*a, *b) - own[*a] - own[*b];
                *sum += beyond.max(0.0) / variance;
            }
        }
        (varying > 0.0).then(|| ForestAnova {
            main: main.iter().map(|sum| sum / varying).collect(),
            interactions: pairs
                .into_iter()
                .zip(joint)
                .map(|((first, second), sum)| Interaction {
                    first,
                    second,
                    fraction: sum / varying,
                })
                .collect(),
        })
    }

    /// The marginal of a parameter at these values.
    pub fn marginal(&self, axis: usize, values: &[f64]) -> Vec<MarginalPoint> {
        let mut sums = vec![(0.0, 0.0); values.len()];
        for leaves in &self.trees {
            let tree = Tree::new(leaves, &self.axes);
            let cells = tree.marginal(axis);
            for ((sum, squares), value) in sums.iter_mut().zip(values) {
                let mean = cells[tree.cell(axis, *value)];
                *sum += mean;
                *squares += mean * mean;
            }
        }
        let trees = self.trees.len().max(1) as f64;
        let point = |(sum, squares): (f64, f64)| {
            let mean = sum / trees;
            MarginalPoint {
                mean,
                std: (squares / trees - mean * mean).max(0.0).sqrt(),
            }
        };
        sums.into_iter().map(point).collect()
    }

    /// The mean prediction where values of two parameters meet, over all other parameters and all
    /// trees: a row for each value of the first.
    pub fn joint_marginal(
        &self,
        (a, down): (usize, &[f64]),
        (b, across): (usize, &[f64]),
    ) -> Vec<Vec<f64>> {
        let mut sums = vec![vec![0.0; across.len()]; down.len()];
        for leaves in &self.trees {
            let tree = Tree::new(leaves, &self.axes);
            let cells = tree.joint(a, b);
            let columns = tree.weights[b].len();
            for (sums, value) in sums.iter_mut().zip(down) {
                let row = tree.cell(a, *value) * columns;
                for (sum, value) in sums.iter_mut().zip(across) {
                    *sum += cells[row + tree.cell(b, *value)];
                }
            }
        }
        let trees = self.trees.len().max(1) as f64;
        for sum in sums.iter_mut().flatten() {
            *sum /= trees;
        }
        sums
    }
}

/// A tree with its axes cut where any of its boxes ends.
struct Tree<'a> {
    leaves: &'a [Leaf],
    axes: &'a [Axis],
    /// The ends of the cells of each range, from its low end to its high end.
    ends: Vec<Vec<f64>>,
    /// The share of its axis that each cell takes.
    weights: Vec<Vec<f64>>,
    /// Each leaf's share of each axis.
    shares: Vec<Vec<f64>>,
    mean: f64,
}

impl<'a> Tree<'a> {
    fn new(leaves: &'a [Leaf], axes: &'a [Axis]) -> Self {
        let ends: Vec<Vec<f64>> = (0..axes.len()).map(|axis| ends(leaves, axis)).collect();
        let weights = axes.iter().zip(&ends).map(|(axis, ends)| match axis {
            Axis::Categories(count) => vec![1.0 / *count as f64; *count],
            Axis::Range { .. } => {
                let span = ends[ends.len() - 1] - ends[0];
                let cells = ends.windows(2);
                let share = |cell: &[f64]| {
                    if span > 0.0 {
                        (cell[1] - cell[0]) / span
                    } else {
                        1.0
                    }
                };
                cells.map(share).collect()
            }
        });
        let share = |leaf: &Leaf| {
            let extents = leaf.extents.iter().zip(axes);
            extents.map(|(extent, axis)| extent.share(*axis)).collect()
        };
        let shares: Vec<Vec<f64>> = leaves.iter().map(share).collect();
        let mean = leaves.iter().zip(&shares);
        let mean = mean.map(|(leaf, shares)| leaf.score * shares.iter().product::<f64>());
        Self {
            weights: weights.collect(),
            mean: mean.sum(),
            leaves,
            axes,
            ends,
            shares,
        }
    }

    fn variance(&self) -> f64 {
        let leaves = self.leaves.iter().zip(&self.shares);
        let squares = leaves.map(|(leaf, shares)| {
            (leaf.score - self.mean).powi(2) * shares.iter().product::<f64>()
        });
        squares.sum()
    }

    /// The cell of an axis in which a value lies; places beyond the ends fall into the outer ones.
    fn cell(&self, axis: usize, value: f64) -> usize {
        let last = self.weights[axis].len() - 1;
        match self.axes[axis] {
            Axis::Categories(_) => (value as usize).min(last),
            Axis::Range { .. } => {
                let place = self.axes[axis].place(value);
                let inner = &self.ends[axis][1..=last];
                inner.partition_point(|end| *end < place)
            }
        }
    }

    /// The cells that a leaf's box takes of an axis, in runs: first cell, and the one after the last.
    fn runs(&self, leaf: &Leaf, axis: usize) -> Vec<(usize, usize)> {
        match &leaf.extents[axis] {
            Extent::Places(low, high) => {
                let ends = &self.ends[axis];
                let from = ends.partition_point(|end| end < low);
                let to = ends.partition_point(|end| end < high);
                // A single value has one cell without width.
                vec![(from, to.max(from + 1))]
            }
            Extent::Categories(members) => {
                let held = members.iter().enumerate().filter(|(_, held)| **held);
                held.map(|(code, _)| (code, code + 1)).collect()
            }
        }
    }

    /// A leaf's share of all axes but these.
    fn other_share(&self, leaf: usize, but: &[usize]) -> f64 {
        let shares = self.shares[leaf].iter().enumerate();
        let others = shares.filter(|(axis, _)| !but.contains(axis));
        others.map(|(_, share)| share).product()
    }

    /// The mean score in each cell of an axis.
    fn marginal(&self, axis: usize) -> Vec<f64> {
        let mut steps = vec![0.0; self.weights[axis].len() + 1];
        for (index, leaf) in self.leaves.iter().enumerate() {
            let part = leaf.score * self.other_share(index, &[axis]);
            for (from, to) in self.runs(leaf, axis) {
                steps[from] += part;
                steps[to] -= part;
            }
        }
        steps.pop();
        running_sums(&mut steps);
        steps
    }

    fn main_variance(&self, axis: usize) -> f64 {
        let cells = self.marginal(axis);
        let weighted = cells.iter().zip(&self.weights[axis]);
        weighted
            .map(|(mean, w)| w * (mean - self.mean).powi(2))
            .sum()
    }

    /// The mean score in each cell of two axes, row by row of the first.
    fn joint(&self, a: usize, b: usize) -> Vec<f64> {
        let (rows, columns) = (self.weights[a].len(), self.weights[b].len());
        let width = columns + 1;
        let mut steps = vec![0.0; (rows + 1) * width];
        for (index, leaf) in self.leaves.iter().enumerate() {
            let part = leaf.score * self.other_share(index, &[a, b]);
            let across = self.runs(leaf, b);
            for (top, bottom) in self.runs(leaf, a) {
                for (left, right) in &across {
                    steps[top * width + left] += part;
                    steps[top * width + right] -= part;
                    steps[bottom * width + left] -= part;
                    steps[bottom * width + right] += part;
                }
            }
        }
        let mut cells = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let (above, below) = steps.split_at_mut((row + 1) * width);
            let present = &mut above[row * width..];
            for (next, here) in below.iter_mut().zip(present.iter()) {
                *next += here;
            }
            running_sums(present);
            cells.extend_from_slice(&present[..columns]);
        }
        cells
    }

    /// The variance of the mean score over the cells of two axes.
    fn joint_variance(&self, a: usize, b: usize) -> f64 {
        let cells = self.joint(a, b);
        let rows = cells.chunks(self.weights[b].len()).zip(&self.weights[a]);
        let rows = rows.map(|(cells, weight)| {
            let cells = cells.iter().zip(&self.weights[b]);
            let squares = cells.map(|(mean, w)| w * (mean - self.mean).powi(2));
            weight * squares.sum::<f64>()
        });
        rows.sum()
    }
}

fn running_sums(steps: &mut [f64]) {
    let mut sum = 0.0;
    for step in steps {
        sum += *step;
        *step = sum;
    }
}

/// Where the boxes of a range end.
fn ends(leaves: &[Leaf], axis: usize) -> Vec<f64> {
    let mut ends: Vec<f64> = leaves
        .iter()
        .flat_map(|leaf| match &leaf.extents[axis] {
            Extent::Places(low, high) => vec![*low, *high],
            Extent::Categories(_) => Vec::new(),
        })
        .collect();
    ends.sort_unstable_by(f64::total_cmp);
    ends.dedup();
    if let [only] = ends[..] {
        ends.push(only);
    }
    ends
}

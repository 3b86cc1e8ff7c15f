//! Gradient-boosted trees for two classes: second-order boosting of the log loss on binned columns
//! (Chen & Guestrin 2016, without column or row sampling).

/// Bins of a column, at its quantiles.
const BINS: usize = 32;
/// L2 penalty of a leaf's weight.
const PENALTY: f64 = 1.0;
/// The least sum of second derivatives in a leaf.
const LEAST_WEIGHT: f64 = 5.0;

/// Rows to train on, columns binned.
pub(super) struct Binned {
    /// The upper ends of a column's bins but the last.
    ends: Vec<Vec<f32>>,
    codes: Vec<Vec<u8>>,
    labels: Vec<bool>,
}

/// How to train.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) trees: usize,
    pub(super) depth: usize,
    pub(super) learning_rate: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    /// Values up to the threshold go to `below`, others to `above`; both are places in the tree.
    Split {
        feature: usize,
        threshold: f32,
        below: usize,
        above: usize,
    },
    /// What it adds to the log-odds.
    Leaf(f32),
}

/// Its nodes, the root first.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// What it adds to the log-odds of a row of `columns`.
    pub(super) fn score(&self, columns: &[Vec<f32>], row: usize) -> f32 {
        let mut place = 0;
        loop {
            match self.nodes[place] {
                Node::Leaf(weight) => return weight,
                Node::Split {
                    feature,
                    threshold,
                    below,
                    above,
                } => {
                    place = if columns[feature][row] <= threshold {
                        below
                    } else {
                        above
                    };
                }
            }
        }
    }
}

impl Binned {
    pub(super) fn new(columns: &[Vec<f32>], labels: Vec<bool>) -> Self {
        let ends: Vec<Vec<f32>> = columns.iter().map(|column| quantiles(column)).collect();
        let codes = columns.iter().zip(&ends).map(|(column, ends)| {
            let code = |value: &f32| ends.partition_point(|end| end < value) as u8;
            column.iter().map(code).collect()
        });
        Self {
            codes: codes.collect(),
            ends,
            labels,
        }
    }
}

/// Values of a column that cut it into bins of about equal size; the largest value is none of them.
fn quantiles(column: &[f32]) -> Vec<f32> {
    let mut sorted = column.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let mut ends: Vec<f32> = (1..BINS)
        .filter_map(|bin| sorted.get(bin * sorted.len() / BINS).copied())
        .filter(|end| sorted.last().is_some_and(|last| end < last))
        .collect();
    ends.dedup();
    ends
}

/// First and second derivatives of the loss.
#[derive(Clone, Copy, Default)]
struct Slope {
    first: f64,
    second: f64,
}

impl Slope {
    fn add(&mut self, other: Self) {
        self.first += other.first;
        self.second += other.second;
    }

    fn less(self, other: Self) -> Self {
        Self {
            first: self.first - other.first,
            second: self.second - other.second,
        }
    }

    fn gain(self) -> f64 {
        self.first * self.first / (self.second + PENALTY)
    }

    fn weight(self) -> f64 {
        -self.first / (self.second + PENALTY)
    }
}

#[derive(Clone, Copy)]
struct Cut {
    feature: usize,
    bin: usize,
    gain: f64,
    below: Slope,
}

/// Trees whose sum is the log-odds of the positive class.
pub(super) fn boost(rows: &Binned, settings: Settings) -> Vec<Tree> {
    let positives = rows.labels.iter().filter(|label| **label).count() as f64;
    let share = (positives + 0.5) / (rows.labels.len() as f64 + 1.0);
    let base = (share / (1.0 - share)).ln();
    let mut log_odds = vec![base; rows.labels.len()];
    let mut trees = Vec::with_capacity(settings.trees);
    for number in 0..settings.trees {
        let slopes = log_odds.iter().zip(&rows.labels).map(|(log_odds, label)| {
            let p = 1.0 / (1.0 + (-log_odds).exp());
            Slope {
                first: p - f64::from(u8::from(*label)),
                second: p * (1.0 - p),
            }
        });
        let slopes: Vec<Slope> = slopes.collect();
        // The first tree's leaves hold the base rate: then no file format has to.
        let offset = if number == 0 { base } else { 0.0 };
        let (tree, leaf_of) = grow(rows, &slopes, settings, offset);
        for (log_odds, leaf) in log_odds.iter_mut().zip(leaf_of) {
            if let Node::Leaf(weight) = tree.nodes[leaf] {
                *log_odds += f64::from(weight) - offset;
            }
        }
        trees.push(tree);
    }
    trees
}

/// A tree, level by level, and the leaf of each row.
fn grow(rows: &Binned, slopes: &[Slope], settings: Settings, offset: f64) -> (Tree, Vec<usize>) {
    let mut nodes = vec![Node::Leaf(0.0)];
    let mut sums = vec![Slope::default()];
    for slope in slopes {
        sums[0].add(*slope);
    }
    let mut leaf_of = vec![0; slopes.len()];
    let mut open = 0..1;
    for _ in 0..settings.depth {
        let cuts = best_cuts(rows, slopes, &leaf_of, &sums, open.clone());
        let next = nodes.len();
        for (place, cut) in open.clone().zip(&cuts) {
            let Some(cut) = cut else { continue };
            let below = nodes.len();
            nodes[place] = Node::Split {
                feature: cut.feature,
                threshold: rows.ends[cut.feature][cut.bin],
                below,
                above: below + 1,
            };
            nodes.extend([Node::Leaf(0.0); 2]);
            sums.extend([cut.below, sums[place].less(cut.below)]);
        }
        for (row, leaf) in leaf_of.iter_mut().enumerate() {
            let cut = leaf.checked_sub(open.start).and_then(|at| cuts[at]);
            if let (Some(cut), Node::Split { below, above, .. }) = (cut, nodes[*leaf]) {
                let is_below = usize::from(rows.codes[cut.feature][row]) <= cut.bin;
                *leaf = if is_below { below } else { above };
            }
        }
        open = next..nodes.len();
    }
    for (node, sum) in nodes.iter_mut().zip(&sums) {
        if let Node::Leaf(weight) = node {
            *weight = (offset + settings.learning_rate * sum.weight()) as f32;
        }
    }
    (Tree { nodes }, leaf_of)
}

/// For each open node the cut that lowers the loss most, if one does.
fn best_cuts(
    rows: &Binned,
    slopes: &[Slope],
    leaf_of: &[usize],
    sums: &[Slope],
    open: std::ops::Range<usize>,
) -> Vec<Option<Cut>> {
    let mut best: Vec<Option<Cut>> = vec![None; open.len()];
    let mut bins = vec![Slope::default(); open.len() * BINS];
    for (feature, codes) in rows.codes.iter().enumerate() {
        bins.fill(Slope::default());
        for ((code, leaf), slope) in codes.iter().zip(leaf_of).zip(slopes) {
            if let Some(at) = leaf.checked_sub(open.start) {
                bins[at * BINS + usize::from(*code)].add(*slope);
            }
        }
        for (at, bins) in bins.chunks(BINS).enumerate() {
            let whole = sums[open.start + at];
            let mut below = Slope::default();
            for (bin, slope) in bins[..rows.ends[feature].len()].iter().enumerate() {
                below.add(*slope);
                let above = whole.less(below);
                if below.second < LEAST_WEIGHT || above.second < LEAST_WEIGHT {
                    continue;
                }
                let gain = below.gain() + above.gain() - whole.gain();
                if gain > best[at].map_or(1e-6, |best| best.gain) {
                    best[at] = Some(Cut {
                        feature,
                        bin,
                        gain,
                        below,
                    });
                }
            }
        }
    }
    best
}

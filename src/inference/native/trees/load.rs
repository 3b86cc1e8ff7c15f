//! From a tree ensemble's attributes, which describe nodes in parallel lists, to checked trees.
//!
//! What comes out of here ends: every link leads to a node of the same tree, none leads back, and
//! every path comes to a leaf with a weight.

use crate::inference::native::footprint;
use crate::inference::native::operator::Refusal;
use crate::inference::onnx::Node;

/// Node modes of `TreeEnsembleClassifier` and `TreeEnsembleRegressor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    AtMost,
    Below,
    AtLeast,
    Above,
    Equal,
    Unequal,
    Leaf,
}

impl Mode {
    fn of(name: &[u8]) -> Result<Self, Refusal> {
        Ok(match name {
            b"BRANCH_LEQ" => Self::AtMost,
            b"BRANCH_LT" => Self::Below,
            b"BRANCH_GTE" => Self::AtLeast,
            b"BRANCH_GT" => Self::Above,
            b"BRANCH_EQ" => Self::Equal,
            b"BRANCH_NEQ" => Self::Unequal,
            b"LEAF" => Self::Leaf,
            _ => {
                return Err(Refusal::Uncovered(
                    "a tree with an unknown node mode".into(),
                ));
            }
        })
    }

    pub(super) fn holds(self, value: f32, threshold: f32) -> bool {
        match self {
            Self::AtMost => value <= threshold,
            Self::Below => value < threshold,
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
            Self::Equal => value == threshold,
            Self::Unequal => value != threshold,
            Self::Leaf => false,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawNode {
    pub(super) mode: Mode,
    /// Where a value that is not a number goes: to the true side only if the file says so, but
    /// "unequal" holds for it anyway.
    pub(super) nan_is_true: bool,
    pub(super) feature: u32,
    pub(super) threshold: f32,
    /// Indices of nodes.
    pub(super) on_true: u32,
    pub(super) on_false: u32,
    /// A leaf's weights: a range of [`Forest::weights`].
    pub(super) weights: (u32, u32),
}

/// What a leaf adds to a class or target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weight {
    pub(super) target: u32,
    pub(super) value: f32,
}

#[derive(Debug)]
pub(super) struct Forest {
    pub(super) nodes: Vec<RawNode>,
    pub(super) roots: Vec<u32>,
    pub(super) weights: Vec<Weight>,
    /// Columns that a row must have at least.
    pub(super) width: usize,
    /// Whether every node is reached by one way only.
    pub(super) are_trees: bool,
    /// The only target, where every leaf gives one thing to one target.
    pub(super) only_target: Option<u32>,
}

/// The nodes of one tree: they lie together in the file.
struct Tree {
    id: i64,
    first: usize,
    end: usize,
    /// Node ids with their indices, sorted; empty where ids are simply 0, 1, 2, ...
    by_id: Vec<(i64, u32)>,
}

impl Tree {
    fn find(&self, id: i64) -> Option<u32> {
        if self.by_id.is_empty() {
            let place = usize::try_from(id).ok()?.checked_add(self.first)?;
            return (place < self.end).then_some(place as u32);
        }
        let place = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.by_id[place].1)
    }
}

fn broken(reason: &str) -> Refusal {
    Refusal::Broken(reason.to_owned())
}

impl Forest {
    /// `prefix` is that of the weights' attributes: `class` or `target`.
    pub(super) fn of(node: &Node<'_>, prefix: &str, targets: usize) -> Result<Self, Refusal> {
        let trees_of_nodes = node.integers("nodes_treeids")?;
        let ids = node.integers("nodes_nodeids")?;
        let trees = find_trees(&trees_of_nodes, &ids)?;
        let mut nodes = read_nodes(node, &trees)?;
        let weights = read_weights(node, prefix, targets, &trees, &mut nodes)?;
        let roots: Vec<u32> = trees.iter().map(|tree| tree.first as u32).collect();
        let are_trees = check_paths(&nodes, &roots)?;
        let branches = nodes.iter().filter(|node| node.mode != Mode::Leaf);
        let width = branches.map(|node| node.feature as usize + 1).max();
        let mut leaves = nodes.iter().filter(|node| node.mode == Mode::Leaf);
        let have_one = leaves.all(|leaf| leaf.weights.1 - leaf.weights.0 == 1);
        let only_target = weights.first().map(|weight| weight.target);
        let is_only = |target: &u32| weights.iter().all(|weight| weight.target == *target);
        let only_target = only_target.filter(|target| have_one && is_only(target));
        Ok(Forest {
            nodes,
            roots,
            weights,
            width: width.unwrap_or(1),
            are_trees,
            only_target,
        })
    }

    pub(super) fn weights_of(&self, leaf: u32) -> &[Weight] {
        let (first, end) = self.nodes[leaf as usize].weights;
        &self.weights[first as usize..end as usize]
    }

    /// The targets of a tree's leaves; `None` unless all have the same, each once.
    pub(super) fn leaf_targets(&self, root: u32) -> Option<Vec<u32>> {
        if let Some(target) = self.only_target {
            return Some(vec![target]);
        }
        let mut targets: Option<Vec<u32>> = None;
        let mut open = vec![root];
        while let Some(place) = open.pop() {
            let node = &self.nodes[place as usize];
            if node.mode != Mode::Leaf {
                open.extend([node.on_true, node.on_false]);
                continue;
            }
            let theirs = self.weights_of(place).iter().map(|weight| weight.target);
            match &targets {
                Some(targets) => {
                    if !theirs.eq(targets.iter().copied()) {
                        return None;
                    }
                }
                None => targets = Some(theirs.collect()),
            }
        }
        let targets = targets?;
        let mut sorted = targets.clone();
        sorted.sort_unstable();
        sorted.is_sorted_by(|a, b| a < b).then_some(targets)
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.nodes) + footprint::list(&self.roots) + footprint::list(&self.weights)
    }
}

fn find_trees(trees_of_nodes: &[i64], ids: &[i64]) -> Result<Vec<Tree>, Refusal> {
    if ids.len() != trees_of_nodes.len() || ids.is_empty() || ids.len() > u32::MAX as usize / 2 {
        return Err(broken("its lists of nodes differ in length"));
    }
    let mut trees: Vec<Tree> = Vec::new();
    let mut first = 0;
    for run in trees_of_nodes.chunk_by(|a, b| a == b) {
        let end = first + run.len();
        let ids = &ids[first..end];
        let mut by_id = Vec::new();
        if !ids.iter().copied().eq(0..ids.len() as i64) {
            by_id = ids.iter().copied().zip(first as u32..).collect();
            by_id.sort_unstable();
            if by_id.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err(broken("two nodes of a tree have the same number"));
            }
        }
        trees.push(Tree {
            id: run[0],
            first,
            end,
            by_id,
        });
        first = end;
    }
    let mut known: Vec<i64> = trees.iter().map(|tree| tree.id).collect();
    known.sort_unstable();
    if known.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::Uncovered("trees whose nodes lie apart".into()));
    }
    Ok(trees)
}

fn read_nodes(node: &Node<'_>, trees: &[Tree]) -> Result<Vec<RawNode>, Refusal> {
    let count = trees.last().map_or(0, |tree| tree.end);
    let modes = node.byte_texts("nodes_modes")?;
    let features = node.integers("nodes_featureids")?;
    let thresholds = node.floats("nodes_values")?;
    let on_true = node.integers("nodes_truenodeids")?;
    let on_false = node.integers("nodes_falsenodeids")?;
    let tracks = node.integers("nodes_missing_value_tracks_true")?;
    let lengths = [
        modes.len(),
        features.len(),
        thresholds.len(),
        on_true.len(),
        on_false.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        return Err(broken("its lists of nodes differ in length"));
    }
    let mut nodes = Vec::with_capacity(count);
    for tree in trees {
        for place in tree.first..tree.end {
            let mode = Mode::of(modes[place])?;
            let link = |id: i64| {
                let found = tree.find(id).filter(|found| *found as usize != place);
                found.ok_or_else(|| broken("a branch leads to no node of its tree"))
            };
            let is_leaf = mode == Mode::Leaf;
            nodes.push(RawNode {
                mode,
                nan_is_true: tracks.get(place) == Some(&1) || mode == Mode::Unequal,
                feature: if is_leaf {
                    0
                } else {
                    u32::try_from(features[place])
                        .ok()
                        .filter(|feature| *feature < 1 << 24)
                        .ok_or_else(|| broken("a branch tests a column that cannot be"))?
                },
                threshold: thresholds[place],
                on_true: if is_leaf { 0 } else { link(on_true[place])? },
                on_false: if is_leaf { 0 } else { link(on_false[place])? },
                weights: (0, 0),
            });
        }
    }
    Ok(nodes)
}

fn read_weights(
    node: &Node<'_>,
    prefix: &str,
    targets: usize,
    trees: &[Tree],
    nodes: &mut [RawNode],
) -> Result<Vec<Weight>, Refusal> {
    let ids = node.integers(&format!("{prefix}_ids"))?;
    let node_ids = node.integers(&format!("{prefix}_nodeids"))?;
    let tree_ids = node.integers(&format!("{prefix}_treeids"))?;
    let values = node.floats(&format!("{prefix}_weights"))?;
    if [node_ids.len(), tree_ids.len(), values.len()] != [ids.len(); 3] {
        return Err(broken("its lists of weights differ in length"));
    }
    let mut by_tree: Vec<(i64, usize)> = trees.iter().map(|tree| tree.id).zip(0..).collect();
    by_tree.sort_unstable();
    let mut current: Option<&Tree> = None;
    let mut placed = Vec::with_capacity(ids.len());
    for place in 0..ids.len() {
        let tree = match current {
            Some(tree) if tree.id == tree_ids[place] => tree,
            _ => by_tree
                .binary_search_by_key(&tree_ids[place], |(id, _)| *id)
                .ok()
                .map(|found| &trees[by_tree[found].1])
                .ok_or_else(|| broken("a weight is for a tree that is not there"))?,
        };
        current = Some(tree);
        let owner = tree
            .find(node_ids[place])
            .ok_or_else(|| broken("a weight is for a node that is not there"))?;
        let target = u32::try_from(ids[place]).ok();
        let target = target
            .filter(|target| (*target as usize) < targets)
            .ok_or_else(|| broken("a weight is for a class or target that is not there"))?;
        // Old exporters give branches weights as well, which nobody reads.
        if nodes[owner as usize].mode == Mode::Leaf {
            let value = values[place];
            placed.push((owner, Weight { target, value }));
        }
    }
    // The order within a leaf is that of the file.
    if !placed.is_sorted_by_key(|(owner, _)| *owner) {
        placed.sort_by_key(|(owner, _)| *owner);
    }
    let mut first = 0;
    for run in placed.chunk_by(|a, b| a.0 == b.0) {
        let end = first + run.len() as u32;
        nodes[run[0].0 as usize].weights = (first, end);
        first = end;
    }
    Ok(placed.into_iter().map(|(_, weight)| weight).collect())
}

/// Follows every branch once: one that leads back to where it came from would never end. Gives
/// whether every node is reached by one way only; LightGBM's tests of categories share children.
fn check_paths(nodes: &[RawNode], roots: &[u32]) -> Result<bool, Refusal> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Never,
        UnderWay,
        Over,
    }
    enum Next {
        Enter(u32),
        Leave(u32),
    }
    if are_written_in_order(nodes) {
        return Ok(true);
    }
    let mut visits = vec![Visit::Never; nodes.len()];
    let mut are_trees = true;
    let mut open: Vec<Next> = roots.iter().map(|root| Next::Enter(*root)).collect();
    while let Some(next) = open.pop() {
        let place = match next {
            Next::Leave(place) => {
                visits[place as usize] = Visit::Over;
                continue;
            }
            Next::Enter(place) => place,
        };
        let node = &nodes[place as usize];
        match visits[place as usize] {
            Visit::UnderWay => return Err(broken("its branches run in circles")),
            Visit::Over => are_trees = false,
            Visit::Never => {
                visits[place as usize] = Visit::UnderWay;
                open.push(Next::Leave(place));
                if node.mode != Mode::Leaf {
                    open.extend([node.on_true, node.on_false].map(Next::Enter));
                } else if node.weights.0 == node.weights.1 {
                    return Err(Refusal::Uncovered(
                        "trees with a leaf without a weight".into(),
                    ));
                }
            }
        }
    }
    Ok(are_trees)
}

/// Whether every branch leads on in the file, to nodes of its own, and every leaf has a weight, as in
/// what exporters write: one look at each node shows it.
fn are_written_in_order(nodes: &[RawNode]) -> bool {
    let mut is_reached = vec![false; nodes.len()];
    nodes.iter().zip(0_u32..).all(|(node, place)| {
        if node.mode == Mode::Leaf {
            return node.weights.0 < node.weights.1;
        }
        [node.on_true, node.on_false]
            .iter()
            .all(|side| *side > place && !std::mem::replace(&mut is_reached[*side as usize], true))
    })
}

//! Forests of any size, made up.

use crate::writer::{bytes, floats, integers, node, texts, value, whole};

/// What a forest is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) trees: usize,
    /// Of each tree.
    pub(crate) leaves: usize,
    pub(crate) columns: usize,
    /// Classes of a classifier, or none: targets of a regressor.
    pub(crate) classes: Option<[&'static str; 2]>,
    pub(crate) targets: usize,
}

/// Draws that look random, the same every time.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    /// A number between -4 and 4 that hardly comes twice.
    pub(crate) fn number(&mut self) -> f32 {
        self.below(1 << 23) as f32 / (1 << 20) as f32 - 4.0
    }
}

#[derive(Default)]
struct Lists {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    modes: Vec<&'static str>,
    features: Vec<i64>,
    thresholds: Vec<f32>,
    on_true: Vec<i64>,
    on_false: Vec<i64>,
    weight_trees: Vec<i64>,
    weight_nodes: Vec<i64>,
    weight_ids: Vec<i64>,
    weights: Vec<f32>,
}

impl Lists {
    fn add_tree(&mut self, tree: i64, shape: Shape, draws: &mut Draws) {
        let mut children = vec![None];
        let mut leaves = vec![0];
        while leaves.len() < shape.leaves {
            let split = leaves.swap_remove(draws.below(leaves.len()));
            let first = children.len();
            children.extend([None, None]);
            children[split] = Some(first);
            leaves.extend([first, first + 1]);
        }
        for (place, child) in children.iter().enumerate() {
            self.trees.push(tree);
            self.nodes.push(place as i64);
            self.modes.push(if child.is_some() {
                "BRANCH_LEQ"
            } else {
                "LEAF"
            });
            self.features
                .push(child.map_or(0, |_| draws.below(shape.columns) as i64));
            self.thresholds.push(child.map_or(0.0, |_| draws.number()));
            self.on_true.push(child.unwrap_or(0) as i64);
            self.on_false
                .push(child.map_or(0, |first| first as i64 + 1));
            for target in 0..shape.targets {
                if child.is_none() {
                    self.weight_trees.push(tree);
                    self.weight_nodes.push(place as i64);
                    self.weight_ids.push(target as i64);
                    self.weights
                        .push(draws.below(1000) as f32 / 1000.0 / shape.trees as f32);
                }
            }
        }
    }
}

/// The file of a forest.
pub(crate) fn forest(shape: Shape, seed: u64) -> Vec<u8> {
    let mut draws = Draws::new(seed);
    let mut lists = Lists::default();
    for tree in 0..shape.trees {
        lists.add_tree(tree as i64, shape, &mut draws);
    }
    let (op, prefix) = match shape.classes {
        Some(_) => ("TreeEnsembleClassifier", "class"),
        None => ("TreeEnsembleRegressor", "target"),
    };
    let outputs: &[&str] = match shape.classes {
        Some(_) => &["label", "probabilities"],
        None => &["variable"],
    };
    let mut ensemble = node(op, &["input"], outputs);
    bytes(&mut ensemble, 7, b"ai.onnx.ml");
    integers(&mut ensemble, "nodes_treeids", &lists.trees);
    integers(&mut ensemble, "nodes_nodeids", &lists.nodes);
    texts(&mut ensemble, "nodes_modes", &lists.modes);
    integers(&mut ensemble, "nodes_featureids", &lists.features);
    floats(&mut ensemble, "nodes_values", &lists.thresholds);
    integers(&mut ensemble, "nodes_truenodeids", &lists.on_true);
    integers(&mut ensemble, "nodes_falsenodeids", &lists.on_false);
    integers(
        &mut ensemble,
        &format!("{prefix}_treeids"),
        &lists.weight_trees,
    );
    integers(
        &mut ensemble,
        &format!("{prefix}_nodeids"),
        &lists.weight_nodes,
    );
    integers(&mut ensemble, &format!("{prefix}_ids"), &lists.weight_ids);
    floats(&mut ensemble, &format!("{prefix}_weights"), &lists.weights);
    let mut made = vec![value(
        outputs[outputs.len() - 1],
        1,
        Some(shape.targets.max(1)),
    )];
    if let Some(classes) = shape.classes {
        texts(&mut ensemble, "classlabels_strings", &classes);
        made[0] = value("probabilities", 1, Some(2));
        made.insert(0, value("label", 8, None));
    } else {
        crate::writer::attribute(&mut ensemble, "n_targets", 2, |message| {
            crate::writer::number(message, 3, shape.targets as u64);
        });
    }
    whole(
        &[ensemble],
        &[value("input", 1, Some(shape.columns))],
        &made,
    )
}

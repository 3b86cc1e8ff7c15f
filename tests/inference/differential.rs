//! Made-up graphs, scored natively and by ONNX Runtime: whatever both take, they give the same for.
//!
//! The graphs are the same every time. `LAZYDEBUGGER_GRAPHS=20000` with the ignored test makes an
//! evening of it; what fails names the seed that makes it again.

use std::fs;
use std::path::Path;

use lazydebugger::inference::{InputBlock, Model, OpenOptions, ScoreBlock, open};
use lazydebugger::vocabulary::Backend;

use crate::writer::{attribute, bytes, floats, integers, node, number, text, texts, value, whole};

/// Graphs, where nobody asks for more.
const GRAPHS: u64 = 200;
/// Rows that each is given: more than a step of a batch, and no multiple of one.
const ROWS: usize = 71;
/// How far scores may lie apart, of themselves or of 1.
const TOLERANCE: f32 = 2e-5;

/// Numbers that look random, and are the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A multiple of an eighth between -4 and 4: some are equal, and thresholds are met.
    fn eighth(&mut self) -> f32 {
        (self.below(65) as f32 - 32.0) / 8.0
    }

    fn eighths(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.eighth()).collect()
    }
}

/// A matrix in the graph.
#[derive(Clone)]
struct Matrix {
    name: String,
    width: usize,
    /// Is it the same to the last bit, whoever computes it? Only then may trees split by it.
    is_exact: bool,
}

struct Graph {
    dice: Dice,
    nodes: Vec<Vec<u8>>,
    matrices: Vec<Matrix>,
}

fn of_ml(mut node: Vec<u8>) -> Vec<u8> {
    bytes(&mut node, 7, b"ai.onnx.ml");
    node
}

fn axis(node: &mut Vec<u8>, axis: i64) {
    attribute(node, "axis", 2, |m| number(m, 3, axis.cast_unsigned()));
}

impl Graph {
    fn any(&mut self) -> Matrix {
        let at = self.dice.below(self.matrices.len());
        self.matrices[at].clone()
    }

    fn name(&self) -> String {
        format!("m{}", self.nodes.len())
    }

    fn add(&mut self, node: Vec<u8>, name: String, width: usize, is_exact: bool) {
        self.nodes.push(node);
        self.matrices.push(Matrix {
            name,
            width,
            is_exact,
        });
    }

    /// A matrix of weights, row by row.
    fn weights(&mut self, rows: usize, columns: usize) -> String {
        let name = self.name();
        let weights = self.dice.eighths(rows * columns);
        let mut tensor = Vec::new();
        for dimension in [rows, columns] {
            number(&mut tensor, 1, dimension as u64);
        }
        number(&mut tensor, 2, 1);
        let raw: Vec<u8> = weights
            .iter()
            .flat_map(|w| (w / 4.0).to_le_bytes())
            .collect();
        bytes(&mut tensor, 9, &raw);
        let mut constant = node("Constant", &[], &[&name]);
        attribute(&mut constant, "value", 4, |m| bytes(m, 5, &tensor));
        self.nodes.push(constant);
        name
    }

    fn step(&mut self) {
        let from = self.any();
        let to = self.name();
        match self.dice.below(12) {
            0 => {
                let op = self.dice.one_of(&["Neg", "Abs", "Relu", "Identity"]);
                let made = node(op, &[&from.name], &[&to]);
                self.add(made, to, from.width, from.is_exact);
            }
            1 => {
                let op = self.dice.one_of(&["Sigmoid", "Tanh", "Softplus"]);
                let made = node(op, &[&from.name], &[&to]);
                self.add(made, to, from.width, false);
            }
            2 | 3 => {
                let width = from.width;
                let same = self.matrices.iter().filter(|m| m.width == width);
                let same: Vec<Matrix> = same.cloned().collect();
                let other = same[self.dice.below(same.len())].clone();
                let op = self.dice.one_of(&["Add", "Sub", "Max", "Min"]);
                let made = node(op, &[&from.name, &other.name], &[&to]);
                self.add(made, to, width, from.is_exact && other.is_exact);
            }
            4 => {
                let other = self.any();
                let mut made = node("Concat", &[&from.name, &other.name], &[&to]);
                axis(&mut made, 1);
                let width = from.width + other.width;
                self.add(made, to, width, from.is_exact && other.is_exact);
            }
            5 => {
                let width = 1 + self.dice.below(4);
                let weights = self.weights(from.width, width);
                let to = self.name();
                let made = node("MatMul", &[&from.name, &weights], &[&to]);
                self.add(made, to, width, false);
            }
            6 => {
                let mut made = of_ml(node("Scaler", &[&from.name], &[&to]));
                let (offset, scale) =
                    (self.dice.eighths(from.width), self.dice.eighths(from.width));
                floats(&mut made, "offset", &offset);
                floats(&mut made, "scale", &scale);
                self.add(made, to, from.width, from.is_exact);
            }
            7 => {
                let mut made = of_ml(node("Normalizer", &[&from.name], &[&to]));
                let norm = self.dice.one_of(&["MAX", "L1", "L2"]);
                text(&mut made, "norm", norm);
                self.add(made, to, from.width, false);
            }
            8 => {
                let mut made = of_ml(node("Binarizer", &[&from.name], &[&to]));
                let threshold = self.dice.eighth();
                attribute(&mut made, "threshold", 1, |m| {
                    // A number of four bytes.
                    m.push(2 << 3 | 5);
                    m.extend(threshold.to_le_bytes());
                });
                // Which side a number is on is told by its last bit.
                if from.is_exact {
                    self.add(made, to, from.width, true);
                }
            }
            9 => {
                let mut made = node("Softmax", &[&from.name], &[&to]);
                axis(&mut made, 1);
                self.add(made, to, from.width, false);
            }
            _ if from.is_exact => {
                let targets = 1 + self.dice.below(3);
                let made = self.trees(&from, &to, targets);
                self.add(made, to, targets, false);
            }
            _ => {}
        }
    }

    /// Trees with a leaf of every target somewhere.
    fn trees(&mut self, from: &Matrix, to: &str, targets: usize) -> Vec<u8> {
        let trees = self.grown(from.width);
        let mut made = of_ml(node("TreeEnsembleRegressor", &[&from.name], &[to]));
        trees.write(&mut made);
        integers(&mut made, "target_treeids", &trees.of_leaves(|t, _| t));
        integers(&mut made, "target_nodeids", &trees.of_leaves(|_, n| n));
        let ids: Vec<i64> = trees.of_leaves(|_, n| n % targets as i64);
        integers(&mut made, "target_ids", &ids);
        let weights = self.dice.eighths(ids.len());
        floats(&mut made, "target_weights", &weights);
        attribute(&mut made, "n_targets", 2, |m| number(m, 3, targets as u64));
        made
    }

    fn grown(&mut self, features: usize) -> Trees {
        let mut trees = Trees::default();
        for _ in 0..=self.dice.below(5) {
            let mode = self
                .dice
                .one_of(&["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"]);
            let depth = self.dice.below(4);
            let tree = trees.trees;
            trees.trees += 1;
            trees.grow(&mut self.dice, tree, features, depth, mode);
        }
        trees
    }

    /// What the model gives at last.
    fn finish(mut self) -> Vec<u8> {
        let width = self.matrices[0].width;
        let from = self.matrices.last().unwrap().clone();
        let classes = 2 + self.dice.below(3);
        let label = value("label", 7, None);
        let scores = |width| value("probabilities", 1, Some(width));
        let outputs = match self.dice.below(4) {
            0 => {
                self.nodes
                    .push(node("Identity", &[&from.name], &["variable"]));
                vec![value("variable", 1, Some(from.width))]
            }
            1 => {
                let mut made = node("Softmax", &[&from.name], &["probabilities"]);
                axis(&mut made, 1);
                self.nodes.push(made);
                vec![scores(from.width)]
            }
            2 => {
                let to = &["label", "probabilities"];
                let mut made = of_ml(node("LinearClassifier", &[&from.name], to));
                let coefficients = self.dice.eighths(classes * from.width);
                let coefficients: Vec<f32> = coefficients.iter().map(|w| w / 4.0).collect();
                floats(&mut made, "coefficients", &coefficients);
                let intercepts = self.dice.eighths(classes);
                floats(&mut made, "intercepts", &intercepts);
                let labels: Vec<i64> = (0..classes as i64).collect();
                integers(&mut made, "classlabels_ints", &labels);
                let transform = self.dice.one_of(&["NONE", "LOGISTIC", "SOFTMAX"]);
                text(&mut made, "post_transform", transform);
                self.nodes.push(made);
                vec![label, scores(classes)]
            }
            _ => {
                let exact = self.matrices.iter().rfind(|m| m.is_exact).unwrap().clone();
                let trees = self.grown(exact.width);
                let to = &["label", "probabilities"];
                let mut made = of_ml(node("TreeEnsembleClassifier", &[&exact.name], to));
                trees.write(&mut made);
                integers(&mut made, "class_treeids", &trees.of_leaves(|t, _| t));
                integers(&mut made, "class_nodeids", &trees.of_leaves(|_, n| n));
                let ids = trees.of_leaves(|t, n| (t + n) % classes as i64);
                integers(&mut made, "class_ids", &ids);
                let weights = self.dice.eighths(ids.len());
                floats(&mut made, "class_weights", &weights);
                let labels: Vec<i64> = (0..classes as i64).collect();
                integers(&mut made, "classlabels_int64s", &labels);
                let transform = self.dice.one_of(&["NONE", "LOGISTIC", "SOFTMAX"]);
                text(&mut made, "post_transform", transform);
                self.nodes.push(made);
                vec![label, scores(classes)]
            }
        };
        whole(&self.nodes, &[value("x", 1, Some(width))], &outputs)
    }
}

/// Trees, node by node.
#[derive(Default)]
struct Trees {
    trees: i64,
    nodes: Vec<Split>,
}

struct Split {
    tree: i64,
    id: i64,
    mode: &'static str,
    feature: i64,
    threshold: f32,
    below: i64,
    above: i64,
    missing: i64,
}

impl Trees {
    /// Grows a subtree; the id of its root.
    fn grow(
        &mut self,
        dice: &mut Dice,
        tree: i64,
        features: usize,
        depth: usize,
        mode: &'static str,
    ) -> i64 {
        let id = self.nodes.iter().filter(|n| n.tree == tree).count() as i64;
        let place = self.nodes.len();
        self.nodes.push(Split {
            tree,
            id,
            mode: "LEAF",
            feature: 0,
            threshold: 0.0,
            below: 0,
            above: 0,
            missing: 0,
        });
        if depth > 0 {
            let below = self.grow(dice, tree, features, depth - 1, mode);
            let above = self.grow(dice, tree, features, depth - 1, mode);
            self.nodes[place] = Split {
                tree,
                id,
                mode,
                feature: dice.below(features) as i64,
                threshold: dice.eighth(),
                below,
                above,
                missing: dice.below(2) as i64,
            };
        }
        id
    }

    fn of_leaves(&self, of: impl Fn(i64, i64) -> i64) -> Vec<i64> {
        let leaves = self.nodes.iter().filter(|node| node.mode == "LEAF");
        leaves.map(|node| of(node.tree, node.id)).collect()
    }

    fn write(&self, node: &mut Vec<u8>) {
        let all = |of: fn(&Split) -> i64| self.nodes.iter().map(of).collect::<Vec<i64>>();
        integers(node, "nodes_treeids", &all(|n| n.tree));
        integers(node, "nodes_nodeids", &all(|n| n.id));
        integers(node, "nodes_featureids", &all(|n| n.feature));
        integers(node, "nodes_truenodeids", &all(|n| n.below));
        integers(node, "nodes_falsenodeids", &all(|n| n.above));
        integers(node, "nodes_missing_value_tracks_true", &all(|n| n.missing));
        let thresholds: Vec<f32> = self.nodes.iter().map(|n| n.threshold).collect();
        floats(node, "nodes_values", &thresholds);
        let modes: Vec<&str> = self.nodes.iter().map(|n| n.mode).collect();
        texts(node, "nodes_modes", &modes);
    }
}

/// The graph of a seed, and the rows that it is given.
fn made_up(seed: u64) -> (Vec<u8>, usize, Vec<f32>) {
    let mut dice = Dice(seed);
    let width = 1 + dice.below(5);
    let mut graph = Graph {
        dice,
        nodes: Vec::new(),
        matrices: vec![Matrix {
            name: "x".to_owned(),
            width,
            is_exact: true,
        }],
    };
    for _ in 0..graph.dice.below(6) {
        graph.step();
    }
    let has_gaps = graph.dice.below(4) == 0;
    let mut rows = graph.dice.eighths(ROWS * width);
    if has_gaps {
        for place in (0..rows.len()).step_by(7) {
            rows[place] = f32::NAN;
        }
    }
    (graph.finish(), width, rows)
}

fn opened(path: &Path, backend: Backend) -> Option<Box<dyn Model>> {
    let options = OpenOptions {
        backend,
        ..OpenOptions::default()
    };
    open(path, &options).ok()
}

fn is_same(one: f32, other: f32) -> bool {
    let scale = one.abs().max(other.abs()).max(1.0);
    one == other || one.is_nan() && other.is_nan() || (one - other).abs() <= TOLERANCE * scale
}

/// Is one score of a row clearly the highest?
fn is_decided(row: &[f32]) -> bool {
    let mut sorted = row.to_vec();
    sorted.sort_by(f32::total_cmp);
    match sorted[..] {
        [.., second, first] => first - second > 1e-3,
        _ => (row[0] - 0.5).abs() > 1e-3 && row[0].abs() > 1e-3,
    }
}

fn hold(seed: u64, native: &ScoreBlock, other: &ScoreBlock) {
    let shape = |block: &ScoreBlock| (block.rows, block.columns, block.scores.len());
    assert_eq!(shape(native), shape(other), "seed {seed}");
    let pairs = native.scores.iter().zip(&other.scores).enumerate();
    for (place, (one, other)) in pairs {
        let row = place / native.columns;
        assert!(
            is_same(*one, *other),
            "seed {seed}, row {row}: {one} and {other}"
        );
    }
    let (Some(labels), Some(others)) = (&native.labels, &other.labels) else {
        return;
    };
    for (row, (label, other)) in labels.iter().zip(others).enumerate() {
        let scores = &native.scores[row * native.columns..(row + 1) * native.columns];
        if is_decided(scores) {
            assert_eq!(label, other, "seed {seed}, row {row}: {scores:?}");
        }
    }
}

/// How many of the graphs both take.
fn compare(seeds: impl Iterator<Item = u64>) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let mut compared = 0;
    for seed in seeds {
        let (model, width, rows) = made_up(seed);
        fs::write(&path, &model).unwrap();
        // What the standard leaves open is refused natively.
        let Some(native) = opened(&path, Backend::Native) else {
            continue;
        };
        let Some(other) = opened(&path, Backend::OnnxRuntime) else {
            panic!("seed {seed}: it runs natively, and ONNX Runtime refuses it");
        };
        assert_eq!(rows.len(), ROWS * width);
        let blocks = [InputBlock::F32(&rows)];
        let run = |model: &dyn Model| model.run(ROWS, &blocks);
        match (run(&*native), run(&*other)) {
            (Ok(native), Ok(other)) => hold(seed, &native, &other),
            (Err(_), Err(_)) => {}
            // ONNX Runtime computes what nothing reads, too, and refuses to binarise what is missing.
            (Ok(_), Err(error)) if error.to_string().contains("is NaN") => {}
            (native, other) => panic!(
                "seed {seed}: natively {:?}, by ONNX Runtime {:?}",
                native.map(|block| block.rows),
                other.map(|block| block.rows)
            ),
        }
        compared += 1;
    }
    compared
}

#[test]
fn graphs_that_both_take_give_the_same() {
    let compared = compare(0..GRAPHS);
    assert!(compared > GRAPHS / 2, "{compared} of {GRAPHS}");
}

#[test]
#[ignore = "takes as long as it is asked to"]
fn many_graphs_that_both_take_give_the_same() {
    let asked = std::env::var("LAZYDEBUGGER_GRAPHS");
    let graphs: u64 = asked.map_or(20_000, |text| text.parse().unwrap());
    let compared = compare(GRAPHS..GRAPHS + graphs);
    assert!(compared > graphs / 2, "{compared} of {graphs}");
}

//! Tree ensembles of every form that the specification has, made here at random, against ONNX
//! Runtime on one thread: the same bits, but for PROBIT, whose logarithms are not.

use std::fs;

use lazydebugger::inference::{InputBlock, Model, OpenOptions, inspect, native, open};
use lazydebugger::vocabulary::Backend;
use proptest::prelude::*;

use crate::writer::{attribute, bytes, floats, integers, number, text, texts, value, whole};

const COLUMNS: usize = 3;
const ROWS: usize = 64;
const MODES: [&str; 6] = [
    "BRANCH_LEQ",
    "BRANCH_LT",
    "BRANCH_GTE",
    "BRANCH_GT",
    "BRANCH_EQ",
    "BRANCH_NEQ",
];
const TRANSFORMS: [&str; 5] = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"];
const AGGREGATES: [&str; 4] = ["SUM", "AVERAGE", "MIN", "MAX"];
const VALUES: [f32; 9] = [
    -1.5,
    -0.0,
    0.0,
    0.25,
    0.5,
    1.0,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

#[allow(
    clippy::struct_excessive_bools,
    reason = "they are as independent as the file's attributes"
)]
#[derive(Debug, Clone)]
struct Plan {
    /// Per tree: levels, and seeds for what is in the nodes.
    trees: Vec<(u32, u64)>,
    modes: Vec<usize>,
    has_tracks: bool,
    is_classifier: bool,
    targets: usize,
    /// Weights for the first target only, or for all.
    one_target: bool,
    positive: bool,
    transform: usize,
    aggregate: usize,
    base_values: usize,
}

fn plans() -> impl Strategy<Value = Plan> {
    (
        prop::collection::vec((0..7_u32, any::<u64>()), 1..8),
        prop::collection::vec(0..MODES.len(), 1..3),
        any::<(bool, bool, bool, bool)>(),
        1..5_usize,
        (0..TRANSFORMS.len(), 0..AGGREGATES.len(), 0..3_usize),
    )
        .prop_map(
            |(trees, modes, flags, targets, (transform, aggregate, bases))| {
                let (has_tracks, is_classifier, one_target, positive) = flags;
                let targets = if is_classifier {
                    targets.max(2)
                } else {
                    targets
                };
                Plan {
                    trees,
                    modes,
                    has_tracks,
                    is_classifier,
                    targets,
                    one_target,
                    positive,
                    transform,
                    aggregate,
                    base_values: [0, targets, 1][bases],
                }
            },
        )
}

#[derive(Default)]
struct Lists {
    trees: Vec<i64>,
    ids: Vec<i64>,
    modes: Vec<&'static str>,
    features: Vec<i64>,
    thresholds: Vec<f32>,
    on_true: Vec<i64>,
    on_false: Vec<i64>,
    tracks: Vec<i64>,
    weight_trees: Vec<i64>,
    weight_nodes: Vec<i64>,
    weight_ids: Vec<i64>,
    weights: Vec<f32>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

impl Lists {
    /// Adds a node and what is below it; gives its number.
    fn add(
        &mut self,
        plan: &Plan,
        tree: i64,
        first: usize,
        levels: u32,
        random: &mut Random,
    ) -> i64 {
        let at = self.ids.len();
        let id = (at - first) as i64;
        let is_leaf = levels == 0 || (at > first && random.below(4) == 0);
        self.trees.push(tree);
        self.ids.push(id);
        self.features.push(if is_leaf {
            0
        } else {
            random.below(COLUMNS) as i64
        });
        let threshold = VALUES[random.below(VALUES.len() - 1)];
        self.thresholds.push(if is_leaf { 0.0 } else { threshold });
        self.tracks
            .push(i64::from(!is_leaf && random.below(2) == 0));
        self.on_true.push(0);
        self.on_false.push(0);
        if is_leaf {
            self.modes.push("LEAF");
            let count = if plan.one_target { 1 } else { plan.targets };
            for target in 0..count {
                self.weight_trees.push(tree);
                self.weight_nodes.push(id);
                self.weight_ids.push(target as i64);
                let weight = random.below(1000) as f32 / 700.0;
                self.weights
                    .push(if plan.positive { weight } else { weight - 0.7 });
            }
        } else {
            self.modes
                .push(MODES[plan.modes[random.below(plan.modes.len())]]);
            self.on_true[at] = self.add(plan, tree, first, levels - 1, random);
            self.on_false[at] = self.add(plan, tree, first, levels - 1, random);
        }
        id
    }
}

fn model(plan: &Plan) -> Vec<u8> {
    let mut lists = Lists::default();
    for (tree, (levels, seed)) in plan.trees.iter().enumerate() {
        let first = lists.ids.len();
        lists.add(plan, tree as i64, first, *levels, &mut Random(*seed));
    }
    let (op, prefix) = if plan.is_classifier {
        ("TreeEnsembleClassifier", "class")
    } else {
        ("TreeEnsembleRegressor", "target")
    };
    let mut node = Vec::new();
    bytes(&mut node, 1, b"X");
    if plan.is_classifier {
        bytes(&mut node, 2, b"label");
    }
    bytes(&mut node, 2, b"scores");
    bytes(&mut node, 4, op.as_bytes());
    bytes(&mut node, 7, b"ai.onnx.ml");
    integers(&mut node, "nodes_treeids", &lists.trees);
    integers(&mut node, "nodes_nodeids", &lists.ids);
    texts(&mut node, "nodes_modes", &lists.modes);
    integers(&mut node, "nodes_featureids", &lists.features);
    floats(&mut node, "nodes_values", &lists.thresholds);
    integers(&mut node, "nodes_truenodeids", &lists.on_true);
    integers(&mut node, "nodes_falsenodeids", &lists.on_false);
    if plan.has_tracks {
        integers(&mut node, "nodes_missing_value_tracks_true", &lists.tracks);
    }
    integers(&mut node, &format!("{prefix}_treeids"), &lists.weight_trees);
    integers(&mut node, &format!("{prefix}_nodeids"), &lists.weight_nodes);
    integers(&mut node, &format!("{prefix}_ids"), &lists.weight_ids);
    floats(&mut node, &format!("{prefix}_weights"), &lists.weights);
    text(&mut node, "post_transform", TRANSFORMS[plan.transform]);
    let bases = [0.125, -0.5, 0.75, 1.5];
    if plan.base_values > 0 {
        floats(&mut node, "base_values", &bases[..plan.base_values]);
    }
    if plan.is_classifier {
        // Of two classes, the runtime gives 0 or 1 in some cases, whatever they are called.
        let first = if plan.targets == 2 { 0 } else { 10 };
        let labels: Vec<i64> = (first..).take(plan.targets).collect();
        integers(&mut node, "classlabels_int64s", &labels);
    } else {
        text(&mut node, "aggregate_function", AGGREGATES[plan.aggregate]);
        attribute(&mut node, "n_targets", 2, |m| {
            number(m, 3, plan.targets as u64);
        });
    }
    let mut outputs = vec![value("scores", 1, Some(plan.targets))];
    if plan.is_classifier {
        outputs.insert(0, value("label", 7, None));
    }
    whole(&[node], &[value("X", 1, Some(COLUMNS))], &outputs)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn trees_of_every_form_give_the_runtimes_bits(plan in plans()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trees.onnx");
        fs::write(&file, model(&plan)).unwrap();
        let signature = inspect(&file).unwrap();
        // What is not covered is the runtime's business.
        let Ok(ours) = native::open(&file, signature, 1) else {
            return Ok(());
        };
        let options = OpenOptions {
            backend: Backend::OnnxRuntime,
            ..OpenOptions::default()
        };
        let Ok(theirs) = open(&file, &options) else {
            return Ok(());
        };
        let mut random = Random(plan.trees[0].1);
        let x: Vec<f32> = (0..ROWS * COLUMNS).map(|_| VALUES[random.below(VALUES.len())]).collect();
        let run = |model: &dyn Model| model.run(ROWS, &[InputBlock::F32(&x)]).unwrap();
        let (ours, theirs) = (run(ours.as_ref()), run(theirs.as_ref()));
        prop_assert_eq!(&ours.labels, &theirs.labels);
        prop_assert_eq!(ours.scores.len(), theirs.scores.len());
        for (a, b) in ours.scores.iter().zip(&theirs.scores) {
            let is_near = TRANSFORMS[plan.transform] == "PROBIT" && (a - b).abs() <= 1e-6 * b.abs().max(1.0);
            let is_same = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            prop_assert!(is_same || is_near, "{} {}", a, b);
        }
    }
}

//! The columns that a header says are never looked at: whatever stands in them, a model that runs
//! natively gives the same bits.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{
    Coverage, ElementType, Header, InputBlock, Model, OpenOptions, open, read_header,
};
use lazydebugger::vocabulary::Backend;

use crate::writer::{bytes, floats, integers, node, texts, value, whole};

const ROWS: usize = 48;
/// What a column that nobody looks at may hold.
const ODD: [f32; 6] = [
    0.0,
    -1.0,
    3.0e38,
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
];

fn header(path: &Path) -> Header {
    read_header(path, &fs::read(path).unwrap()).unwrap()
}

fn natively(path: &Path) -> Box<dyn Model> {
    let options = OpenOptions {
        backend: Backend::Native,
        ..OpenOptions::default()
    };
    open(path, &options).unwrap()
}

/// Scores and labels of made-up rows, with every unread column full of what `odd` says.
fn scored(model: &dyn Model, unread: &BTreeSet<(usize, usize)>, odd: Option<usize>) -> Vec<u32> {
    let inputs = model.signature().inputs.iter().enumerate();
    let blocks: Vec<Vec<f32>> = inputs
        .map(|(place, input)| {
            let width = input.width.unwrap_or(1);
            let value = |at: usize| {
                let (row, column) = (at / width, at % width);
                match odd {
                    Some(turn) if unread.contains(&(place, column)) => {
                        ODD[(row + column + turn) % ODD.len()]
                    }
                    _ => ((row * 31 + column * 17) % 23) as f32 / 5.0 - 2.0,
                }
            };
            (0..ROWS * width).map(value).collect()
        })
        .collect();
    let blocks: Vec<InputBlock<'_>> = blocks.iter().map(|b| InputBlock::F32(b)).collect();
    let block = model.run(ROWS, &blocks).unwrap();
    let labels = block.labels.unwrap_or_default();
    block
        .scores
        .iter()
        .map(|score| score.to_bits())
        .chain(labels)
        .collect()
}

fn holds(path: &Path, header: &Header) {
    let model = natively(path);
    let expected = scored(&*model, &header.unread, None);
    for turn in 0..ODD.len() {
        let found = scored(&*model, &header.unread, Some(turn));
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[test]
fn no_value_of_an_unread_column_changes_a_bit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/exported");
    let mut models: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
        .collect();
    models.sort();
    let mut held = 0;
    for path in models {
        let header = header(&path);
        let mut inputs = header.signature.inputs.iter();
        let is_of_floats = inputs.all(|i| i.element == ElementType::Float32 && i.width.is_some());
        if header.coverage == Coverage::Native && is_of_floats && !header.unread.is_empty() {
            holds(&path, &header);
            held += 1;
        }
    }
    assert!(held > 0, "some model of the zoo leaves a column alone");
}

/// A tree that splits on the second column of what it is given, and leaves that name the first.
fn tree(input: &str) -> Vec<u8> {
    let mut tree = node("TreeEnsembleRegressor", &[input], &["scores"]);
    bytes(&mut tree, 7, b"ai.onnx.ml");
    integers(&mut tree, "nodes_treeids", &[0, 0, 0]);
    integers(&mut tree, "nodes_nodeids", &[0, 1, 2]);
    texts(&mut tree, "nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF"]);
    integers(&mut tree, "nodes_featureids", &[1, 0, 0]);
    floats(&mut tree, "nodes_values", &[0.5, 0.0, 0.0]);
    integers(&mut tree, "nodes_truenodeids", &[1, 0, 0]);
    integers(&mut tree, "nodes_falsenodeids", &[2, 0, 0]);
    integers(&mut tree, "target_treeids", &[0, 0]);
    integers(&mut tree, "target_nodeids", &[1, 2]);
    integers(&mut tree, "target_ids", &[0, 0]);
    floats(&mut tree, "target_weights", &[1.0, -1.0]);
    integers_of_one(&mut tree, "n_targets", 1);
    tree
}

fn integers_of_one(node: &mut Vec<u8>, name: &str, value: u64) {
    crate::writer::attribute(node, name, 2, |m| crate::writer::number(m, 3, value));
}

fn scaled(input: &str, output: &str, width: usize) -> Vec<u8> {
    let mut scaler = node("Scaler", &[input], &[output]);
    bytes(&mut scaler, 7, b"ai.onnx.ml");
    floats(&mut scaler, "offset", &vec![0.25; width]);
    floats(&mut scaler, "scale", &vec![2.0; width]);
    scaler
}

fn unread_of(nodes: &[Vec<u8>], inputs: &[Vec<u8>]) -> BTreeSet<(usize, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    fs::write(&path, whole(nodes, inputs, &[value("scores", 1, Some(1))])).unwrap();
    let header = header(&path);
    assert_eq!(header.coverage, Coverage::Native);
    holds(&path, &header);
    header.unread
}

#[test]
fn columns_are_followed_to_the_trees_that_split_on_them() {
    let x = [value("x", 1, Some(3))];
    assert_eq!(
        unread_of(&[tree("x")], &x),
        BTreeSet::from([(0, 0), (0, 2)])
    );
    let after_scaling = [scaled("x", "s", 3), tree("s")];
    assert_eq!(
        unread_of(&after_scaling, &x),
        BTreeSet::from([(0, 0), (0, 2)])
    );
    let (x, y) = (value("x", 1, Some(1)), value("y", 1, Some(2)));
    let mut beside = node("Concat", &["x", "y"], &["s"]);
    integers_of_one(&mut beside, "axis", 1);
    assert_eq!(
        unread_of(&[beside, tree("s")], &[x, y]),
        BTreeSet::from([(0, 0), (1, 1)])
    );
}

/// Texts are followed through what makes a number of each.
#[test]
fn texts_are_followed_to_the_trees_that_split_on_them() {
    let (x, y) = (value("x", 8, Some(1)), value("y", 1, Some(1)));
    let mut places = node("LabelEncoder", &["x"], &["places"]);
    bytes(&mut places, 7, b"ai.onnx.ml");
    texts(&mut places, "keys_strings", &["north", "south"]);
    floats(&mut places, "values_floats", &[1.0, 2.0]);
    let mut beside = node("Concat", &["places", "y"], &["s"]);
    integers_of_one(&mut beside, "axis", 1);
    let nodes = [places, beside, tree("s")];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    fs::write(
        &path,
        whole(&nodes, &[x, y], &[value("scores", 1, Some(1))]),
    )
    .unwrap();
    assert_eq!(header(&path).unread, BTreeSet::from([(0, 0)]));
    let model = natively(&path);
    let scores = |text| {
        let inputs = [
            InputBlock::Text(&[text, text]),
            InputBlock::F32(&[0.0, 1.0]),
        ];
        model.run(2, &inputs).unwrap().scores
    };
    assert_eq!(scores("north"), [1.0, -1.0]);
    assert_eq!(scores("nowhere"), scores("north"));
}

#[test]
fn what_mixes_columns_looks_at_all_of_them() {
    let x = [value("x", 1, Some(3))];
    let mut normal = node("Normalizer", &["x"], &["s"]);
    bytes(&mut normal, 7, b"ai.onnx.ml");
    crate::writer::text(&mut normal, "norm", "L2");
    assert_eq!(unread_of(&[normal, tree("s")], &x), BTreeSet::new());
    let twice = [tree("x"), node("Add", &["scores", "x"], &["sum"])];
    // Nobody wants the sum, so the second node counts for nothing.
    assert_eq!(unread_of(&twice, &x), BTreeSet::from([(0, 0), (0, 2)]));
}

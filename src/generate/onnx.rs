//! Boosted trees as an ONNX file: one input a column, texts looked up, all columns put side by side,
//! and a TreeEnsembleClassifier. Field numbers are those of `onnx.proto3`.

use super::boosting::{Node, Tree};
use super::formula::{CLASSES, Input};

/// `TensorProto.DataType`
const FLOAT: u64 = 1;
const STRING: u64 = 8;

/// `AttributeProto.AttributeType`
const INT_ATTRIBUTE: u64 = 2;
const STRING_ATTRIBUTE: u64 = 3;
const FLOATS_ATTRIBUTE: u64 = 6;
const INTS_ATTRIBUTE: u64 = 7;
const STRINGS_ATTRIBUTE: u64 = 8;

const ML_DOMAIN: &str = "ai.onnx.ml";

/// The file's bytes.
pub(super) fn classifier(inputs: &[Input], trees: &[Tree]) -> Vec<u8> {
    let mut graph = Message::default();
    let mut side_by_side = Vec::new();
    for input in inputs {
        match input {
            Input::Number(name) => side_by_side.push(name.clone()),
            Input::Text(name, texts) => {
                let code = format!("{name}_code");
                graph.message(1, &lookup(name, &code, texts));
                side_by_side.push(code);
            }
        }
    }
    let mut concat = node("Concat", &side_by_side, &["columns"], "");
    concat.attribute("axis", INT_ATTRIBUTE, |m| m.number(3, 1));
    graph.message(1, &concat);
    graph.message(1, &ensemble(trees));
    graph.text(2, "boosted_trees");
    for input in inputs {
        let (name, element) = match input {
            Input::Number(name) => (name, FLOAT),
            Input::Text(name, _) => (name, STRING),
        };
        graph.message(11, &value(name, element, Some(1)));
    }
    graph.message(12, &value("label", STRING, None));
    graph.message(12, &value("probabilities", FLOAT, Some(2)));

    let mut model = Message::default();
    model.number(1, 8);
    model.text(2, "lazydebugger");
    model.message(7, &graph);
    for (domain, version) in [("", 13), (ML_DOMAIN, 3)] {
        let mut operators = Message::default();
        operators.text(1, domain);
        operators.number(2, version);
        model.message(8, &operators);
    }
    model.0
}

/// Texts to their places.
fn lookup(from: &str, to: &str, texts: &[&str]) -> Message {
    let mut node = node("LabelEncoder", &[from], &[to], ML_DOMAIN);
    let places: Vec<f32> = (0..texts.len()).map(|place| place as f32).collect();
    node.texts("keys_strings", texts);
    node.floats("values_floats", &places);
    node
}

/// All weights are for the second class; since some of them are negative, both scores are the
/// logistic of the sum.
fn ensemble(trees: &[Tree]) -> Message {
    let mut node = node(
        "TreeEnsembleClassifier",
        &["columns"],
        &["label", "probabilities"],
        ML_DOMAIN,
    );
    let all = || {
        let trees = (0_i64..).zip(trees);
        trees.flat_map(|(tree, t)| (0_i64..).zip(&t.nodes).map(move |(id, n)| (tree, id, n)))
    };
    let leaves = || {
        all().filter_map(|(tree, id, node)| match node {
            Node::Leaf(weight) => Some((tree, id, *weight)),
            Node::Split { .. } => None,
        })
    };
    // Feature, threshold, and the nodes for true and false; zeros at a leaf.
    let split = |node: &Node| match node {
        Node::Leaf(_) => (0, 0.0, 0, 0),
        Node::Split {
            feature,
            threshold,
            below,
            above,
        } => (*feature as i64, *threshold, *below as i64, *above as i64),
    };
    let modes: Vec<&str> = all()
        .map(|(.., node)| match node {
            Node::Leaf(_) => "LEAF",
            Node::Split { .. } => "BRANCH_LEQ",
        })
        .collect();
    let thresholds: Vec<f32> = all().map(|(.., node)| split(node).1).collect();
    let weights: Vec<f32> = leaves().map(|(.., weight)| weight).collect();
    node.integers("nodes_treeids", all().map(|(tree, ..)| tree));
    node.integers("nodes_nodeids", all().map(|(_, id, _)| id));
    node.integers("nodes_featureids", all().map(|(.., n)| split(n).0));
    node.texts("nodes_modes", &modes);
    node.floats("nodes_values", &thresholds);
    node.integers("nodes_truenodeids", all().map(|(.., n)| split(n).2));
    node.integers("nodes_falsenodeids", all().map(|(.., n)| split(n).3));
    node.integers("class_treeids", leaves().map(|(tree, ..)| tree));
    node.integers("class_nodeids", leaves().map(|(_, id, _)| id));
    node.integers("class_ids", leaves().map(|_| 1));
    node.floats("class_weights", &weights);
    node.texts("classlabels_strings", &CLASSES);
    node.attribute("post_transform", STRING_ATTRIBUTE, |m| {
        m.text(4, "LOGISTIC");
    });
    node
}

/// `NodeProto`
fn node<S: AsRef<str>>(operator: &str, from: &[S], to: &[&str], domain: &str) -> Message {
    let mut node = Message::default();
    for name in from {
        node.text(1, name.as_ref());
    }
    for name in to {
        node.text(2, name);
    }
    node.text(4, operator);
    node.text(7, domain);
    node
}

/// `ValueInfoProto` of so many columns and any number of rows, or of a vector.
fn value(name: &str, element: u64, columns: Option<u64>) -> Message {
    let (mut rows, mut shape) = (Message::default(), Message::default());
    rows.text(2, "rows");
    shape.message(1, &rows);
    if let Some(columns) = columns {
        let mut width = Message::default();
        width.number(1, columns);
        shape.message(1, &width);
    }
    let mut tensor = Message::default();
    tensor.number(1, element);
    tensor.message(2, &shape);
    let (mut kind, mut info) = (Message::default(), Message::default());
    kind.message(1, &tensor);
    info.text(1, name);
    info.message(2, &kind);
    info
}

/// A protobuf message in the making.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn bytes(&mut self, field: u64, content: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(content.len() as u64);
        self.0.extend_from_slice(content);
    }

    fn text(&mut self, field: u64, content: &str) {
        self.bytes(field, content.as_bytes());
    }

    fn message(&mut self, field: u64, content: &Self) {
        self.bytes(field, &content.0);
    }

    /// Adds an `AttributeProto` to a node.
    fn attribute(&mut self, name: &str, kind: u64, fill: impl FnOnce(&mut Self)) {
        let mut attribute = Self::default();
        attribute.text(1, name);
        fill(&mut attribute);
        attribute.number(20, kind);
        self.message(5, &attribute);
    }

    fn integers(&mut self, name: &str, values: impl Iterator<Item = i64>) {
        self.attribute(name, INTS_ATTRIBUTE, |m| {
            values.for_each(|value| m.number(8, value.cast_unsigned()));
        });
    }

    fn floats(&mut self, name: &str, values: &[f32]) {
        let packed: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.attribute(name, FLOATS_ATTRIBUTE, |m| m.bytes(7, &packed));
    }

    fn texts(&mut self, name: &str, values: &[&str]) {
        self.attribute(name, STRINGS_ATTRIBUTE, |m| {
            for value in values {
                m.text(9, value);
            }
        });
    }
}

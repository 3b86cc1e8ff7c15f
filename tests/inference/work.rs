//! Reading a model takes work in proportion to its file, however it is built: each of these was, or
//! would be, the work of minutes.

use std::fs;

use lazydebugger::inference::{OpenOptions, open, read_header};
use lazydebugger::vocabulary::Backend;

use crate::writer::{attribute, bytes, node, number, texts, value, whole};

/// Reads the header, which forecasts whether it is covered, and opens it natively, which may refuse it.
fn read(name: &str, model: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    fs::write(&file, model).unwrap();
    let header = read_header(&file, model).map(drop);
    let options = OpenOptions {
        backend: Backend::Native,
        ..OpenOptions::default()
    };
    let opened = open(&file, &options).map(drop);
    // Whatever came of it: it came.
    drop((name, header, opened));
}

fn x() -> Vec<u8> {
    value("x0", 1, Some(1))
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|place| format!("{prefix}{place}")).collect()
}

fn all(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// A value each, made by a node each from the one before.
fn chain(op: &str, count: usize) -> Vec<Vec<u8>> {
    let names = names("x", count + 1);
    let pairs = names.windows(2);
    pairs
        .map(|pair| node(op, &[&pair[0]], &[&pair[1]]))
        .collect()
}

/// A node over many values that are made one by one.
fn sum_of(op: &str, count: usize) -> Vec<u8> {
    let names = names("y", count);
    let mut nodes: Vec<Vec<u8>> = names
        .iter()
        .map(|name| node("Neg", &["x0"], &[name]))
        .collect();
    nodes.push(node(op, &all(&names), &["score"]));
    whole(&nodes, &[x()], &[value("score", 1, Some(1))])
}

/// Ways through it are many times as many as nodes: every node takes the one before it over and over.
fn ladder(op: &str, inputs: usize, steps: usize, last: &str) -> Vec<u8> {
    let names = names("x", steps + 1);
    let rungs = names.windows(2);
    let mut nodes: Vec<Vec<u8>> = rungs
        .map(|pair| {
            let mut rung = node(op, &vec![&*pair[0]; inputs], &[&pair[1]]);
            if op == "Concat" {
                attribute(&mut rung, "axis", 2, |m| number(m, 3, 1));
            }
            rung
        })
        .collect();
    nodes.push(node(last, &[&names[steps]], &["score"]));
    whole(&nodes, &[x()], &[value("score", 1, None)])
}

#[test]
fn nodes_of_very_many_inputs() {
    for op in ["Sum", "Max", "Concat", "Mean"] {
        read(op, &sum_of(op, 200_000));
    }
}

#[test]
fn graphs_of_very_many_ways() {
    for op in ["Concat", "Sum", "Add", "Mul"] {
        read(op, &ladder(op, 8, 40, "Identity"));
        read(op, &ladder(op, 400, 12, "Sigmoid"));
    }
}

#[test]
fn very_long_chains() {
    for op in ["Identity", "Relu", "Cast", "Reshape"] {
        let mut nodes = chain(op, 200_000);
        nodes.push(node("Sigmoid", &["x200000"], &["score"]));
        read(op, &whole(&nodes, &[x()], &[value("score", 1, Some(1))]));
    }
}

#[test]
fn very_many_inputs_and_outputs() {
    let inputs = names("x", 100_000);
    let given: Vec<Vec<u8>> = inputs.iter().map(|name| value(name, 3, Some(1))).collect();
    let sum = node("Sum", &all(&inputs), &["score"]);
    read(
        "inputs",
        &whole(&[sum], &given, &[value("score", 1, Some(1))]),
    );
    // Open widths, each of which is followed to what settles it.
    let open: Vec<Vec<u8>> = inputs.iter().map(|name| value(name, 1, None)).collect();
    let mut nodes = chain("Relu", 1_000);
    nodes.push(node("Sum", &all(&inputs), &["sum"]));
    nodes.truncate(0);
    nodes.push(node("Sum", &all(&inputs), &["sum"]));
    nodes.push(node("Identity", &["sum"], &["score"]));
    read(
        "widths",
        &whole(&nodes, &open, &[value("score", 1, Some(1))]),
    );
    // Every output is what all of them begin with, handed on.
    let mut nodes = chain("Identity", 300);
    let outputs = names("y", 100_000);
    nodes.extend(
        outputs
            .iter()
            .map(|name| node("Identity", &["x300"], &[name])),
    );
    let taken: Vec<Vec<u8>> = outputs.iter().map(|name| value(name, 1, Some(1))).collect();
    read("outputs", &whole(&nodes, &[x()], &taken));
}

#[test]
fn very_many_operator_sets_attributes_and_constants() {
    let mut nodes = chain("Relu", 50_000);
    nodes.push(node("Sigmoid", &["x50000"], &["score"]));
    let mut model = whole(&nodes, &[x()], &[value("score", 1, Some(1))]);
    for place in 0..50_000 {
        let mut opset = Vec::new();
        bytes(&mut opset, 1, format!("domain{place}").as_bytes());
        number(&mut opset, 2, 1);
        bytes(&mut model, 8, &opset);
    }
    read("operator sets", &model);
    let mut many = node("Sigmoid", &["x0"], &["score"]);
    for place in 0..200_000 {
        attribute(&mut many, &format!("__{place}"), 2, |m| number(m, 3, 1));
    }
    read(
        "attributes",
        &whole(&[many], &[x()], &[value("score", 1, Some(1))]),
    );
}

/// Encoders that a model is fused with are counted once, and not for each way to them.
#[test]
fn very_many_ways_to_an_encoder() {
    let categories = names("c", 50_000);
    let mut encoder = node("OneHotEncoder", &["x0"], &["codes"]);
    bytes(&mut encoder, 7, b"ai.onnx.ml");
    texts(&mut encoder, "cats_strings", &all(&categories));
    let mut inner = node("Concat", &vec!["codes"; 5_000], &["inner"]);
    attribute(&mut inner, "axis", 2, |m| number(m, 3, 2));
    let mut joined = node("Concat", &vec!["flat"; 5_000], &["joined"]);
    attribute(&mut joined, "axis", 2, |m| number(m, 3, 1));
    let mut model = node("LinearRegressor", &["joined"], &["score"]);
    bytes(&mut model, 7, b"ai.onnx.ml");
    let flat = node("Reshape", &["inner", "shape"], &["flat"]);
    let nodes = [encoder, inner, flat, joined, model];
    read(
        "encoders",
        &whole(
            &nodes,
            &[value("x0", 8, Some(1))],
            &[value("score", 1, Some(1))],
        ),
    );
}

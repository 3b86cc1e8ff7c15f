//! A graph that breaks ONNX Runtime breaks a process of its own, and not the session.

use std::fs;
use std::path::Path;
use std::process::Command;

use lazydebugger::inference::runtime;

use crate::writer::{attribute, bytes, floats, integers, node, number, texts, value, whole};

const LEVELS: usize = 100_000;

/// One tree of which every branch has one leaf, and the rest of the tree.
fn deep_tree() -> Vec<u8> {
    let nodes = 2 * LEVELS + 1;
    let branches = 0..LEVELS as i64;
    let mut tree = node("TreeEnsembleRegressor", &["X"], &["score"]);
    bytes(&mut tree, 7, b"ai.onnx.ml");
    // Branch n is node 2n: a leaf follows it, and then the next branch.
    let mut modes = ["BRANCH_LEQ", "LEAF"].repeat(LEVELS);
    modes.push("LEAF");
    let mut on_true: Vec<i64> = branches.clone().flat_map(|n| [2 * n + 1, 0]).collect();
    let mut on_false: Vec<i64> = branches.flat_map(|n| [2 * n + 2, 0]).collect();
    on_true.push(0);
    on_false.push(0);
    let ids: Vec<i64> = (0..nodes as i64).collect();
    let leaves: Vec<i64> = ids
        .iter()
        .copied()
        .filter(|id| id % 2 == 1 || *id == 2 * LEVELS as i64)
        .collect();
    attribute(&mut tree, "n_targets", 2, |m| number(m, 3, 1));
    integers(&mut tree, "nodes_treeids", &vec![0; nodes]);
    integers(&mut tree, "nodes_nodeids", &ids);
    texts(&mut tree, "nodes_modes", &modes);
    integers(&mut tree, "nodes_featureids", &vec![0; nodes]);
    let thresholds: Vec<f32> = (0..nodes).map(|place| place as f32).collect();
    floats(&mut tree, "nodes_values", &thresholds);
    integers(&mut tree, "nodes_truenodeids", &on_true);
    integers(&mut tree, "nodes_falsenodeids", &on_false);
    integers(&mut tree, "target_treeids", &vec![0; leaves.len()]);
    integers(&mut tree, "target_nodeids", &leaves);
    integers(&mut tree, "target_ids", &vec![0; leaves.len()]);
    floats(&mut tree, "target_weights", &vec![0.5; leaves.len()]);
    whole(
        &[tree],
        &[value("X", 1, Some(1))],
        &[value("score", 1, Some(1))],
    )
}

#[test]
fn a_tree_that_overflows_the_stack_is_refused_in_words() {
    assert!(runtime::is_available(), "this test needs ONNX Runtime");
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name);
    fs::write(at("deep.onnx"), deep_tree()).unwrap();
    let rows = (0..50).map(|row| format!("{row},{}\n", row * 2));
    let rows = rows.collect::<Vec<_>>().concat();
    fs::write(at("data.csv"), format!("x,y\n{rows}")).unwrap();
    let library = runtime::search().into_iter().find_map(|place| place.path);
    let run = |backend: &str, data: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        command
            .args([
                "predict",
                "--data",
                "data.csv",
                "--target",
                "y",
                "--features",
                "x",
            ])
            .args([
                "--model",
                "deep.onnx",
                "--output",
                "scores.csv",
                "--backend",
                backend,
            ])
            .current_dir(desk.path())
            .env("LAZYDEBUGGER_DATA_DIR", data)
            .envs(library.as_ref().map(|library| ("ORT_DYLIB_PATH", library)));
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said) = run("onnxruntime", &at("data"));
    assert_eq!(code, Some(2), "{said}");
    for words in [
        "deep.onnx",
        "ran out of stack while it opened the model",
        "export it again",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let (code, said) = run("native", &at("data"));
    assert_eq!(code, Some(0), "{said}");
}

//! Every model of the zoo runs and gives what its training library gives.
//!
//! These tests need ONNX Runtime and find it as the program does. Without it they fail:
//! `lazydebugger doctor --install-runtime` brings it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{
    InferenceError, InputBlock, Model, OpenOptions, ScoreBlock, ScoreKind, ScoreScale,
    engine_identity, open, runtime,
};
use lazydebugger::vocabulary::{Backend, RunsOn};
use serde_json::Value;

fn zoo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo")
        .join(file)
}

fn two_threads() -> OpenOptions {
    OpenOptions {
        threads: 2,
        backend: Backend::OnnxRuntime,
        ..OpenOptions::default()
    }
}

fn open_zoo(file: &str) -> Box<dyn Model> {
    open(&zoo(file), &two_threads()).unwrap_or_else(|error| panic!("{error}"))
}

/// A CSV file without quotes, by column.
fn read_csv(file: &str) -> (Vec<String>, HashMap<String, Vec<String>>) {
    let text = fs::read_to_string(zoo(file)).unwrap();
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().unwrap().split(',').map(Into::into).collect();
    let mut columns: HashMap<String, Vec<String>> = names
        .iter()
        .map(|name| (name.clone(), Vec::new()))
        .collect();
    for line in lines {
        for (name, value) in names.iter().zip(line.split(',')) {
            columns.get_mut(name).unwrap().push(value.to_owned());
        }
    }
    (names, columns)
}

enum Feed {
    F32(Vec<f32>),
    I64(Vec<i64>),
    Text(Vec<String>),
}

/// The values of one input, row by row, as `zoo.json` describes them.
fn feed(entry: &Value, data: &HashMap<String, Vec<String>>) -> Feed {
    let columns: Vec<&Vec<String>> = entry["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| &data[name.as_str().unwrap()])
        .collect();
    let rows = columns[0].len();
    let cells = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row].as_str()));
    match entry["dtype"].as_str().unwrap() {
        "string" => Feed::Text(
            cells
                .map(|cell| if cell.is_empty() { "?" } else { cell }.to_owned())
                .collect(),
        ),
        "int64" => Feed::I64(cells.map(|cell| cell.parse().unwrap()).collect()),
        _ => Feed::F32(cells.map(|cell| cell.parse().unwrap_or(f32::NAN)).collect()),
    }
}

fn run(model: &dyn Model, feeds: &[Feed], first: usize, rows: usize) -> ScoreBlock {
    let widths: Vec<usize> = model
        .signature()
        .inputs
        .iter()
        .map(|input| input.width.unwrap())
        .collect();
    let texts: Vec<Vec<&str>> = feeds
        .iter()
        .map(|feed| match feed {
            Feed::Text(texts) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .collect();
    let blocks: Vec<InputBlock<'_>> = feeds
        .iter()
        .zip(&widths)
        .zip(&texts)
        .map(|((feed, width), texts)| {
            let range = first * width..(first + rows) * width;
            match feed {
                Feed::F32(values) => InputBlock::F32(&values[range]),
                Feed::I64(values) => InputBlock::I64(&values[range]),
                Feed::Text(_) => InputBlock::Text(&texts[range]),
            }
        })
        .collect();
    model
        .run(rows, &blocks)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn entries() -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(zoo("zoo.json")).unwrap()).unwrap()
}

fn feeds_of(entry: &Value) -> Vec<Feed> {
    let (_, data) = read_csv(entry["data"].as_str().unwrap());
    entry["feeds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| feed(input, &data))
        .collect()
}

/// Labels as texts, and the scores by column, of an expected file.
fn expected(name: &str) -> (Option<Vec<String>>, Vec<Vec<f32>>) {
    let (names, mut columns) = read_csv(&format!("expected/{name}.csv"));
    let mut labels = None;
    let mut scores = Vec::new();
    for column in names {
        let values = columns.remove(&column).unwrap();
        if column.contains("label") {
            labels = Some(values);
        } else {
            scores.push(
                values
                    .iter()
                    .map(|v| v.parse().unwrap_or(f32::NAN))
                    .collect(),
            );
        }
    }
    (labels, scores)
}

fn is_close(found: f32, expected: f32, is_relative: bool, tolerance: f32) -> bool {
    let allowed = if is_relative {
        tolerance * expected.abs().max(1.0)
    } else {
        tolerance
    };
    (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= allowed
}

#[test]
fn every_good_model_gives_what_its_library_gives() {
    for entry in entries() {
        let name = entry["name"].as_str().unwrap();
        let model = open_zoo(&format!("{name}.onnx"));
        let block = run(model.as_ref(), &feeds_of(&entry), 0, 500);
        let (labels, scores) = expected(name);
        let signature = model.signature();

        assert_eq!((block.rows, block.columns), (500, scores.len()), "{name}");
        assert_eq!(block.columns, signature.score_columns(), "{name}");
        let is_relative = matches!(
            signature.score,
            ScoreKind::Regression { .. }
                | ScoreKind::Single {
                    scale: ScoreScale::Logit
                }
        );
        // Half precision has eleven bits: its score is one of 2048 steps.
        let tolerance = if name == "torch_fp16" { 5e-4 } else { 1e-5 };
        for (index, column) in scores.iter().enumerate() {
            for (row, (found, expected)) in block.column(index).zip(column).enumerate() {
                assert!(
                    is_close(found, *expected, is_relative, tolerance),
                    "{name}: row {row}, column {index}: {found} instead of {expected}"
                );
            }
        }
        let named: Option<Vec<String>> = block.labels.as_ref().map(|labels| {
            let classes = signature.classes.as_ref().unwrap();
            labels
                .iter()
                .map(|label| classes[*label as usize].clone())
                .collect()
        });
        if let Some(labels) = labels {
            assert_eq!(named, Some(labels), "{name}");
        }
    }
}

#[test]
fn the_size_of_a_batch_changes_nothing() {
    for entry in entries() {
        let name = entry["name"].as_str().unwrap();
        let feeds = feeds_of(&entry);
        let model = open_zoo(&format!("{name}.onnx"));
        let whole = run(model.as_ref(), &feeds, 0, 500);
        let bits = |scores: &[f32]| scores.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
        for (first, rows) in [(0, 1), (0, 50), (16, 51), (64, 64), (128, 372), (480, 20)] {
            let part = run(model.as_ref(), &feeds, first, rows);
            let range = first * whole.columns..(first + rows) * whole.columns;
            assert_eq!((part.rows, part.columns), (rows, whole.columns), "{name}");
            assert_eq!(
                bits(&part.scores),
                bits(&whole.scores[range]),
                "{name}: {first}"
            );
            assert_eq!(
                part.labels.as_deref(),
                whole
                    .labels
                    .as_ref()
                    .map(|labels| &labels[first..first + rows]),
                "{name}"
            );
        }
    }
}

#[test]
fn no_rows_give_an_empty_block() {
    let model = open_zoo("skl_lr_strlabel.onnx");
    let block = model.run(0, &[InputBlock::F32(&[])]).unwrap();
    assert_eq!((block.rows, block.columns), (0, 2));
    assert_eq!(block.labels, Some(Vec::new()));
}

#[test]
fn a_feed_that_does_not_fit_is_refused_by_name() {
    let model = open_zoo("skl_lr_strlabel.onnx");
    let cases = [
        (vec![], "`X` wants a block of values"),
        (
            vec![InputBlock::F64(&[0.0; 13])],
            "wants float32, and was given float64",
        ),
        (
            vec![InputBlock::F32(&[0.0; 12])],
            "1 rows of 13 values, and was given 12 values",
        ),
    ];
    for (blocks, words) in cases {
        let error = model.run(1, &blocks).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_constant_model_runs() {
    let model = open_zoo("bad/constant_score.onnx");
    let width = model.signature().inputs[0].width.unwrap();
    let block = model
        .run(3, &[InputBlock::F32(&vec![1.0; 3 * width])])
        .unwrap();
    assert!(
        block
            .scores
            .iter()
            .all(|score| *score == 0.25 || *score == 0.75),
        "{block:?}"
    );
}

#[test]
fn the_engine_is_named_before_and_after_opening() {
    let before = engine_identity(RunsOn::OnnxRuntime, 2);
    let model = open_zoo("skl_gnb.onnx");
    assert_eq!(model.engine(), before);
    assert!(before.contains("ONNX Runtime"), "{before}");
    assert!(before.ends_with("2 threads"), "{before}");
    assert_eq!(
        format!("{}, 2 threads", runtime::open_now().unwrap()),
        before
    );
    assert!(!model.memory().exact);
}

#[test]
fn what_the_runtime_refuses_is_told_in_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unknown_operator.onnx");
    let mut bytes = fs::read(zoo("skl_lr_strlabel.onnx")).unwrap();
    for at in 0..bytes.len() - 6 {
        if &bytes[at..at + 6] == b"Scaler" {
            bytes[at..at + 6].copy_from_slice(b"Sculer");
        }
    }
    fs::write(&path, bytes).unwrap();
    let error = open(&path, &two_threads()).unwrap_err();
    assert!(matches!(error, InferenceError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("Sculer"), "{error}");
}

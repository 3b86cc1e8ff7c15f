//! The native backend gives what the training libraries give, and what ONNX Runtime gives, bit for
//! bit where sums of trees are all there is to it.
//!
//! ONNX Runtime is needed for the comparison and found as the program finds it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{InputBlock, Model, OpenOptions, ScoreBlock, inspect, native, open};
use lazydebugger::vocabulary::Backend;
use serde_json::Value;

const ROWS: usize = 500;
/// Every model here is covered: a change that loses one is to be noticed.
const UNCOVERED: [&str; 0] = [];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn zoo(file: &str) -> PathBuf {
    path("tests/zoo").join(file)
}

fn open_native(file: &Path, threads: usize) -> Box<dyn Model> {
    let signature = inspect(file).unwrap();
    native::open(file, signature, threads).unwrap_or_else(|error| panic!("{error}"))
}

fn open_runtime(file: &Path) -> Box<dyn Model> {
    let options = OpenOptions {
        backend: Backend::OnnxRuntime,
        ..OpenOptions::default()
    };
    open(file, &options).unwrap_or_else(|error| panic!("{error}"))
}

/// A CSV file without quotes, by column.
fn read_csv(file: &Path) -> (Vec<String>, HashMap<String, Vec<String>>) {
    let text = fs::read_to_string(file).unwrap();
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

#[derive(Clone)]
enum Feed {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    Text(Vec<String>),
}

fn feed(dtype: &str, columns: &[&Vec<String>]) -> Feed {
    let rows = columns[0].len();
    let cells = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row].as_str()));
    match dtype {
        "string" => Feed::Text(
            cells
                .map(|cell| if cell.is_empty() { "?" } else { cell }.to_owned())
                .collect(),
        ),
        "int64" => Feed::I64(cells.map(|cell| cell.parse().unwrap()).collect()),
        _ => Feed::F32(cells.map(|cell| cell.parse().unwrap_or(f32::NAN)).collect()),
    }
}

fn run(model: &dyn Model, feeds: &[Feed], all: usize, first: usize, rows: usize) -> ScoreBlock {
    let texts: Vec<Vec<&str>> = feeds
        .iter()
        .map(|feed| match feed {
            Feed::Text(texts) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .collect();
    let range = |len: usize| first * (len / all)..(first + rows) * (len / all);
    let blocks: Vec<InputBlock<'_>> = feeds
        .iter()
        .zip(&texts)
        .map(|(feed, texts)| match feed {
            Feed::F32(values) => InputBlock::F32(&values[range(values.len())]),
            Feed::F64(values) => InputBlock::F64(&values[range(values.len())]),
            Feed::I64(values) => InputBlock::I64(&values[range(values.len())]),
            Feed::Text(_) => InputBlock::Text(&texts[range(texts.len())]),
        })
        .collect();
    model
        .run(rows, &blocks)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A model of the zoo with the rows that belong to it.
struct Case {
    name: String,
    path: PathBuf,
    feeds: Vec<Feed>,
    rows: usize,
}

fn zoo_cases() -> Vec<Case> {
    let text = fs::read_to_string(zoo("zoo.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    entries
        .iter()
        .map(|entry| {
            let name = entry["name"].as_str().unwrap().to_owned();
            let (_, data) = read_csv(&zoo(entry["data"].as_str().unwrap()));
            let feeds = entry["feeds"].as_array().unwrap();
            let feeds = feeds.iter().map(|input| {
                let names = input["columns"].as_array().unwrap();
                let columns: Vec<_> = names.iter().map(|n| &data[n.as_str().unwrap()]).collect();
                feed(input["dtype"].as_str().unwrap(), &columns)
            });
            Case {
                path: zoo(&format!("{name}.onnx")),
                feeds: feeds.collect(),
                name,
                rows: ROWS,
            }
        })
        .collect()
}

/// The small models of further kinds, on their one table.
fn more_cases() -> Vec<Case> {
    let (names, data) = read_csv(&zoo("more/x.csv"));
    let columns: Vec<_> = names.iter().map(|name| &data[name]).collect();
    let Feed::F32(values) = feed("float", &columns) else {
        unreachable!()
    };
    let mut cases = Vec::new();
    for entry in fs::read_dir(zoo("more")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "onnx")
        {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let feed = if name == "double_input" {
                Feed::F64(values.iter().copied().map(f64::from).collect())
            } else {
                Feed::F32(values.clone())
            };
            cases.push(Case {
                name: format!("more/{name}"),
                path,
                feeds: vec![feed],
                rows: columns[0].len(),
            });
        }
    }
    cases
}

/// The models that come with the program, on the zoo's rows of the same table.
fn adult_cases() -> Vec<Case> {
    let (_, data) = read_csv(&zoo("adult_500.csv"));
    let folder = path("sample_data/adult");
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in [folder.clone(), folder.join("sweep")] {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|e| e == "onnx")));
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let inputs = inspect(&path).unwrap().inputs;
            let feeds = inputs.iter().map(|input| {
                let dtype = match input.element.to_string().as_str() {
                    "text" => "string",
                    "int64" => "int64",
                    _ => "float",
                };
                feed(dtype, &[&data[&input.name]])
            });
            Case {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                feeds: feeds.collect(),
                path,
                rows: ROWS,
            }
        })
        .collect()
}

fn covered(cases: Vec<Case>) -> Vec<Case> {
    cases
        .into_iter()
        .filter(|case| {
            let found = native::coverage(&case.path, &inspect(&case.path).unwrap());
            let is_covered = found.is_ok();
            assert_eq!(
                is_covered,
                !UNCOVERED.contains(&case.name.as_str()),
                "{}: {found:?}",
                case.name
            );
            is_covered
        })
        .collect()
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

fn all_cases() -> Vec<Case> {
    let mut cases = covered(zoo_cases());
    cases.extend(covered(more_cases()));
    cases.extend(covered(adult_cases()));
    cases
}

/// The largest difference, relative to scores above 1.
fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let each = ours.iter().zip(theirs).map(|(a, b)| {
        if a.to_bits() == b.to_bits() {
            0.0
        } else {
            (a - b).abs() / b.abs().max(1.0)
        }
    });
    // Unlike `max`, this keeps NaN.
    each.fold(0.0, |worst, d| if d <= worst { worst } else { d })
}

/// How far scores may be from ONNX Runtime's.
fn allowed(name: &str) -> f32 {
    match name {
        // One step of a 16-bit float: sums that differ in their last bit round to other halves.
        "torch_fp16" => 5e-4,
        _ => 1e-6,
    }
}

#[test]
fn every_model_gives_what_onnx_runtime_gives() {
    for case in all_cases() {
        let name = &case.name;
        let native = open_native(&case.path, 1);
        let runtime = open_runtime(&case.path);
        let ours = run(native.as_ref(), &case.feeds, case.rows, 0, case.rows);
        let theirs = run(runtime.as_ref(), &case.feeds, case.rows, 0, case.rows);
        assert_eq!(
            (ours.rows, ours.columns),
            (theirs.rows, theirs.columns),
            "{name}"
        );
        assert_eq!(ours.labels, theirs.labels, "{name}");
        let far = difference(&ours.scores, &theirs.scores);
        assert!(far <= allowed(name), "{name}: {far:e}");
        // A voting model adds a logistic regression to its trees.
        if native.signature().is_tree_ensemble() && name != "skl_voting" {
            assert_eq!(bits(&ours.scores), bits(&theirs.scores), "{name}");
        }
    }
}

#[test]
fn every_model_gives_what_its_library_gives() {
    for case in covered(zoo_cases()) {
        let name = &case.name;
        let native = open_native(&case.path, 2);
        let ours = run(native.as_ref(), &case.feeds, case.rows, 0, case.rows);
        let classes = native.signature().classes.clone();
        let (header, columns) = read_csv(&zoo(&format!("expected/{name}.csv")));
        let mut scores = header.iter().filter(|column| !column.contains("label"));
        for column in 0..ours.columns {
            let expected: Vec<f32> = columns[scores.next().unwrap()]
                .iter()
                .map(|v| v.parse().unwrap())
                .collect();
            let found: Vec<f32> = ours.column(column).collect();
            let far = difference(&found, &expected);
            let allowed = if name == "torch_fp16" { 5e-4 } else { 1e-5 };
            assert!(far <= allowed, "{name}, column {column}: {far:e}");
        }
        let labels = header.iter().find(|column| column.contains("label"));
        if let (Some(labels), Some(found)) = (labels, &ours.labels) {
            for (expected, found) in columns[labels].iter().zip(found) {
                let found = match &classes {
                    Some(classes) => classes[*found as usize].clone(),
                    None => found.to_string(),
                };
                assert_eq!(*expected, found, "{name}");
            }
        }
    }
}

#[test]
fn neither_batches_nor_threads_change_a_bit() {
    for case in all_cases() {
        let name = &case.name;
        let model = open_native(&case.path, 1);
        let whole = run(model.as_ref(), &case.feeds, case.rows, 0, case.rows);
        for threads in [1, 2, 4] {
            let model = open_native(&case.path, threads);
            for size in [1, 7, 16, case.rows - 1, case.rows] {
                let mut first = 0;
                // Single rows are slow to go through one by one: some will do.
                let end = if size == 1 { 40 } else { case.rows };
                while first < end {
                    let rows = size.min(case.rows - first);
                    let part = run(model.as_ref(), &case.feeds, case.rows, first, rows);
                    let range = first * whole.columns..(first + rows) * whole.columns;
                    assert_eq!(
                        bits(&part.scores),
                        bits(&whole.scores[range]),
                        "{name}: {threads} threads, {size} rows from {first}"
                    );
                    let labels = whole.labels.as_ref().map(|all| &all[first..first + rows]);
                    assert_eq!(part.labels.as_deref(), labels, "{name}");
                    first += rows;
                }
            }
        }
    }
}

#[test]
fn the_engine_says_nothing_of_threads_and_memory_is_counted() {
    let file = path("sample_data/adult/random_forest.onnx");
    let model = open_native(&file, 2);
    assert_eq!(model.engine(), native::engine_identity());
    assert_eq!(model.engine(), "native 3");
    let memory = model.memory();

    // Some ten bytes for each of 115,022 nodes.
    let nodes = 115_022;
    assert!(
        (8 * nodes..12 * nodes).contains(&memory.bytes),
        "{memory:?}"
    );
}

#[test]
fn what_is_not_covered_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("unknown_operator.onnx");
    let mut bytes = fs::read(zoo("skl_lr_strlabel.onnx")).unwrap();
    for at in 0..bytes.len() - 6 {
        if &bytes[at..at + 6] == b"Scaler" {
            bytes[at..at + 6].copy_from_slice(b"Sculer");
        }
    }
    fs::write(&file, bytes).unwrap();
    let signature = inspect(&file).unwrap();
    let reasons = native::coverage(&file, &signature).unwrap_err();
    assert_eq!(reasons, ["operator ai.onnx.ml.Sculer"]);
    let error = native::open(&file, signature, 1).unwrap_err().to_string();
    assert!(error.contains("operator ai.onnx.ml.Sculer"), "{error}");
}

#[test]
fn no_rows_and_wrong_rows_are_told() {
    let model = open_native(&zoo("skl_lr_strlabel.onnx"), 1);
    let block = model.run(0, &[InputBlock::F32(&[])]).unwrap();
    assert_eq!(
        (block.rows, block.columns, block.labels),
        (0, 2, Some(Vec::new()))
    );
    let error = model.run(1, &[InputBlock::F32(&[0.0; 12])]).unwrap_err();
    assert!(error.to_string().contains("1 rows of 13 values"), "{error}");
    let error = model.run(1, &[InputBlock::F64(&[0.0; 13])]).unwrap_err();
    assert!(error.to_string().contains("wants float32"), "{error}");
}

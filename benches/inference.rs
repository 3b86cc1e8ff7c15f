//! Rows a second and opening time of both backends, side by side on the bundled models.
//!
//! `LAZYDEBUGGER_BENCH_MODELS` names a folder with further models of one float input, each of which
//! gets made-up rows. Without ONNX Runtime only the native backend is measured.
#![allow(clippy::unwrap_used, reason = "a benchmark that fails may panic")]
#![allow(missing_docs, reason = "criterion's macros write no documentation")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lazydebugger::event::Backend;
use lazydebugger::inference::{
    ElementType, InputBlock, Model, OpenOptions, Signature, inspect, native, open, runtime,
};

const ROWS: usize = 10_000;
const ADULT: [&str; 3] = ["random_forest", "xgboost", "logistic_regression"];

/// One input's values.
enum Feed {
    Numbers(Vec<f32>),
    Texts(Vec<String>),
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The zoo's rows of the bundled table, over and over.
fn adult_feeds(signature: &Signature) -> Vec<Feed> {
    let text = std::fs::read_to_string(root().join("tests/zoo/adult_500.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let cells: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let feeds = signature.inputs.iter().map(|input| {
        let column = names.iter().position(|name| *name == input.name).unwrap();
        let values = (0..ROWS).map(|row| cells[row % cells.len()][column]);
        if input.element == ElementType::Text {
            let filled = values.map(|text| if text.is_empty() { "?" } else { text });
            Feed::Texts(filled.map(str::to_owned).collect())
        } else {
            Feed::Numbers(
                values
                    .map(|text| text.parse().unwrap_or(f32::NAN))
                    .collect(),
            )
        }
    });
    feeds.collect()
}

/// Numbers that look normally distributed to a tree.
fn made_up_feeds(signature: &Signature) -> Vec<Feed> {
    let width = signature.inputs[0].width.unwrap_or(1);
    let mut seed = 1_u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let values = (0..ROWS * width).map(|_| (0..12).map(|_| uniform()).sum());
    vec![Feed::Numbers(values.collect())]
}

fn models() -> Vec<(PathBuf, bool)> {
    let adult = ADULT
        .iter()
        .map(|name| (root().join(format!("sample_data/adult/{name}.onnx")), true));
    let mut models: Vec<(PathBuf, bool)> = adult.collect();
    if let Some(folder) = std::env::var_os("LAZYDEBUGGER_BENCH_MODELS") {
        let entries = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut more: Vec<_> = entries
            .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
            .map(|path| (path, false))
            .collect();
        more.sort();
        models.extend(more);
    }
    models
}

fn scoring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("score");
    group
        .throughput(Throughput::Elements(ROWS as u64))
        .sample_size(20);
    for (path, is_adult) in models() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let signature = inspect(&path).unwrap();
        let feeds = if is_adult {
            adult_feeds(&signature)
        } else {
            made_up_feeds(&signature)
        };
        // Texts come as they do from a table: one copy a distinct value.
        let mut distinct: HashMap<&str, &str> = HashMap::new();
        let mut texts: Vec<Vec<&str>> = Vec::new();
        for feed in &feeds {
            texts.push(match feed {
                Feed::Texts(all) => all
                    .iter()
                    .map(|t| *distinct.entry(t).or_insert(t))
                    .collect(),
                Feed::Numbers(_) => Vec::new(),
            });
        }
        let blocks: Vec<InputBlock<'_>> = feeds
            .iter()
            .zip(&texts)
            .map(|(feed, texts)| match feed {
                Feed::Numbers(values) => InputBlock::F32(values),
                Feed::Texts(_) => InputBlock::Text(texts),
            })
            .collect();
        for threads in [1, 2] {
            let mut backends: Vec<(&str, Box<dyn Model>)> = vec![(
                "native",
                native::open(&path, signature.clone(), threads).unwrap(),
            )];
            if runtime::is_available() {
                let options = OpenOptions {
                    threads,
                    backend: Backend::OnnxRuntime,
                    ..OpenOptions::default()
                };
                backends.push(("onnxruntime", open(&path, &options).unwrap()));
            }
            for (backend, model) in &mut backends {
                let id = BenchmarkId::new(format!("{name}/{backend}"), threads);
                group.bench_function(id, |bencher| {
                    bencher.iter(|| model.run(ROWS, &blocks).unwrap());
                });
            }
        }
    }
    group.finish();
}

fn opening(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open");
    group.sample_size(10);
    for (path, _) in models() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let signature = inspect(&path).unwrap();
        group.bench_function(BenchmarkId::new(&name, "native"), |bencher| {
            bencher.iter(|| native::open(&path, signature.clone(), 1).unwrap());
        });
        if runtime::is_available() {
            let options = OpenOptions {
                backend: Backend::OnnxRuntime,
                ..OpenOptions::default()
            };
            group.bench_function(BenchmarkId::new(&name, "onnxruntime"), |bencher| {
                bencher.iter(|| open(&path, &options).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, scoring, opening);
criterion_main!(benches);

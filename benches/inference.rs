//! Rows a second and opening time of both backends, side by side on the bundled models, with
//! criterion's statistics; `lazydebugger bench inference` prints the whole table.
//!
//! `LAZYDEBUGGER_BENCH_MODELS` names a folder with further models of one float input, each of which
//! gets made-up rows. Without ONNX Runtime only the native backend is measured.
#![allow(clippy::unwrap_used, reason = "a benchmark that fails may panic")]
#![allow(missing_docs, reason = "criterion's macros write no documentation")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lazydebugger::bench::{Subject, bundled, in_folder};
use lazydebugger::inference::{OpenOptions, open, runtime};
use lazydebugger::vocabulary::Backend;

const ROWS: usize = 10_000;

fn subjects() -> Vec<Subject> {
    let mut subjects = bundled(ROWS).unwrap();
    if let Some(folder) = std::env::var_os("LAZYDEBUGGER_BENCH_MODELS") {
        subjects.extend(in_folder(folder.as_ref(), ROWS).unwrap());
    }
    subjects
}

fn backends() -> Vec<(&'static str, Backend)> {
    let mut backends = vec![("native", Backend::Native)];
    if runtime::is_available() {
        backends.push(("onnxruntime", Backend::OnnxRuntime));
    }
    backends
}

fn scoring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("score");
    group
        .throughput(Throughput::Elements(ROWS as u64))
        .sample_size(20);
    for subject in subjects() {
        let feeding = subject.feeding().unwrap();
        let chunk = feeding.chunk(0..ROWS).unwrap();
        let blocks = chunk.blocks();
        for threads in [1, 2] {
            for (name, backend) in backends() {
                let options = OpenOptions {
                    threads,
                    backend,
                    ..OpenOptions::default()
                };
                let model = open(&subject.model, &options).unwrap();
                let id = BenchmarkId::new(format!("{}/{name}", subject.name), threads);
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
    for subject in subjects() {
        for (name, backend) in backends() {
            let options = OpenOptions {
                backend,
                ..OpenOptions::default()
            };
            group.bench_function(BenchmarkId::new(&subject.name, name), |bencher| {
                bencher.iter(|| open(&subject.model, &options).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, scoring, opening);
criterion_main!(benches);

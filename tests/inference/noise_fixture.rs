//! The whole way of the robustness fixture: given draws, noise on the numbers, real models, and the
//! scores and AUC that scikit-learn and ONNX Runtime made of them (`tests/reference/README.md`).
//! ONNX Runtime must be there (`lazydebugger doctor --install-runtime`).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{ElementType, InputBlock, OpenOptions, open};
use lazydebugger::metrics::classification::auc;
use lazydebugger::metrics::moments::population_std;
use lazydebugger::metrics::perturbation::add_gaussian_noise;
use lazydebugger::vocabulary::Backend;
use serde_json::Value;

const LEVELS: [&str; 11] = [
    "0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0",
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The columns of a CSV file without quotes.
fn columns(name: &str) -> HashMap<String, Vec<String>> {
    let text = fs::read_to_string(path(name)).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines {
        for (name, value) in names.iter().zip(line.split(',')) {
            let column = columns.entry((*name).to_owned()).or_default();
            column.push(value.to_owned());
        }
    }
    columns
}

fn numbers(column: &[String]) -> Vec<f64> {
    column.iter().map(|value| value.parse().unwrap()).collect()
}

/// One model input's values under noise of a level.
enum Feed<'a> {
    Numbers(Vec<f32>),
    Texts(Vec<&'a str>),
}

fn scores(backend: Backend, level: f64) -> Vec<f64> {
    let options = OpenOptions {
        backend,
        ..OpenOptions::default()
    };
    let model = open(&path("sample_data/adult/random_forest.onnx"), &options).unwrap();
    let rows = columns("tests/zoo/adult_500.csv");
    let draws = columns("tests/reference/noise_z_500x5.csv");
    let feeds: Vec<Feed<'_>> = model
        .signature()
        .inputs
        .iter()
        .map(|input| {
            let column = &rows[&input.name];
            if input.element == ElementType::Text {
                let texts = column.iter().map(String::as_str);
                return Feed::Texts(texts.map(|t| if t.is_empty() { "?" } else { t }).collect());
            }
            let values = numbers(column);
            let sigma = population_std(&values).unwrap();
            let mut noisy = vec![0.0; values.len()];
            let z = numbers(&draws[&input.name]);
            add_gaussian_noise(&values, level, sigma, &z, &mut noisy);
            Feed::Numbers(noisy.iter().map(|v| *v as f32).collect())
        })
        .collect();
    let blocks: Vec<InputBlock<'_>> = feeds
        .iter()
        .map(|feed| match feed {
            Feed::Numbers(values) => InputBlock::F32(values),
            Feed::Texts(values) => InputBlock::Text(values),
        })
        .collect();
    let block = model.run(500, &blocks).unwrap();
    block.column(1).map(f64::from).collect()
}

fn follows_the_fixture(backend: Backend) {
    let expected = columns("tests/reference/noise_rows_500.csv");
    let reference = fs::read_to_string(path("tests/reference/robustness.json")).unwrap();
    let reference: Value = serde_json::from_str(&reference).unwrap();
    let labels: Vec<bool> = expected["y"].iter().map(|y| y == "1").collect();
    for level in LEVELS {
        let found = scores(backend, level.parse().unwrap());
        let wanted = numbers(&expected[&format!("p1_{level}")]);
        let pairs = found.iter().zip(&wanted);
        let apart = pairs.filter(|(f, w)| (*f - *w).abs() > 1e-5).count();
        assert!(apart <= 5, "level {level}: {apart} of 500 rows differ");
        let wanted = reference["fixture"]["expected"][level]["auc"].as_f64();
        let (found, wanted) = (auc(&labels, &found).unwrap(), wanted.unwrap());
        assert!(
            (found - wanted).abs() <= 1e-3,
            "level {level}: {found}, {wanted}"
        );
    }
}

#[test]
fn the_fixture_through_onnx_runtime() {
    follows_the_fixture(Backend::OnnxRuntime);
}

#[test]
fn the_fixture_through_the_native_backend() {
    follows_the_fixture(Backend::Native);
}

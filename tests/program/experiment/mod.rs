//! Experiments are read from files and flags, and everything that is wrong is said at once.

mod bundled;
mod file;
mod flags;
mod problems;
mod settings;
mod sweep;
mod trials;

use std::fs;
use std::path::PathBuf;

use lazydebugger::experiment::{Experiment, Protected};
use lazydebugger::settings::SettingsError;
use lazydebugger::vocabulary::Grouping;
use tempfile::TempDir;

const WHOLE: &str = r#"
name = "Everything"

[dataset]
path = "rows.csv"
target = "y"
positive = "yes"
missing_text = ""
calibration = "more/rows.csv"
alternative = ["2020.csv", "/data/2021.parquet"]

[protected]
sex = "categories"
"home town" = "categories"
age = [25, 45.5, 65]

[model]
path = "models/forest.v2.onnx"
threshold = 0.25
features = ["a", "b"]
output = "margin"

[[alternative_models]]
name = "linear"
path = "linear.onnx"

[[alternative_models]]
path = "tree.onnx"

[hyperparameters]
path = "sweep/sweep.json"

[gates]
"fairness.sex.demographic_parity_ratio" = { min = 0.8 }
robustness.gaussian.0.1.auc.mean = { min = 0.5, max = 1 }
[gates.uncertainty]
ece.max = 0.1

[engine]
strategy = "lazy-all"
preload = ["dataset", "shared"]
prefetch = false
preset = "full"
seed = 7
cache_policy = "gdsf"
cache_entries = 0
cache_bytes = "1.5GiB"
compress = "zstd"
memory_budget = 2000000000
device = "cuda:1"
device_memory_budget = "16GB"
threads = 3
chunk_rows = 5000
columns = "stream"
backend = "native"
"#;

/// A folder with an experiment of this text in it.
fn folder(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("experiment.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn parse(text: &str) -> Result<Experiment, SettingsError> {
    let (_folder, path) = folder(text);
    Experiment::from_file(&path)
}

/// The problems, without the name of the file.
fn problems(text: &str) -> Vec<String> {
    let errors = parse(text).unwrap_err();
    assert!(errors.source.ends_with("experiment.toml"));
    errors.problems.iter().map(ToString::to_string).collect()
}

fn protected(name: &str, grouping: Grouping) -> Protected {
    let name = name.to_owned();
    Protected {
        name,
        grouping,
        privileged: None,
    }
}

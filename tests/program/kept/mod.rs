//! What outlives a session: runs one after another, over one folder that they have in common.
#![allow(
    clippy::print_stdout,
    reason = "counts of what was tried, for the documentation, and what was left out"
)]

mod command;
mod compiled;
mod entries;
mod faults;
mod key;
mod killed;
mod opening;
mod places;
mod second;
mod sessions;
mod tuned;

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::cli::desk::{Desk, zoo};

/// Where the runs of a desk keep what they have made.
const KEPT: &str = "kept";

/// The dimensions that the small experiment can answer.
pub(crate) const ANSWERED: [&str; 5] = [
    "robustness",
    "fairness",
    "uncertainty",
    "resilience",
    "hyperparameters",
];

/// A desk with a small experiment in a folder of its own: a table, a drifted one, two models, variants.
/// Its files were written long ago.
pub(crate) fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("work")).unwrap();
    let table = std::fs::read_to_string(desk.path("good.csv")).unwrap();
    desk.write("work/data.csv", &table);
    let mut lines: Vec<&str> = table.lines().collect();
    lines.drain(1..20);
    desk.write("work/drifted.csv", lines.join("\n"));
    for (name, of) in [
        ("model.onnx", "skl_lr_strlabel.onnx"),
        ("other.onnx", "xgb_onnxmltools.onnx"),
    ] {
        std::fs::copy(zoo(of), desk.path("work").join(name)).unwrap();
    }
    desk.write(
        "work/sweep.json",
        r#"{"score": "auc", "variants": [
            {"name": "a", "model": "model.onnx", "parameters": {"c": 1, "d": 1}},
            {"name": "b", "model": "other.onnx", "parameters": {"c": 2, "d": 1}},
            {"name": "c", "model": "other.onnx", "parameters": {"c": 1, "d": 2}},
            {"name": "e", "model": "model.onnx", "parameters": {"c": 2, "d": 2}}]}"#,
    );
    desk.write("work/experiment.toml", EXPERIMENT);
    for name in [
        "data.csv",
        "drifted.csv",
        "model.onnx",
        "other.onnx",
        "sweep.json",
        "experiment.toml",
    ] {
        age(&desk.path("work").join(name), 1);
    }
    desk
}

const EXPERIMENT: &str = r#"name = "small"
[dataset]
path = "data.csv"
target = "income"
positive = ">50K"
alternative = ["drifted.csv"]
[protected]
sex = "categories"
[model]
path = "model.onnx"
[[alternative_models]]
name = "other"
path = "other.onnx"
[hyperparameters]
path = "sweep.json"
"#;

/// Says that a file was written some time ago: what was written just now is not kept by its stamp.
pub(crate) fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(3600 * hours);
    File::open(path).unwrap().set_modified(then).unwrap();
}

/// The JSON report of a run of a desk's experiment.
fn run_at(desk: &Desk, experiment: &str, arguments: &[&str]) -> Value {
    let all = [&["run", "--format", "json", experiment], arguments].concat();
    let outcome = desk.run_with(&all, |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    outcome.report(0)
}

fn run(desk: &Desk, arguments: &[&str]) -> Value {
    run_at(desk, "work/experiment.toml", arguments)
}

/// All that a run has found, without the time that it took.
pub(crate) fn found(report: &Value) -> Value {
    let mut dimensions = report["dimensions"].clone();
    for name in ANSWERED {
        let dimension = dimensions[name].as_object_mut().unwrap();
        assert_eq!(dimension["status"], "ok", "{name}: {dimension:?}");
        dimension.remove("seconds");
        dimension.remove("kept");
    }
    dimensions
}

/// The dimensions whose outcomes come from the disk.
pub(crate) fn kept(report: &Value) -> Vec<&'static str> {
    let is_kept = |name: &&str| !report["dimensions"][name]["kept"].is_null();
    ANSWERED.into_iter().filter(is_kept).collect()
}

/// The resources that were made, and not read from the disk.
pub(crate) fn made(report: &Value) -> Vec<String> {
    let all = report["resources"].as_array().unwrap().iter();
    let made = all.filter(|r| r["loads"] != 0 && r["fetched"] != true);
    let names = made.map(|r| r["key"].as_str().unwrap().to_owned());
    names.collect()
}

fn disk(report: &Value) -> &Value {
    &report["cache"]["tiers"]["disk"]
}

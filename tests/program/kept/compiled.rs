//! Compiled models: a large one is compiled once, and mapped from then on.

use std::fs;

use lazydebugger::disk_cache::{DiskCache, ListedEntry};
use serde_json::Value;

use crate::cli::desk::Desk;
use crate::forest::{Shape, forest};

use super::{KEPT, age, desk, disk, run};

const MODEL: [&str; 2] = ["--model", "work/forest.onnx"];

/// A desk with a forest that is worth being kept compiled.
fn desk_with_forest() -> Desk {
    let desk = desk();
    let shape = Shape {
        // On any machine this takes longer to compile than is worth no word.
        trees: 40,
        leaves: 9000,
        columns: 13,
        classes: Some(["<=50K", ">50K"]),
        targets: 2,
    };
    let path = desk.write("work/forest.onnx", forest(shape, 1));
    age(&path, 1);
    desk
}

fn run_with(desk: &Desk, more: &[&str]) -> Value {
    run(desk, &[&MODEL[..], more].concat())
}

fn model(report: &Value) -> &Value {
    let mut all = report["resources"].as_array().unwrap().iter();
    all.find(|resource| resource["key"] == "model:forest")
        .unwrap()
}

fn compiled(desk: &Desk) -> Vec<ListedEntry> {
    let disk = DiskCache::open(&desk.path(KEPT), None).unwrap();
    let mut entries = disk.entries();
    entries.retain(|listed| listed.entry.name.starts_with("compiled:"));
    entries
}

fn metrics(report: &Value) -> &Value {
    let dimension = &report["dimensions"]["robustness"];
    assert_eq!(dimension["status"], "ok", "{dimension}");
    &dimension["metrics"]
}

const ROBUSTNESS: [&str; 2] = ["--dimensions", "robustness"];

#[test]
fn a_large_model_is_compiled_once_and_then_mapped() {
    let desk = desk_with_forest();
    let first = run_with(&desk, &["--dimensions", "fairness"]);
    assert_eq!(model(&first)["mapped_bytes"], 0);
    let kept = compiled(&desk);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].entry.seconds > 0.0);
    let second = run_with(&desk, &ROBUSTNESS);
    let found = model(&second);
    assert_eq!(found["mapped_bytes"], kept[0].entry.body_bytes, "{found}");
    assert!(found["bytes"].as_u64() < model(&first)["bytes"].as_u64());
    assert!(disk(&second)["hits"].as_u64() > Some(0));
    let alone = run_with(&desk, &[&ROBUSTNESS[..], &["--no-disk-cache"]].concat());
    assert_eq!(metrics(&second), metrics(&alone), "the same bits");
    assert_eq!(model(&alone)["mapped_bytes"], 0);
    assert_eq!(compiled(&desk).len(), 1);
}

#[test]
fn a_damaged_form_is_compiled_anew() {
    let desk = desk_with_forest();
    run_with(&desk, &["--dimensions", "fairness"]);
    let kept = compiled(&desk);
    let shelves = fs::read_dir(desk.path("kept/v1/cas")).unwrap().flatten();
    let files = shelves.flat_map(|shelf| fs::read_dir(shelf.path()).unwrap().flatten());
    let mut bodies =
        files.filter(|file| file.metadata().unwrap().len() == kept[0].entry.body_bytes);
    let body = bodies.next().expect("it is a file of its own").path();
    let mut bytes = fs::read(&body).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&body, bytes).unwrap();
    let second = run_with(&desk, &ROBUSTNESS);
    assert_eq!(model(&second)["mapped_bytes"], 0);
    assert_eq!(
        disk(&second)["miss_reasons"]["corrupt_entry"],
        1,
        "{}",
        disk(&second)
    );
    let third = run_with(&desk, &[&ROBUSTNESS[..], &["--seed", "7"]].concat());
    assert!(
        model(&third)["mapped_bytes"].as_u64() > Some(0),
        "it was kept anew"
    );
}

#[test]
fn what_is_given_up_while_it_is_mapped_stays_as_it_is() {
    let desk = desk_with_forest();
    run_with(&desk, &["--dimensions", "fairness"]);
    let key = compiled(&desk)[0].key;
    let disk = DiskCache::open(&desk.path(KEPT), None).unwrap();
    let (entry, map) = disk.read_mapped(key).unwrap().unwrap();
    let before = map.to_vec();
    disk.prune(0);
    assert!(disk.entries().is_empty());
    assert_eq!(map.len() as u64, entry.body_bytes);
    assert_eq!(&map[..], before);
    map.check().unwrap();
    assert!(disk.read_mapped(key).unwrap().is_none());
}

#[test]
fn a_small_model_is_not_worth_it() {
    let desk = desk();
    run(&desk, &[]);
    assert!(compiled(&desk).is_empty());
}

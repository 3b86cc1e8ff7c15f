//! Which backend runs a model, and how that is told.

use std::fs;

use serde_json::Value;

use crate::cli::desk::{Desk, adult, flags, logistic, needs_runtime, text, uncovered, zoo};

const COVERED: &str = "native (all operators that it needs are covered)";
const UNCOVERED: &str = "ONNX Runtime (not covered natively: operator Einsum)";

fn check(desk: &Desk, arguments: &[&str]) -> String {
    let outcome = desk.run(&[&["check"], arguments].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

/// The report's entry of a resource.
fn resource<'r>(report: &'r Value, key: &str) -> &'r Value {
    let resources = report["resources"].as_array().unwrap();
    resources.iter().find(|r| r["key"] == key).unwrap()
}

#[test]
fn the_bundled_models_are_all_native() {
    let told = check(&Desk::new(), &[&adult()]);
    assert_eq!(
        told.matches(&format!("backend: {COVERED}")).count(),
        15,
        "{told}"
    );
    assert!(!told.contains("ONNX Runtime"), "{told}");
}

#[test]
fn every_model_is_chosen_for_by_itself() {
    needs_runtime();
    let desk = Desk::new();
    let more = format!(
        "[[alternative_models]]\nname = 'odd'\npath = '{}'",
        uncovered()
    );
    let file = desk.experiment(&desk.path("good.csv"), &zoo("skl_lr_strlabel.onnx"), &more);
    let told = check(&desk, &[&text(&file)]);
    let lines: Vec<&str> = told.lines().collect();
    for (model, backend) in [("model:skl_lr_strlabel", COVERED), ("model:odd", UNCOVERED)] {
        let at = lines.iter().position(|line| line.trim().starts_with(model));
        assert_eq!(lines[at.unwrap() + 1].trim(), format!("backend: {backend}"));
    }
}

#[test]
fn a_model_that_is_not_covered_runs_on_onnx_runtime_and_is_told_why() {
    needs_runtime();
    let desk = Desk::new();
    let model = uncovered();
    let arguments = [
        &flags("good.csv", &model)[..],
        &["--dimensions", "robustness"],
    ]
    .concat();
    let report = desk.report(0, &arguments);
    let entry = resource(&report, "model:einsum");
    assert_eq!(entry["backend"], "onnxruntime");
    assert_eq!(
        entry["backend_reason"],
        "not covered natively: operator Einsum"
    );
    assert!(resource(&report, "dataset").get("backend").is_none());
    let outcome = desk.run(&[&["run"], &arguments[..]].concat());
    let line = format!("Backends    model:einsum: {UNCOVERED}");
    assert!(outcome.stdout.contains(&line), "{}", outcome.stdout);
}

#[test]
fn native_alone_refuses_what_it_does_not_cover_beside_all_other_problems() {
    let desk = Desk::new();
    let (model, text_table) = (uncovered(), text(&zoo("adult_500.csv")));
    let arguments = [&flags(&text_table, &model)[..], &["--backend", "native"]].concat();
    let words = [
        "einsum.onnx: the native backend does not cover it: operator Einsum; with `backend = \"auto\"` (or --backend auto)",
        "einsum.onnx: the model's input `x` takes 13 features",
    ];
    desk.refuses("native alone", &arguments, &words);
}

#[test]
fn the_backend_is_part_of_what_predictions_are() {
    needs_runtime();
    let desk = Desk::new();
    let model = logistic();
    let digest = |backend: &str| {
        let more = ["--dimensions", "robustness", "--backend", backend];
        let report = desk.report(0, &[&flags("good.csv", &model)[..], &more].concat());
        let predictions = resource(&report, "predictions:skl_lr_strlabel@dataset");
        predictions["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest("auto"), digest("native"));
    assert_ne!(digest("native"), digest("onnxruntime"));
}

#[test]
fn a_device_without_a_provider_is_told_and_nothing_runs_elsewhere_instead() {
    needs_runtime();
    let desk = Desk::new();
    let model = logistic();
    let on_device = |backend: &'static str| {
        let more = [
            "--dimensions",
            "robustness",
            "--device",
            "cuda:0",
            "--backend",
            backend,
        ];
        [&flags("good.csv", &model)[..], &more].concat()
    };
    let outcome = desk.run(&[&["run"], &on_device("onnxruntime")[..]].concat());
    assert_eq!((outcome.code, &*outcome.stdout), (Some(2), ""));
    let words = "has no CUDA provider, so nothing runs on cuda:0: leave the device out, or";
    let told: Vec<&str> = outcome.stderr.lines().collect();
    assert!(
        told.iter().filter(|line| line.contains(words)).count() == 1,
        "{}",
        outcome.stderr
    );
    // What runs natively needs none.
    let native = desk.run(&[&["run", "--format", "json"], &on_device("native")[..]].concat());
    let report = native.report(0);
    let said = "runs natively, which is on the processor: nothing of it lives on cuda:0";
    assert!(native.stderr.contains(said), "{}", native.stderr);
    let model = resource(&report, "model:skl_lr_strlabel");
    assert!(model.get("pool").is_none(), "{model}");
    let plan = desk.run(&[&["plan"], &on_device("native")[..]].concat());
    assert_eq!(plan.stderr.matches(said).count(), 1, "{}", plan.stderr);
}

#[test]
fn sizes_are_estimated_for_the_backend_that_will_run() {
    let desk = Desk::new();
    let model = logistic();
    let run = [
        "run",
        "--trace",
        "trace.jsonl",
        "--dimensions",
        "robustness",
    ];
    let outcome = desk.run(&[&run[..], &flags("good.csv", &model)].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
    let of_model = |kind: &str| {
        let lines = trace.lines();
        let events = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of_it = |e: &Value| e["kind"] == kind && e["name"] == "model:skl_lr_strlabel";
        events.filter(of_it).collect::<Vec<_>>()
    };
    let [at_first, known] = &of_model("resource_declared")[..] else {
        panic!("it is declared once its file is named and once its header is known");
    };
    let length = fs::metadata(&model).unwrap().len();
    assert_eq!(at_first["estimated_bytes"], length);
    assert_eq!(at_first["backend"], Value::Null);
    assert_eq!(known["backend"]["reason"], "covered");
    let [loaded] = &of_model("load_finished")[..] else {
        panic!("it is loaded once");
    };
    let bytes = |event: &Value, name: &str| event[name].as_u64().unwrap() as f64;
    let share = bytes(known, "estimated_bytes") / bytes(loaded, "bytes");
    assert!((0.5..2.0).contains(&share), "{share}");
    assert_eq!(loaded["exact"], true);
}

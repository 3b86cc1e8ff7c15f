//! Metrics do not depend on how the work is divided.

use serde_json::{Map, Value};

use crate::cli::desk::{Desk, adult};

const DIMENSIONS: &str = "fairness,uncertainty,robustness";

/// All metrics, by dimension.
fn metrics(desk: &Desk, arguments: &[&str]) -> Map<String, Value> {
    let quick = [&adult(), "--preset", "quick", "--dimensions", DIMENSIONS];
    let report = desk.report(0, &[&quick[..], arguments].concat());
    let dimensions = report["dimensions"].as_object().unwrap();
    let metrics = dimensions
        .iter()
        .map(|(name, d)| (name.clone(), d["metrics"].clone()));
    metrics.collect()
}

#[test]
fn threads_chunks_cache_and_strategy_change_no_bit() {
    let desk = Desk::new();
    let expected = metrics(&desk, &["--threads", "1"]);
    assert_eq!(expected.len(), 3);
    for arguments in [
        ["--threads", "2"],
        ["--threads", "4"],
        ["--chunk-rows", "1000"],
        ["--chunk-rows", "9769"],
        ["--chunk-rows", "100000"],
        ["--strategy", "eager"],
        ["--strategy", "lazy-all"],
        ["--cache-entries", "0"],
    ] {
        assert_eq!(metrics(&desk, &arguments), expected, "{arguments:?}");
    }
}

#[test]
fn fairness_alone_loads_less_lazily() {
    let desk = Desk::new();
    let loaded = |strategy: &str| {
        let arguments = [&adult(), "--dimensions", "fairness", "--strategy", strategy];
        let report = desk.report(0, &arguments);
        let resources = report["resources"].as_array().unwrap().clone();
        let loaded = resources.iter().filter(|r| r["loads"].as_u64() > Some(0));
        let bytes: Vec<u64> = loaded.map(|r| r["bytes"].as_u64().unwrap()).collect();
        (bytes.len(), bytes.iter().sum::<u64>())
    };
    let (eager, lazy, core) = (loaded("eager"), loaded("lazy-all"), loaded("eager-core"));
    for (count, bytes) in [lazy, core] {
        assert!(
            count < eager.0 && bytes < eager.1,
            "{lazy:?} {core:?} {eager:?}"
        );
    }
}

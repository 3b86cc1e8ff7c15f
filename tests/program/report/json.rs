//! The JSON report is a contract.

use lazydebugger::report::json;
use serde_json::json as object;

use crate::report::log::whole_run;

#[test]
fn json_keeps_its_contract() {
    let report = json(&whole_run());
    assert_eq!(report["schema"], 2);
    assert_eq!(report["tool"], "lazydebugger 0.1.0");
    assert_eq!(report["experiment"]["dataset"], "adult_test.parquet");
    assert_eq!(
        object!([report["strategy"], report["preset"], report["seed"]]),
        object!(["eager-core", "medium", 42])
    );
    let fairness = &report["dimensions"]["fairness"];
    assert_eq!(
        *fairness,
        object!({
            "status": "failed",
            "seconds": 0.12,
            "kept": null,
            "score": null,
            "metrics": {
                "age.demographic_parity_difference": 0.05,
                "age.demographic_parity_ratio": null,
                "age.four_fifths": 1.0,
                "sex.Fe\u{7}male.ppv": null,
                "sex.demographic_parity_difference": 0.300_000_000_000_000_04,
                "sex.demographic_parity_ratio": 0.29,
                "sex.four_fifths": 0.0,
            },
            "tables": { "groups": { "columns": ["group", "n", "tpr"], "rows": [["Female", 90, null]] } },
            "notes": ["age.demographic_parity_ratio is undefined: 0/0"],
            "error": null,
        })
    );
    let ran: Vec<_> = report["dimensions"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(ran.len(), 2, "only what ran is reported");
    assert_eq!(
        report["gates"][0],
        object!({ "metric": "fairness.sex.demographic_parity_ratio", "value": 0.29, "min": 0.8, "passed": false })
    );
    assert_eq!(report["gates"][1]["value"], object!(null));
    assert_eq!(
        report["resources"][2],
        object!({
            "key": "predictions:random_forest", "kind": "predictions", "state": "resident",
            "bytes": 78_152, "mapped_bytes": 0, "packed": null, "bytes_exact": true, "load_seconds": 0.300_000_000_000_000_04,
            "loads": 1, "fetched": false, "requests": 2, "requested_by": ["fairness"],
            "digest": format!("blake3:{}", "ab".repeat(32)), "inputs": [],
        })
    );
    let model = &report["resources"][1];
    assert_eq!(
        object!([model["backend"], model["backend_reason"]]),
        object!(["native", "all operators that it needs are covered"])
    );
    assert_eq!(
        report["resources"][3],
        object!({
            "key": "dataset:shifted", "kind": "table", "state": "absent", "bytes": null, "mapped_bytes": 0, "packed": null,
            "bytes_exact": null, "load_seconds": null, "loads": 0, "fetched": false, "requests": 0,
            "requested_by": [], "digest": null, "inputs": [],
        })
    );
    assert_eq!(
        report["cache"],
        object!({
            "hits": 1, "misses": 1, "coalesced": 0, "hit_rate": 0.5, "seconds_saved": 0.3,
            "entries": 1, "bytes": 78_152, "capacity_entries": 128,
            "capacity_bytes": 268_435_456, "evictions": 0, "refused": 0,
            "miss_reasons": { "first_touch": 1 },
        })
    );
    assert_eq!(
        report["memory"],
        object!({
            "estimated_bytes": 5_536_287, "peak_estimated_bytes": 5_536_287, "mapped_bytes": 0,
            "budget_bytes": null, "peak_rss_bytes": 60_000_000, "baseline_rss_bytes": 10_000_000,
        })
    );
    assert_eq!(
        report["timings"],
        object!({
            "understood_seconds": null, "identify_seconds": 0.0, "setup_seconds": null,
            "first_result_seconds": 4.05, "total_seconds": 5.05,
            "load_seconds_sum": 0.75, "load_wall_seconds": 0.75, "parallel_speedup": 1.0,
            "critical_path_seconds": 0.25, "critical_path": ["predictions:random_forest"],
        })
    );
    assert_eq!(report["fallback"], object!(null));
}

#[test]
fn json_numbers_round_trip() -> Result<(), serde_json::Error> {
    let report = json(&whole_run());
    let again: serde_json::Value = serde_json::from_str(&report.to_string())?;
    assert_eq!(again, report);
    Ok(())
}

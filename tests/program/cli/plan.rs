//! `plan` from the outside, and the history that it goes by.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::cli::desk::{Desk, adult, flags, logistic, needs_runtime};

fn plan(desk: &Desk, arguments: &[&str]) -> Value {
    let all = [&["plan", "--format", "json"], arguments].concat();
    desk.run(&all).report(0)
}

fn strategy<'a>(plans: &'a Value, name: &str) -> &'a Value {
    let all = plans["strategies"].as_array().unwrap();
    all.iter().find(|s| s["strategy"] == name).unwrap()
}

#[test]
fn a_plan_names_every_load_and_claims_no_time() {
    let desk = Desk::new();
    let model = logistic();
    let arguments = [
        &flags("good.csv", &model)[..],
        &["--dimensions", "robustness", "--threads", "2"],
    ];
    let plans = plan(&desk, &arguments.concat());
    assert_eq!(plans["schema"], 2);
    assert_eq!(plans["dimensions"], serde_json::json!(["robustness"]));
    assert_eq!(plans["workers"], 2);
    for name in ["eager", "lazy-all", "eager-core", "adaptive"] {
        let forecast = strategy(&plans, name);
        assert_eq!(forecast["setup_seconds"], Value::Null, "{name}");
        let loads = forecast["loads"].as_array().unwrap();
        assert!(
            loads
                .iter()
                .all(|l| l["seconds"].is_null() && l["basis"] == "unknown")
        );
        assert!(loads.iter().any(|l| l["key"] == "dataset"));
    }
    assert_eq!(plans["advice"]["strategy"], "lazy-all");
}

#[test]
fn a_plan_says_in_words_what_it_does() {
    let desk = Desk::new();
    let experiment = adult();
    let two = ["--dimensions", "fairness,uncertainty", "--threads", "2"];
    let arguments = [&["plan", &experiment, "--strategy", "lazy-all"], &two[..]].concat();
    let outcome = desk.run(&arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for words in [
        "fairness, uncertainty",
        "2 workers, from an empty memory",
        "adaptive: two or more of the selected dimensions need 10",
        "lazy-all loads, in this order",
        "predictions:random_forest@calibration",
        "longest chain",
        "dataset (4 loads)",
        "calibration -> columns:calibration[protected] ->",
        "avoids",
    ] {
        assert!(
            outcome.stdout.contains(words),
            "no {words:?} in\n{}",
            outcome.stdout
        );
    }
}

#[test]
fn what_cannot_be_planned_is_refused_or_left_out() {
    let desk = Desk::new();
    let model = logistic();
    let outcome = desk.run(&[&["plan"], &flags("none.csv", &model)[..]].concat());
    outcome.refuses("no table", &["none.csv"]);
    let flags = flags("good.csv", &model);
    let unknown = [&flags[..], &["--preload", "datset"]].concat();
    for command in ["plan", "check"] {
        let outcome = desk.run(&[&[command], &unknown[..]].concat());
        outcome.refuses(
            command,
            &["engine.preload", "datset", "did you mean `dataset`?"],
        );
    }
    let outcome = desk.run(&[&["plan"], &flags[..], &["--dimensions", "fairness"]].concat());
    assert_eq!(outcome.code, Some(0));
    assert!(
        outcome.stderr.contains("fairness is left out"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_run_teaches_the_next_plan_how_long_loads_take() {
    needs_runtime();
    let desk = Desk::new();
    let model = logistic();
    let flags = [
        &flags("good.csv", &model)[..],
        &["--dimensions", "robustness"],
    ]
    .concat();
    desk.report(0, &flags);
    let plans = plan(&desk, &flags);
    let core = strategy(&plans, "eager-core");
    assert_eq!(core["basis"], "measured");
    let numbers = [
        "setup_seconds",
        "load_seconds",
        "load_seconds_sum",
        "critical_path_seconds",
    ]
    .map(|name| core[name].as_f64().unwrap());
    assert!(
        numbers.iter().all(|n| *n >= 0.0) && numbers[1] <= numbers[2] + 1e-9,
        "{numbers:?}"
    );
    // A history that has gone bad costs a note, and nothing else.
    let file = desk.path("data/load_history.jsonl");
    fs::write(&file, "garbage").unwrap();
    let outcome = desk.run(&[&["plan"], &flags[..]].concat());
    assert_eq!(outcome.code, Some(0));
    assert!(
        outcome.stderr.contains("not a load history"),
        "{}",
        outcome.stderr
    );
    desk.report(0, &flags);
    assert_eq!(
        strategy(&plan(&desk, &flags), "eager-core")["basis"],
        "measured"
    );
}

#[test]
fn a_report_tells_what_loading_in_parallel_gained() {
    needs_runtime();
    let desk = Desk::new();
    let report = desk.report(
        0,
        &[&adult(), "--dimensions", "fairness", "--strategy", "eager"],
    );
    let timings = &report["timings"];
    let [sum, wall, speedup, chain] = [
        "load_seconds_sum",
        "load_wall_seconds",
        "parallel_speedup",
        "critical_path_seconds",
    ]
    .map(|name| timings[name].as_f64().unwrap());
    assert!(chain <= wall + 1e-9 && wall <= sum + 1e-9, "{timings}");
    assert!((speedup - sum / wall).abs() < 1e-9);
    assert_eq!(report["fallback"], Value::Null);
    let path = timings["critical_path"].as_array().unwrap();
    assert!(!path.is_empty());
}

/// The workers and polars' pool are each no larger than allowed, and a model runs on the worker that
/// asked: ONNX Runtime's own threads do nothing.
#[cfg(target_os = "linux")]
#[test]
fn every_pool_keeps_to_the_threads_allowed() {
    use std::collections::BTreeMap;
    use std::process::{Command, Stdio};

    /// Clock ticks (hundredths of a second) from which on a thread counts as one that works.
    const WORKS: u64 = 5;

    needs_runtime();
    let desk = Desk::new();
    for threads in [1, 2] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        desk.prepare(&mut command);
        let mut child = command
            .args(["run", &adult(), "--threads", &threads.to_string()])
            .args(["--dimensions", "fairness,uncertainty,hyperparameters"])
            .env_remove("POLARS_MAX_THREADS")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Name and ticks by thread. A thread of ONNX Runtime's bears the name of its worker.
        let mut seen: BTreeMap<PathBuf, (String, u64)> = BTreeMap::new();
        while child.try_wait().unwrap().is_none() {
            let tasks = fs::read_dir(format!("/proc/{}/task", child.id()));
            for task in tasks.into_iter().flatten().flatten() {
                let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
                if let Some(told) = name_and_ticks(&stat) {
                    seen.insert(task.path(), told);
                }
            }
        }
        for lane in 0..4 {
            for (pool, is_whole) in [("worker", true), ("polars", false)] {
                let name = format!("{pool}-{lane}");
                let is_there = seen.values().any(|(n, _)| *n == name);
                assert!(lane < threads || !is_there, "{name} of {threads}: {seen:?}");
                assert!(
                    lane >= threads || !is_whole || is_there,
                    "no {name}: {seen:?}"
                );
            }
        }
        let working = seen
            .values()
            .filter(|(name, ticks)| name.starts_with("worker") && *ticks >= WORKS);
        assert!(working.count() <= threads, "{threads} threads: {seen:?}");
    }
}

/// Of a line of `/proc/PID/task/TID/stat`: the name in brackets, and user and system time.
#[cfg(target_os = "linux")]
fn name_and_ticks(stat: &str) -> Option<(String, u64)> {
    let (head, rest) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((name.to_owned(), ticks()? + ticks()?))
}

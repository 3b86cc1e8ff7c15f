//! What is made of a recording: another cache, by `whatif`, and other tools' formats, by `export`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::FileTypeExt;

use lazydebugger::log::file::Reader;
use serde_json::Value;

use crate::cli::desk::{Desk, adult, text};

/// A desk with a recording, `t.jsonl`, of two dimensions that share predictions, and its report.
fn recorded() -> (Desk, Value) {
    let desk = Desk::new();
    let arguments = ["--dimensions", "fairness,robustness", "--trace", "t.jsonl"];
    let report = desk.report(0, &[&[&*adult()], &arguments[..]].concat());
    (desk, report)
}

fn export(desk: &Desk, format: &str) -> String {
    let done = desk.run(&["export", "t.jsonl", "--to", format]);
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    done.stdout
}

fn what_if(desk: &Desk, file: &str) -> Value {
    let arguments = ["whatif", file, "--capacities", "100KB,10MB,1GiB"];
    desk.run(&[&arguments[..], &["--format", "json"]].concat())
        .report(0)
}

#[test]
fn a_recording_tells_what_other_caches_would_have_saved() {
    let (desk, report) = recorded();
    let outcomes = what_if(&desk, "t.jsonl");
    let outcomes = outcomes.as_array().unwrap();
    assert_eq!(outcomes.len(), 5 * 3, "a policy and a capacity each");
    let asked =
        report["cache"]["hits"].as_u64().unwrap() + report["cache"]["misses"].as_u64().unwrap();
    for outcome in outcomes {
        assert!(outcome["requests"].as_u64().unwrap() >= asked);
        assert!(outcome["hits"].as_u64() < outcome["requests"].as_u64());
    }
    let roomy = outcomes.iter().filter(|o| o["capacity"] == 1_u64 << 30);
    let hits: BTreeSet<u64> = roomy.map(|o| o["hits"].as_u64().unwrap()).collect();
    assert_eq!(
        hits.len(),
        1,
        "with room for all, all policies are the same"
    );
    assert!(hits.first() > Some(&0));
    let told = desk
        .run(&["whatif", "t.jsonl", "--policies", "gdsf,lru"])
        .stdout;
    for words in [
        "Seconds of work saved",
        "gdsf         lru",
        "is enough for lru",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
}

#[test]
fn exported_accesses_say_the_same() {
    let (desk, _) = recorded();
    let table = export(&desk, "csv");
    desk.write("accesses.csv", &table);
    assert_eq!(what_if(&desk, "accesses.csv"), what_if(&desk, "t.jsonl"));
    let done = desk.run(&[
        "export",
        "t.jsonl",
        "--to",
        "libcachesim",
        "--output",
        "o.bin",
    ]);
    assert_eq!(done.code, Some(0));
    let rows = fs::read(desk.path("o.bin")).unwrap();
    let keys: Vec<&str> = table
        .lines()
        .skip(1)
        .map(|l| l.split(',').nth(1).unwrap())
        .collect();
    assert_eq!(rows.len(), 24 * keys.len());
    for (place, row) in rows.chunks_exact(24).enumerate() {
        let next = i64::from_le_bytes(row[16..].try_into().unwrap());
        let mut later = (place + 1..keys.len()).filter(|later| keys[*later] == keys[place]);
        assert_eq!(next, later.next().map_or(-1, |later| later as i64 + 1));
    }
}

#[test]
fn a_chrome_trace_leads_from_miss_to_load_to_consumer() {
    let (desk, report) = recorded();
    let trace: Value = serde_json::from_str(&export(&desk, "chrome")).unwrap();
    let rows = trace["traceEvents"].as_array().unwrap();
    let of = |phase: &'static str| rows.iter().filter(move |row| row["ph"] == phase);
    let loads = of("X").filter(|row| row["args"]["how"] == "loaded").count() as u64;
    let resources = report["resources"].as_array().unwrap();
    let counted: u64 = resources.iter().map(|r| r["loads"].as_u64().unwrap()).sum();
    assert_eq!(loads, counted);
    let mut ends: BTreeMap<u64, Vec<(&str, f64)>> = BTreeMap::new();
    for phase in ["s", "t", "f"] {
        for row in of(phase) {
            let end = (phase, row["ts"].as_f64().unwrap());
            ends.entry(row["id"].as_u64().unwrap())
                .or_default()
                .push(end);
        }
    }
    assert!(!ends.is_empty());
    for (flow, ends) in &ends {
        assert!(ends.is_sorted_by(|a, b| a.1 <= b.1), "{flow}: {ends:?}");
        assert_eq!((ends[0].0, ends.last().unwrap().0), ("s", "f"), "{flow}");
    }
    let lanes = of("M").filter(|row| row["name"] == "thread_name");
    let lanes: BTreeSet<&str> = lanes.map(|r| r["args"]["name"].as_str().unwrap()).collect();
    for lane in ["session", "worker 0", "robustness", "fairness"] {
        assert!(lanes.contains(lane), "{lane} in {lanes:?}");
    }
    assert!(of("C").any(|row| row["name"] == "process memory (bytes)"));
    assert!(of("X").all(|row| row["dur"].as_f64() >= Some(0.0)));
}

#[test]
fn open_metrics_are_those_of_the_report() {
    let (desk, report) = recorded();
    let page = export(&desk, "openmetrics");
    assert!(page.ends_with("\n# EOF\n"));
    let value = |name: &str| {
        let mut rows = page.lines();
        let row = rows.find_map(|row| row.strip_prefix(name)?.strip_prefix(' '));
        row.map(|row| row.parse::<f64>().unwrap())
    };
    let hits = value("lazydebugger_cache_hits_total");
    assert_eq!(hits, report["cache"]["hits"].as_f64());
    let metrics = report["dimensions"]["fairness"]["metrics"]
        .as_object()
        .unwrap();
    for (metric, found) in metrics {
        let name = format!("lazydebugger_metric{{dimension=\"fairness\",metric=\"{metric}\"}}");
        assert_eq!(value(&name), found.as_f64(), "{metric}");
    }
    // A sample belongs to the family that was announced last.
    let mut family = "";
    for row in page.lines() {
        if let Some(begun) = row.strip_prefix("# TYPE ") {
            family = begun.split(' ').next().unwrap();
        } else if !row.starts_with('#') {
            assert!(row.starts_with(family), "{row} in {family}");
        }
    }
}

#[test]
fn a_recording_on_stdout_is_all_that_is_there() {
    let desk = Desk::new();
    let arguments = ["run", &adult(), "--dimensions", "fairness", "--trace", "-"];
    let done = desk.run(&arguments);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let mut reader = Reader::new("stdout", done.stdout.as_bytes()).unwrap();
    let mut last = None;
    while let Some(event) = reader.next_event().unwrap() {
        last = Some(event.kind);
    }
    assert!(!reader.is_truncated());
    assert!(last.is_some(), "events follow the header");
    assert!(!desk.path("-").exists());
}

#[test]
fn a_run_that_others_may_watch_is_a_run() {
    let desk = Desk::new();
    let arguments = [
        "run",
        "--dimensions",
        "fairness",
        "--listen",
        "--format",
        "json",
    ];
    let report = desk.run(&[&arguments[..], &[&adult()]].concat()).report(0);
    assert_eq!(report["dimensions"]["fairness"]["status"], "ok");
    let folder = desk.path("data/sessions");
    let mut entries = fs::read_dir(folder).unwrap();
    let is_socket = |entry: fs::DirEntry| entry.file_type().unwrap().is_socket();
    assert!(
        !entries.any(|entry| is_socket(entry.unwrap())),
        "the socket is gone"
    );
    let elsewhere = ["run", "--dimensions", "fairness", "--listen", "s.sock"];
    let done = desk.run(&[&elsewhere[..], &[&adult()]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(!desk.path("s.sock").exists());
    let nobody = desk.run(&["attach"]);
    nobody.refuses("nobody listens", &["no session listens", "--listen"]);
    let none = desk.run(&["run", "--listen", "no/such/folder/s.sock", &adult()]);
    none.refuses("no folder", &["--listen", "there is no folder"]);
}

#[test]
fn what_cannot_be_played_or_exported_is_said() {
    let desk = Desk::new();
    let good = text(&desk.path("good.csv"));
    let none = desk.run(&["whatif", "none.csv"]);
    none.refuses("no file", &["none.csv"]);
    let other = desk.run(&["whatif", &good]);
    other.refuses("another table", &["good.csv", "t,key,bytes,cost_us"]);
    desk.write("empty.csv", "t,key,bytes,cost_us\n");
    let empty = desk.run(&["whatif", "empty.csv"]);
    empty.refuses("no access", &["empty.csv", "no access", "--trace"]);
    let other = desk.run(&["export", &good, "--to", "csv"]);
    other.refuses("no trace", &["good.csv", "not a trace"]);
    let same = desk.run(&["export", "good.csv", "--to", "csv", "--output", "good.csv"]);
    same.refuses("over itself", &["--output", "good.csv", "another"]);
}

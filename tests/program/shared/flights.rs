//! Several processes that want the same at the same time: one makes it, the others wait for that, and
//! nobody waits for one that is dead.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::servers::Redis;
use super::{large_desk, report_on, shared, through};
use crate::cli::desk::Desk;
use crate::kept::{desk, found, made};

const PROCESSES: usize = 8;
/// Within this time of a holder's death, somebody else has begun.
const SOON: Duration = Duration::from_secs(5);

/// Runs as many processes at once, each with a data folder of its own.
fn at_once(desk: &Desk, cache: impl Fn(usize) -> String, arguments: &[&str]) -> Vec<Value> {
    let start = |number| -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        desk.prepare(&mut command);
        command
            .args(["run", "--format", "json", "work/experiment.toml"])
            .args(arguments)
            .env("LAZYDEBUGGER_CACHE_DIR", desk.path(&cache(number)))
            .env(
                "LAZYDEBUGGER_DATA_DIR",
                desk.path(&format!("data {number}")),
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<Child> = (0..PROCESSES).map(start).collect();
    let outputs = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap());
    let reports = outputs.map(|output| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        serde_json::from_slice(&output.stdout).unwrap()
    });
    reports.collect()
}

fn metrics(report: &Value) -> &Value {
    &report["dimensions"]["fairness"]["metrics"]
}

/// Predictions that any of them has made, as often as they were made.
fn scored(reports: &[Value]) -> Vec<String> {
    let all = reports.iter().flat_map(made);
    all.filter(|name| name.starts_with("predictions:"))
        .collect()
}

#[test]
fn eight_processes_compute_once_over_one_folder() {
    // Nobody knows yet how long it takes, so all wait for the one that begins.
    let desk = large_desk();
    let fairness = ["--dimensions", "fairness"];
    let reports = at_once(&desk, |_| "common".to_owned(), &fairness);
    assert_eq!(scored(&reports), ["predictions:model@dataset"]);
    for report in &reports {
        assert_eq!(metrics(report), metrics(&reports[0]));
    }
}

#[test]
fn eight_processes_seldom_make_the_same_over_one_folder() {
    // What turns out to take no time is not worth a wait, and some is made more than once.
    let desk = desk();
    let reports = at_once(&desk, |_| "common".to_owned(), &[]);
    let scored = scored(&reports);
    let distinct: BTreeSet<&String> = scored.iter().collect();
    assert!(distinct.len() > 3, "{distinct:?}");
    assert!(scored.len() <= PROCESSES / 2 * distinct.len(), "{scored:?}");
    for report in &reports[1..] {
        assert_eq!(found(report), found(&reports[0]));
    }
}

#[test]
fn eight_machines_share_what_is_worth_it_over_one_server() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (large_desk(), redis.url());
    let arguments = [&through(&url)[..], &["--dimensions", "fairness"]].concat();
    let reports = at_once(&desk, |number| format!("machine {number}"), &arguments);
    // On a busy machine a server may answer too late for some, who then do without it.
    let made = scored(&reports).len();
    assert!(made < PROCESSES, "{made}");
    for report in &reports {
        assert_eq!(shared(report)["state"], "ok");
        assert_eq!(metrics(report), metrics(&reports[0]));
    }
    let leases: Vec<String> = redis.ask(&["KEYS", "*/v1/lease/*"]);
    assert_eq!(leases, [""; 0], "all were given back");
}

/// The part of a key that is in the names of files.
fn digits(key: &str) -> &str {
    key.rsplit([':', '/']).next().unwrap()
}

#[test]
fn the_lock_of_a_process_that_is_killed_is_free() {
    let desk = desk();
    let first = report_on(&desk, "machine", &[]);
    let listed = desk.run_with(&["cache", "list", "--format", "json"], |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path("machine"));
    });
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let entries = listed["entries"].as_array().unwrap().iter();
    let mut scores = entries.filter(|e| e["name"].as_str().unwrap().starts_with("predictions:"));
    let key = scores.next().unwrap()["key"].as_str().unwrap().to_owned();
    let folder = desk.path("machine").join("v1");
    std::fs::remove_dir_all(folder.join("ac")).unwrap();
    let lock = folder.join("lease").join(digits(&key));
    std::fs::create_dir_all(folder.join("lease")).unwrap();
    let holding = Command::new("flock")
        .arg("--no-fork")
        .arg(&lock)
        .args(["sh", "-c", "echo locked; exec sleep 600"])
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut holding) = holding else {
        println!("not checked: there is no flock on the PATH");
        return;
    };
    let mut said = std::io::BufReader::new(holding.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut said, &mut String::new()).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| report_on(&desk, "machine", &[]));
        holding.kill().unwrap();
        holding.wait().unwrap();
        let killed = Instant::now();
        assert_eq!(found(&second.join().unwrap()), found(&first));
        // The whole run is in it.
        assert!(killed.elapsed() < 4 * SOON, "{:?}", killed.elapsed());
    });
}

#[test]
fn the_lease_of_a_machine_that_is_gone_ends_by_itself() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (large_desk(), redis.url());
    let fairness = [&through(&url)[..], &["--dimensions", "fairness"]].concat();
    let begun = Instant::now();
    let first = report_on(&desk, "first", &fairness);
    let takes = begun.elapsed();
    let entries = redis.entries();
    let is_scores = |name: &&String| {
        let value = String::from_utf8_lossy(&redis.value(name)).into_owned();
        value.contains("\"name\":\"predictions:")
    };
    let scores = entries.iter().find(is_scores).unwrap();
    let lease = format!("lazydebugger/v1/lease/{}", digits(scores));
    let _: () = redis.ask(&["FLUSHALL"]);
    let _: () = redis.ask(&["SET", &lease, "somebody", "PX", "3000"]);
    let begun = Instant::now();
    let second = report_on(&desk, "second", &fairness);
    let took = begun.elapsed();
    let metrics = |report: &Value| report["dimensions"]["fairness"]["metrics"].clone();
    assert_eq!(metrics(&second), metrics(&first));
    assert!(took >= Duration::from_secs(2), "{took:?}: it has waited");
    assert!(took < takes * 3 + SOON, "{took:?}, {takes:?} alone");
}

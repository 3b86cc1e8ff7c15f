//! A real session that reruns again and again, in a process of its own: it does not grow.

use std::process::Command as Process;
use std::{env, fs, thread};

use lazydebugger::event::Command;
use lazydebugger::vocabulary::Dimension;

use super::driven::{Driven, bundled};

/// Runs, where nobody wants more: some evening, try 10000.
const RUNS: usize = 300;
/// Says how many.
const RUNS_FROM: &str = "LAZYDEBUGGER_SOAK_RUNS";
/// What is kept of the newest runs has been filled by then, or grows by little.
const START: usize = 50;
const MOST_GROWTH: u64 = 60 << 20;
/// Tells the process that it is the one, and where to write down what it took.
const IN_A_PROCESS_OF_ITS_OWN: &str = "LAZYDEBUGGER_TEST_SOAK";

#[test]
fn runs_without_end_take_no_more_memory() {
    if let Some(file) = env::var_os(IN_A_PROCESS_OF_ITS_OWN) {
        fs::write(file, rerun()).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bytes");
    let name = thread::current().name().unwrap().to_owned();
    let output = Process::new(env::current_exe().unwrap())
        .args([&name, "--exact"])
        .env(IN_A_PROCESS_OF_ITS_OWN, &file)
        .env("LAZYDEBUGGER_DATA_DIR", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let took = fs::read_to_string(file).unwrap();
    let took: Vec<u64> = took.lines().map(|line| line.parse().unwrap()).collect();
    println!("resident bytes every {START} runs: {took:?}");
    let (first, last) = (took[0], took[took.len() - 1]);
    assert!(last < first + MOST_GROWTH, "{took:?}");
}

/// Lets a session run one dimension as often as it is told; the bytes it takes every [`START`] runs,
/// a line each.
fn rerun() -> String {
    let runs = env::var(RUNS_FROM).map_or(RUNS, |runs| runs.parse().unwrap());
    let mut driven = Driven::open(bundled());
    let mut took = Vec::new();
    for run in 1..=runs {
        driven.send(Command::Run(Dimension::Fairness));
        driven.finish_run();
        // The test's own copy of the log is none of the session's.
        driven.log.clear();
        if run % START == 0 {
            took.push(resident_bytes().to_string());
        }
    }
    took.join("\n")
}

/// As Linux tells it.
fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() << 10
}

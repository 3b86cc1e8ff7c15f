//! A day of a session that reruns every second, without the waiting.

use std::path::Path;
use std::process::Command;
use std::{env, fs, thread};

use lazydebugger::ledger::Ledger;
use lazydebugger::log::{LogWriter, Timeline};

use super::made_up::Session;

/// A run a second for 24 hours.
const RUNS: u64 = 24 * 60 * 60;
/// The file that says what it took.
const PEAK: &str = "peak_bytes";
/// What the process that lives through it may take.
const MOST_BYTES: u64 = 200 << 20;
/// Tells that process that it is the one, and where to write down what it took.
const IN_A_PROCESS_OF_ITS_OWN: &str = "LAZYDEBUGGER_TEST_DAY";

#[test]
fn a_day_takes_less_than_200_mb() {
    if let Some(folder) = env::var_os(IN_A_PROCESS_OF_ITS_OWN) {
        live_through_it(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = thread::current().name().unwrap().to_owned();
    let output = Command::new(env::current_exe().unwrap())
        .args([&name, "--exact"])
        .env(IN_A_PROCESS_OF_ITS_OWN, folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let peak = fs::read_to_string(folder.path().join(PEAK)).unwrap();
    let peak: u64 = peak.parse().unwrap();
    assert!(peak < MOST_BYTES, "{peak} bytes");
}

/// Writes, folds and looks back on the day as it goes by; then reads it from the beginning.
fn live_through_it(folder: &Path) {
    let mut writer = LogWriter::in_folder(folder.to_owned());
    let log = writer.log();
    let mut events = log.subscribe();
    let mut ledger = Ledger::default();
    let mut timeline = Timeline::of(log.clone());
    let mut session = Session::new();
    writer.emit_all(session.opening());
    for _ in 0..RUNS {
        writer.emit_all(session.run());
        for event in events.waiting() {
            ledger.apply(&event);
        }
        timeline.keep(&ledger);
        // A day gives whoever writes the file more time than this.
        while log.events_in_memory() > 30_000 {
            thread::yield_now();
        }
    }
    assert_eq!(ledger.runs.total() as u64, RUNS);
    assert!(log.events() >= 40 * RUNS);
    for moment in [0, log.events() / 2, log.events() - 1] {
        assert_eq!(timeline.ledger_at(moment).unwrap().events, moment + 1);
    }
    let late = log.subscribe().take(100_000).enumerate();
    late.for_each(|(place, event)| assert_eq!(event.seq, place as u64));
    fs::write(folder.join(PEAK), peak_bytes().to_string()).unwrap();
}

/// The highest resident set so far, as Linux tells it.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() << 10
}

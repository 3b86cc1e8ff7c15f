//! A day of a session that reruns every second, without the waiting.

use std::path::Path;
use std::process::Command;
use std::{env, fs, thread};

use lazydebugger::log::{LogWriter, Timeline};
use lazydebugger::tui::app_loop::App;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::made_up::Session;

/// A run a second for 24 hours.
const RUNS: u64 = 24 * 60 * 60;
/// So many runs are the start of it, and
const FIRST_RUNS: u64 = 10;
/// so many later it may take
const LATER_RUNS: u64 = 10_000;
/// no more than so much more.
const MOST_GROWTH: u64 = 60 << 20;
/// The file that says what it took: at the start, later, and at most.
const TOOK: &str = "bytes";
/// What the process that lives through it may take.
const MOST_BYTES: u64 = 200 << 20;
/// Tells that process that it is the one, and where to write down what it took.
const IN_A_PROCESS_OF_ITS_OWN: &str = "LAZYDEBUGGER_TEST_DAY";

#[test]
fn a_day_takes_less_than_200_mb_and_10_000_runs_hardly_more_than_a_few() {
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
    let took = fs::read_to_string(folder.path().join(TOOK)).unwrap();
    let took: Vec<u64> = took.lines().map(|line| line.parse().unwrap()).collect();
    let [start, later, peak] = took[..] else {
        panic!("{took:?}");
    };
    assert!(peak < MOST_BYTES, "{peak} bytes");
    assert!(later < start + MOST_GROWTH, "from {start} to {later} bytes");
}

/// Writes, shows and looks back on the day as it goes by; then reads it from the beginning.
fn live_through_it(folder: &Path) {
    let mut writer = LogWriter::in_folder(folder.to_owned());
    let log = writer.log();
    let mut events = log.subscribe();
    let options = Options {
        theme: ThemeName::Dark,
        colours: true,
        unicode: true,
    };
    let mut screen = Screen::new(options, Source::Session);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    let mut took = Vec::new();
    let mut timeline = Timeline::of(log.clone());
    let mut session = Session::new();
    writer.emit_all(session.opening());
    for run in 0..RUNS {
        writer.emit_all(session.run());
        for event in events.waiting() {
            screen.on_event(&event);
        }
        timeline.keep(screen.ledger());
        if run % 100 < FIRST_RUNS {
            terminal.draw(|frame| screen.draw(frame)).unwrap();
        }
        if [FIRST_RUNS, LATER_RUNS].contains(&run) {
            took.push(memory("VmRSS:"));
        }
        // A day gives whoever writes the file more time than this.
        while log.events_in_memory() > 30_000 {
            thread::yield_now();
        }
    }
    assert_eq!(screen.ledger().runs.total() as u64, RUNS);
    assert!(log.events() >= 40 * RUNS);
    for moment in [0, log.events() / 2, log.events() - 1] {
        assert_eq!(timeline.ledger_at(moment).unwrap().events, moment + 1);
    }
    let late = log.subscribe().take(100_000).enumerate();
    late.for_each(|(place, event)| assert_eq!(event.seq, place as u64));
    took.push(memory("VmHWM:"));
    let took: Vec<String> = took.iter().map(u64::to_string).collect();
    fs::write(folder.join(TOOK), took.join("\n")).unwrap();
}

/// Bytes of the resident set, now or at most so far, as Linux tells them.
fn memory(of: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(of));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() << 10
}

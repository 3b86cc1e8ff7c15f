//! The logs of the last sessions, kept without being asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use lazydebugger::log::file;

use crate::cli::desk::Desk;

use super::desk;

/// A short run of the desk's experiment.
fn run(desk: &Desk, arguments: &[&str]) {
    let all = ["run", "work/experiment.toml", "--dimensions", "fairness"];
    desk.report(0, &[&all[1..], arguments].concat());
}

/// The numbers of the logs that are kept, sorted.
fn numbers(desk: &Desk) -> Vec<u64> {
    let entries = fs::read_dir(desk.path("data/sessions"));
    let names = entries.into_iter().flatten().flatten();
    let numbers = names.map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        name.strip_suffix(".jsonl").unwrap().parse().unwrap()
    });
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

fn log(desk: &Desk, number: u64) -> std::path::PathBuf {
    desk.path("data/sessions").join(format!("{number}.jsonl"))
}

#[test]
fn sessions_are_kept_listed_and_named_by_number() {
    let desk = desk();
    let none = desk.run(&["replay"]);
    assert_eq!(none.code, Some(0));
    assert!(
        none.stdout.contains("no session is kept yet"),
        "{}",
        none.stdout
    );
    run(&desk, &["--trace", "asked.jsonl"]);
    run(&desk, &["--seed", "7"]);
    let listed = desk.run(&["replay"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 3, "{listed}");
    for (line, number) in lines[1..].iter().zip(["2", "1"]) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], number, "the last one first: {listed}");
        assert!(
            words.contains(&"small") && words.contains(&"fairness"),
            "{line}"
        );
        assert!(words.contains(&"ok,"), "{line}");
    }
    let json = desk.run(&["replay", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["sessions"][0]["dimensions"]["fairness"], "ok");
    assert_eq!(json["sessions"][1]["number"], 1);
    // It is what `--trace` has written.
    let kept = fs::read_to_string(log(&desk, 1)).unwrap();
    let asked = fs::read_to_string(desk.path("asked.jsonl")).unwrap();
    let until_the_end = asked.split_once("\"run_finished\"").unwrap().0;
    assert!(kept.starts_with(until_the_end));
    for arguments in [
        &["compare", "1", "2"][..],
        &["compare", "1", "asked.jsonl"],
        &["whatif", "1"],
        &["export", "2", "--to", "openmetrics"],
    ] {
        let outcome = desk.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
        assert!(!outcome.stdout.is_empty());
    }
    let unknown = desk.run(&["export", "9", "--to", "csv"]);
    unknown.refuses("9", &["no session 9 is kept", "1 to 2", "./9"]);
    let replayed = desk.run(&["replay", "9"]);
    replayed.refuses("9", &["no session 9 is kept"]);
}

#[test]
fn what_is_kept_is_for_the_user_alone() {
    let desk = desk();
    run(&desk, &[]);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(desk.path("data/sessions")), 0o700);
    assert_eq!(mode(log(&desk, 1)), 0o600);
}

#[test]
fn who_does_not_want_it_has_nothing_kept() {
    let desk = desk();
    run(&desk, &["--no-history"]);
    assert!(!desk.path("data/sessions").exists());
}

#[test]
fn the_last_twenty_are_kept_and_no_more_than_there_is_room_for() {
    let desk = desk();
    run(&desk, &[]);
    for number in 2..=30 {
        fs::copy(log(&desk, 1), log(&desk, number)).unwrap();
    }
    run(&desk, &[]);
    assert_eq!(numbers(&desk), (12..=31).collect::<Vec<u64>>());
    // Files without blocks: only their lengths count.
    for number in [29, 30] {
        let file = fs::OpenOptions::new().write(true).open(log(&desk, number));
        file.unwrap().set_len(60_000_000).unwrap();
    }
    run(&desk, &[]);
    assert_eq!(numbers(&desk), [30, 31, 32], "what is older goes first");
    // What nobody of us has made is left alone.
    fs::write(desk.path("data/sessions/notes.txt"), "mine").unwrap();
    run(&desk, &[]);
    assert!(desk.path("data/sessions/notes.txt").exists());
}

#[test]
fn sessions_side_by_side_take_numbers_of_their_own() {
    let desk = desk();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
            command.args(["run", "work/experiment.toml", "--dimensions", "fairness"]);
            desk.prepare(&mut command);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(numbers(&desk), (1..=8).collect::<Vec<u64>>());
    for number in 1..=8 {
        let trace = file::read(&log(&desk, number)).unwrap();
        let ledger = trace.log.ledger();
        assert!(
            ledger.runs.last().is_some_and(|run| !run.is_active()),
            "{number}"
        );
    }
}

#[test]
fn a_log_that_was_cut_short_is_told_as_such() {
    let desk = desk();
    run(&desk, &[]);
    let whole = fs::read_to_string(log(&desk, 1)).unwrap();
    let until = whole.find("\"dimension_finished\"").unwrap();
    fs::write(log(&desk, 2), &whole[..until]).unwrap();
    fs::write(log(&desk, 3), "no log").unwrap();
    let listed = desk.run(&["replay"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines[1].contains("not readable"), "{listed}");
    assert!(lines[2].contains("runs still, or was killed"), "{listed}");
    assert!(lines[3].contains("ok,"), "{listed}");
}

/// Whatever stands against it, the run is what it is without it, and says nothing of it.
#[test]
fn where_it_cannot_be_kept_nothing_is_said() {
    let desk = desk();
    let quietly = |change: &dyn Fn(&mut Command)| {
        let all = [
            "run",
            "work/experiment.toml",
            "--dimensions",
            "fairness",
            "--format",
            "json",
        ];
        let outcome = desk.run_with(&all, |command| change(command));
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("sessions"), "{}", outcome.stderr);
    };
    desk.write("file", "no folder");
    quietly(&|command| {
        command.env("LAZYDEBUGGER_DATA_DIR", desk.path("file"));
    });
    quietly(&|command| {
        for name in ["LAZYDEBUGGER_DATA_DIR", "HOME", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        command.env("LAZYDEBUGGER_DATA_DIR", "/proc/nowhere");
    });
    fs::create_dir_all(desk.path("data")).unwrap();
    std::os::unix::fs::symlink(desk.path("work"), desk.path("data/sessions")).unwrap();
    quietly(&|_| {});
    let in_work = fs::read_dir(desk.path("work")).unwrap().flatten();
    let logs = in_work.filter(|entry| entry.file_name().to_string_lossy().ends_with(".jsonl"));
    assert_eq!(logs.count(), 0, "a link in its place is not followed");
}

/// A disk without room, as a limit on the length of files makes one.
#[test]
fn a_full_disk_cuts_the_log_and_not_the_run() {
    let desk = desk();
    let script = "ulimit -f 60; exec \"$0\" \"$@\"";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_lazydebugger")]);
    command.args(["run", "--format", "json", "work/experiment.toml"]);
    desk.prepare(&mut command);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("trace"), "{stderr}");
    let listed = desk.run(&["replay"]).stdout;
    // Where it was cut is a matter of how quickly what went on.
    let is_cut = ["runs still, or was killed", "nothing was run"];
    assert!(
        is_cut.iter().any(|words| listed.contains(words)),
        "{listed}"
    );
    assert!(listed.contains("31 kB"), "{listed}");
}

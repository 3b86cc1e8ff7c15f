//! The process ends when it is told to, whatever it is doing.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::hostile;
use crate::cli::desk::{Desk, flags, logistic, needs_runtime, text};

/// Busy machines take their time; a process that does not end is not busy.
const DEADLINE: Duration = Duration::from_mins(3);

fn send(child: &Child, signal: &str) {
    let kill = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// Waits until something holds.
fn wait_until<T>(what: &str, mut holds: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = holds() {
            return found;
        }
        assert!(Instant::now() < until, "{what}");
        thread::yield_now();
    }
}

fn ended(child: &mut Child) -> ExitStatus {
    wait_until("it lives on", || child.try_wait().unwrap())
}

/// Is a handler for this signal installed?
fn catches(child: &Child, signal: u32) -> bool {
    has_signal(&child.id().to_string(), "SigCgt:", signal)
}

/// Is a signal among those of a line of a process's status?
fn has_signal(process: &str, line: &str, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|found| found.strip_prefix(line));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

#[test]
fn a_fatal_signal_from_outside_ends_the_process() {
    const SIGXFSZ: u32 = 25;
    for (signal, number) in [
        ("SEGV", 11),
        ("BUS", 7),
        ("FPE", 8),
        ("ILL", 4),
        ("ABRT", 6),
    ] {
        // It waits for a trace that never comes.
        let mut child = Command::new(env!("CARGO_BIN_EXE_lazydebugger"))
            .args(["replay", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        wait_until("it starts", || catches(&child, SIGXFSZ).then_some(()));
        send(&child, signal);
        assert_eq!(ended(&mut child).signal(), Some(number), "{signal}");
        drop(stdin);
    }
}

/// A run of a model that ONNX Runtime never finishes to open, while it does.
fn stuck(desk: &Desk) -> Child {
    let model = text(&hostile("loop_endless.onnx"));
    let features = ["--features", "age,education_num,hours_per_week"];
    let more = ["--trace", "trace.jsonl", "--dimensions", "uncertainty"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
    command
        .arg("run")
        .args(flags("good.csv", &model))
        .args(features)
        .args(more);
    desk.prepare(&mut command);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let trace = desk.path("trace.jsonl");
    wait_until("a trace begins", || {
        fs::metadata(&trace)
            .is_ok_and(|t| t.len() > 0)
            .then_some(())
    });
    child
}

#[test]
fn what_cannot_be_stopped_does_not_hold_up_the_end() {
    needs_runtime();
    for signals in [&["INT"][..], &["TERM"], &["INT", "INT"]] {
        let desk = Desk::new();
        let mut child = stuck(&desk);
        for signal in signals {
            send(&child, signal);
        }
        // As a shell counts: the second signal may find that nobody catches it any more.
        let status = ended(&mut child);
        let code = status.code().or(status.signal().map(|number| 128 + number));
        // It is refused where opening it is tried elsewhere first.
        assert!(matches!(code, Some(130 | 2)), "{signals:?}: {code:?}");
        let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
        let mut lines = trace.lines();
        assert!(lines.all(|line| line.starts_with('{')), "{trace}");
    }
}

#[test]
fn a_pipe_that_nobody_reads_does_not_hold_up_the_end() {
    const INT: u32 = 2;
    const TERM: u32 = 15;
    let model = logistic();
    for flag in ["--trace", "--output"] {
        for (name, number) in [("INT", INT), ("TERM", TERM)] {
            let desk = Desk::new();
            let made = Command::new("mkfifo").arg(desk.path("pipe")).status();
            assert!(made.unwrap().success());
            let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
            command
                .arg("run")
                .args(flags("good.csv", &model))
                .args([flag, "pipe"]);
            desk.prepare(&mut command);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = child.spawn().unwrap();
            wait_until("signals are heeded", || {
                catches(&child, number).then_some(())
            });
            send(&child, name);
            // What is only left to be written is ended by the signal itself.
            let code = ended(&mut child).code();
            assert!(matches!(code, Some(130 | 143)), "{flag} {name}: {code:?}");
        }
    }
}

/// The names of unfinished files in a folder.
fn unfinished(desk: &Desk) -> Vec<String> {
    let entries = desk.path("").read_dir().into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.contains(".part")).collect()
}

/// A signal that comes at any moment finds somebody who takes away what was begun.
#[test]
fn nothing_is_begun_before_signals_are_heeded() {
    const HUP: u32 = 1;
    const INT: u32 = 2;
    const TERM: u32 = 15;
    for _ in 0..8 {
        let desk = Desk::new();
        desk.write("trace.jsonl", "what was there");
        let model = text(&hostile("loop_endless.onnx"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        command
            .arg("run")
            .args(flags("good.csv", &model))
            .args(["--trace", "trace.jsonl"]);
        desk.prepare(&mut command);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = wait_until("a file is begun, or it ends", || {
            let is_over = child.try_wait().unwrap().is_some();
            (is_over || !unfinished(&desk).is_empty()).then_some(!is_over)
        });
        if begun {
            // What the tests were told to ignore (`nohup`), the program is, too.
            let heeded = [HUP, INT, TERM].into_iter();
            for signal in heeded.filter(|signal| !has_signal("self", "SigIgn:", *signal)) {
                let is_caught = catches(&child, signal);
                let is_over = child.try_wait().unwrap().is_some();
                assert!(is_caught || is_over, "{signal}");
            }
            send(&child, "TERM");
        }
        ended(&mut child);
        assert_eq!(unfinished(&desk), [""; 0]);
    }
}

#[test]
fn what_was_begun_goes_with_the_process() {
    let desk = Desk::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
    command.args([
        "generate", "--output", "set", "--rows", "1M", "--format", "csv",
    ]);
    desk.prepare(&mut command);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let unfinished = || {
        let entries = desk.path("set").read_dir().into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.find(|name| name.contains(".part"))
    };
    wait_until("a table is begun", unfinished);
    send(&child, "TERM");
    let code = ended(&mut child).code();
    assert_eq!(code, Some(143));
    assert_eq!(unfinished(), None);
    let _ = std::io::stderr().flush();
}

//! Whatever happens to the folder, runs answer as without it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cli::desk::Desk;

use super::{ANSWERED, KEPT, desk, disk, found, kept, made, run};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What the desk's experiment comes to without a folder.
fn alone(desk: &Desk) -> serde_json::Value {
    found(&run(desk, &["--no-disk-cache"]))
}

#[test]
fn damaged_entries_are_made_anew() {
    let desk = desk();
    run(&desk, &[]);
    for file in files(&desk.path(KEPT).join("v1/ac")) {
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
    }
    let second = run(&desk, &[]);
    assert_eq!(kept(&second), [""; 0]);
    assert_eq!(found(&second), alone(&desk));
    let reasons = &disk(&second)["miss_reasons"];
    assert!(reasons["corrupt_entry"].as_u64() > Some(5), "{reasons}");
    assert_eq!(kept(&run(&desk, &[])), ANSWERED, "they were written anew");
}

#[test]
fn bodies_that_are_damaged_are_made_anew() {
    let desk = desk();
    run(&desk, &[]);
    let bodies = files(&desk.path(KEPT).join("v1/cas"));
    assert!(!bodies.is_empty(), "some outcome is large");
    for file in bodies {
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    }
    let second = run(&desk, &[]);
    assert_eq!(found(&second), alone(&desk));
    assert!(disk(&second)["miss_reasons"]["corrupt_entry"].as_u64() > Some(0));
}

#[test]
fn a_folder_that_is_no_folder_is_told_and_done_without() {
    let desk = desk();
    desk.write(KEPT, "a file");
    let all = ["run", "--format", "json", "work/experiment.toml"];
    let outcome = desk.run_with(&all, |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    assert!(
        outcome.stderr.contains("no disk cache here"),
        "{}",
        outcome.stderr
    );
    assert_eq!(found(&outcome.report(0)), alone(&desk));
}

/// Whoever may do anything may write to it all the same: the answers are what matters.
#[test]
fn a_folder_that_cannot_be_written_to_is_read() {
    let desk = desk();
    run(&desk, &["--dimensions", "fairness"]);
    let folders = ["", "v1", "v1/ac", "v1/cas", "v1/tmp", "v1/seen"];
    let allow = |mode: u32| {
        for folder in folders {
            let path = desk.path(KEPT).join(folder);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    allow(0o500);
    let second = run(&desk, &[]);
    allow(0o700);
    assert!(kept(&second).contains(&"fairness"));
    assert_eq!(found(&second), alone(&desk));
}

/// A disk without room, as a limit on the length of files makes one.
#[test]
fn a_full_disk_keeps_nothing_and_changes_nothing() {
    let desk = desk();
    // Blocks of 512 or 1024 bytes, as the shell has it.
    let script = "ulimit -f 1; exec \"$0\" \"$@\"";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_lazydebugger")]);
    command.args(["run", "--format", "json", "work/experiment.toml"]);
    desk.prepare(&mut command);
    command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    let output = command.output().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found(&report), alone(&desk));
    let verified = desk.run_with(&["cache", "verify"], |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}

#[test]
fn processes_side_by_side_find_the_same() {
    let desk = desk();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
            command.args(["run", "--format", "json", "work/experiment.toml"]);
            desk.prepare(&mut command);
            command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
            command.stdout(Stdio::piped()).stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    let expected = alone(&desk);
    for child in children {
        let output = child.wait_with_output().unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found(&report), expected);
    }
    let last = run(&desk, &[]);
    assert_eq!(kept(&last), ANSWERED);
    assert_eq!(made(&last), [""; 0]);
}

/// A process that is killed at any moment leaves whole entries, or none.
#[test]
fn a_run_that_is_killed_leaves_whole_entries() {
    let desk = desk();
    let expected = alone(&desk);
    for round in 0..20_u64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        let seed = round.to_string();
        command.args(["run", "work/experiment.toml", "--seed", &seed]);
        desk.prepare(&mut command);
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (_never, nothing) = std::sync::mpsc::channel::<()>();
        let _ = nothing.recv_timeout(Duration::from_millis(10 + 17 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let verified = desk.run_with(&["cache", "verify"], |command| {
            command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
        });
        assert_eq!(verified.code, Some(0), "{round}: {}", verified.stdout);
    }
    assert_eq!(found(&run(&desk, &[])), expected);
    let left = fs::read_dir(desk.path(KEPT).join("v1/tmp"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "what was begun is swept away");
}

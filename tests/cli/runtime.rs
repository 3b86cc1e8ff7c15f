//! A machine without ONNX Runtime, or with a wrong one.

use std::fs;
use std::process::Command;

use crate::desk::{Desk, Outcome, flags, logistic};

const INSTALL: &str = "lazydebugger doctor --install-runtime";

/// Runs the program where no library can be found; `setting` is `ORT_DYLIB_PATH`.
fn run_without(desk: &Desk, arguments: &[&str], setting: Option<&str>) -> Outcome {
    fs::create_dir_all(desk.path("nothing")).unwrap();
    desk.run_with(arguments, |command: &mut Command| {
        for (variable, folder) in [
            ("LAZYDEBUGGER_DATA_DIR", "nothing"),
            ("PATH", "nothing"),
            ("HOME", "nothing"),
            ("PYTHONPATH", "nothing"),
        ] {
            command.env(variable, desk.path(folder));
        }
        command
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("ORT_DYLIB_PATH");
        if let Some(setting) = setting {
            command.env("ORT_DYLIB_PATH", desk.path(setting));
        }
    })
}

/// Does the system's loader have a library, which nothing here can hide?
fn is_everywhere(desk: &Desk) -> bool {
    run_without(desk, &["doctor"], None).code == Some(0)
}

#[test]
fn without_a_runtime_one_command_is_told() {
    let desk = Desk::new();
    if is_everywhere(&desk) {
        return;
    }
    let model = logistic();
    let flags = flags("good.csv", &model);
    for command in [
        [&["run"], &flags[..]].concat(),
        [&["predict"], &flags[..], &["--output", "scores.csv"]].concat(),
        vec![
            "doctor",
            "--compare",
            &model,
            "good.csv",
            "--target",
            "income",
        ],
        vec!["bench", "inference", "--rows", "10"],
    ] {
        let outcome = run_without(&desk, &command, None);
        outcome.refuses(command[0], &["ONNX Runtime", INSTALL]);
    }
    assert!(!desk.path("scores.csv").exists());
    let check = run_without(&desk, &[&["check"], &flags[..]].concat(), None);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
}

#[test]
fn doctor_tells_of_every_place_why_not() {
    let desk = Desk::new();
    if is_everywhere(&desk) {
        return;
    }
    let outcome = run_without(&desk, &["doctor"], None);
    assert_eq!(outcome.code, Some(2));
    for place in [
        "ORT_DYLIB_PATH                not set",
        "beside the executable",
        "data folder",
        "Python's onnxruntime package",
        "system loader",
        INSTALL,
    ] {
        assert!(
            outcome.stdout.contains(place),
            "no {place:?} in {}",
            outcome.stdout
        );
    }
}

#[test]
fn a_setting_that_is_wrong_is_never_passed_over() {
    let desk = Desk::new();
    desk.write("library.so", "no library");
    let model = logistic();
    let run = [&["run"], &flags("good.csv", &model)[..]].concat();
    for (setting, words) in [("no.so", "does not exist"), ("nothing", "is a folder")] {
        let outcome = run_without(&desk, &run, Some(setting));
        outcome.refuses(
            setting,
            &["ORT_DYLIB_PATH is set to", setting, words, INSTALL],
        );
    }
    let outcome = run_without(&desk, &run, Some("library.so"));
    assert_eq!(outcome.code, Some(2));
    for setting in ["no.so", "nothing", "library.so"] {
        let outcome = run_without(&desk, &["doctor"], Some(setting));
        assert_eq!(outcome.code, Some(2), "{setting}");
        let told = format!("ORT_DYLIB_PATH is set to {}", desk.path(setting).display());
        assert!(outcome.stdout.contains(&told), "{}", outcome.stdout);
    }
}

//! A machine without ONNX Runtime, or with a wrong one.

use std::fs;
use std::process::Command;

use crate::cli::desk::{Desk, Outcome, adult, flags, logistic, uncovered};

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
    let outcome = run_without(desk, &["doctor"], None);
    outcome.stdout.contains("opens as")
}

/// Commands that run a model of the small table.
fn commands<'a>(data: &'a str, model: &'a str, more: &[&'a str]) -> [Vec<&'a str>; 2] {
    let flags = [&flags(data, model), more].concat();
    let run = [&["run", "--format", "json"], &flags[..]].concat();
    let predict = [&["predict", "--output", "scores.csv"], &flags[..]].concat();
    [run, predict]
}

#[test]
fn models_that_are_covered_need_no_runtime() {
    let desk = Desk::new();
    let model = logistic();
    // A setting that is wrong is not even looked at.
    for setting in [None, Some("no.so")] {
        for command in commands("good.csv", &model, &[]) {
            let outcome = run_without(&desk, &command, setting);
            assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        }
    }
    let bundled = ["run", "--format", "json", "--dimensions", "fairness"];
    let all = ["--strategy", "eager", &adult()];
    let report = run_without(&desk, &[&bundled[..], &all].concat(), None).report(0);
    let models = report["resources"].as_array().unwrap().iter();
    let models: Vec<_> = models.filter(|r| r["kind"] == "model").collect();
    assert_eq!(models.len(), 15);
    assert!(models.iter().all(|m| m["backend"] == "native"), "{report}");
}

#[cfg(unix)]
#[test]
fn the_runtime_is_looked_for_only_when_a_model_needs_it() {
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::new();
    if is_everywhere(&desk) {
        return;
    }
    let (covered, uncovered) = (logistic(), uncovered());
    let python = desk.write(
        "nothing/python3",
        "#!/bin/sh\n: > \"$HOME/asked\"\nexit 1\n",
    );
    fs::set_permissions(python, fs::Permissions::from_mode(0o755)).unwrap();
    let asked = desk.path("nothing/asked");
    for command in commands("good.csv", &covered, &[]) {
        run_without(&desk, &command, None);
        assert!(!asked.exists(), "{command:?}");
    }
    for command in commands("good.csv", &uncovered, &[]) {
        run_without(&desk, &command, None);
        assert!(asked.exists(), "{command:?}");
        fs::remove_file(&asked).unwrap();
    }
}

#[test]
fn without_a_runtime_one_command_is_told_and_what_needs_it() {
    let desk = Desk::new();
    if is_everywhere(&desk) {
        return;
    }
    let (covered, uncovered) = (logistic(), uncovered());
    let by_name = "model:einsum runs on ONNX Runtime (not covered natively: operator Einsum), and";
    let asked_for = "model:skl_lr_strlabel runs on ONNX Runtime (as asked for), and";
    for (model, more, words) in [
        (&uncovered, &[][..], by_name),
        (&covered, &["--backend", "onnxruntime"], asked_for),
    ] {
        for command in commands("good.csv", model, more) {
            let outcome = run_without(&desk, &command, None);
            outcome.refuses(command[0], &[words, "ONNX Runtime was not found", INSTALL]);
        }
        assert!(!desk.path("scores.csv").exists());
        let check = [&["check"], &flags("good.csv", model)[..], more].concat();
        let check = run_without(&desk, &check, None);
        assert_eq!(check.code, Some(0), "{}", check.stderr);
        assert!(
            check.stdout.contains(&format!("note: {words}")),
            "{}",
            check.stdout
        );
    }
}

#[test]
fn comparing_and_measuring_need_the_runtime() {
    let desk = Desk::new();
    if is_everywhere(&desk) {
        return;
    }
    let model = logistic();
    for command in [
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
}

#[test]
fn doctor_tells_of_every_place_why_not() {
    let desk = Desk::new();
    if is_everywhere(&desk) {
        return;
    }
    let outcome = run_without(&desk, &["doctor"], None);
    assert_eq!(outcome.code, Some(0), "nothing needs it yet");
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
    let model = uncovered();
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

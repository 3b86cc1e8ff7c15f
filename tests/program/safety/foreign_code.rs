//! The folder that the program is started in has no say in what is run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::cli::desk::{Desk, Outcome, flags, uncovered};

/// Runs the program where only the Python of this script can be found, and no library.
fn with_python(desk: &Desk, script: &str, arguments: &[&str]) -> Outcome {
    fs::create_dir_all(desk.path("bin")).unwrap();
    let python = desk.write("bin/python3", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(python, fs::Permissions::from_mode(0o755)).unwrap();
    desk.run_with(arguments, |command| bare(desk, command))
}

fn bare(desk: &Desk, command: &mut Command) {
    // The system's own programs are beside it: a script needs some.
    let path = format!("{}:/usr/bin:/bin", desk.path("bin").display());
    command
        .env("PATH", path)
        .env("HOME", desk.path("home"))
        .env_remove("PYTHONPATH")
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("ORT_DYLIB_PATH");
}

/// A package in the working folder that has a library in it.
fn plant(desk: &Desk) {
    for folder in ["onnxruntime/capi", "data/runtime/onnxruntime-1.31.1"] {
        fs::create_dir_all(desk.path(folder)).unwrap();
    }
    desk.write("onnxruntime/capi/libonnxruntime.so.1.31.1", "not ours");
    desk.write("libonnxruntime.so.1.31.1", "not ours");
}

#[test]
fn a_package_in_the_working_folder_is_not_found() {
    let desk = Desk::new();
    plant(&desk);
    // As Python itself would: what lies where it is started comes first.
    let script = r#"echo "$PWD/onnxruntime""#;
    let relative = "echo onnxruntime";
    for script in [script, relative] {
        let doctor = with_python(&desk, script, &["doctor"]);
        let planted = desk.path("onnxruntime").display().to_string();
        assert!(!doctor.stdout.contains(&planted), "{}", doctor.stdout);
        let model = uncovered();
        let run = [
            &["run", "--backend", "onnxruntime"],
            &flags("good.csv", &model)[..],
        ]
        .concat();
        let run = with_python(&desk, script, &run);
        assert!(!run.stderr.contains(&planted), "{}", run.stderr);
    }
}

#[test]
fn a_library_is_not_looked_for_through_the_working_folder() {
    let desk = Desk::new();
    plant(&desk);
    let doctor = |name: &str, value: &str| {
        desk.run_with(&["doctor"], |command| {
            bare(&desk, command);
            command.env("PATH", "/nowhere").env(name, value);
        })
    };
    let planted = desk.path("").display().to_string();
    for value in [".", "", ":.:", "onnxruntime/capi"] {
        let outcome = doctor("LD_LIBRARY_PATH", value);
        assert!(
            !outcome.stdout.contains("./libonnxruntime"),
            "{}",
            outcome.stdout
        );
        assert!(!outcome.stdout.contains("used: onnx"), "{}", outcome.stdout);
    }
    for (name, value) in [
        ("ORT_DYLIB_PATH", "libonnxruntime.so.1.31.1"),
        (
            "ORT_DYLIB_PATH",
            "./onnxruntime/capi/libonnxruntime.so.1.31.1",
        ),
    ] {
        let outcome = doctor(name, value);
        assert!(
            outcome.stdout.contains("set it to an absolute path"),
            "{}",
            outcome.stdout
        );
        assert_eq!(outcome.code, Some(2));
    }
    let outcome = doctor("LAZYDEBUGGER_DATA_DIR", "data");
    assert!(
        !outcome.stdout.contains(&format!("used: {planted}")),
        "{}",
        outcome.stdout
    );
}

/// The Python of this machine, in the folder of somebody who has put modules there for it.
#[test]
fn modules_in_the_working_folder_are_not_imported() {
    let desk = Desk::new();
    let marker = desk.path("marker");
    let code = format!(
        "open({:?}, 'w').write(__name__)\n",
        marker.to_str().unwrap()
    );
    for module in [
        "pip",
        "zipfile",
        "importlib",
        "site",
        "sitecustomize",
        "usercustomize",
    ] {
        desk.write(&format!("{module}.py"), &code);
    }
    fs::create_dir(desk.path("onnxruntime")).unwrap();
    desk.write("onnxruntime/__init__.py", &code);
    let mut programs = vec![&["doctor"][..], &["doctor", "--install-runtime"]];
    programs.push(&["bench", "inference", "--rows", "10", "--models", "nothing"]);
    for arguments in programs {
        desk.run_with(arguments, |command| {
            command
                .env("HOME", desk.path("home"))
                .env("PYTHONPATH", desk.path(""))
                // Nothing is fetched.
                .env("PIP_NO_INDEX", "1")
                .env_remove("ORT_DYLIB_PATH");
        });
        assert!(!marker.exists(), "{arguments:?}: {:?}", fs::read(&marker));
    }
}

#[test]
fn python_is_started_isolated_in_a_folder_with_nothing_in_it() {
    let desk = Desk::new();
    let told = desk.path("told");
    let script = format!(
        r#"{{ echo "$1"; pwd; ls -A; }} >> '{}'; exit 1"#,
        told.display()
    );
    with_python(&desk, &script, &["doctor", "--install-runtime"]);
    with_python(&desk, &script, &["doctor"]);
    let told = fs::read_to_string(told).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() >= 4, "{told}");
    assert_eq!(lines.len() % 2, 0, "nothing lies there: {told}");
    for pair in lines.chunks(2) {
        assert_eq!(pair[0], "-I");
        assert!(!Path::new(pair[1]).starts_with(desk.path("")), "{told}");
        assert!(!Path::new(pair[1]).exists(), "it is gone: {told}");
    }
}

#[test]
fn a_python_that_leaves_somebody_behind_holds_nothing_up() {
    let desk = Desk::new();
    let started = Instant::now();
    let doctor = with_python(&desk, "sleep 600 & echo", &["doctor"]);
    assert!(
        doctor.stdout.contains("has no onnxruntime package"),
        "{}",
        doctor.stdout
    );
    let doctor = with_python(&desk, "sleep 600", &["doctor"]);
    assert!(
        doctor.stdout.contains("did not answer within 5 s"),
        "{}",
        doctor.stdout
    );
    assert!(started.elapsed() < Duration::from_mins(2));
}

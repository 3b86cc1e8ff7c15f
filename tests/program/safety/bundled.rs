//! The experiment that comes with the program is the one that was built into it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::desk::Desk;

/// The folder that it is unpacked to.
fn unpacked(desk: &Desk) -> PathBuf {
    let folders = desk.path("data").read_dir().unwrap().flatten();
    let mut folders = folders.map(|entry| entry.path());
    let is_it = |path: &PathBuf| path.to_string_lossy().contains("sample_data-");
    folders.find(is_it).unwrap()
}

fn original(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult");
    fs::read(folder.join(name)).unwrap()
}

#[test]
fn one_that_lies_in_a_folder_above_is_not_run() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("sample_data/adult")).unwrap();
    fs::write(desk.path("Cargo.toml"), "").unwrap();
    desk.write(
        "sample_data/adult/experiment.toml",
        "name = 'planted'\n[dataset]\npath = 'x.csv'\ntarget = 'x'\n[model]\npath = 'x.onnx'\n",
    );
    fs::create_dir_all(desk.path("deep/er")).unwrap();
    for folder in [".", "deep/er"] {
        let outcome = desk.run_with(&["check"], |command| {
            command.current_dir(desk.path(folder));
        });
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(
            outcome.stdout.starts_with("Adult income"),
            "{}",
            outcome.stdout
        );
    }
}

#[test]
fn what_was_damaged_or_swapped_is_healed() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["check"]).code, Some(0));
    let folder = unpacked(&desk);
    let names = ["adult_test.parquet", "random_forest.onnx", "sweep.json"];
    let [table, model, sweep] = names.map(|name| folder.join(name));
    // A flipped byte, a file of another length, and a link to somebody else's file.
    let mut bytes = fs::read(&table).unwrap();
    bytes[1000] ^= 1;
    fs::write(&table, bytes).unwrap();
    fs::copy(folder.join("xgboost.onnx"), &model).unwrap();
    let other = desk.write("other.json", "{}");
    fs::remove_file(&sweep).unwrap();
    std::os::unix::fs::symlink(&other, &sweep).unwrap();

    assert_eq!(desk.run(&["check"]).code, Some(0));
    for name in names {
        assert!(
            fs::read(folder.join(name)).unwrap() == original(name),
            "{name}"
        );
    }
    assert_eq!(fs::read(other).unwrap(), b"{}");
}

#[test]
fn what_killed_programs_left_is_swept() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["check"]).code, Some(0));
    let folder = unpacked(&desk);
    // No system counts as far as this.
    let left = folder.join(".lazydebugger-4294967295-0123456789abcdef.part");
    fs::write(&left, "half").unwrap();
    fs::remove_file(folder.join("sweep.json")).unwrap();
    assert_eq!(desk.run(&["check"]).code, Some(0));
    assert!(!left.exists());
}

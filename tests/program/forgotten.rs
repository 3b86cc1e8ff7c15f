//! No test file is forgotten: each belongs to one of the binaries.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every binary links the whole library again, so that one more needs a reason.
const BINARIES: [&str; 6] = [
    "engine",
    "inference",
    "memory",
    "metrics",
    "program",
    "screen",
];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The files of a folder and of all folders below it that Rust might compile.
fn sources(folder: &Path, into: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.insert(path);
        }
    }
}

/// A file and the files of all modules that it names, down to the last.
fn modules(file: &Path, into: &mut BTreeSet<PathBuf>) {
    let text = fs::read_to_string(file).unwrap();
    let parent = file.parent().unwrap();
    let folder = match file.file_stem().unwrap().to_str().unwrap() {
        "main" | "mod" => parent.to_owned(),
        name => parent.join(name),
    };
    into.insert(file.to_owned());
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let elsewhere = |line: &str| {
        let path = line.strip_prefix("#[path = \"")?;
        Some(path.strip_suffix("\"]")?.to_owned())
    };
    for path in lines.iter().filter_map(|line| elsewhere(line)) {
        modules(&parent.join(path).canonicalize().unwrap(), into);
    }
    let is_here = |place: &usize| *place == 0 || elsewhere(lines[place - 1]).is_none();
    let here = (0..lines.len()).filter(is_here).map(|place| lines[place]);
    let names = here.filter_map(|line| {
        let line = line.trim_start_matches("pub(crate) ");
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    for name in names {
        let beside = folder.join(format!("{name}.rs"));
        let within = folder.join(name).join("mod.rs");
        modules(if beside.exists() { &beside } else { &within }, into);
    }
}

#[test]
fn every_test_file_belongs_to_a_binary() {
    let mut all = BTreeSet::new();
    sources(&tests(), &mut all);
    let mut compiled = BTreeSet::new();
    for binary in BINARIES {
        modules(&tests().join(binary).join("main.rs"), &mut compiled);
    }
    let forgotten: Vec<_> = all.difference(&compiled).collect();
    assert!(forgotten.is_empty(), "no binary compiles {forgotten:#?}");
}

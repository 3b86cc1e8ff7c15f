//! The arrows of the house: which room may use which, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use; `lib.rs` draws the same as a map.
const MAY_USE: &[(&str, &[&str])] = &[
    ("vocabulary", &[]),
    ("metrics", &[]),
    ("display", &[]),
    ("data_folder", &[]),
    ("event", &["vocabulary"]),
    ("engine", &["vocabulary"]),
    ("settings", &["vocabulary"]),
    ("process", &["event"]),
    ("history", &["data_folder", "vocabulary"]),
    ("inference", &["data_folder", "vocabulary"]),
    ("experiment", &["data_folder", "settings", "vocabulary"]),
    ("ledger", &["display", "event", "vocabulary"]),
    ("explain", &["display", "event", "ledger", "vocabulary"]),
    ("log", &["data_folder", "event", "ledger", "vocabulary"]),
    (
        "resource",
        &[
            "display",
            "engine",
            "event",
            "experiment",
            "inference",
            "metrics",
            "process",
            "settings",
            "vocabulary",
        ],
    ),
    (
        "dimension",
        &[
            "display",
            "event",
            "experiment",
            "inference",
            "metrics",
            "resource",
            "settings",
            "vocabulary",
        ],
    ),
    (
        "session",
        &[
            "dimension",
            "display",
            "engine",
            "event",
            "experiment",
            "history",
            "log",
            "process",
            "resource",
            "settings",
            "vocabulary",
        ],
    ),
    (
        "report",
        &["display", "event", "explain", "ledger", "vocabulary"],
    ),
    (
        "tui",
        &["display", "event", "explain", "ledger", "log", "vocabulary"],
    ),
    ("generate", &["metrics", "resource", "vocabulary"]),
    (
        "bench",
        &[
            "display",
            "event",
            "experiment",
            "inference",
            "ledger",
            "metrics",
            "process",
            "resource",
            "session",
            "vocabulary",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The room of a source: its folder below `src`, or its own name there.
fn room(path: &Path) -> String {
    let first = path.components().next().unwrap();
    let name = first.as_os_str().to_str().unwrap();
    name.trim_end_matches(".rs").to_owned()
}

/// The rooms that a source names, comments aside.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let code: String = code.collect::<Vec<_>>().join("\n");
    let named = code.split("crate::").skip(1).flat_map(|rest| {
        let group = rest
            .strip_prefix('{')
            .and_then(|rest| rest.split('}').next());
        let names = group.map_or_else(|| vec![rest], |group| group.split(',').collect());
        names.into_iter().map(|name| {
            let name = name.trim_start();
            let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            name[..end.unwrap_or(name.len())].to_owned()
        })
    });
    named.collect()
}

#[test]
fn arrows_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let rooms: BTreeSet<String> = files
        .iter()
        .map(|file| room(file.strip_prefix(&root).unwrap()))
        .collect();
    let mut wrong = Vec::new();
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap();
        let here = room(inside);
        if matches!(here.as_str(), "lib" | "main" | "cli") {
            continue;
        }
        let allowed = allowed.get(here.as_str());
        let allowed = allowed.unwrap_or_else(|| panic!("{here} is a room without arrows"));
        for there in used(&fs::read_to_string(file).unwrap()) {
            let is_room = rooms.contains(&there) && there != here;
            if is_room && !allowed.contains(&there.as_str()) {
                wrong.push(format!("{}: {here} must not use {there}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_line_names_is_found() {
    let text = "use crate::{engine, tui::x}; // crate::report\nlet a = crate::session::open();";
    let found: Vec<String> = used(text).into_iter().collect();
    assert_eq!(found, ["engine", "session", "tui"]);
}

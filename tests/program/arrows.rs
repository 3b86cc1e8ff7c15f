//! The arrows of the house: which room may use which, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use; `lib.rs` draws the same as a map.
const MAY_USE: &[(&str, &[&str])] = &[
    ("vocabulary", &[]),
    ("metrics", &[]),
    ("demand_forecast", &["vocabulary"]),
    ("display", &[]),
    ("child", &[]),
    ("data_folder", &[]),
    ("files", &[]),
    ("encryption", &[]),
    ("event", &["vocabulary"]),
    ("engine", &["vocabulary"]),
    ("settings", &["files", "vocabulary"]),
    ("process", &["event"]),
    (
        "disk_cache",
        &["data_folder", "engine", "files", "vocabulary"],
    ),
    (
        "shared_cache",
        &[
            "disk_cache",
            "encryption",
            "engine",
            "experiment",
            "vocabulary",
        ],
    ),
    ("history", &["data_folder", "files", "vocabulary"]),
    (
        "inference",
        &["child", "data_folder", "files", "process", "vocabulary"],
    ),
    (
        "experiment",
        &["data_folder", "files", "settings", "vocabulary"],
    ),
    ("ledger", &["display", "event", "vocabulary"]),
    ("explain", &["display", "event", "ledger", "vocabulary"]),
    (
        "log",
        &[
            "data_folder",
            "display",
            "event",
            "files",
            "ledger",
            "vocabulary",
        ],
    ),
    (
        "resource",
        &[
            "display",
            "engine",
            "event",
            "experiment",
            "files",
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
            "demand_forecast",
            "dimension",
            "disk_cache",
            "display",
            "engine",
            "event",
            "experiment",
            "history",
            "log",
            "process",
            "resource",
            "settings",
            "shard",
            "shared_cache",
            "vocabulary",
        ],
    ),
    (
        "shard",
        &["display", "engine", "files", "resource", "vocabulary"],
    ),
    ("ray", &["encryption", "event", "files", "vocabulary"]),
    (
        "report",
        &["display", "event", "explain", "ledger", "vocabulary"],
    ),
    (
        "tui",
        &[
            "display",
            "event",
            "explain",
            "files",
            "ledger",
            "lint",
            "log",
            "settings",
            "vocabulary",
            "what_if",
        ],
    ),
    (
        "kept_sessions",
        &["data_folder", "event", "files", "log", "vocabulary"],
    ),
    ("attach", &["data_folder", "event", "files", "log"]),
    ("compare", &["display", "event", "explain", "vocabulary"]),
    (
        "export",
        &["display", "event", "ledger", "vocabulary", "what_if"],
    ),
    ("lint", &["display", "event", "ledger", "vocabulary"]),
    (
        "what_if",
        &["display", "engine", "event", "ledger", "vocabulary"],
    ),
    (
        "demo",
        &[
            "child",
            "event",
            "files",
            "generate",
            "log",
            "tui",
            "vocabulary",
        ],
    ),
    ("table_writer", &[]),
    (
        "generate",
        &["files", "metrics", "resource", "table_writer", "vocabulary"],
    ),
    (
        "bench",
        &[
            "child",
            "demand_forecast",
            "display",
            "event",
            "experiment",
            "files",
            "generate",
            "inference",
            "ledger",
            "log",
            "metrics",
            "process",
            "resource",
            "session",
            "vocabulary",
        ],
    ),
];

/// What each part of the screen may use of the others: a panel never sees the screen that it is on.
const MAY_USE_IN_TUI: &[(&str, &[&str])] = &[
    ("key", &[]),
    ("layout", &[]),
    ("find", &[]),
    ("terminal", &[]),
    ("app_loop", &["config", "terminal"]),
    ("config", &["command", "draw", "keymap"]),
    ("command", &["layout"]),
    ("keymap", &["command", "key", "layout"]),
    ("draw", &["command", "find", "keymap", "layout"]),
    ("panel", &["command", "draw", "find", "layout"]),
    ("overlay", &["command", "draw", "key", "layout"]),
    ("bars", &["command", "draw", "layout", "panel"]),
    (
        "race",
        &["app_loop", "draw", "layout", "screen", "terminal"],
    ),
    (
        "screen",
        &[
            "app_loop", "bars", "command", "config", "draw", "find", "keymap", "layout", "overlay",
            "panel", "terminal",
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

/// The rooms that a source names after `root`, comments aside.
fn used(text: &str, root: &str) -> BTreeSet<String> {
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let code: String = code.collect::<Vec<_>>().join("\n");
    let named = code.split(root).skip(1).flat_map(|rest| {
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
        for there in used(&fs::read_to_string(file).unwrap(), "crate::") {
            let is_room = rooms.contains(&there) && there != here;
            if is_room && !allowed.contains(&there.as_str()) {
                wrong.push(format!("{}: {here} must not use {there}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn arrows_of_the_screen_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE_IN_TUI.iter().copied().collect();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap();
        let here = room(inside);
        if here == "mod" {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let mut named = used(&text, "crate::tui::");
        let is_root = inside.components().count() == 1 || inside.ends_with("mod.rs");
        if is_root && inside.components().count() <= 2 {
            named.extend(used(&text, " super::"));
        }
        let may_use = allowed.get(here.as_str());
        let may_use = may_use.unwrap_or_else(|| panic!("{here} is a part without arrows"));
        let known = named
            .into_iter()
            .filter(|n| allowed.contains_key(n.as_str()));
        let others = known.filter(|there| *there != here && !may_use.contains(&there.as_str()));
        wrong.extend(others.map(|there| format!("{}: must not use {there}", inside.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_line_names_is_found() {
    let text = "use crate::{engine, tui::x}; // crate::report\nlet a = crate::session::open();";
    let found: Vec<String> = used(text, "crate::").into_iter().collect();
    assert_eq!(found, ["engine", "session", "tui"]);
}

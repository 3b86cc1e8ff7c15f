//! The load history: what a session adds is there for the next, and no file can break anything.

use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::history::{History, PastSelection};
use lazydebugger::vocabulary::{Dimension, ResourceKind};
use tempfile::TempDir;

const TABLE: ResourceKind = ResourceKind::Table;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/load_history.jsonl");
    (folder, file)
}

fn with(path: &Path, loads: &[(&str, u64, f64)]) -> History {
    let mut history = History::at(path.to_owned());
    for (id, bytes, seconds) in loads {
        history.record((*id).to_owned(), TABLE, *bytes, *seconds);
    }
    history
}

#[test]
fn what_a_session_adds_is_there_for_the_next() {
    let (_folder, file) = folder();
    with(&file, &[("a", 10, 1.5), ("b", 10, 2.5)])
        .save()
        .unwrap();
    with(&file, &[("b", 10, 3.5)]).save().unwrap();
    let history = History::at(file.clone());
    let known = ["a", "b", "c"].map(|id| history.seconds(id));
    assert_eq!(known, [Some(1.5), Some(3.5), None]);
    assert_eq!(history.notes, Vec::<String>::new());
    let others = fs::read_dir(file.parent().unwrap()).unwrap().count();
    assert_eq!(others, 1, "nothing else is left there");
}

#[test]
fn sessions_at_the_same_time_keep_each_others_loads() {
    let (_folder, file) = folder();
    let mut first = with(&file, &[("a", 10, 1.0)]);
    let mut second = with(&file, &[("b", 10, 2.0)]);
    first.save().unwrap();
    second.save().unwrap();
    let history = History::at(file);
    assert_eq!(
        (history.seconds("a"), history.seconds("b")),
        (Some(1.0), Some(2.0))
    );
}

#[test]
fn a_guess_is_that_of_the_middling_load_of_the_kind() {
    let mut history = History::of_this_session();
    assert_eq!(history.seconds_a_byte(TABLE, 10), None);
    for (id, seconds) in [("a", 1.0), ("b", 2.0), ("c", 90.0)] {
        history.record(id.to_owned(), TABLE, 10, seconds);
    }
    assert_eq!(history.seconds_a_byte(TABLE, 10), Some(0.2));
    assert_eq!(history.seconds_a_byte(ResourceKind::Model, 10), None);
}

#[test]
fn many_small_loads_do_not_outvote_a_large_one() {
    let mut history = History::of_this_session();
    for schema in ["a", "b", "c"] {
        history.record(schema.to_owned(), TABLE, 10, 1.0);
    }
    history.record("columns".to_owned(), TABLE, 1_000, 2.0);
    assert_eq!(history.seconds_a_byte(TABLE, 10), Some(0.002));
}

#[test]
fn what_is_far_smaller_tells_nothing_of_what_is_large() {
    let mut history = History::of_this_session();
    history.record("schema".to_owned(), TABLE, 3_600, 0.015);
    assert_eq!(history.seconds_a_byte(TABLE, 800_000_000), None);
    history.record("columns".to_owned(), TABLE, 16_000_000, 0.16);
    assert_eq!(history.seconds_a_byte(TABLE, 800_000_000), Some(1e-8));
}

#[test]
fn without_a_file_or_without_loads_nothing_is_written() {
    let (_folder, file) = folder();
    History::at(file.clone()).save().unwrap();
    assert!(!file.exists());
    let mut forgetful = History::of_this_session();
    forgetful.record("a".to_owned(), TABLE, 10, 1.0);
    forgetful.save().unwrap();
}

#[test]
fn a_file_that_makes_no_sense_is_ignored_with_a_note_and_replaced() {
    let (_folder, file) = folder();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    for content in [&b""[..], b"hello", b"\xff\xfe\x00", b"[1,2]", b"{}"] {
        fs::write(&file, content).unwrap();
        let mut history = with(&file, &[("a", 10, 1.0)]);
        assert_eq!(history.notes.len(), 1, "{content:?}");
        assert!(history.notes[0].contains("load_history.jsonl"));
        history.save().unwrap();
        assert_eq!(History::at(file.clone()).seconds("a"), Some(1.0));
    }
}

#[test]
fn lines_that_make_no_sense_cost_no_others() {
    let (_folder, file) = folder();
    with(&file, &[("a", 10, 1.0), ("b", 10, 2.0)])
        .save()
        .unwrap();
    let whole = fs::read_to_string(&file).unwrap();
    // Cut in the middle of the last line, and a line with an impossible time.
    let cut = &whole[..whole.len() - 20];
    let wrong = whole
        .lines()
        .nth(1)
        .unwrap()
        .replace("1.0", "-1.0")
        .replace("2.0", "-2.0");
    let lines: Vec<&str> = cut.lines().collect();
    fs::write(
        &file,
        format!("{}\n{wrong}\n{}", lines[0], lines[1..].join("\n")),
    )
    .unwrap();
    let history = History::at(file);
    let known = ["a", "b"].map(|id| history.seconds(id));
    assert_eq!(known.iter().flatten().count(), 1, "{known:?}");
    assert!(
        history.notes[0].contains("ignored: 2"),
        "{:?}",
        history.notes
    );
}

#[test]
fn the_file_of_a_newer_version_is_left_alone() {
    let (_folder, file) = folder();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{\"load_history\":99}\n{\"new\":true}\n").unwrap();
    let before = fs::read(&file).unwrap();
    let mut history = with(&file, &[("a", 10, 1.0)]);
    assert!(
        history.notes[0].contains("newer version"),
        "{:?}",
        history.notes
    );
    history.save().unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(
        history.seconds("a"),
        Some(1.0),
        "it still serves this session"
    );
}

#[test]
fn a_file_may_claim_any_number_of_bytes() {
    let (_folder, file) = folder();
    with(&file, &[("a", u64::MAX, 1.0), ("b", u64::MAX, 2.0)])
        .save()
        .unwrap();
    let seconds = History::at(file).seconds_a_byte(TABLE, 10);
    assert!(seconds.is_some_and(f64::is_finite), "{seconds:?}");
}

/// A session that has run fairness so many times.
fn session(path: &Path, number: u64, runs: usize) -> History {
    let mut history = History::at(path.to_owned());
    for _ in 0..runs {
        let dimensions = vec![Dimension::Fairness];
        let selection = PastSelection::now("experiment".to_owned(), number, dimensions, 1.0);
        history.selections.record(selection);
    }
    history
}

#[test]
fn selections_of_sessions_at_the_same_time_are_all_remembered() {
    let (_folder, file) = folder();
    let (mut first, mut second) = (session(&file, 1, 2), session(&file, 2, 1));
    first.save().unwrap();
    second.save().unwrap();
    first.save().unwrap();
    let history = History::at(file);
    let of = |experiment| {
        let known = history.selections.of(experiment);
        known.map(|selection| selection.session).collect::<Vec<_>>()
    };
    assert_eq!(of("experiment"), [1, 1, 2], "each once");
    assert_eq!(of("another"), [0; 0]);
    assert_eq!(history.notes, Vec::<String>::new());
}

#[test]
fn the_oldest_selections_go() {
    let (_folder, file) = folder();
    session(&file, 1, 1_500).save().unwrap();
    session(&file, 2, 1_500).save().unwrap();
    let history = History::at(file);
    let sessions: Vec<u64> = history
        .selections
        .of("experiment")
        .map(|s| s.session)
        .collect();
    assert_eq!(sessions.len(), 2_000);
    assert_eq!(sessions.iter().filter(|s| **s == 2).count(), 1_500);
}

#[test]
fn a_newer_programs_selections_are_left_alone() {
    let (_folder, file) = folder();
    session(&file, 1, 1).save().unwrap();
    let beside = file.with_file_name("selection_history.jsonl");
    fs::write(&beside, "{\"selection_history\":2}\n").unwrap();
    let mut history = session(&file, 2, 1);
    assert!(
        history.notes[0].contains("newer version"),
        "{:?}",
        history.notes
    );
    history.save().unwrap();
    assert_eq!(
        fs::read_to_string(beside).unwrap(),
        "{\"selection_history\":2}\n"
    );
}

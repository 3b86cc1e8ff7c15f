//! Content ids: what a thing is, never where it lies or when it was written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lazydebugger::engine::content::{FileId, FileIds};
use lazydebugger::engine::{ContentId, Recipe};

/// Writes a file and says that it was written so long ago.
fn write(path: &Path, text: &str, age: Duration) {
    fs::write(path, text).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

const OLD: Duration = Duration::from_mins(1);
const YOUNG: Duration = Duration::from_millis(500);

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    (folder, path)
}

fn read(path: &Path) -> FileIds {
    let mut ids = FileIds::default();
    ids.insert(path.to_owned(), FileId::read(path).unwrap());
    ids
}

#[test]
fn same_bytes_same_id_wherever_and_whenever() {
    let (folder, path) = scratch();
    let other = folder.path().join("other");
    // Large enough to be read in many pieces.
    let text = "0123456789".repeat(100_000);
    write(&path, &text, OLD);
    write(&other, &text, OLD * 2);
    let id = content::of_file(&path).unwrap();
    assert_eq!(id, content::of_file(&other).unwrap());
    write(&other, &format!("{text}!"), OLD);
    assert_ne!(id, content::of_file(&other).unwrap());
    assert!(id.to_string().starts_with("blake3:"));
}

#[test]
fn an_id_is_the_blake3_of_the_bytes() {
    let (_folder, path) = scratch();
    write(&path, "abc", OLD);
    assert_eq!(
        content::of_file(&path).unwrap().to_string(),
        "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
    );
    assert!(content::of_file(&path.with_extension("missing")).is_err());
}

#[test]
fn an_old_file_is_read_once() {
    let (_folder, path) = scratch();
    write(&path, "one", OLD);
    let ids = read(&path);
    assert_eq!(ids.get(&path), ids.last(&path));
    assert!(ids.get(&path).is_some());
    assert!(ids.is_unchanged(&path));
}

#[test]
fn a_touched_file_is_read_again_and_is_the_same() {
    let (_folder, path) = scratch();
    write(&path, "one", OLD);
    let mut ids = read(&path);
    let before = ids.last(&path);
    write(&path, "one", OLD * 2);
    assert_eq!(ids.get(&path), None);
    assert!(!ids.is_unchanged(&path));
    assert_eq!(ids.last(&path), before);
    ids.insert(path.clone(), FileId::read(&path).unwrap());
    assert_eq!(ids.get(&path), before);
}

#[test]
fn a_replaced_file_of_the_same_length_and_time_is_read_again() {
    let (folder, path) = scratch();
    write(&path, "one", OLD);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let ids = read(&path);
    let other = folder.path().join("other");
    write(&other, "two", OLD);
    File::options()
        .write(true)
        .open(&other)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    fs::rename(&other, &path).unwrap();
    assert_eq!(ids.get(&path), None);
}

#[test]
fn a_young_file_is_read_again() {
    let (_folder, path) = scratch();
    write(&path, "one", YOUNG);
    let ids = read(&path);
    assert_eq!(ids.get(&path), None);
    assert!(ids.is_unchanged(&path), "as far as can be told");
    assert!(ids.last(&path).is_some());
}

#[test]
fn what_was_young_when_it_was_read_is_read_again_later() {
    // Written again within the clock's resolution, with the same length, after it was read: the
    // stamp is the same for ever, so an id read then can never be trusted.
    let (_folder, path) = scratch();
    let (ids, modified) = loop {
        write(&path, "one", Duration::from_millis(1900));
        let ids = read(&path);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        if modified.elapsed().unwrap() < Duration::from_secs(2) {
            break (ids, modified);
        }
    };
    fs::write(&path, "two").unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    while modified.elapsed().unwrap() < Duration::from_secs(2) {
        std::hint::spin_loop();
    }
    assert_eq!(ids.get(&path), None);
}

#[test]
fn a_file_that_is_gone_is_unknown() {
    let (_folder, path) = scratch();
    write(&path, "one", OLD);
    let mut ids = read(&path);
    fs::remove_file(&path).unwrap();
    assert_eq!(ids.get(&path), None);
    assert!(!ids.is_unchanged(&path));
    ids.forget(&path);
    assert_eq!(ids.last(&path), None);
    assert!(FileId::read(&path).is_err());
}

#[test]
fn everything_that_goes_in_counts() {
    let recipe = |operation: &str| Recipe {
        files: Vec::new(),
        operation: operation.to_owned(),
    };
    let [a, b] = ["a", "b"].map(|operation| derive(&recipe(operation), &[], &[]));
    let ids = [
        a,
        b,
        derive(&recipe("a"), &[a], &[]),
        derive(&recipe("a"), &[], &[a]),
        derive(&recipe("a"), &[a], &[a]),
        derive(&recipe("a"), &[a, a], &[]),
        derive(&recipe("a"), &[], &[a, b]),
        derive(&recipe("a"), &[], &[b, a]),
        derive(&recipe("a\0"), &[], &[]),
    ];
    let distinct: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), ids.len());
    assert_eq!(a, derive(&recipe("a"), &[], &[]));
    // Where a file lies is no part of it.
    let moved = Recipe {
        files: vec![PathBuf::from("elsewhere")],
        operation: "a".to_owned(),
    };
    assert_eq!(derive(&moved, &[a], &[]), ids[2]);
}

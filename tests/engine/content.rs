//! Content ids: what a thing is, never where it lies or when it was written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lazydebugger::engine::{FileId, Recipe};
use lazydebugger::resource::source::{Source, stamp};
use lazydebugger::vocabulary::ContentId;

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

fn read(path: &Path) -> FileId {
    Source::open(path).unwrap().identify().unwrap()
}

#[test]
fn same_bytes_same_id_wherever_and_whenever() {
    let (folder, path) = scratch();
    let other = folder.path().join("other");
    // Large enough to be read in many pieces.
    let text = "0123456789".repeat(300_000);
    write(&path, &text, OLD);
    write(&other, &text, OLD * 2);
    let id = read(&path).content;
    assert_eq!(id, read(&other).content);
    write(&other, &format!("{text}!"), OLD);
    assert_ne!(id, read(&other).content);
}

#[test]
fn an_id_is_the_blake3_of_the_bytes() {
    let (_folder, path) = scratch();
    write(&path, "abc", OLD);
    assert_eq!(
        read(&path).content.to_string(),
        "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
    );
    let missing = Source::open(&path.with_extension("missing")).unwrap_err();
    assert_eq!(missing.cause, "no such file");
}

#[test]
fn a_file_is_read_under_the_stamp_that_it_shows() {
    let (_folder, path) = scratch();
    write(&path, "one", OLD);
    let id = read(&path);
    assert_eq!((Some(id.stamp), id.settled), (stamp(&path), true));
    assert_eq!(id.stamp.bytes, 3);
    write(&path, "one", OLD * 2);
    assert_ne!(Some(id.stamp), stamp(&path), "it was touched");
    fs::remove_file(&path).unwrap();
    assert_eq!(stamp(&path), None);
}

#[test]
fn a_replaced_file_of_the_same_length_and_time_shows_another_stamp() {
    let (folder, path) = scratch();
    write(&path, "one", OLD);
    let before = stamp(&path).unwrap();
    let other = folder.path().join("other");
    write(&other, "two", OLD);
    let file = File::options().write(true).open(&other).unwrap();
    file.set_modified(before.modified.unwrap()).unwrap();
    fs::rename(&other, &path).unwrap();
    let after = stamp(&path).unwrap();
    assert_eq!(
        (before.bytes, before.modified),
        (after.bytes, after.modified)
    );
    assert_ne!(before, after);
}

#[test]
fn the_stamp_of_a_young_file_proves_nothing() {
    // It may be written again within the clock's resolution, with the same length.
    let (_folder, path) = scratch();
    write(&path, "one", YOUNG);
    assert!(!read(&path).settled);
    let later = SystemTime::now() + OLD;
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(later).unwrap();
    assert!(!read(&path).settled, "nor that of one from the future");
}

fn derive(recipe: &Recipe, inputs: &[ContentId]) -> ContentId {
    recipe.derive(&[], inputs)
}

#[test]
fn everything_that_goes_in_counts() {
    let [a, b] = ["a", "b"].map(|operation| derive(&Recipe::new(operation), &[]));
    let recipe = || Recipe::new("a");
    let ids = [
        a,
        b,
        derive(&recipe(), &[a]),
        derive(&recipe(), &[a, a]),
        derive(&recipe(), &[a, b]),
        derive(&recipe(), &[b, a]),
        recipe().derive(&[a], &[]),
        recipe().derive(&[a], &[a]),
        recipe().derive(&[a, a], &[]),
        derive(&Recipe::new("a\0"), &[]),
        derive(&recipe().with("x", true), &[]),
        derive(&recipe().with("y", true), &[]),
        derive(&recipe().with("x", false), &[]),
        derive(&recipe().with("x", true).with("y", true), &[]),
        derive(&recipe().with("y", true).with("x", true), &[]),
        derive(&recipe().with("x", "ab").with("y", "c"), &[]),
        derive(&recipe().with("x", "a").with("y", "bc"), &[]),
        derive(&recipe().with("x", Some("a")), &[]),
        derive(&recipe().with("z", None::<&str>), &[]),
        derive(&recipe().with("x", vec!["a"]), &[]),
        derive(&recipe().with("x", vec!["a", ""]), &[]),
        derive(&recipe().with("x", 1_u32), &[]),
        derive(&recipe().with("x", 1_u64), &[]),
        derive(&recipe().with("x", 1.0), &[]),
        derive(&recipe().with("x", 0.0), &[]),
        derive(&recipe().with("x", -0.0), &[]),
    ];
    let distinct: BTreeSet<ContentId> = ids.into_iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert_eq!(a, derive(&recipe(), &[]));
}

#[test]
fn where_a_file_lies_is_no_part_of_an_id() {
    let id = derive(&Recipe::new("a"), &[]);
    let lies = |path: &str| {
        let recipe = Recipe::new("a").stamped(path);
        assert_eq!(recipe.stamped_files(), [PathBuf::from(path)]);
        recipe.derive(&[id], &[])
    };
    assert_eq!(lies("here"), lies("elsewhere"));
}

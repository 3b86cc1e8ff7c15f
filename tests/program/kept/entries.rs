//! What happens to the files of the disk tier, entry by entry.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lazydebugger::disk_cache::DiskCache;
use lazydebugger::engine::tier::{Tier, TierEntry, TierError};
use lazydebugger::vocabulary::ContentId;
use tempfile::TempDir;

/// Larger than what lies in a record.
const LARGE: usize = 40_000;

pub(super) fn id(number: u64) -> ContentId {
    ContentId::new(*blake3::hash(&number.to_le_bytes()).as_bytes())
}

pub(super) fn entry(number: u64, body: &[u8]) -> TierEntry {
    TierEntry {
        name: format!("predictions:{number}@dataset"),
        body_bytes: body.len() as u64,
        bytes: body.len() as u64,
        seconds: 0.5,
        stored_at: 1_700_000_000,
        exact: true,
        detail: "a few words".to_owned(),
        parts: vec![("model:m".to_owned(), id(number + 1))],
    }
}

/// The body of an entry, by its number.
pub(super) fn body(number: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut reader = blake3::Hasher::new()
        .update(&number.to_le_bytes())
        .finalize_xof();
    reader.fill(&mut bytes);
    bytes
}

fn open(folder: &Path) -> DiskCache {
    DiskCache::open(folder, None).unwrap()
}

fn keep(disk: &DiskCache, number: u64, length: usize) {
    let body = body(number, length);
    disk.write(id(number), &entry(number, &body), &body)
        .unwrap();
}

fn named(folder: &Path, kind: &str, id: ContentId) -> PathBuf {
    let digits = id.to_string();
    let digits = digits.trim_start_matches("blake3:");
    folder.join("v1").join(kind).join(&digits[..2]).join(digits)
}

fn record(folder: &Path, number: u64) -> PathBuf {
    named(folder, "ac", id(number))
}

fn digest(bytes: &[u8]) -> ContentId {
    ContentId::new(*blake3::hash(bytes).as_bytes())
}

/// What is damaged is told as such, and only once.
fn is_set_aside(disk: &DiskCache, number: u64, what: &str) {
    match disk.read(id(number)) {
        Err(TierError::Corrupt(_)) => {}
        other => panic!("{what}: {other:?}"),
    }
    assert_eq!(disk.read(id(number)), Ok(None), "{what}: it is gone");
}

#[test]
fn a_small_entry_that_is_cut_short_or_flipped_anywhere_is_a_miss() {
    let folder = TempDir::new().unwrap();
    let disk = open(folder.path());
    keep(&disk, 1, 40);
    let path = record(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    let (mut cuts, mut flips) = (0, 0);
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        is_set_aside(&disk, 1, &format!("cut at {length}"));
        cuts += 1;
    }
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, bytes).unwrap();
        is_set_aside(&disk, 1, &format!("bit {bit}"));
        flips += 1;
    }
    println!("cut short at {cuts} places, flipped at {flips}: all told as damaged");
    fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
    is_set_aside(&disk, 1, "longer");
    // Another entry's record does not pass for it.
    keep(&disk, 2, 40);
    fs::copy(record(folder.path(), 2), &path).unwrap();
    is_set_aside(&disk, 1, "that of another");
    fs::write(&path, &whole).unwrap();
    assert_eq!(disk.read(id(1)), Ok(Some(body(1, 40))));
}

#[test]
fn a_body_that_is_cut_short_flipped_or_gone_is_a_miss() {
    let folder = TempDir::new().unwrap();
    let disk = open(folder.path());
    let whole = body(1, LARGE);
    let path = named(folder.path(), "cas", digest(&whole));
    let mut tried = 0;
    for place in (0..LARGE).step_by(173) {
        keep(&disk, 1, LARGE);
        let mut bytes = whole.clone();
        if place % 2 == 0 {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << (place % 8);
        }
        fs::write(&path, bytes).unwrap();
        is_set_aside(&disk, 1, &format!("{place}"));
        tried += 1;
    }
    println!("a body damaged at {tried} places: all told as damaged");
    keep(&disk, 1, LARGE);
    fs::remove_file(&path).unwrap();
    assert_eq!(disk.read(id(1)), Ok(None));
    keep(&disk, 1, LARGE);
    assert_eq!(disk.read(id(1)), Ok(Some(whole)));
}

/// Nobody knows yet what another version writes: it is none of ours, and no damage.
#[test]
fn an_older_or_newer_format_is_a_miss_and_is_replaced() {
    let folder = TempDir::new().unwrap();
    let disk = open(folder.path());
    keep(&disk, 1, 40);
    let path = record(folder.path(), 1);
    let whole = fs::read(&path).unwrap();
    for version in (0..=u8::MAX).filter(|version| *version != whole[7]) {
        let mut bytes = whole[..whole.len() - 32].to_vec();
        bytes[7] = version;
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        fs::write(&path, &bytes).unwrap();
        assert_eq!(disk.read(id(1)), Ok(None), "version {version}");
        assert!(path.exists(), "another version may still want it");
    }
    keep(&disk, 1, 40);
    assert_eq!(disk.read(id(1)), Ok(Some(body(1, 40))));
    // A layout beside ours is left alone.
    fs::create_dir(folder.path().join("v2")).unwrap();
    disk.clear();
    assert!(folder.path().join("v2").exists());
}

#[test]
fn a_clock_that_was_set_back_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let disk = open(folder.path());
    let in_a_year = SystemTime::now() + Duration::from_hours(24 * 365);
    for number in 0..8 {
        let body = body(number, 5000);
        let mut entry = entry(number, &body);
        entry.stored_at += 10_000_000_000;
        disk.write(id(number), &entry, &body).unwrap();
        let file = fs::File::open(record(folder.path(), number)).unwrap();
        file.set_modified(in_a_year).unwrap();
    }
    assert_eq!(disk.entries().len(), 8);
    let verified = disk.verify();
    assert_eq!((verified.whole, verified.damaged.len()), (8, 0));
    for number in 0..8 {
        let file = fs::File::open(record(folder.path(), number)).unwrap();
        file.set_modified(in_a_year).unwrap();
    }
    // Those of a time to come count as used now.
    let pruned = disk.prune(4 * 8192);
    assert!(pruned.entries >= 4, "{pruned:?}");
    assert!(disk.usage().bytes <= 4 * 8192);
    assert!(!disk.entries().is_empty());
}

#[test]
fn links_in_the_folder_are_never_followed() {
    let folder = TempDir::new().unwrap();
    let outside = TempDir::new().unwrap();
    let disk = open(folder.path());
    keep(&disk, 1, LARGE);
    let secret = outside.path().join("secret");
    fs::copy(record(folder.path(), 1), &secret).unwrap();
    let before = fs::read(&secret).unwrap();
    // In the place of a record.
    let path = record(folder.path(), 1);
    fs::remove_file(&path).unwrap();
    symlink(&secret, &path).unwrap();
    is_set_aside(&disk, 1, "a link to a record");
    keep(&disk, 1, LARGE);
    assert_eq!(disk.read(id(1)), Ok(Some(body(1, LARGE))));
    // In the place of a body.
    let body_path = named(folder.path(), "cas", digest(&body(1, LARGE)));
    let elsewhere = outside.path().join("body");
    fs::rename(&body_path, &elsewhere).unwrap();
    symlink(&elsewhere, &body_path).unwrap();
    is_set_aside(&disk, 1, "a link to a body");
    keep(&disk, 1, LARGE);
    assert_eq!(disk.read(id(1)), Ok(Some(body(1, LARGE))));
    assert_eq!(fs::read(&elsewhere).unwrap(), body(1, LARGE));
    // In the place of a shelf: nothing is written through it.
    let shelf = path.parent().unwrap();
    fs::remove_dir_all(shelf).unwrap();
    symlink(outside.path(), shelf).unwrap();
    let body = body(1, 40);
    assert!(disk.write(id(1), &entry(1, &body), &body).is_err());
    // And nothing is listed, pruned or cleared through it.
    disk.prune(0);
    disk.clear();
    fs::remove_file(shelf).unwrap();
    // Of the temporary folder.
    let temporary = folder.path().join("v1/tmp");
    fs::remove_dir(&temporary).unwrap();
    symlink(outside.path(), &temporary).unwrap();
    let disk = open_if_it_can(folder.path());
    if let Some(disk) = disk {
        let _ = disk.write(id(1), &entry(1, &body), &body);
    }
    let names = fs::read_dir(outside.path()).unwrap().flatten();
    let names: Vec<_> = names
        .map(|file| file.file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(fs::read(&secret).unwrap(), before);
}

fn open_if_it_can(folder: &Path) -> Option<DiskCache> {
    DiskCache::open(folder, None).ok()
}

#[test]
fn a_folder_that_vanishes_is_made_again() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("cache");
    let disk = open(&root);
    for number in 0..20 {
        keep(&disk, number, if number % 2 == 0 { 40 } else { LARGE });
        assert!(disk.read(id(number)).unwrap().is_some());
        fs::remove_dir_all(if number % 3 == 0 {
            root.join("v1")
        } else {
            root.clone()
        })
        .unwrap();
        assert_eq!(disk.read(id(number)), Ok(None));
        assert_eq!(disk.find(id(number)), Ok(None));
        assert!(disk.entries().is_empty());
    }
    keep(&disk, 1, LARGE);
    assert_eq!(disk.read(id(1)), Ok(Some(body(1, LARGE))));
}

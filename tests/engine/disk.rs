//! The disk tier: what is written comes back as it was, and whatever happens to its files is a miss.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use lazydebugger::disk_cache::DiskCache;
use lazydebugger::engine::tier::{Tier, TierEntry, TierError};
use lazydebugger::vocabulary::ContentId;
use tempfile::TempDir;

const QUOTA: u64 = 64 << 20;

fn id(byte: u8) -> ContentId {
    ContentId::new([byte; 32])
}

/// A folder for a tier, in one of its own.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("cache");
    (folder, place)
}

fn open(place: &Path) -> DiskCache {
    DiskCache::open(place, Some(QUOTA)).unwrap()
}

fn entry(name: &str, body: &[u8], seconds: f64) -> TierEntry {
    TierEntry {
        name: name.to_owned(),
        body_bytes: body.len() as u64,
        bytes: 4 * body.len() as u64,
        seconds,
        stored_at: 1_700_000_000,
        exact: true,
        detail: "a few words".to_owned(),
        parts: vec![("model:forest".to_owned(), id(9))],
    }
}

fn keep(tier: &DiskCache, key: ContentId, body: &[u8]) {
    tier.write(key, &entry("toy", body, 1.0), body).unwrap();
}

/// A body that is in a file of its own, and different for every seed.
fn large(seed: u8) -> Vec<u8> {
    let bytes = (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed);
    bytes.collect()
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.symlink_metadata().unwrap().is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn records(place: &Path) -> Vec<PathBuf> {
    files(&place.join("v1/ac"))
}

fn bodies(place: &Path) -> Vec<PathBuf> {
    files(&place.join("v1/cas"))
}

#[test]
fn what_is_written_comes_back() {
    let (_folder, place) = folder();
    let tier = open(&place);
    assert_eq!(tier.find(id(1)), Ok(None));
    assert_eq!(tier.read(id(1)), Ok(None));
    for (key, body) in [
        (id(1), vec![]),
        (id(2), b"small".to_vec()),
        (id(3), large(0)),
    ] {
        let known = entry("predictions:forest@dataset", &body, 2.5);
        tier.write(key, &known, &body).unwrap();
        assert_eq!(tier.find(key), Ok(Some(known.clone())));
        assert_eq!(tier.read(key), Ok(Some(body.clone())));
        // Another session finds it too.
        assert_eq!(open(&place).read(key), Ok(Some(body)));
    }
    assert_eq!(bodies(&place).len(), 1, "small bodies are in their records");
    assert_eq!(tier.remove(id(2)), Ok(true));
    assert_eq!(tier.remove(id(2)), Ok(false));
    assert_eq!(tier.read(id(2)), Ok(None));
}

#[test]
fn its_files_are_for_the_user_alone() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), &large(0));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    assert_eq!(mode(&place.join("v1/ac")), 0o700);
    for file in files(&place) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        assert_eq!(mode(file.parent().unwrap()), 0o700);
    }
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let (_folder, place) = folder();
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    let refused = DiskCache::open(&place, None).err().unwrap().to_string();
    assert!(refused.contains("others may write to it"), "{refused}");
}

/// Whatever is left of a record, or changed in it, it is a miss, told apart from what was never there.
#[test]
fn a_record_that_is_cut_anywhere_is_corrupt_and_set_aside() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    let path = records(&place).remove(0);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let found = tier.find(id(1));
        assert!(
            matches!(found, Err(TierError::Corrupt(_))),
            "{length}: {found:?}"
        );
        assert!(!path.exists(), "{length}: it is set aside");
        assert_eq!(tier.find(id(1)), Ok(None), "and asked for only once");
    }
    assert_eq!(files(&place.join("v1/aside")).len(), 1);
    fs::write(&path, &whole).unwrap();
    assert_eq!(tier.read(id(1)), Ok(Some(b"small".to_vec())));
}

#[test]
fn a_bit_that_is_flipped_anywhere_is_found() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    let path = records(&place).remove(0);
    let whole = fs::read(&path).unwrap();
    for bit in 0..8 * whole.len() {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &flipped).unwrap();
        let found = tier.read(id(1));
        assert!(
            matches!(found, Err(TierError::Corrupt(_))),
            "{bit}: {found:?}"
        );
    }
}

#[test]
fn a_body_that_is_not_what_was_written_is_found() {
    let (_folder, place) = folder();
    let tier = open(&place);
    let body = large(0);
    for damage in [&body[..39_999], &body[1..], &large(1)[..], &[]] {
        keep(&tier, id(1), &body);
        fs::write(bodies(&place).remove(0), damage).unwrap();
        assert!(tier.find(id(1)).unwrap().is_some(), "the record is whole");
        assert!(matches!(tier.read(id(1)), Err(TierError::Corrupt(_))));
        assert_eq!(tier.read(id(1)), Ok(None));
    }
    // Written again, it is whole.
    keep(&tier, id(1), &body);
    assert_eq!(tier.read(id(1)), Ok(Some(body)));
}

#[test]
fn a_body_that_is_gone_is_a_plain_miss() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), &large(0));
    fs::remove_file(bodies(&place).remove(0)).unwrap();
    assert_eq!(tier.read(id(1)), Ok(None));
    assert!(
        records(&place).is_empty(),
        "what says that it is there goes too"
    );
}

#[test]
fn an_entry_under_another_key_is_not_taken_for_it() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"one");
    keep(&tier, id(2), b"two");
    let [one, two] = records(&place).try_into().unwrap();
    fs::copy(&two, &one).unwrap();
    assert!(matches!(tier.read(id(1)), Err(TierError::Corrupt(_))));
    assert_eq!(tier.read(id(2)), Ok(Some(b"two".to_vec())));
}

/// A record as another version of the program may write it: whole, by its checksum.
#[test]
fn another_format_is_a_plain_miss_and_stays() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    let path = records(&place).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 32);
    for version in [0, 2, 255] {
        bytes[7] = version;
        let checksum = blake3::hash(&bytes);
        fs::write(&path, [&bytes[..], checksum.as_bytes()].concat()).unwrap();
        assert_eq!(tier.find(id(1)), Ok(None));
        assert!(path.exists(), "it is not ours to set aside");
    }
    keep(&tier, id(1), b"small");
    assert_eq!(tier.read(id(1)), Ok(Some(b"small".to_vec())));
    fs::create_dir_all(place.join("v9/ac")).unwrap();
    assert_eq!(open(&place).read(id(1)), Ok(Some(b"small".to_vec())));
}

#[test]
fn planted_links_are_not_followed() {
    let (outer, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    let path = records(&place).remove(0);
    let elsewhere = outer.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert!(matches!(tier.read(id(1)), Err(TierError::Corrupt(_))));
    // Written anew, the link goes and what it leads to stays.
    symlink(&elsewhere, &path).unwrap();
    keep(&tier, id(1), b"other");
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    assert_eq!(tier.read(id(1)), Ok(Some(b"other".to_vec())));
    // A link in the place of a folder.
    let shelf = path.parent().unwrap();
    let moved = outer.path().join("moved");
    fs::rename(shelf, &moved).unwrap();
    symlink(&moved, shelf).unwrap();
    let count = files(&moved).len();
    let refused = tier.write(id(1), &entry("toy", b"x", 1.0), b"x");
    assert!(matches!(refused, Err(TierError::Down(_))), "{refused:?}");
    assert_eq!(files(&moved).len(), count, "nothing is written through it");
}

#[test]
fn a_folder_or_a_pipe_in_the_place_of_an_entry_is_corrupt() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    let path = records(&place).remove(0);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(tier.find(id(1)), Err(TierError::Corrupt(_))));
    keep(&tier, id(1), b"small");
    assert_eq!(tier.read(id(1)), Ok(Some(b"small".to_vec())));
}

#[test]
fn a_folder_that_vanishes_is_made_again() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    fs::remove_dir_all(place.join("v1")).unwrap();
    assert_eq!(tier.read(id(1)), Ok(None));
    keep(&tier, id(1), b"small");
    assert_eq!(tier.read(id(1)), Ok(Some(b"small".to_vec())));
    fs::remove_dir_all(&place).unwrap();
    assert_eq!(tier.read(id(1)), Ok(None));
    let refused = tier.write(id(1), &entry("toy", b"x", 1.0), b"x");
    assert!(
        matches!(refused, Err(TierError::Down(_)) | Ok(())),
        "{refused:?}"
    );
}

#[test]
fn the_quota_holds_on_every_write() {
    let (_folder, place) = folder();
    let quota = 600_000;
    let tier = DiskCache::open(&place, Some(quota)).unwrap();
    for seed in 0..40 {
        keep(&tier, id(seed), &large(seed));
        let usage = tier.usage();
        assert!(usage.bytes <= quota, "{seed}: {usage:?}");
    }
    assert!(tier.usage().entries >= 5);
    assert_eq!(tier.read(id(39)), Ok(Some(large(39))), "the newest stays");
    let huge = vec![0; 700_000];
    let refused = tier.write(id(99), &entry("toy", &huge, 1.0), &huge);
    assert!(matches!(refused, Err(TierError::Refused(_))), "{refused:?}");
}

#[test]
fn the_oldest_use_goes_first_weighed_by_what_a_byte_saves() {
    let (_folder, place) = folder();
    let tier = open(&place);
    let hour = Duration::from_hours(1);
    for (seed, seconds, hours) in [(0, 1.0, 3), (1, 1.0, 2), (2, 1.0, 1), (3, 100.0, 3)] {
        let body = large(seed);
        tier.write(id(seed), &entry("toy", &body, seconds), &body)
            .unwrap();
        let digits = id(seed).to_string();
        let used = SystemTime::now() - hour * hours;
        let path = records(&place).into_iter();
        let path =
            path.filter(|path| digits.ends_with(path.file_name().unwrap().to_str().unwrap()));
        for path in path {
            fs::File::open(path).unwrap().set_modified(used).unwrap();
        }
    }
    let all = tier.usage().bytes;
    let mut gone = Vec::new();
    for _ in 0..4 {
        let left = tier.usage().bytes;
        tier.prune(left - 1);
        let entries = tier.entries();
        let is_gone = |seed: &u8| entries.iter().all(|entry| entry.key != id(*seed));
        let now: Vec<u8> = (0..4).filter(is_gone).collect();
        let new = now.iter().find(|seed| !gone.contains(*seed));
        gone.extend(new.copied());
    }
    assert_eq!(
        gone,
        [0, 1, 2, 3],
        "what saves a hundred times as much stays longest"
    );
    assert!(tier.usage().bytes < all / 10);
}

#[test]
fn two_keys_of_one_body_share_it() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), &large(0));
    keep(&tier, id(2), &large(0));
    assert_eq!(bodies(&place).len(), 1);
    tier.prune(tier.usage().bytes - 1);
    let left = [id(1), id(2)].map(|key| tier.read(key).unwrap());
    let whole = left.iter().flatten().count();
    assert_eq!(whole, 1, "one has gone, and the body of the other stays");
}

#[test]
fn a_clock_that_is_set_back_harms_nothing() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), b"small");
    let path = records(&place).remove(0);
    let future = SystemTime::now() + Duration::from_secs(1_000_000);
    fs::File::open(&path).unwrap().set_modified(future).unwrap();
    assert!(tier.find(id(1)).unwrap().is_some());
    tier.prune(0);
    assert_eq!(tier.usage().entries, 0);
}

#[test]
fn readers_and_writers_need_no_lock() {
    let (_folder, place) = folder();
    let keys: Vec<u8> = (0..12).collect();
    let stop = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (place, keys) = (&place, &keys);
            scope.spawn(move || {
                let tier = DiskCache::open(place, Some(400_000)).unwrap();
                for round in 0..8 {
                    for key in keys {
                        let body = if key % 2 == 0 {
                            large(*key)
                        } else {
                            vec![*key; 100]
                        };
                        keep(&tier, id(*key), &body);
                    }
                    if round % 5 == 0 {
                        tier.prune(100_000);
                    }
                }
            });
        }
        for _ in 0..4 {
            let (place, keys, stop) = (&place, &keys, stop.clone());
            scope.spawn(move || {
                let tier = open(place);
                while !stop.load(Ordering::Relaxed) {
                    for key in keys {
                        let expected = if key % 2 == 0 {
                            large(*key)
                        } else {
                            vec![*key; 100]
                        };
                        // Others write and prune: it is there or not, and never half.
                        match tier.read(id(*key)) {
                            Ok(found) => assert!(found.is_none_or(|body| body == expected)),
                            Err(error) => panic!("{key}: {error}"),
                        }
                    }
                }
            });
        }
        scope.spawn(|| {
            let tier = open(&place);
            for _ in 0..20 {
                let verified = tier.verify();
                assert_eq!(verified.damaged, []);
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
    assert!(
        files(&place.join("v1/tmp")).is_empty(),
        "nothing unfinished is left"
    );
}

#[test]
fn everything_can_be_forgotten() {
    let (_folder, place) = folder();
    let tier = open(&place);
    keep(&tier, id(1), &large(0));
    keep(&tier, id(2), b"small");
    let cleared = tier.clear();
    assert_eq!(cleared.entries, 2);
    assert_eq!(
        tier.usage(),
        lazydebugger::disk_cache::FolderUsage::default()
    );
    assert_eq!(tier.read(id(1)), Ok(None));
}

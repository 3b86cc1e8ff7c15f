//! Processes that write entries and are killed while they do: what they leave is whole, or not there.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lazydebugger::disk_cache::DiskCache;
use lazydebugger::engine::tier::Tier;
use tempfile::TempDir;

use super::entries::{body, entry, id};

/// Tells the test below that it is to write, and where.
const FOLDER: &str = "LAZYDEBUGGER_TEST_WRITES_TO";
/// Kept small, so that entries are given up as well.
const QUOTA: u64 = 1_000_000;
/// Keys that are written, over and over.
const KEYS: u64 = 60;

fn length(number: u64) -> usize {
    // Small ones, and such with a body in a file of its own.
    [50, 3000, 20_000, 60_000][(number % 4) as usize]
}

/// No test by itself: another test starts it in a process of its own, which writes until it is killed.
/// A byte for each entry tells how far it is.
#[test]
#[ignore = "it is what other tests kill"]
fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let disk = DiskCache::open(folder.as_ref(), Some(QUOTA)).unwrap();
    let mut told = std::io::stderr();
    for round in 0_u64.. {
        let number = (round * 7 + u64::from(std::process::id())) % KEYS;
        let body = body(number, length(number));
        // Where another process gives up what this one has begun, it begins again.
        let _ = disk.write(id(number), &entry(number, &body), &body);
        if told.write_all(b".").is_err() {
            return;
        }
    }
}

fn writer(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture"]);
    command.arg("kept::killed::writes_until_it_is_killed");
    command.env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until a writer has written so many entries. It goes on meanwhile.
fn wait_for(writer: &mut Child, entries: usize) {
    let mut told = vec![0; entries];
    let stderr = writer.stderr.as_mut().unwrap();
    stderr.read_exact(&mut told).unwrap();
}

/// All entries are what was written; how many.
fn check(folder: &Path) -> u64 {
    let disk = DiskCache::open(folder, Some(QUOTA)).unwrap();
    let verified = disk.verify();
    assert_eq!(verified.damaged, [], "nothing is damaged");
    for number in 0..KEYS {
        if let Some(found) = disk.read(id(number)).unwrap() {
            assert!(found == body(number, length(number)), "{number}");
        }
    }
    let unfinished = std::fs::read_dir(folder.join("v1/tmp")).unwrap().count();
    assert_eq!(unfinished, 0, "what was begun is swept away");
    // The last write may have come on top before it was looked again.
    assert!(disk.usage().bytes <= 2 * QUOTA);
    verified.whole
}

fn kill_at(points: usize) {
    let folder = TempDir::new().unwrap();
    let mut whole = 0;
    for point in 0..points {
        let mut writer = writer(folder.path());
        // After another number of entries each time, and somewhere in the next one.
        wait_for(&mut writer, 1 + point * 37 % 101);
        writer.kill().unwrap();
        writer.wait().unwrap();
        whole += check(folder.path());
    }
    println!("killed at {points} points: {whole} entries looked at, none damaged");
}

#[test]
fn whoever_is_killed_leaves_whole_entries() {
    kill_at(25);
}

/// `cargo test --release --test program killed -- --ignored --nocapture`
#[test]
#[ignore = "it takes minutes"]
fn whoever_is_killed_at_a_thousand_points_leaves_whole_entries() {
    kill_at(1000);
}

#[test]
fn eight_writers_of_the_same_keys_leave_whole_entries() {
    let folder = TempDir::new().unwrap();
    let mut writers: Vec<Child> = (0..8).map(|_| writer(folder.path())).collect();
    for writer in &mut writers {
        wait_for(writer, 150);
    }
    for writer in &mut writers {
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    let whole = check(folder.path());
    println!("eight writers, 1,200 entries and more: {whole} are there, none damaged");
    assert!(whole > 0);
}

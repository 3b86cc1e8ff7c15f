//! What is no file, in the place of each file that is read or written.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::chance::Chance;
use super::play;
use super::stage::{REPORT, Stage, TRACE};

#[test]
fn what_is_no_file_is_neither_waited_for_nor_read_without_end() {
    play("special files", |chance| {
        let stage = Stage::of_any_format(chance);
        let table = stage.table();
        let name = chance.one_of(&[
            &table,
            "boosted_trees.onnx",
            "small.onnx",
            "trials.csv",
            "experiment.toml",
            "data",
            REPORT,
            TRACE,
        ]);
        let _ = fs::remove_file(stage.path(name));
        put(&stage, chance, name);
        let stage = stage.watched();
        let run = ["run", "experiment.toml", "--format", "json"];
        let outputs = ["--output", REPORT, "--trace", TRACE];
        match chance.below(3) {
            0 => {
                stage.run(&["check", "experiment.toml"]);
            }
            1 => {
                stage.run(&run);
            }
            _ => {
                stage.run(&[&run[..], &outputs].concat());
            }
        }
    });
}

fn put(stage: &Stage, chance: &mut Chance, name: &str) {
    let path = stage.path(name);
    // An output may be a pipe, of which somebody reads.
    let is_output = [REPORT, TRACE].contains(&name);
    match chance.below(7) {
        0 if !is_output => {
            let made = Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
        }
        0 | 1 => fs::create_dir(&path).unwrap(),
        2 => symlink("/dev/zero", &path).unwrap(),
        3 => symlink("/dev/full", &path).unwrap(),
        4 => symlink("nowhere", &path).unwrap(),
        5 => symlink(name, &path).unwrap(),
        _ => drop(UnixListener::bind(&path).unwrap()),
    }
}

//! Files that change, and signals that come, at any moment of a run.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::time::Duration;

use super::chance::Chance;
use super::play;
use super::stage::{REPORT, Running, Stage, TRACE};

/// About as long as a run takes where nothing else goes on.
const A_RUN_MS: usize = 400;
const SIGNALS: [(&str, i32); 5] = [
    ("INT", 130),
    ("TERM", 143),
    ("HUP", 129),
    ("QUIT", 131),
    ("KILL", 137),
];

/// A run with both outputs.
fn started(stage: &Stage) -> Running {
    let run = ["run", "experiment.toml", "--format", "json"];
    let outputs = ["--output", REPORT, "--trace", TRACE];
    stage.start("", &[&run[..], &outputs].concat())
}

fn a_moment(chance: &mut Chance) -> Duration {
    Duration::from_millis(chance.below(A_RUN_MS) as u64)
}

#[test]
fn files_that_change_while_they_are_used_are_noticed_or_read_whole() {
    play("changing", |chance| {
        let mut stage = Stage::of_any_format(chance);
        let table = stage.table();
        let names = [&*table, "boosted_trees.onnx", "small.onnx", "trials.csv"];
        let name = chance.one_of(&names);
        stage.gives_up(name);
        stage.with_old_outputs(chance);
        let running = started(&stage);
        let ended = running.run_for(a_moment(chance));
        change(&stage, chance, name);
        let ended = ended.unwrap_or_else(|| running.wait());
        stage.holds(&ended, &[0, 1, 2]);
    });
}

/// Something that happens to files while others use them.
fn change(stage: &Stage, chance: &mut Chance, name: &str) {
    let path = stage.path(name);
    let bytes = fs::read(&path).unwrap();
    match chance.below(6) {
        0 => File::create(&path).map(drop).unwrap(),
        1 => {
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(chance.below(bytes.len()) as u64).unwrap();
        }
        2 => {
            // In place, as `cp` writes.
            let mut damaged = bytes;
            chance.damage(&mut damaged);
            let mut file = OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all(&damaged).unwrap();
        }
        3 => {
            // By rename, as editors do.
            let mut damaged = bytes;
            chance.damage(&mut damaged);
            stage.write("new", damaged);
            fs::rename(stage.path("new"), &path).unwrap();
        }
        4 => fs::remove_file(&path).unwrap(),
        _ => {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(&bytes).unwrap();
        }
    }
}

#[test]
fn signals_end_it_and_leave_nothing_half_done() {
    play("signals", |chance| {
        let stage = Stage::of_any_format(chance);
        stage.with_old_outputs(chance);
        let running = started(&stage);
        let ended = running.run_for(a_moment(chance));
        let (name, code) = chance.one_of(&SIGNALS);
        if chance.once_in(3) {
            running.signal("STOP");
            running.signal("CONT");
        }
        running.signal(name);
        if chance.once_in(3) {
            running.signal(name);
        }
        let ended = ended.unwrap_or_else(|| running.wait());
        // A run that is told to end says that it was cancelled.
        stage.holds(&ended, &[0, 1, 2, 130, code]);
    });
}

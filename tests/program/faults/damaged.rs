//! Damaged bytes in the place of each input.

use std::fs;

use super::chance::Chance;
use super::play;
use super::stage::{REPORT, Stage, TRACE};

#[test]
fn damaged_inputs_are_answered_or_refused() {
    play("damaged", |chance| {
        let stage = Stage::of_any_format(chance);
        match chance.below(7) {
            0 | 1 => damage(stage, chance, None),
            2 => damage(stage, chance, Some("boosted_trees.onnx")),
            3 => damage(stage, chance, Some("trials.csv")),
            4 => damage(stage, chance, Some("sweep.json")),
            5 => damage(stage, chance, Some("experiment.toml")),
            _ => damage_a_trace(stage, chance),
        }
    });
}

/// None: the table.
fn damage(stage: Stage, chance: &mut Chance, name: Option<&str>) {
    let table = stage.table();
    let name = name.unwrap_or(&table);
    let mut bytes = fs::read(stage.path(name)).unwrap();
    chance.damage(&mut bytes);
    stage.write(name, bytes);
    let stage = stage.watched();
    stage.with_old_outputs(chance);
    let experiment = match name {
        "sweep.json" => "swept.toml",
        _ => "experiment.toml",
    };
    match chance.below(4) {
        0 => {
            stage.run(&["check", experiment]);
        }
        1 => {
            stage.run(&["run", experiment]);
        }
        2 => {
            stage.run(&["plan", experiment]);
        }
        _ => {
            let outputs = ["--format", "json", "--output", REPORT, "--trace", TRACE];
            stage.run(&[&["run", experiment], &outputs[..]].concat());
        }
    }
}

/// There is no terminal to show it on: what can be said of it is said before that is.
fn damage_a_trace(stage: Stage, chance: &mut Chance) {
    stage.run(&["run", "experiment.toml", "--trace", "trace.jsonl"]);
    let mut bytes = fs::read(stage.path("trace.jsonl")).unwrap();
    chance.damage(&mut bytes);
    stage.write("trace.jsonl", bytes);
    let ended = stage.watched().run(&["replay", "trace.jsonl"]);
    assert_eq!(ended.code(), 2);
}

//! Texts that would like to be more than texts, in every place that a name comes from.

use std::fs;

use super::play;
use super::stage::{REPORT, Stage};

/// Colours, titles, clipboards, lines, directions, hidden and invisible signs, and what others run.
const HARMFUL: [&str; 14] = [
    "\u{1b}[31mred",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;aGk=\u{7}",
    "a\nlazydebugger: all good",
    "a\rb",
    "\u{9b}2J",
    "\u{202e}txt.exe",
    "\u{2066}a\u{2069}",
    "a\u{200b}b\u{feff}",
    "a\u{61c}b\u{ad}c",
    "\u{e0041}\u{e0042}",
    "\u{2028}line",
    "$(touch harmed)",
    "\u{0}\u{7f}\u{85}",
];

#[test]
fn texts_stay_texts() {
    play("texts", |chance| {
        let stage = Stage::new("csv");
        let word = chance.one_of(&HARMFUL);
        match chance.below(5) {
            // Groups, categories and column names.
            0 => replace(&stage, "test.csv", "north", word),
            1 => rename_column(&stage, word),
            2 => replace(&stage, "sweep.json", "one", &escaped(word)),
            3 => replace(
                &stage,
                "experiment.toml",
                "Generated, 300 x 4",
                &escaped(word),
            ),
            _ => replace(&stage, "experiment.toml", "trials.csv", &escaped(word)),
        }
        let stage = stage.watched();
        let experiment = chance.one_of(&["experiment.toml", "swept.toml"]);
        match chance.below(3) {
            0 => {
                stage.run(&["check", experiment]);
            }
            1 => {
                stage.run(&["run", experiment]);
            }
            _ => {
                let json = ["--format", "json", "--output", REPORT];
                stage.run(&[&["run", experiment], &json[..]].concat());
                let report = fs::read_to_string(stage.path(REPORT)).unwrap_or_default();
                super::stage::assert_harmless(&report);
            }
        }
        assert!(!stage.path("harmed").exists());
    });
}

fn replace(stage: &Stage, name: &str, from: &str, to: &str) {
    let text = fs::read_to_string(stage.path(name)).unwrap();
    stage.write(name, text.replace(from, to));
}

/// In all tables and in the experiment.
fn rename_column(stage: &Stage, word: &str) {
    let quoted = format!("\"{word}\"");
    for table in ["test.csv", "calibration.csv", "shifted.csv"] {
        let text = fs::read_to_string(stage.path(table)).unwrap();
        stage.write(table, text.replacen("sex", &quoted, 1));
    }
    let protected = format!("\"{}\" = \"categories\"", escaped(word));
    for experiment in ["experiment.toml", "swept.toml"] {
        replace(stage, experiment, "sex = \"categories\"", &protected);
    }
}

/// As it stands between the quotes of TOML and of JSON.
fn escaped(word: &str) -> String {
    let signs = word.chars().map(|c| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units);
        match units {
            _ if c.is_ascii_graphic() => c.to_string(),
            [one] => format!("\\u{one:04x}"),
            // TOML knows no pairs of surrogates.
            _ => c.to_string(),
        }
    });
    signs.collect()
}

//! Texts from files stay texts: they begin no line, turn no line around and hide nothing.

use std::fs;

use crate::cli::desk::{Desk, Outcome, flags, logistic, zoo};

/// What no way out may show: a line of its own, controls, C1, directions, and what has no shape.
const EVIL: &str = "x\nlazydebugger: all good\r\n\u{1b}[31m\u{7f}\u{9b}2J\u{85}\u{ad}\u{34f}\u{61c}\
    \u{115f}\u{180e}\u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\u{206a}\u{206f}\u{3164}\u{feff}\
    \u{ffa0}\u{fff9}\u{fffb}\u{2800}\u{16fe4}\u{1d159}\u{e0041}y";

fn is_hidden(c: char) -> bool {
    c != '\n' && (c.is_control() || EVIL.contains(c) && !c.is_ascii())
}

fn assert_shown(what: &str, text: &str) {
    let hidden: Vec<char> = text.chars().filter(|c| is_hidden(*c)).collect();
    assert_eq!(hidden, [], "{what}: {text:?}");
    let forged = text
        .lines()
        .find(|line| line.starts_with("lazydebugger: all good"));
    assert_eq!(forged, None, "{what}: {text}");
}

fn assert_outcome(what: &str, outcome: &Outcome) {
    assert_shown(&format!("{what}, stdout"), &outcome.stdout);
    assert_shown(&format!("{what}, stderr"), &outcome.stderr);
}

/// Is the name there, cleaned? A report may break its line.
fn names_it(outcome: &Outcome) -> bool {
    let said = format!("{} {}", outcome.stdout, outcome.stderr);
    let words: Vec<&str> = said.split_whitespace().collect();
    words
        .windows(2)
        .any(|pair| pair[0].ends_with("all") && pair[1].starts_with("good"))
}

/// The text in TOML and in JSON.
fn quoted(text: &str) -> String {
    let units = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if u32::from(c) > 0xffff => format!("\\U{:08X}", u32::from(c)),
        c if c.is_ascii_graphic() || c == ' ' => c.to_string(),
        c => format!("\\u{:04X}", u32::from(c)),
    });
    format!("\"{}\"", units.collect::<String>())
}

/// An experiment all of whose names are evil; `more` goes under [dataset].
fn experiment(desk: &Desk, more: &str) {
    let evil = quoted(EVIL);
    // The evil columns are as the file system and CSV can have them.
    let table = fs::read_to_string(desk.path("good.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    let column = EVIL.replace(['\n', '\r'], "");
    let features = head.split(',').filter(|name| *name != "income");
    let features: Vec<String> = features.map(|name| format!("'{name}'")).collect();
    let features = features.join(", ");
    let rows = rows.lines().enumerate().map(|(row, line)| {
        let group = if row % 2 == 0 { column.as_str() } else { "b" };
        format!("{line},{group}\n")
    });
    let table = format!("{head},{column}\n{}", rows.collect::<String>());
    fs::write(desk.path("evil.csv"), table).unwrap();
    fs::copy(
        desk.path("evil.csv"),
        desk.path(&format!("{EVIL}.csv").replace('/', "")),
    )
    .unwrap();
    for name in ["a.onnx", "b.onnx"] {
        fs::copy(zoo("skl_lr_strlabel.onnx"), desk.path(name)).unwrap();
    }
    let variants = (0..4).map(|i| {
        let word = quoted(EVIL);
        format!(r#"{{"name": "{i}", "score": 0.{i}, "parameters": {{{word}: {word}, "n": {i}}}}}"#)
    });
    let variants: Vec<String> = variants.collect();
    desk.write(
        "sweep.json",
        format!(r#"{{"variants": [{}]}}"#, variants.join(",")).replace("\\U000", "\\u"),
    );
    let text = format!(
        "name = {evil}\n[dataset]\npath = 'evil.csv'\ntarget = 'income'\npositive = '>50K'\n\
         alternative = [{}]\n{more}\n[protected]\n{} = 'categories'\n\
         [model]\npath = 'a.onnx'\nfeatures = [{features}]\n\
         [[alternative_models]]\nname = {evil}\npath = 'b.onnx'\n",
        quoted(&format!("{EVIL}.csv")),
        quoted(&column),
    );
    desk.write("experiment.toml", text);
}

#[test]
fn names_are_shown_as_names_on_every_way_out() {
    let desk = Desk::new();
    experiment(&desk, "");
    for arguments in [
        &["check", "experiment.toml"][..],
        &["plan", "experiment.toml"],
        &["plan", "experiment.toml", "--format", "json"],
        &["run", "experiment.toml"],
        &["run", "experiment.toml", "--format", "json"],
        &["run", "experiment.toml", "--format", "junit"],
        &["run", "experiment.toml", "--format", "markdown"],
        &["run", "experiment.toml", "--format", "html"],
        &["run", "experiment.toml", "--format", "summary"],
        &["run", "experiment.toml", "--trace", "trace.jsonl"],
        &["replay", "trace.jsonl", "--plain"],
        &["shard", "plan", "--shards", "2", "experiment.toml"],
        &["export", "trace.jsonl", "--to", "openmetrics"],
        &["export", "trace.jsonl", "--to", "chrome"],
    ] {
        let outcome = desk.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
        assert!(
            outcome.stdout.contains("all good"),
            "{arguments:?}: {}",
            outcome.stdout
        );
        assert_outcome(&format!("{arguments:?}"), &outcome);
    }
    let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
    assert!(trace.contains("all good"));
    assert_shown("trace", &trace);
    // What programs read is what the file says.
    let report = desk
        .run(&["run", "experiment.toml", "--format", "json"])
        .report(0);
    assert!(
        report
            .to_string()
            .contains(&serde_json::to_string(EVIL).unwrap()[1..20])
    );
}

#[test]
fn problems_are_told_a_line_each() {
    let desk = Desk::new();
    let evil = quoted(EVIL);
    for (what, more) in [
        ("unknown keys", format!("{evil} = 1\ntargt = {evil}")),
        ("a table that is missing", format!("calibration = {evil}")),
    ] {
        experiment(&desk, &more);
        for command in ["check", "run"] {
            let outcome = desk.run(&[command, "experiment.toml"]);
            assert_outcome(what, &outcome);
            assert!(names_it(&outcome), "{what}, {command}");
        }
    }
    experiment(&desk, "");
    let text = fs::read_to_string(desk.path("experiment.toml")).unwrap();
    for (what, from, to) in [
        ("target", "target = 'income'", format!("target = {evil}")),
        (
            "positive",
            "positive = '>50K'",
            format!("positive = {evil}"),
        ),
        ("path", "path = 'evil.csv'", format!("path = {evil}")),
        (
            "gate",
            "[model]",
            format!("[gates]\n{evil} = {{ min = 1 }}\n[model]"),
        ),
        (
            "preload",
            "[model]",
            format!("[engine]\npreload = [{evil}]\n[model]"),
        ),
        ("syntax", "[model]", format!("[model]\n{evil}\n")),
        ("section", "[model]", format!("[{evil}]\n[model]")),
        (
            "sweep",
            "[model]",
            "[hyperparameters]\npath = 'sweep.json'\n[model]".to_owned(),
        ),
    ] {
        desk.write("experiment.toml", text.replacen(from, &to, 1));
        for arguments in [
            ["check", "--seed=1"],
            ["plan", "--seed=1"],
            ["run", "--format=json"],
        ] {
            let outcome = desk.run(&[&arguments[..], &["experiment.toml"]].concat());
            assert_outcome(what, &outcome);
        }
    }
}

#[test]
fn file_names_and_arguments_are_shown_as_names() {
    let desk = Desk::new();
    let model = logistic();
    for arguments in [
        flags(EVIL, &model),
        flags("good.csv", EVIL),
        vec![EVIL],
        [&flags("good.csv", &model)[..], &["--features", EVIL]].concat(),
    ] {
        for command in ["check", "run"] {
            let outcome = desk.run(&[&[command], &arguments[..]].concat());
            assert_eq!(outcome.code, Some(2));
            assert_outcome(command, &outcome);
        }
    }
    for arguments in [
        &["replay", EVIL][..],
        &["run", "--nothing", EVIL],
        &[EVIL, EVIL],
    ] {
        assert_outcome("arguments", &desk.run(arguments));
    }
}

#[test]
fn a_cell_that_is_all_of_a_file_is_not_printed_whole() {
    let desk = Desk::new();
    let mut table = fs::read_to_string(desk.path("good.csv")).unwrap();
    let cell = "x".repeat(8 << 20);
    let last = table.trim_end().rfind('\n').unwrap();
    let (_, rest) = table[last + 1..].split_once(',').unwrap();
    let line = format!("{cell},{rest}");
    table.truncate(last + 1);
    desk.write("long.csv", table + &line);
    let model = logistic();
    for arguments in [&["check"][..], &["run"], &["run", "--format", "json"]] {
        let outcome = desk.run(&[arguments, &flags("long.csv", &model)[..]].concat());
        assert!(outcome.stderr.len() < 40_000, "{}", outcome.stderr.len());
        assert!(outcome.stdout.len() < 400_000, "{}", outcome.stdout.len());
    }
}

//! What is written never costs what was there.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::hostile;
use crate::cli::desk::{Desk, flags, logistic, text, zoo};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn is_report(path: &Path) -> bool {
    let report: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    report["dimensions"].is_object()
}

#[test]
fn an_input_is_told_by_what_it_is_and_not_by_its_name() {
    let desk = Desk::new();
    for name in ["external_weights.onnx", "weights.bin"] {
        desk.write(name, fs::read(hostile(name)).unwrap());
    }
    let model = desk.write("model.onnx", fs::read(logistic()).unwrap());
    fs::create_dir(desk.path("folder")).unwrap();
    symlink(desk.path(""), desk.path("folder/here")).unwrap();
    fs::hard_link(desk.path("good.csv"), desk.path("hard.json")).unwrap();
    fs::hard_link(desk.path("weights.bin"), desk.path("hard.bin")).unwrap();
    symlink("good.csv", desk.path("soft.json")).unwrap();
    symlink("soft.json", desk.path("softer.json")).unwrap();
    symlink(&model, desk.path("model.json")).unwrap();
    let before: Vec<_> = ["good.csv", "weights.bin", "model.onnx"]
        .map(|name| fs::read(desk.path(name)).unwrap())
        .into();
    let listed = names(&desk.path(""));

    let external = flags("good.csv", "external_weights.onnx");
    let usual = flags("good.csv", "model.onnx");
    for (flags, place) in [
        (&usual, "hard.json"),
        (&usual, "soft.json"),
        (&usual, "softer.json"),
        (&usual, "folder/here/good.csv"),
        (&usual, "model.json"),
        (&external, "weights.bin"),
        (&external, "hard.bin"),
        (&external, "folder/here/weights.bin"),
        (&external, "external_weights.onnx"),
    ] {
        for flag in ["--output", "--trace"] {
            let arguments = [&["run"], &flags[..], &[flag, place]].concat();
            let refused = desk.run(&arguments);
            refused.refuses(place, &[place, "the experiment reads this file"]);
        }
    }
    let after: Vec<_> = ["good.csv", "weights.bin", "model.onnx"]
        .map(|name| fs::read(desk.path(name)).unwrap())
        .into();
    assert!(before == after);
    assert_eq!(names(&desk.path("")), listed);
}

#[test]
fn all_that_an_experiment_names_is_an_input() {
    let desk = Desk::new();
    for name in ["a.onnx", "b.onnx", "c.onnx"] {
        desk.write(name, fs::read(zoo("skl_lr_strlabel.onnx")).unwrap());
    }
    for name in ["calibration.csv", "alternative.csv"] {
        fs::copy(desk.path("good.csv"), desk.path(name)).unwrap();
    }
    desk.write("parity.csv", "row,score\n0,0.5\n");
    desk.write(
        "sweep.json",
        r#"{"variants": [{"name": "b", "model": "b.onnx", "parameters": {"x": 1}}]}"#,
    );
    let text = "[dataset]\npath = 'good.csv'\ntarget = 'income'\npositive = '>50K'\n\
                calibration = 'calibration.csv'\nalternative = ['alternative.csv']\n\
                [model]\npath = 'a.onnx'\nexpected = 'parity.csv'\n\
                [[alternative_models]]\nname = 'c'\npath = 'c.onnx'\n\
                [hyperparameters]\npath = 'sweep.json'\n";
    desk.write("experiment.toml", text);
    for name in [
        "good.csv",
        "calibration.csv",
        "alternative.csv",
        "a.onnx",
        "b.onnx",
        "c.onnx",
        "sweep.json",
        "experiment.toml",
        "parity.csv",
    ] {
        let link = desk.path("link");
        let _ = fs::remove_file(&link);
        fs::hard_link(desk.path(name), &link).unwrap();
        let arguments = ["run", "experiment.toml", "--output", "link"];
        desk.run(&arguments)
            .refuses(name, &["link", "the experiment reads this file"]);
    }
}

#[test]
fn what_a_command_reads_besides_the_experiment_is_an_input_too() {
    let desk = Desk::new();
    let model = logistic();
    let flags = flags("good.csv", &model);
    let fairness = [&flags[..], &["--dimensions", "uncertainty"]].concat();
    let run = |more: &[&str]| desk.run(&[&["run"], &fairness[..], more].concat());
    let earlier = run(&["--output", "earlier.json", "--trace", "earlier.jsonl"]);
    assert_eq!(earlier.code, Some(0), "{}", earlier.stderr);
    for (shard, part) in [("1/2", "part-1.lzd"), ("2/2", "part-2.lzd")] {
        let left = run(&["--shard", shard, "--output", part]);
        assert_eq!(left.code, Some(0), "{}", left.stderr);
    }
    desk.write("parity.csv", "row,score\n0,0.5\n");
    let parts = ["part-1.lzd", "part-2.lzd"];
    let merge = [&["merge"], &fairness[..], &parts].concat();
    let held = |run| [&["run"], &fairness[..], &["--baseline", run]].concat();
    let predict = [&["predict"], &flags[..], &["--parity", "parity.csv"]].concat();
    for (command, name, flags) in [
        (&merge, "part-1.lzd", &["--output", "--trace"][..]),
        (&merge, "part-2.lzd", &["--output"]),
        (
            &held("earlier.json"),
            "earlier.json",
            &["--output", "--trace"],
        ),
        (
            &held("earlier.jsonl"),
            "earlier.jsonl",
            &["--output", "--trace"],
        ),
        (&predict, "parity.csv", &["--output"]),
    ] {
        let before = fs::read(desk.path(name)).unwrap();
        let link = desk.path("link.csv");
        let _ = fs::remove_file(&link);
        fs::hard_link(desk.path(name), &link).unwrap();
        for flag in flags {
            for place in [name, "link.csv"] {
                let refused = desk.run(&[&command[..], &[flag, place]].concat());
                refused.refuses(name, &[place, "reads this file"]);
            }
        }
        assert!(fs::read(desk.path(name)).unwrap() == before, "{name}");
    }
    assert_eq!(desk.run(&merge).code, Some(0), "the parts are whole");
}

#[test]
fn neither_a_socket_nor_the_summary_of_a_job_takes_the_place_of_a_file() {
    let desk = Desk::new();
    let model = logistic();
    let arguments = [&["run"], &flags("good.csv", &model)[..]].concat();
    let both = ["--output", "new", "--listen", "./new"];
    desk.run(&[&arguments[..], &both].concat())
        .refuses("a socket", &["--listen", "--output names the same file"]);
    let before = fs::read(desk.path("good.csv")).unwrap();
    let outcome = desk.run_with(&arguments, |command| {
        command.env("GITHUB_STEP_SUMMARY", "good.csv");
    });
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("the run reads this file"),
        "{}",
        outcome.stderr
    );
    assert!(fs::read(desk.path("good.csv")).unwrap() == before);
}

#[test]
fn two_outputs_are_two_files() {
    let desk = Desk::new();
    fs::create_dir(desk.path("folder")).unwrap();
    symlink(desk.path(""), desk.path("folder/here")).unwrap();
    symlink("new", desk.path("dangling")).unwrap();
    let model = logistic();
    let flags = flags("good.csv", &model);
    for (output, trace) in [
        ("new", "./new"),
        ("new", "folder/../new"),
        ("new", "folder/here/new"),
        ("new", "dangling"),
        ("folder/here/dangling", "dangling"),
    ] {
        let outputs = ["--output", output, "--trace", trace];
        let refused = desk.run(&[&["run"], &flags[..], &outputs].concat());
        refused.refuses(trace, &["--trace", "--output names the same file"]);
        assert!(!desk.path("new").exists());
    }
}

#[test]
fn a_link_stays_one_and_a_mode_stays_as_it_is() {
    let desk = Desk::new();
    fs::create_dir(desk.path("folder")).unwrap();
    symlink("folder/new.json", desk.path("dangling.json")).unwrap();
    desk.write("old.json", "old");
    fs::set_permissions(desk.path("old.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old.json", desk.path("link.json")).unwrap();
    let before = names(&desk.path(""));
    let model = logistic();
    let run = |output: &str| {
        let outputs = ["--format", "json", "--output", output];
        let arguments = [&["run"], &flags("good.csv", &model)[..], &outputs].concat();
        let outcome = desk.run(&arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    };
    run("dangling.json");
    assert!(desk.path("dangling.json").is_symlink());
    assert!(is_report(&desk.path("folder/new.json")));
    run("link.json");
    assert!(desk.path("link.json").is_symlink());
    assert!(is_report(&desk.path("old.json")));
    assert_eq!(
        fs::metadata(desk.path("old.json")).unwrap().mode() & 0o777,
        0o640
    );
    // Somebody else who has the old file has it still.
    fs::hard_link(desk.path("old.json"), desk.path("folder/kept")).unwrap();
    desk.write("old.json", "older");
    run("old.json");
    assert_eq!(fs::read(desk.path("folder/kept")).unwrap(), b"older");
    let mut expected = before;
    expected.push("data".to_owned());
    expected.sort();
    assert_eq!(names(&desk.path("")), expected);
}

/// Runs the program where no file may grow beyond so many blocks.
fn limited(desk: &Desk, blocks: u32, arguments: &[&str]) -> Output {
    let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_lazydebugger")]);
    desk.prepare(command.args(arguments));
    command.output().unwrap()
}

#[test]
fn where_a_file_may_not_grow_the_old_one_stands() {
    let desk = Desk::new();
    let model = logistic();
    let flags = flags("good.csv", &model);
    fs::create_dir(desk.path("out")).unwrap();
    for (command, output) in [
        (
            &["run", "--format", "json"][..],
            ["--output", "out/old.json"],
        ),
        (&["run"], ["--trace", "out/old.jsonl"]),
        (&["predict"], ["--output", "out/old.csv"]),
        (&["predict"], ["--output", "out/old.parquet"]),
    ] {
        let place = desk.write(output[1], "what was there");
        let arguments = [command, &flags[..], &output].concat();
        let outcome = limited(&desk, 1, &arguments);
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        assert_eq!(outcome.status.code(), Some(2), "{output:?}: {said}");
        assert!(said.contains(output[1]), "{said}");
        assert_eq!(fs::read(&place).unwrap(), b"what was there", "{output:?}");
        fs::remove_file(place).unwrap();
        // Where there was nothing, nothing that looks like a result is left.
        if output[0] == "--output" {
            limited(&desk, 1, &arguments);
            assert_eq!(names(&desk.path("out")), Vec::<String>::new(), "{output:?}");
        }
    }
}

#[test]
fn generated_data_is_whole_or_not_there() {
    let desk = Desk::new();
    let arguments = ["generate", "--output", "set", "--rows", "200"];
    let outcome = limited(&desk, 4, &arguments);
    assert_eq!(outcome.status.code(), Some(2));
    for name in names(&desk.path("set")) {
        assert!(
            !name.contains("part") && name != "experiment.toml",
            "{name}"
        );
    }
    assert_eq!(
        desk.run(&[&arguments[..], &["--force"]].concat()).code,
        Some(0)
    );
    assert_eq!(desk.run(&["check", "set/experiment.toml"]).code, Some(0));
}

#[test]
fn help_that_cannot_be_written_is_an_error() {
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let program = env!("CARGO_BIN_EXE_lazydebugger");
        let mut command = Command::new(program);
        let outcome = command.args(arguments).stdout(full).output().unwrap();
        assert_eq!(outcome.status.code(), Some(2), "{arguments:?}");
        let outcome = Command::new(program).args(arguments).output().unwrap();
        assert_eq!(outcome.status.code(), Some(0), "{arguments:?}");
        assert!(!outcome.stdout.is_empty() && outcome.stderr.is_empty());
    }
}

#[test]
fn a_run_without_the_trace_that_was_asked_for_has_failed() {
    let desk = Desk::new();
    let model = logistic();
    let arguments = [
        &["run"],
        &flags("good.csv", &model)[..],
        &["--trace", "/dev/full"],
    ]
    .concat();
    let outcome = desk.run(&arguments);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("/dev/full"), "{}", outcome.stderr);
    let trace = text(&desk.path("t.jsonl"));
    let arguments = [
        &["run"],
        &flags("good.csv", &model)[..],
        &["--trace", &trace],
    ]
    .concat();
    assert_eq!(desk.run(&arguments).code, Some(0));
    let first = fs::read(&trace).unwrap();
    assert_eq!(desk.run(&arguments).code, Some(0));
    assert!(
        fs::read(&trace).unwrap() != first,
        "the old one is replaced"
    );
}

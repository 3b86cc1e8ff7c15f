//! Settings are declared once: what files, flags, help and documentation say of them agrees.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::{Args, Command};
use lazydebugger::experiment::{Experiment, Overrides};
use lazydebugger::settings::{self, markdown_table};
use lazydebugger::vocabulary::{Problem, Problems};

use crate::experiment::{WHOLE, folder};

#[test]
fn every_setting_with_a_flag_is_a_flag_with_its_words() {
    let command = Overrides::augment_args(Command::new("settings"));
    let flags: Vec<&str> = command
        .get_arguments()
        .filter_map(|arg| arg.get_long())
        .collect();
    let declared: Vec<&str> = settings::all()
        .filter_map(|setting| Some(setting.flag?.name))
        .collect();
    assert_eq!(flags, declared);
    let budget = settings::find("engine.memory_budget").unwrap();
    assert_eq!(budget.flag.unwrap().to_string(), "--memory-budget");
    let argument = command.get_arguments().find(|a| a.get_id() == "seed");
    let help = argument.unwrap().get_help().unwrap().to_string();
    assert_eq!(help, "Seed of everything random [default: 42]");
    assert!(settings::find("engine.colour").is_none());
}

#[test]
fn every_setting_is_a_key_of_a_file() {
    for setting in settings::all() {
        let wrong = format!("{} = [[]]\n", setting.name());
        let (_folder, path) = folder(&wrong);
        let error = Experiment::from_file(&path).unwrap_err();
        let shown = error.to_string();
        assert!(
            !shown.contains("unknown key"),
            "{}: {shown}",
            setting.name()
        );
        assert!(shown.contains(&setting.name()), "{shown}");
    }
}

#[test]
fn the_table_for_documentation_has_a_line_a_setting() {
    let table = markdown_table();
    let lines: Vec<&str> = table.lines().skip(2).collect();
    assert_eq!(lines.len(), settings::all().count());
    let budget = "| `engine.memory_budget` | `--memory-budget SIZE` | a size such as \"256MB\", \
                  \"1.5GiB\" or a number of bytes | no limit | Most bytes that resources may take \
                  together, by estimate, such as 2GB |";
    assert!(lines.contains(&budget), "{table}");
}

#[test]
fn problems_with_settings_have_parts() {
    let (_folder, path) = folder(&WHOLE.replace("seed", "sed"));
    let Problems(problems) = Experiment::from_file(&path).unwrap_err().into();
    let line = 1 + WHOLE.lines().position(|line| line == "seed = 7").unwrap();
    let expected = Problem::new(format!("line {line}: unknown key"))
        .under("engine.sed")
        .in_file(&path)
        .remedy("did you mean `seed`?");
    assert_eq!(problems, [expected]);

    let (_folder, path) = folder(&WHOLE.replace("threads = 3", "threads = \"many\""));
    let Problems(problems) = Experiment::from_file(&path).unwrap_err().into();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].setting.as_deref(), Some("engine.threads"));

    let Problems(problems) = Experiment::from_overrides(&Overrides::default())
        .unwrap_err()
        .into();
    assert_eq!(
        problems[0].to_string(),
        "--data: is missing: give the file with the rows, or an experiment.toml"
    );
}

/// What would help is named in words that nobody checks while the program is compiled.
#[test]
fn settings_that_problems_name_exist() {
    let mut named = BTreeSet::new();
    settings_in(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut named,
    );
    assert!(named.contains("engine.threads"), "{named:?}");
    for name in named {
        assert!(settings::find(&name).is_some(), "{name}");
    }
}

fn settings_in(folder: &Path, named: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            settings_in(&path, named);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let calls = source.split(".setting(\"").skip(1);
        named.extend(calls.map(|call| call.split('"').next().unwrap().to_owned()));
    }
}

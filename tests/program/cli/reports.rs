//! A run that is reported in several forms, to several places.

use std::fs;
use std::path::Path;

use super::desk::{Desk, flags, logistic, text};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ci.md");

fn read(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path(name)).unwrap()
}

/// What the run took is told when it is written.
fn until_times(text: &str) -> &str {
    text.split("- **Timings**").next().unwrap()
}

#[test]
fn every_file_has_the_form_of_its_ending() {
    let desk = Desk::new();
    let model = logistic();
    let files = ["r.txt", "r.json", "r.xml", "r.md", "r.html", "r.HTM"];
    let outputs = files.iter().flat_map(|file| ["--output", file]);
    let arguments: Vec<&str> = ["run", "--output", "-", "--format", "summary"]
        .into_iter()
        .chain(outputs)
        .chain(flags("good.csv", &model))
        .collect();
    let outcome = desk.run(&arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let begins = |name: &str, with: &str| {
        let text = read(&desk, name);
        assert!(text.starts_with(with), "{name}: {text}");
    };
    begins("r.json", "{");
    begins("r.xml", "<?xml");
    begins("r.html", "<!DOCTYPE html>");
    begins("r.HTM", "<!DOCTYPE html>");
    begins("r.md", until_times(&outcome.stdout));
    assert!(outcome.stdout.starts_with("## "), "{}", outcome.stdout);
    assert!(read(&desk, "r.txt").contains("Timings"));
}

#[test]
fn a_form_that_is_asked_for_goes_before_the_ending_of_the_only_file() {
    let desk = Desk::new();
    let model = logistic();
    let asked = ["run", "--format", "json", "--output", "report.txt"];
    let outcome = desk.run(&[&asked, &flags("good.csv", &model)[..]].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""));
    assert!(read(&desk, "report.txt").starts_with('{'));
}

#[test]
fn a_file_that_cannot_be_written_hinders_no_other() {
    let desk = Desk::new();
    let model = logistic();
    let asked = [
        "run",
        "--output",
        "a.md",
        "--output",
        "/dev/full",
        "--output",
        "b.json",
    ];
    let outcome = desk.run(&[&asked, &flags("good.csv", &model)[..]].concat());
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("/dev/full"), "{}", outcome.stderr);
    let refused_before = !desk.path("a.md").exists() && !desk.path("b.json").exists();
    let others_written = desk.path("a.md").exists() && desk.path("b.json").exists();
    assert!(refused_before || others_written);
}

#[test]
fn two_outputs_are_never_one_file() {
    let desk = Desk::new();
    let model = logistic();
    let asked = ["run", "--output", "a.md", "--output", "./a.md"];
    let outcome = desk.run(&[&asked, &flags("good.csv", &model)[..]].concat());
    outcome.refuses("twice", &["a.md", "names the same file"]);
}

#[test]
fn a_job_gets_its_summary_added_and_a_place_that_is_none_is_said() {
    let desk = Desk::new();
    let model = logistic();
    desk.write("summary.md", "before\n");
    let arguments = [&["run", "--output", "r.md"], &flags("good.csv", &model)[..]].concat();
    let run = |place: &str| {
        let place = desk.path(place);
        desk.run_with(&arguments, |command| {
            command.env("GITHUB_STEP_SUMMARY", place);
        })
    };
    let outcome = run("summary.md");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let (summary, whole) = (read(&desk, "summary.md"), read(&desk, "r.md"));
    let added = summary.strip_prefix("before\n").unwrap();
    // What the run took is told when it is written.
    let until = |text: &str| text.split("- **Timings**").next().unwrap().to_owned();
    assert!(
        added.starts_with("## ") && whole.starts_with(&until(added)),
        "{summary}"
    );
    let outcome = run("data");
    assert_eq!(outcome.code, Some(0));
    assert!(
        outcome.stderr.contains("GITHUB_STEP_SUMMARY"),
        "{}",
        outcome.stderr
    );
}

/// The examples are short, and that for GitHub may write the comment that it writes.
#[test]
fn the_examples_are_short_and_have_what_they_need() {
    let docs = fs::read_to_string(DOCS).unwrap();
    let examples: Vec<&str> = ["## GitHub", "## GitLab", "## Jenkins"]
        .iter()
        .map(|head| {
            let (_, after) = docs.split_once(head).unwrap();
            let (_, example) = after.split_once("```").unwrap();
            example.split_once("```").unwrap().0
        })
        .collect();
    for example in &examples {
        // Its first line names the language.
        assert!(example.lines().count() - 1 < 15, "{example}");
        assert!(example.contains("junit.xml"), "{example}");
    }
    let github = examples[0];
    assert!(
        github.contains("gh pr comment") && github.contains("GH_TOKEN:"),
        "{github}"
    );
    assert!(github.contains("pull-requests: write"), "{github}");
}

/// What stands in the examples for CI servers runs as it stands there.
#[test]
fn the_commands_of_the_examples_run() {
    let docs = fs::read_to_string(DOCS).unwrap();
    let lines = docs.lines().filter_map(|line| {
        let (_, command) = line.split_once("lazydebugger run my_experiment.toml")?;
        Some(command.trim_end_matches('\''))
    });
    let mut seen = 0;
    for line in lines {
        let desk = Desk::new();
        let good = desk.path("good.csv");
        let model = logistic();
        let experiment = text(&desk.experiment(&good, Path::new(&model), ""));
        let given: Vec<&str> = line.split_whitespace().collect();
        let mut flags = given.iter();
        if flags.any(|flag| *flag == "--baseline") {
            let before = flags.next().expect("a baseline has a name");
            let outcome = desk.run(&["run", &experiment, "--output", before]);
            assert_eq!(outcome.code, Some(0), "{line}: {}", outcome.stderr);
        }
        let arguments = [&["run", &experiment], &given[..]];
        let outcome = desk.run(&arguments.concat());
        assert_eq!(outcome.code, Some(0), "{line}: {}", outcome.stderr);
        for file in line
            .split_whitespace()
            .filter(|word| !word.starts_with('-'))
        {
            assert!(desk.path(file).exists(), "{line}: {file}");
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}

//! `run --shard`, `merge` and `shard plan` as a user meets them.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::desk::{Desk, Outcome};
use crate::kept::{age, desk, found};

const EXPERIMENT: &str = "work/experiment.toml";

fn shard_of(desk: &Desk, shard: &str, part: &str, more: &[&str]) -> Outcome {
    let arguments = ["run", "--shard", shard, "--output", part, EXPERIMENT];
    desk.run(&[&arguments[..], more].concat())
}

fn leave(desk: &Desk, shard: &str, part: &str, more: &[&str]) {
    let outcome = shard_of(desk, shard, part, more);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.contains(&format!("{part}: shard {shard}, ")));
}

/// The parts of a run in three shards.
fn three_parts(desk: &Desk, more: &[&str]) {
    for number in 1..=3 {
        leave(
            desk,
            &format!("{number}/3"),
            &format!("part-{number}.lzd"),
            more,
        );
    }
}

fn merge(desk: &Desk, arguments: &[&str]) -> Outcome {
    desk.run(&[&["merge", "--format", "json"], arguments].concat())
}

const ALL: [&str; 3] = ["part-1.lzd", "part-2.lzd", "part-3.lzd"];

#[test]
fn what_is_merged_is_what_one_run_finds() {
    let desk = desk();
    let settings = ["--preset", "quick", "--seed", "7"];
    three_parts(&desk, &settings);
    // Preset and seed are those of the parts, as is the experiment.
    let merged = merge(&desk, &ALL).report(0);
    let whole = desk.report(0, &[&[EXPERIMENT][..], &settings].concat());
    assert_eq!(found(&merged), found(&whole));
    assert_eq!(merged["gates"], whole["gates"]);
    assert_eq!(
        (&merged["seed"], &merged["preset"]),
        (&whole["seed"], &whole["preset"])
    );
    let parts = &merged["cache"]["tiers"]["parts"];
    assert!(parts["reads"].as_u64() > Some(10), "{parts}");
    assert_eq!(parts["misses"], 0);
    let is_loaded = |resource: &&Value| resource["kind"] == "model" && resource["loads"] != 0;
    let resources = merged["resources"].as_array().unwrap();
    assert_eq!(resources.iter().find(is_loaded), None, "no model is opened");
}

#[test]
fn some_dimensions_of_the_parts_can_be_merged_and_no_others() {
    let desk = desk();
    let two = ["--preset", "quick", "--dimensions", "fairness,uncertainty"];
    three_parts(&desk, &two);
    let one = [&["--dimensions", "fairness"], &ALL[..]].concat();
    let merged = merge(&desk, &one).report(0);
    assert_eq!(merged["dimensions"]["fairness"]["status"], "ok");
    let other = [&["--dimensions", "robustness"], &ALL[..]].concat();
    let words = ["the parts are of fairness, uncertainty, and not of robustness"];
    merge(&desk, &other).refuses("another dimension", &words);
}

#[test]
fn what_does_not_come_to_a_whole_run_is_refused_in_words() {
    let desk = desk();
    let fairness = ["--preset", "quick", "--dimensions", "fairness"];
    three_parts(&desk, &fairness);
    let [one, two, three] = ALL;
    merge(&desk, &[one, three]).refuses(
        "a gap",
        &[
            "the part of shard 2/3 is missing",
            "lazydebugger run --shard 2/3 --output part-2.lzd",
        ],
    );
    merge(&desk, &[three]).refuses("two gaps", &["the parts of shards 1/3, 2/3 are missing"]);
    leave(&desk, "2/4", "four.lzd", &fairness);
    merge(&desk, &[one, "four.lzd", three]).refuses(
        "shards of another run",
        &["four.lzd: it is shard 2/4, and part-1.lzd is shard 1/3"],
    );
    leave(
        &desk,
        "2/3",
        "seed.lzd",
        &[&fairness[..], &["--seed", "7"]].concat(),
    );
    merge(&desk, &[one, "seed.lzd", three]).refuses(
        "another seed",
        &["seed.lzd: it is a part of another experiment: seed is 7 here and 42 in part-1.lzd"],
    );
    let whole = std::fs::read(desk.path(two)).unwrap();
    desk.write("cut.lzd", &whole[..whole.len() / 2]);
    merge(&desk, &[one, "cut.lzd", three]).refuses("cut", &["cut.lzd", "damaged", "cut short"]);
    merge(&desk, &[one, "good.csv"]).refuses("no part", &["good.csv: this is no part of a run"]);
    merge(&desk, &["nowhere.lzd"]).refuses("no file", &["nowhere.lzd"]);
    // The data are others now.
    let table = std::fs::read_to_string(desk.path("work/data.csv")).unwrap();
    desk.write("work/data.csv", table.replacen('1', "2", 40));
    age(&desk.path("work/data.csv"), 2);
    merge(&desk, &ALL).refuses(
        "other data",
        &[
            "part-1.lzd: the parts are of another experiment: file:data.csv is",
            "merge with the files",
        ],
    );
    std::fs::remove_file(desk.path(EXPERIMENT)).unwrap();
    merge(&desk, &ALL).refuses("no experiment", &["experiment.toml", "--experiment"]);
}

#[test]
fn a_shard_is_one_of_so_many_and_leaves_one_file() {
    let desk = desk();
    for (shard, words) in [
        ("4/3", "shards are counted from 1"),
        ("0/3", "shards are counted from 1"),
        ("1/99999", "4096 at most"),
        ("third", "such as 3/16"),
    ] {
        shard_of(&desk, shard, "part.lzd", &[]).refuses(shard, &[words]);
    }
    let without = desk.run(&["run", "--shard", "1/3", EXPERIMENT]);
    without.refuses("no file", &["a shard leaves a part", "--output part-1.lzd"]);
    let formed = shard_of(&desk, "1/3", "part.lzd", &["--format", "json"]);
    formed.refuses(
        "a form",
        &["'--shard <I/N>' cannot be used with '--format <FORMAT>'"],
    );
    assert!(!desk.path("part.lzd").exists());
}

#[test]
fn a_killed_shard_leaves_nothing_and_reruns_alone() {
    let desk = desk();
    let quick = ["--preset", "quick"];
    leave(&desk, "1/2", "part-1.lzd", &quick);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
    command.args([
        "run",
        "--shard",
        "2/2",
        "--output",
        "part-2.lzd",
        "--trace",
        "-",
        EXPERIMENT,
    ]);
    desk.prepare(&mut command);
    let mut child = command.args(quick).stdout(Stdio::piped()).spawn().unwrap();
    // It is amid its work once it says anything.
    let mut first = [0];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!desk.path("part-2.lzd").exists());
    leave(&desk, "2/2", "part-2.lzd", &quick);
    let merged = merge(&desk, &["part-2.lzd", "part-1.lzd"]).report(0);
    let whole = desk.report(0, &[&[EXPERIMENT][..], &quick].concat());
    assert_eq!(found(&merged), found(&whole));
}

/// Stands in for Slurm: runs what is submitted, at once.
const SBATCH: &str = r#"#!/bin/sh
set -eu
range=; for word in "$@"; do case "$word" in --array=1-*) range=${word#--array=1-};; esac; script=$word; done
if [ -z "$range" ]; then SLURM_JOB_ID=2 sh "$script" >&2; exit; fi
i=1; while [ "$i" -le "$range" ]; do SLURM_JOB_ID=1 SLURM_ARRAY_TASK_ID=$i sh "$script" >&2; i=$((i + 1)); done
echo 1
"#;

#[test]
fn a_script_for_slurm_runs_the_shards_and_merges() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    let manifest = [
        "shard", "manifest", "--for", "slurm", "--shards", "3", EXPERIMENT, "--",
    ];
    let flags = ["--dimensions", "fairness", "--preset", "quick"];
    let script = desk.run(&[&manifest[..], &flags].concat());
    assert_eq!(script.code, Some(0), "{}", script.stderr);
    desk.write("run.sh", &script.stdout);
    std::fs::create_dir(desk.path("bin")).unwrap();
    let stub = desk.write("bin/sbatch", SBATCH);
    std::fs::set_permissions(stub, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = env!("CARGO_BIN_EXE_lazydebugger");
    std::os::unix::fs::symlink(program, desk.path("bin/lazydebugger")).unwrap();
    let mut command = Command::new("sh");
    command.arg("run.sh");
    desk.prepare(&mut command);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", desk.path("bin").display()));
    command.env("REPORT", "report.json");
    let done = Outcome::of(&command.output().unwrap());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let report = std::fs::read_to_string(desk.path("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["dimensions"]["fairness"]["status"], "ok");
}

#[test]
fn manifests_say_the_same_of_every_runner() {
    let desk = desk();
    let of = |runner: &str, shards: &str| {
        let first = ["shard", "manifest", "--for", runner, "--shards", shards];
        desk.run(&[&first[..], &["it's mine.toml", "--", "--preset", "full"]].concat())
    };
    let wanted: [(&str, &[&str]); 3] = [
        (
            "slurm",
            &[
                "#SBATCH --cpus-per-task",
                r"EXPERIMENT='it'\''s mine.toml'",
                "afterok:$array",
                "SHARDS=12",
            ],
        ),
        (
            "kubernetes",
            &[
                "completionMode: Indexed",
                "completions: 12",
                "JOB_COMPLETION_INDEX + 1",
                r#"value: "it's mine.toml""#,
                "name: lazydebugger-merge",
            ],
        ),
        (
            "github",
            &[
                "shard: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]",
                "needs: shard",
                "part-${{ matrix.shard }}.lzd",
                r#"EXPERIMENT: "it's mine.toml""#,
            ],
        ),
    ];
    for (runner, all) in wanted {
        let written = of(runner, "12");
        assert_eq!(written.code, Some(0), "{}", written.stderr);
        for words in all.iter().chain(&[
            "--preset full",
            "lazydebugger run --shard",
            "lazydebugger merge",
        ]) {
            assert!(
                written.stdout.contains(words),
                "{runner}: no {words} in {}",
                written.stdout
            );
        }
        assert!(!written.stdout.contains('\t'), "YAML takes no tabs");
    }
    of("github", "257").refuses("too many jobs", &["at most 256 jobs", "fewer shards"]);
}

#[test]
fn a_plan_says_which_rows_each_shard_scores() {
    let desk = desk();
    let planned = desk.run(&[
        "shard", "plan", "--shards", "2", "--preset", "quick", EXPERIMENT,
    ]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    for words in ["predictions", "1/2", "2/2", "part at most"] {
        assert!(planned.stdout.contains(words), "{}", planned.stdout);
    }
}

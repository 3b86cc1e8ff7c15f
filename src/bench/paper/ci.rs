//! Section 5.7: a build that validates its model, as a build does: the program from its start to its
//! exit code.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::campaign::Course;
use super::claims::{CI_EAGER, CI_LAZY, CI_SAVED, CI_TESTS, Claimed};
use super::page::{Row, Table, percent};
use super::verdict::{Estimate, judge, saved_or_moved};
use crate::child::Scratch;
use crate::vocabulary::{Problem, Strategy};

/// What a build took.
#[derive(Clone, Debug)]
struct Build {
    seconds: f64,
    setup_seconds: Option<f64>,
    first_seconds: Option<f64>,
    peak_rss_bytes: f64,
    found: Vec<(String, Value)>,
}

/// Eager, lazy, and lazy with what the last build has left.
pub(super) struct Builds([Vec<Build>; 3]);

const KINDS: [(&str, Strategy); 3] = [
    ("eager, cold", Strategy::Eager),
    ("lazy, cold", Strategy::LazyAll),
    (
        "lazy, with the disk cache of the last build",
        Strategy::LazyAll,
    ),
];
/// The kind that has a disk cache.
const KEPT: usize = 2;

/// Runs builds in turns; `guess` is what one is thought to take.
pub(super) fn measure(
    experiment: &Path,
    rounds: usize,
    guess: f64,
    course: &mut Course<'_>,
) -> Result<Builds, Problem> {
    let scratch = Scratch::new().map_err(|e| Problem::new(e.to_string()))?;
    course.step("a build, to leave its cache", guess);
    run(experiment, KEPT, scratch.path())?;
    let mut builds = Builds(Default::default());
    for round in 0..rounds {
        for turn in 0..KINDS.len() {
            let which = (round + turn) % KINDS.len();
            let what = format!(
                "a build, {}, round {} of {rounds}",
                KINDS[which].0,
                round + 1
            );
            course.step(&what, guess);
            let build = run(experiment, which, scratch.path())?;
            let first = builds.0.iter().flatten().next();
            if first.is_some_and(|first| first.found != build.found) {
                let cause = "the results of builds differ, so no time of them is told";
                return Err(Problem::new(cause)
                    .in_file(experiment)
                    .remedy("report this"));
            }
            builds.0[which].push(build);
        }
    }
    Ok(builds)
}

fn run(experiment: &Path, which: usize, scratch: &Path) -> Result<Build, Problem> {
    let told = |cause: &str| Problem::new(format!("a build cannot be measured: {cause}"));
    let program = std::env::current_exe().map_err(|error| told(&error.to_string()))?;
    let tests: Vec<&str> = CI_TESTS.iter().map(|d| d.name()).collect();
    let cache = if which == KEPT {
        scratch.join("cache")
    } else {
        Path::new("").to_owned()
    };
    let before = Instant::now();
    let output = Command::new(program)
        .arg("run")
        .arg(experiment)
        .args(["--dimensions", &tests.join(","), "--format", "json"])
        .args(["--strategy", KINDS[which].1.name()])
        .env("LAZYDEBUGGER_CACHE_DIR", cache)
        .env("LAZYDEBUGGER_DATA_DIR", scratch.join("data"))
        .env_remove("GITHUB_STEP_SUMMARY")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| told(&error.to_string()))?;
    let seconds = before.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(told(String::from_utf8_lossy(&output.stderr).trim()));
    }
    let report: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| told(&error.to_string()))?;
    let found = CI_TESTS.iter().map(|dimension| {
        let found = &report["dimensions"][dimension.name()];
        let found = Value::Array(vec![found["metrics"].clone(), found["tables"].clone()]);
        (dimension.name().to_owned(), found)
    });
    let timing = |name: &str| report["timings"][name].as_f64();
    Ok(Build {
        seconds,
        setup_seconds: timing("setup_seconds"),
        first_seconds: timing("first_result_seconds"),
        peak_rss_bytes: report["memory"]["peak_rss_bytes"].as_f64().unwrap_or(0.0),
        found: found.collect(),
    })
}

/// The table; its second row is judged.
pub(super) fn table(label: &str, builds: &Builds) -> Table {
    let tests: Vec<&str> = CI_TESTS.iter().map(|d| d.name()).collect();
    let eager = &builds.0[0];
    let rows = KINDS.iter().zip(&builds.0).enumerate();
    let rows = rows.map(|(which, ((name, _), kind))| row(which, name, kind, eager));
    Table {
        id: "5.7",
        title: format!("a build that validates its model, {label}"),
        about: format!(
            "`lazydebugger run --dimensions {}` from the start of the process to its end, by the clock of \
             who starts it. Judged by the share of the whole that is saved. The third row is the only warm \
             one.",
            tests.join(",")
        ),
        columns: vec!["set-up", "first result", "total", "total saved", "peak"],
        rows: rows.collect(),
        contradictions: vec![
            "90 s + 4 min are 5.5 min, not 6.5; 40 s + 3.5 min are 4.2 min: that is -24%, not -34%",
            "the tests themselves shrink from 4 to 3.5 min, which laziness does not explain; elsewhere \
             it is \"10 min to 4\" and \"2x\"",
        ],
    }
}

fn row(which: usize, name: &str, kind: &[Build], eager: &[Build]) -> Row {
    let whole = |(setup, tests): (f64, f64)| setup + tests;
    let share = 1.0 - whole(CI_LAZY) / whole(CI_EAGER);
    let paper = match which {
        0 => format!("{:.0} s", whole(CI_EAGER)),
        1 => format!(
            "{:.0} s, -{} (says -{})",
            whole(CI_LAZY),
            percent(share),
            percent(CI_SAVED)
        ),
        _ => "-".to_owned(),
    };
    let of = |part: fn(&Build) -> f64| Estimate::of(kind.iter().map(part));
    let mut row = Row::new(name, paper);
    let some = |part: fn(&Build) -> Option<f64>| Estimate::of(kind.iter().filter_map(part));
    row.seconds("setup_seconds", some(|build| build.setup_seconds));
    row.seconds("first_result_seconds", some(|build| build.first_seconds));
    row.seconds("total_seconds", of(|build| build.seconds));
    let saved = total_saved(kind, eager);
    if which == 0 {
        row.cells.push("-".to_owned());
    } else {
        row.share("total_saved", saved);
    }
    row.bytes("peak_rss_bytes", of(|build| build.peak_rss_bytes));
    match which {
        0 => "what the others are set beside".clone_into(&mut row.why),
        1 => {
            let less = |part: fn(&Build) -> Option<f64>| {
                let pairs = eager.iter().zip(kind);
                Estimate::of(pairs.filter_map(|(a, b)| Some(part(a)? - part(b)?)))
            };
            let setup = less(|build| build.setup_seconds);
            let total = less(|build| Some(build.seconds));
            let where_to = setup.zip(total).map(|(a, b)| saved_or_moved(a, b));
            let verdict = saved.map(|saved| judge(Claimed::share(share), saved));
            return row.judged(verdict, where_to.unwrap_or(""));
        }
        _ => "nothing has changed since: its results are read, not made".clone_into(&mut row.why),
    }
    row
}

fn total_saved(kind: &[Build], eager: &[Build]) -> Option<Estimate> {
    let pairs = kind.iter().zip(eager);
    Estimate::of(pairs.map(|(build, eager)| 1.0 - build.seconds / eager.seconds))
}

impl Builds {
    /// What a cold lazy build takes.
    pub(super) fn lazy_seconds(&self) -> Option<Estimate> {
        Estimate::of(self.0[1].iter().map(|build| build.seconds))
    }
}

//! Runs on a real Ray: `LAZYDEBUGGER_TEST_RAY` is the address of its job server, such as
//! `http://127.0.0.1:8265`, of two workers on this machine with one processor each, and
//! `LAZYDEBUGGER_TEST_RAY_TOKEN` its token.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::{command_line, kill, parent, process};
use crate::cli::desk::{Desk, Outcome};
use crate::kept::{desk, found};
use crate::shared::large_desk;
use crate::shared::servers::{is_missing, within};

const EXPERIMENT: &str = "work/experiment.toml";
/// How long Ray may take to begin with a shard: a worker's process takes its time.
const START: Duration = Duration::from_mins(2);

/// Its two workers are for one test at a time.
static RAY: Mutex<()> = Mutex::new(());

struct Ray {
    url: String,
    token: Option<String>,
    _alone: MutexGuard<'static, ()>,
}

impl Ray {
    fn named() -> Option<Self> {
        let Ok(url) = std::env::var("LAZYDEBUGGER_TEST_RAY") else {
            return is_missing("LAZYDEBUGGER_TEST_RAY names no Ray");
        };
        Some(Self {
            url,
            token: std::env::var("LAZYDEBUGGER_TEST_RAY_TOKEN").ok(),
            _alone: RAY.lock().unwrap_or_else(PoisonError::into_inner),
        })
    }

    fn on(&self) -> String {
        format!("ray:{}", self.url)
    }

    fn let_in(&self, command: &mut Command) {
        // Whatever stands in the home of whoever runs the tests.
        command
            .env_remove("RAY_AUTH_TOKEN_PATH")
            .env_remove("RAY_AUTH_MODE");
        match &self.token {
            Some(token) => command.env("RAY_AUTH_TOKEN", token),
            None => command.env_remove("RAY_AUTH_TOKEN"),
        };
    }

    fn run(&self, desk: &Desk, more: &[&str]) -> Outcome {
        let on = self.on();
        let arguments = ["run", "--format", "json", "--on", &on, EXPERIMENT];
        desk.run_with(&[&arguments[..], more].concat(), |command| {
            self.let_in(command);
        })
    }

    /// Begins a run whose events are told a line each.
    fn begin(&self, desk: &Desk, more: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        let on = self.on();
        command.args([
            "run", "--format", "json", "--plain", "--on", &on, EXPERIMENT,
        ]);
        command.args(more);
        desk.prepare(&mut command);
        self.let_in(&mut command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// How the job is that a run has told of.
    fn status(&self, job: &str) -> String {
        let mut request = ureq::get(format!("{}/api/jobs/{job}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let text = request.call().unwrap().body_mut().read_to_string().unwrap();
        let told: Value = serde_json::from_str(&text).unwrap();
        told["status"].as_str().unwrap().to_owned()
    }
}

fn events(desk: &Desk, trace: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(desk.path(trace)).unwrap();
    let events = text.lines().skip(1);
    events
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn of_kind<'e>(events: &'e [Value], kind: &str) -> Vec<&'e Value> {
    events
        .iter()
        .filter(|event| event["kind"] == kind)
        .collect()
}

/// The process that runs a shard of the run with this seed.
fn program(seed: &str, is_other: impl Fn(u32) -> bool) -> u32 {
    let flag = format!("--seed={seed}");
    within(START, "a worker runs the program", || {
        process(|line| line.contains(&flag) && line.contains("run --shard"))
            .filter(|number| is_other(*number))
    })
}

#[test]
fn what_ray_runs_is_what_one_machine_finds() {
    let Some(ray) = Ray::named() else {
        return;
    };
    let desk = desk();
    let settings = ["--preset", "quick", "--seed", "7"];
    // A flag without a value is handed on as well.
    let more = ["--no-disk-cache", "--shards", "4", "--trace", "ray.jsonl"];
    let traced = [&settings[..], &more].concat();
    let report = ray.run(&desk, &traced).report(0);
    let whole = desk.report(0, &[&[EXPERIMENT][..], &settings].concat());
    assert_eq!(found(&report), found(&whole));
    let is_loaded = |resource: &&Value| resource["kind"] == "model" && resource["loads"] != 0;
    let resources = report["resources"].as_array().unwrap();
    assert_eq!(
        resources.iter().find(is_loaded),
        None,
        "no model is opened here"
    );

    // Every shard was made by somebody, and every lookup says on which machine it was.
    let events = events(&desk, "ray.jsonl");
    let ended = of_kind(&events, "shard_ended");
    let finished = ended.iter().filter(|event| event["end"] == "finished");
    assert_eq!(finished.count(), 4);
    let told = of_kind(&events, "shard_told");
    let lookups = told
        .iter()
        .filter(|event| event["said"]["kind"] == "requested");
    let machines: Vec<&str> = lookups
        .map(|event| event["worker"]["machine"].as_str().unwrap())
        .collect();
    assert!(machines.len() > 40 && machines.iter().all(|machine| !machine.is_empty()));
    let workers = report["workers"].as_array().unwrap();
    let shards: u64 = workers
        .iter()
        .map(|w| w["finished"].as_u64().unwrap())
        .sum();
    assert_eq!(shards, 4, "{workers:?}");

    // The same log as lanes of another tool's timeline.
    let exported = desk.run(&["export", "--to", "chrome", "ray.jsonl"]);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    let name = format!("\"worker 1 {}\"", machines[0]);
    assert!(exported.stdout.contains(&name), "no {name}");
    assert!(exported.stdout.contains("\"shard 4/4\""));
    // What was merged is not kept twice.
    let left = std::fs::read_dir(desk.path("data/parts")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn workers_that_are_killed_cost_their_shards_and_nothing_else() {
    let Some(ray) = Ray::named() else {
        return;
    };
    let desk = large_desk();
    let seed = "7411";
    // Long enough for a shard to be under way when it is killed.
    let settings = ["--preset", "medium", "--seed", seed];
    let more = ["--shards", "2", "--trace", "ray.jsonl"];
    let running = ray.begin(&desk, &[&settings[..], &more].concat());
    // The first with the process of Ray around it, then the program alone.
    let first = program(seed, |_| true);
    kill(parent(first).unwrap());
    let second = program(seed, |number| {
        number != first && !command_line(number).is_empty()
    });
    kill(second);
    let outcome = Outcome::of(&running.wait_with_output().unwrap());
    let whole = desk.report(0, &[&[EXPERIMENT][..], &settings].concat());
    assert_eq!(found(&outcome.report(0)), found(&whole));
    let events = events(&desk, "ray.jsonl");
    let ended = of_kind(&events, "shard_ended");
    let lost = ended.iter().filter(|event| event["end"] == "lost");
    let lost: Vec<_> = lost.collect();
    assert!(!lost.is_empty(), "{ended:?}");
    assert!(
        lost[0]["reason"].as_str().unwrap().contains("was killed"),
        "{lost:?}"
    );
    // Whose lane ends there, on the screen as well.
    assert!(
        outcome.stderr.contains("lost on worker"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn parts_outlive_the_script_that_is_killed() {
    let Some(ray) = Ray::named() else {
        return;
    };
    let desk = large_desk();
    let seed = "7412";
    let more = ["--preset", "quick", "--seed", seed, "--shards", "6"];
    let mut running = ray.begin(&desk, &more);
    let mut told = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(" finished on worker ") {
        line.clear();
        assert_ne!(
            told.read_line(&mut line).unwrap(),
            0,
            "no shard is finished"
        );
    }
    let of_run = |number: u32| {
        let environment = std::fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&format!("--seed={seed}"))
    };
    // The python that runs it, not the shell that has begun it.
    let is_script = |line: &str| line.ends_with("driver.py ") && line.starts_with("python");
    let script = within(START, "the script runs", || {
        process(|line| is_script(line)).filter(|number| of_run(*number))
    });
    kill(script);
    let mut words = String::new();
    std::io::Read::read_to_string(&mut told, &mut words).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(2), "{words}");
    for said in [
        "ended before its shards did",
        "of 6 parts are there",
        "the same command",
    ] {
        assert!(words.contains(said), "no {said:?} in {words}");
    }
    // The same command goes on where that one ended.
    let again = ray.run(&desk, &more);
    assert!(
        again.stderr.contains("of 6 parts are there already"),
        "{}",
        again.stderr
    );
    let whole = desk.report(0, &[EXPERIMENT, "--preset", "quick", "--seed", seed]);
    assert_eq!(found(&again.report(0)), found(&whole));
}

#[test]
fn an_interrupt_stops_the_job() {
    let Some(ray) = Ray::named() else {
        return;
    };
    let desk = large_desk();
    let mut running = ray.begin(&desk, &["--preset", "quick", "--shards", "6"]);
    let mut told = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    let job = loop {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "no job is told of");
        if let Some((_, rest)) = line.split_once("Ray's job ") {
            break rest.split(':').next().unwrap().to_owned();
        }
    };
    let interrupted = Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let mut words = String::new();
    std::io::Read::read_to_string(&mut told, &mut words).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{words}");
    assert!(
        words.contains(&format!("interrupted; Ray's job {job} is stopped")),
        "{words}"
    );
    within(START, "the job is stopped", || {
        (ray.status(&job) == "STOPPED").then_some(())
    });
}

#[test]
fn nobody_is_let_in_without_the_token() {
    let Some(ray) = Ray::named() else {
        return;
    };
    if ray.token.is_none() {
        let _: Option<()> = is_missing("LAZYDEBUGGER_TEST_RAY_TOKEN is not set");
        return;
    }
    let desk = desk();
    let on = ray.on();
    let with = |token: Option<&str>| {
        desk.run_with(&["run", "--on", &on, EXPERIMENT], |command| {
            ray.let_in(command);
            command.env("HOME", desk.path("nobody"));
            match token {
                Some(token) => command.env("RAY_AUTH_TOKEN", token),
                None => command.env_remove("RAY_AUTH_TOKEN"),
            };
        })
    };
    with(None).refuses(
        "no token",
        &[
            "lets nobody in without a token",
            "RAY_AUTH_TOKEN",
            "ray get-auth-token",
        ],
    );
    with(Some("not-this-one")).refuses("another token", &["does not accept the token that is set"]);
    let lost = desk.run_with(&["run", "--on", &on, EXPERIMENT], |command| {
        ray.let_in(command);
        command.env_remove("RAY_AUTH_TOKEN");
        command.env("RAY_AUTH_TOKEN_PATH", desk.path("nowhere"));
    });
    lost.refuses("no file", &["RAY_AUTH_TOKEN_PATH cannot be read"]);
}

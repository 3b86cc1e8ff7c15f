//! What becomes of a run whose Ray is played: every way in which it may end, in words.

use std::fs;

use serde_json::json;

use super::played_ray::{Part, PlayedRay};
use crate::cli::desk::{Desk, Outcome};
use crate::kept::{desk, found};
use crate::shared::servers::free_port;

const EXPERIMENT: &str = "work/experiment.toml";
const SETTINGS: [&str; 4] = ["--preset", "quick", "--shards", "2"];

fn begun() -> Vec<String> {
    vec![
        "Runtime env is setting up.".to_owned(),
        json!({"say": "begun", "workers": 2, "cpus": 1}).to_string(),
        json!({"say": "shard", "shard": 1, "machine": "one", "worker": 1}).to_string(),
        json!({"say": "shard", "shard": 2, "machine": "other", "worker": 2}).to_string(),
    ]
}

fn run_on(desk: &Desk, on: &str, more: &[&str]) -> Outcome {
    let arguments = ["run", "--format", "json", "--on", on, EXPERIMENT];
    desk.run_with(&[&arguments[..], &SETTINGS, more].concat(), |command| {
        command.env("RAY_AUTH_MODE", "disabled");
    })
}

fn refuses(what: &str, part: Part, words: &[&str]) {
    let ray = PlayedRay::start(part);
    run_on(&desk(), &ray.on(), &[]).refuses(what, words);
}

/// The log of a run whose parts are those of real shards, each as its script would send it.
fn with_parts(desk: &Desk) -> Vec<String> {
    let mut log = begun();
    for shard in ["1/2", "2/2"] {
        let arguments = ["run", "--shard", shard, "--output", "made.lzd", EXPERIMENT];
        let made = desk.run(&[&arguments[..], &["--preset", "quick"]].concat());
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let number: u32 = shard[..1].parse().unwrap();
        let event = json!({
            "seq": 4, "t": 0.25, "kind": "requested", "name": "predictions:x@dataset[1/2]",
            "by": {"owner": "user"}, "lookup": {"outcome": "miss", "reason": "first_touch"},
            "content": "00".repeat(32),
        });
        log.push(json!({"say": "event", "shard": number, "event": event}).to_string());
        for piece in fs::read(desk.path("made.lzd")).unwrap().chunks(3 * 1_000) {
            let line = json!({"say": "piece", "shard": number, "base64": base64(piece)});
            log.push(line.to_string());
        }
        log.push(json!({"say": "done", "shard": number}).to_string());
    }
    log
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).flat_map(|group| {
        let number = (0..3).fold(0, |all, at| {
            all << 8 | u32::from(group.get(at).copied().unwrap_or(0))
        });
        let signs = [18, 12, 6, 0].map(|by| char::from(SIGNS[(number >> by & 63) as usize]));
        let length = group.len() + 1;
        (0..4).map(move |at| if at < length { signs[at] } else { '=' })
    });
    groups.collect()
}

#[test]
fn parts_that_are_sent_are_merged() {
    let desk = desk();
    let mut log = with_parts(&desk);
    log.push(json!({"say": "end"}).to_string());
    let ray = PlayedRay::start(Part {
        log,
        status: "SUCCEEDED",
        wants_packages: true,
        ..Part::default()
    });
    let report = run_on(&desk, &ray.on(), &["--trace", "trace.jsonl"]).report(0);
    let whole = desk.report(0, &[EXPERIMENT, "--preset", "quick"]);
    assert_eq!(found(&report), found(&whole));
    let workers: Vec<_> = report["workers"].as_array().unwrap().iter().collect();
    assert_eq!(workers.len(), 2);
    assert_eq!(workers[0]["machine"], "one");
    assert_eq!(
        (&workers[0]["finished"], &workers[0]["misses"]),
        (&json!(1), &json!(1))
    );

    // The lookup as every face tells it, with its machine.
    let told = desk.run(&["replay", "--plain", "trace.jsonl"]);
    let line = told
        .stdout
        .lines()
        .find(|line| line.contains("[1/2]"))
        .unwrap();
    assert!(
        line.contains("(worker 2 other, shard 2/2)") || line.contains("(worker 1 one, shard 1/2)"),
        "{line}"
    );

    // Ray has the package, and is not given it again.
    run_on(&desk, &ray.on(), &[]).report(0);
    assert_eq!(ray.packages.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[test]
fn what_is_done_is_not_done_again() {
    let desk = desk();
    let mut log = with_parts(&desk);
    let second = log.pop().unwrap();
    log.retain(|line| !line.contains(r#""say":"piece","shard":2"#));
    let cut = Part {
        log: log.clone(),
        status: "FAILED",
        message: "Job entrypoint command failed with exit code 137",
        ..Part::default()
    };
    let ray = PlayedRay::start(cut);
    let killed = run_on(&desk, &ray.on(), &[]);
    killed.refuses(
        "a script that is killed",
        &[
            "job played ended before its shards did",
            "exit code 137",
            "1 of 2 parts are there",
        ],
    );
    let mut log = with_parts(&desk);
    log.retain(|line| !line.contains(r#""shard":1"#));
    log.push(json!({"say": "end"}).to_string());
    assert!(log.contains(&second));
    let ray = PlayedRay::start(Part {
        log,
        status: "SUCCEEDED",
        ..Part::default()
    });
    let again = run_on(&desk, &ray.on(), &[]);
    assert!(
        again.stderr.contains("1 of 2 parts are there already"),
        "{}",
        again.stderr
    );
    again.report(0);
}

#[test]
fn every_end_of_a_job_is_told_in_words() {
    let with = |more: &[serde_json::Value]| {
        let mut log = begun();
        log.extend(more.iter().map(ToString::to_string));
        log
    };
    let ended = |more: &[serde_json::Value]| Part {
        log: with(&[more, &[json!({"say": "end"})]].concat()),
        status: "FAILED",
        ..Part::default()
    };
    let failed = |why: &str, words: &str| {
        ended(&[json!({"say": "failed", "shard": 2, "why": why, "words": words})])
    };
    refuses(
        "the program",
        failed("program", "data.csv: there is no such file"),
        &["shard 2/2 failed: data.csv: there is no such file"],
    );
    refuses(
        "a full store",
        failed("full", "no room for 5 MB"),
        &[
            "Ray's object store has no room",
            "--object-store-memory",
            "--parts",
            "the same command",
        ],
    );
    refuses(
        "memory",
        failed("killed", "killed on other by signal 9"),
        &["shard 2/2 was killed, each time", "more memory"],
    );
    refuses(
        "lost",
        failed("lost", "The node died"),
        &[
            "shard 2/2 was lost with its worker, each time",
            "The node died",
        ],
    );
    refuses(
        "stopped",
        Part {
            log: begun(),
            status: "STOPPED",
            ..Part::default()
        },
        &["job played was stopped by somebody else; 0 of 2 parts are there"],
    );
    let mut log = begun();
    log.push("Traceback: no python with Ray is on the PATH".to_owned());
    refuses(
        "the script",
        Part {
            log,
            status: "FAILED",
            message: "Job entrypoint command failed with exit code 1. Last available logs: x",
            ..Part::default()
        },
        &["exit code 1 / Traceback: no python with Ray is on the PATH"],
    );
    refuses(
        "a part that is not seen",
        ended(&[json!({"say": "done", "shard": 1})]),
        &["one has written the part of shard 1/2 there, and it is not seen here"],
    );
}

#[test]
fn who_is_not_ray_or_lets_nobody_in_is_told() {
    let nobody = format!("ray:http://127.0.0.1:{}", free_port());
    run_on(&desk(), &nobody, &[]).refuses(
        "nobody",
        &[
            "cannot be reached",
            "the connection is refused",
            "ray start --head",
        ],
    );
    let with = |status| Part {
        refusal: Some(status),
        ..Part::default()
    };
    refuses("another server", with(404), &["is not Ray's job server"]);
    refuses(
        "no token",
        with(401),
        &["lets nobody in without a token", "RAY_AUTH_TOKEN"],
    );
    refuses("another token", with(403), &["does not accept the token"]);
    let wrong = run_on(&desk(), "ray:head:8265", &[]);
    wrong.refuses("no address", &["write ray:http://HOST:PORT"]);
}

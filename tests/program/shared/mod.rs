//! A cache that several machines have in common: each machine of these tests is a folder of its own.
#![allow(
    clippy::print_stdout,
    reason = "what was left out, since there is no server for it"
)]

mod flights;
mod runs;
pub(crate) mod servers;
mod sick;
mod sick_runs;
mod tier;

use serde_json::Value;

use crate::cli::desk::{Desk, Outcome};
use crate::kept::{age, desk};

/// A run of a desk's experiment on one of its machines.
fn run_on(desk: &Desk, machine: &str, arguments: &[&str], secrets: &[(&str, &str)]) -> Outcome {
    let all = [
        &["run", "--format", "json", "work/experiment.toml"],
        arguments,
    ]
    .concat();
    desk.run_with(&all, |command| {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env(name, "testing");
        }
        command
            .env_remove("AWS_SESSION_TOKEN")
            .env("LAZYDEBUGGER_CACHE_DIR", desk.path(machine))
            .env(
                "LAZYDEBUGGER_DATA_DIR",
                desk.path(&format!("{machine} data")),
            )
            .envs(secrets.iter().copied());
    })
}

/// The resources whose loads a shard of a desk's experiment began on one of its machines.
fn shard_on(desk: &Desk, machine: &str, shard: &str, arguments: &[&str]) -> String {
    let first = [
        "run", "--shard", shard, "--output", "part.lzd", "--trace", "-",
    ];
    let all = [&first[..], &["work/experiment.toml"], arguments].concat();
    let outcome = desk.run_with(&all, |command| {
        command
            .env("LAZYDEBUGGER_CACHE_DIR", desk.path(machine))
            .env("LAZYDEBUGGER_DATA_DIR", desk.path("data"));
    });
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let lines = outcome.stdout.lines();
    let events = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let started = events.filter(|event| event["kind"] == "load_started");
    let names = started.map(|event| event["name"].as_str().unwrap().to_owned());
    names.collect::<Vec<_>>().join("\n")
}

fn report_on(desk: &Desk, machine: &str, arguments: &[&str]) -> Value {
    run_on(desk, machine, arguments, &[]).report(0)
}

fn shared(report: &Value) -> &Value {
    &report["cache"]["tiers"]["shared"]
}

/// The flags of a Redis server.
fn through(url: &str) -> [&str; 4] {
    ["--shared-cache", url, "--shared-cache-mode", "read-write"]
}

/// A desk with a table so long that scoring it takes longer than any answer of a server.
pub(crate) fn large_desk() -> Desk {
    let desk = desk();
    let table = std::fs::read_to_string(desk.path("work/data.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    desk.write("work/data.csv", format!("{head}\n{}", rows.repeat(500)));
    age(&desk.path("work/data.csv"), 1);
    desk
}

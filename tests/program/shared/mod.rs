//! A cache that several machines have in common: each machine of these tests is a folder of its own.
#![allow(
    clippy::print_stdout,
    reason = "what was left out, since there is no server for it"
)]

mod flights;
mod runs;
mod servers;
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
fn large_desk() -> Desk {
    let desk = desk();
    let table = std::fs::read_to_string(desk.path("work/data.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    desk.write("work/data.csv", format!("{head}\n{}", rows.repeat(500)));
    age(&desk.path("work/data.csv"), 1);
    desk
}

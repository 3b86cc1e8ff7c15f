//! A cache that several machines have in common: each machine of these tests is a folder of its own.

mod flights;
mod runs;
mod servers;
mod sick;
mod sick_runs;
mod tier;

use serde_json::Value;

use crate::cli::desk::{Desk, Outcome};

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

//! `lazydebugger whatif`: another cache policy, another size, by the accesses of a recording.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::kept_session::recording;
use super::output::{self, Failure, Format};
use crate::files;
use crate::log::file;
use crate::settings::{Size, word};
use crate::vocabulary::{CachePolicy, Choice, Problem};
use crate::what_if::{Accesses, Enough, Recorded, Totals, WORTH_SECONDS, read_table, text};

/// Arguments of `whatif`.
#[derive(Args)]
pub(super) struct WhatIfArgs {
    /// The recording that `--trace` made, the number of a session that was kept, or a table of accesses:
    /// a .csv with the columns t,key,bytes,cost_us
    #[arg(value_name = "TRACE|N|FILE.csv")]
    accesses: PathBuf,
    /// The policies to try, separated by commas [default: all]
    #[arg(long, value_parser = word::<CachePolicy>(), value_delimiter = ',', value_name = "A,B")]
    policies: Vec<CachePolicy>,
    /// The capacities to try, such as 10MB,1GiB or numbers of bytes, separated by commas [default: twenty, up to
    /// all entries together]
    #[arg(long, value_delimiter = ',', value_name = "SIZES")]
    capacities: Vec<Size>,
    /// Seconds that 100 MB more must save to be worth it
    #[arg(long, default_value_t = WORTH_SECONDS, value_name = "SECONDS")]
    worth: f64,
    /// With --format json, print an object: the outcomes, and for each policy the smallest capacity of
    /// which more is not worth it, with what it costs
    #[arg(long)]
    tune: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn whatif(args: &WhatIfArgs) -> Result<u8, Failure> {
    let accesses = accesses(&recording(&args.accesses)?)?;
    if accesses.all().is_empty() {
        let problem = Problem::new("there is no access to a prediction in it")
            .in_file(&args.accesses)
            .remedy("record a run: `lazydebugger run --trace FILE`");
        return Err(problem.into());
    }
    let policies = match args.policies.as_slice() {
        [] => CachePolicy::ALL,
        named => named,
    };
    let capacities = match args.capacities.as_slice() {
        [] => accesses.capacities(),
        given => given.iter().map(|size| size.0).collect(),
    };
    let outcomes = accesses.play_all(policies, &capacities);
    let text = match args.format {
        Format::Json if args.tune => {
            let totals = accesses.totals();
            let enough = enough(&accesses, policies, &capacities, args.worth);
            let proposals = enough.iter().map(|enough| proposal(enough, &totals));
            output::json(&json!({
                "totals": totals,
                "worth_seconds": args.worth,
                "outcomes": outcomes,
                "enough": proposals.collect::<Vec<_>>(),
            }))
        }
        Format::Json => output::json(&json!(outcomes)),
        Format::Text => {
            let enough = enough(&accesses, policies, &capacities, args.worth);
            text(&accesses, &outcomes, &enough)
        }
    };
    output::data(&text)?;
    Ok(0)
}

fn enough(
    accesses: &Accesses,
    policies: &[CachePolicy],
    capacities: &[u64],
    worth: f64,
) -> Vec<Enough> {
    let policies = policies.iter();
    let enough = policies.filter_map(|policy| Enough::find(accesses, *policy, capacities, worth));
    enough.collect()
}

/// What is proposed, and what it costs.
fn proposal(enough: &Enough, totals: &Totals) -> Value {
    let outcome = &enough.outcome;
    json!({
        "policy": outcome.policy,
        "capacity": outcome.capacity,
        "saved_seconds": outcome.hit_cost as f64 / 1e6,
        "more_seconds": enough.more_seconds,
        "remade_seconds": enough.remade_us(totals) as f64 / 1e6,
        "first_seconds": totals.first_cost_us as f64 / 1e6,
    })
}

fn accesses(path: &Path) -> Result<Accesses, Failure> {
    let is_table = path
        .extension()
        .is_some_and(|ext| ext.eq_ignore_ascii_case("csv"));
    if !is_table {
        let trace = file::read(path).map_err(Failure::input)?;
        return Ok(Recorded::of(trace.log.subscribe()).accesses());
    }
    let problem = |cause: String| Failure::from(Problem::new(cause).in_file(path));
    let file = files::open(path).map_err(|error| problem(error.to_string()))?;
    read_table(BufReader::new(file)).map_err(|error| problem(error.to_string()))
}

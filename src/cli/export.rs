//! `lazydebugger export`: a recording in the format of another tool.

use std::path::{Path, PathBuf};

use clap::Args;

use super::kept_session::recording;
use super::output::{self, Failure};
use crate::export::{chrome, csv, openmetrics, oracle_general};
use crate::files;
use crate::log::Log;
use crate::log::file;
use crate::vocabulary::Problem;
use crate::what_if::{Recorded, RecordedAccess};

/// Arguments of `export`.
#[derive(Args)]
pub(super) struct ExportArgs {
    /// The recording that `--trace` made, or the number of a session that was kept; - reads standard
    /// input
    #[arg(value_name = "TRACE|N")]
    trace: PathBuf,
    /// The format
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// Where to [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Lanes, arrows and counters over time, which Perfetto and chrome://tracing open
    Chrome,
    /// Sums for Prometheus and its kin
    Openmetrics,
    /// Accesses to the cache as libCacheSim's oracleGeneral, which is binary
    Libcachesim,
    /// Accesses to the cache as a table, which `whatif` reads
    Csv,
}

pub(super) fn export(args: &ExportArgs) -> Result<u8, Failure> {
    let trace = recording(&args.trace)?;
    if let Some(output) = &args.output {
        let refused = |problem: Problem| Failure::from(problem.under("--output").in_file(output));
        if files::is_same(output, &trace) {
            let problem = Problem::new("this is the recording itself");
            return Err(refused(problem.remedy("name another")));
        }
        files::check(output).map_err(|error| refused(Problem::new(error.to_string())))?;
    }
    let trace = file::read(&trace).map_err(Failure::input)?;
    if trace.truncated {
        output::note("the recording ends in the middle of a line; exported is what came before");
    }
    let bytes = match args.to {
        Format::Chrome => output::json(&chrome(trace.log.subscribe())).into_bytes(),
        Format::Openmetrics => openmetrics(&trace.log.ledger()).into_bytes(),
        Format::Libcachesim => oracle_general(&accesses(&trace.log)),
        Format::Csv => csv(&accesses(&trace.log)).into_bytes(),
    };
    match &args.output {
        Some(path) => files::write_whole(path, &bytes).map_err(|error| about(path, &error))?,
        None => output::bytes(&bytes)?,
    }
    Ok(0)
}

fn about(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Problem::new(error.to_string()).in_file(path).into()
}

fn accesses(log: &Log) -> Vec<RecordedAccess> {
    Recorded::of(log.subscribe()).all()
}

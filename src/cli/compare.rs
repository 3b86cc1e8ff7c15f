//! `lazydebugger compare`: what is different between two runs.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::kept_session::recording;
use super::output::{self, Failure, Format};
use crate::compare::{Comparison, Side, check_schema, text};
use crate::files;
use crate::log::file;
use crate::report;
use crate::vocabulary::Problem;

/// Largest report that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Arguments of `compare`.
#[derive(Args)]
pub(super) struct CompareArgs {
    /// A run: its recording (`--trace`), its report (`--format json`), or the number of a session that
    /// was kept (`lazydebugger replay` lists them)
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// A later one
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Show every metric that is different
    #[arg(long)]
    all: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn compare(args: &CompareArgs) -> Result<u8, Failure> {
    let (before, after) = (recording(&args.before)?, recording(&args.after)?);
    let (before, after) = (side(&before)?, side(&after)?);
    let comparison = Comparison::of(&before, &after);
    match args.format {
        Format::Text => output::page(&text(&comparison, args.all))?,
        Format::Json => output::data(&output::json(&json!(comparison)))?,
    }
    Ok(0)
}

fn side(path: &Path) -> Result<Side, Failure> {
    Side::of(report_of(path)?).map_err(|error| about(path, &error.to_string()))
}

fn about(path: &Path, cause: &str) -> Failure {
    Failure::from(Problem::new(cause).in_file(path))
}

/// The report of a run, from a file of it or from a recording: a report is one JSON document over many
/// lines.
pub(super) fn report_of(path: &Path) -> Result<Value, Failure> {
    let report = match report_in(path).map_err(|error| about(path, &error.to_string()))? {
        Some(report) => report,
        None => folded(path)?,
    };
    check_schema(&report).map_err(|error| about(path, &error.to_string()))?;
    Ok(report)
}

fn report_in(path: &Path) -> std::io::Result<Option<Value>> {
    let mut start = Vec::new();
    files::open(path)?.take(2).read_to_end(&mut start)?;
    // A recording has its header on the first line, and a report nothing but a brace.
    if start != b"{\n" {
        return Ok(None);
    }
    let text = files::read_text(path, MOST_BYTES)?;
    Ok(serde_json::from_str(&text).ok())
}

/// The report of a recording.
fn folded(path: &Path) -> Result<Value, Failure> {
    let trace = file::read(path).map_err(Failure::input)?;
    Ok(report::json(&trace.log.ledger()))
}

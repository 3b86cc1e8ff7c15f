//! `lazydebugger bench adaptive`.

use clap::Args;
use serde_json::json;

use super::paper::PageFormat;
use crate::bench::adaptive;
use crate::cli::output::{self, Failure};

/// Arguments of `bench adaptive`.
#[derive(Args)]
pub(super) struct AdaptiveArgs {
    /// Users of each kind
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    seeds: u64,
    /// How to print
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    format: PageFormat,
}

pub(super) fn adaptive(args: &AdaptiveArgs) -> Result<u8, Failure> {
    let table = adaptive::measure(args.seeds);
    match args.format {
        PageFormat::Text => output::page(&adaptive::text(&table))?,
        PageFormat::Markdown => output::page(&adaptive::markdown(&table))?,
        PageFormat::Json => output::data(&output::json(&json!({ "adaptive": table })))?,
    }
    Ok(0)
}

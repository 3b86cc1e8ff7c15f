//! `lazydebugger bench footprint`, for `bench inference` in a process of its own.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::bench::Footprint;
use crate::cli::output::{self, Failure};
use crate::settings::word;
use crate::vocabulary::Backend;

/// Arguments of `bench footprint`.
#[derive(Args)]
pub(super) struct FootprintArgs {
    /// The model's file
    model: PathBuf,
    /// Who runs it
    #[arg(long, value_parser = word::<Backend>())]
    backend: Backend,
    /// Columns of each of its inputs
    #[arg(long, value_delimiter = ',', required = true)]
    widths: Vec<usize>,
}

pub(super) fn footprint(args: &FootprintArgs) -> Result<u8, Failure> {
    let footprint = Footprint::measure_here(&args.model, args.backend, &args.widths);
    output::data(&format!("{}\n", json!(footprint?)))?;
    Ok(0)
}

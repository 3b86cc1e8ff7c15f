//! `lazydebugger bench overhead`.

use std::num::NonZeroUsize;

use clap::Args;
use serde_json::json;

use crate::bench::overhead;
use crate::cli::ExperimentArgs;
use crate::cli::output::{self, Failure, Format, ProgressLine};

/// Arguments of `bench overhead`.
#[derive(Args)]
pub(super) struct OverheadArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Times that every strategy is run
    #[arg(long, value_name = "N", default_value = "20")]
    rounds: NonZeroUsize,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn overhead(args: &OverheadArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let mut line = ProgressLine::new();
    let table = overhead::measure(&experiment, args.rounds.get(), &mut |step| line.show(step));
    line.clear();
    let table = table?;
    let text = match args.format {
        Format::Text => overhead::text(&table),
        Format::Json => output::json(&json!({ "overhead": table })),
    };
    output::page(&text)?;
    Ok(0)
}

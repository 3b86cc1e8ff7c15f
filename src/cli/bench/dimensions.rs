//! `lazydebugger bench dimensions`.

use std::num::NonZeroUsize;

use clap::Args;
use serde_json::json;

use crate::bench::dimensions;
use crate::cli::ExperimentArgs;
use crate::cli::output::{self, Failure, Format, ProgressLine};
use crate::settings::word;
use crate::vocabulary::Preset;

/// Arguments of `bench dimensions`.
#[derive(Args)]
pub(super) struct DimensionsArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// The presets to measure
    #[arg(
        long,
        value_parser = word::<Preset>(),
        value_delimiter = ',',
        default_value = "quick,medium"
    )]
    presets: Vec<Preset>,
    /// Times that every preset is run
    #[arg(long, value_name = "N", default_value = "5")]
    rounds: NonZeroUsize,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn dimensions(args: &DimensionsArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let mut line = ProgressLine::new();
    let rounds = args.rounds.get();
    let mut progress = |step: &str| line.show(step);
    let table = dimensions::measure(&experiment, &args.presets, rounds, &mut progress);
    line.clear();
    let table = table?;
    let text = match args.format {
        Format::Text => dimensions::text(&table),
        Format::Json => output::json(&json!({ "dimensions": table })),
    };
    output::page(&text)?;
    Ok(0)
}

//! `lazydebugger bench memory`.

use std::num::NonZeroUsize;

use clap::Args;
use serde_json::json;

use crate::bench::memory::{self, MemoryOfRun};
use crate::cli::ExperimentArgs;
use crate::cli::output::{self, Failure, Format, ProgressLine};
use crate::cli::run::all_unless_named;
use crate::settings::word;
use crate::vocabulary::{Choice, Dimension, Strategy};

/// Arguments of `bench memory`.
#[derive(Args)]
pub(super) struct MemoryArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// The dimensions of a run [default: all]
    #[arg(long, value_parser = word::<Dimension>(), value_delimiter = ',')]
    dimensions: Vec<Dimension>,
    /// Times that every strategy is run
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: NonZeroUsize,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Run under this strategy, or what cannot be done without, in this process, and tell what it took
    #[arg(long, hide = true)]
    only: Option<String>,
}

pub(super) fn memory(args: &MemoryArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let dimensions = all_unless_named(&args.dimensions);
    if args.only.as_deref() == Some(memory::BARE) {
        let bare = memory::bare_here(experiment)?;
        output::data(&format!("{}\n", json!(bare)))?;
        return Ok(0);
    }
    if let Some(strategy) = args.only.as_deref().and_then(Strategy::named) {
        let of_run = MemoryOfRun::measure_here(experiment, &dimensions, strategy)?;
        output::data(&format!("{}\n", json!(of_run)))?;
        return Ok(0);
    }
    let mut line = ProgressLine::new();
    let rounds = args.rounds.get();
    let mut progress = |step: &str| line.show(step);
    let table = memory::measure(&experiment.engine, &dimensions, rounds, &mut progress);
    line.clear();
    let table = table?;
    let text = match args.format {
        Format::Text => memory::text(&table),
        Format::Json => output::json(&json!({ "memory": table })),
    };
    output::page(&text)?;
    Ok(0)
}

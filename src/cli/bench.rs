//! `lazydebugger bench`: the paper's tables, measured on this machine.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::output::{self, Failure, Format, ProgressLine};
use super::run::all_unless_named;
use super::{ExperimentArgs, runtime};
use crate::bench::memory::MemoryOfRun;
use crate::bench::{Footprint, dimensions, inference, memory, overhead};
use crate::settings::word;
use crate::vocabulary::{Backend, Choice, Dimension, Preset, Strategy};

/// Arguments of `bench`.
#[derive(Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    table: Table,
}

#[derive(Subcommand)]
enum Table {
    /// The native backend beside ONNX Runtime at its best: speed, opening, memory, differences
    Inference(InferenceArgs),
    /// Lazy loading beside eager when all five dimensions are run: what laziness costs
    Overhead(Box<OverheadArgs>),
    /// How long each dimension takes under each preset, from cold caches
    Dimensions(Box<DimensionsArgs>),
    /// What a run takes in memory under each strategy, beside eager, each in a process of its own
    Memory(Box<MemoryArgs>),
    /// What one model adds to the memory of a fresh process
    #[command(hide = true)]
    Footprint(FootprintArgs),
}

#[derive(Args)]
struct InferenceArgs {
    /// Rows to score
    #[arg(long, value_name = "N", default_value = "100000")]
    rows: NonZeroUsize,
    /// Times that everything is measured
    #[arg(long, value_name = "N", default_value = "5")]
    repeats: NonZeroUsize,
    /// Numbers of threads, each measured by itself
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "1,2")]
    threads: Vec<NonZeroUsize>,
    /// A folder with further models of one float input; their rows are made up
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// A Python with scikit-learn, xgboost, skl2onnx and onnxmltools: it trains the models to
    /// measure, and its libraries are measured beside
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// Where what Python trains is kept, to be used again
    #[arg(long, value_name = "DIR", requires = "python")]
    keep: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Args)]
struct OverheadArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Times that every strategy is run
    #[arg(long, value_name = "N", default_value = "20")]
    rounds: NonZeroUsize,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Args)]
struct DimensionsArgs {
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

#[derive(Args)]
struct MemoryArgs {
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

#[derive(Args)]
struct FootprintArgs {
    /// The model's file
    model: PathBuf,
    /// Who runs it
    #[arg(long, value_parser = word::<Backend>())]
    backend: Backend,
    /// Columns of each of its inputs
    #[arg(long, value_delimiter = ',', required = true)]
    widths: Vec<usize>,
}

pub(super) fn bench(args: &BenchArgs) -> Result<u8, Failure> {
    match &args.table {
        Table::Inference(args) => inference(args),
        Table::Overhead(args) => overhead(args),
        Table::Dimensions(args) => dimensions(args),
        Table::Memory(args) => memory(args),
        Table::Footprint(args) => footprint(args),
    }
}

fn inference(args: &InferenceArgs) -> Result<u8, Failure> {
    runtime::need()?;
    let options = inference::Options {
        rows: args.rows.get(),
        repeats: args.repeats.get(),
        threads: args.threads.iter().map(|threads| threads.get()).collect(),
        models: args.models.clone(),
        python: args.python.clone(),
        keep: args.keep.clone(),
    };
    let mut line = ProgressLine::new();
    let table = inference::measure(&options, &mut |step| line.show(step));
    line.clear();
    let table = table?;
    let text = match args.format {
        Format::Text => inference::text(&table),
        Format::Json => {
            let targets = inference::targets(&table);
            output::json(&json!({ "inference": table, "targets": targets }))
        }
    };
    output::page(&text)?;
    Ok(0)
}

fn overhead(args: &OverheadArgs) -> Result<u8, Failure> {
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

fn dimensions(args: &DimensionsArgs) -> Result<u8, Failure> {
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

fn memory(args: &MemoryArgs) -> Result<u8, Failure> {
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

fn footprint(args: &FootprintArgs) -> Result<u8, Failure> {
    let footprint = Footprint::measure_here(&args.model, args.backend, &args.widths);
    output::data(&format!("{}\n", json!(footprint?)))?;
    Ok(0)
}

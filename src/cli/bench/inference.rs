//! `lazydebugger bench inference`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::bench::inference;
use crate::cli::output::{self, Failure, Format, ProgressLine};
use crate::cli::runtime;

/// Arguments of `bench inference`.
#[derive(Args)]
pub(super) struct InferenceArgs {
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

pub(super) fn inference(args: &InferenceArgs) -> Result<u8, Failure> {
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

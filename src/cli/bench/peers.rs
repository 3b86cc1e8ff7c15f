//! `lazydebugger bench peers`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::paper::PageFormat;
use crate::bench::paper::Size;
use crate::bench::peers::{self, Options};
use crate::cli::output::{self, Failure, ProgressLine};

/// Arguments of `bench peers`.
#[derive(Args)]
pub(super) struct PeersArgs {
    /// A Python with pandas, pyarrow, scikit-learn, onnxruntime, fairlearn, MAPIE, scipy, xgboost,
    /// lightgbm, skl2onnx and onnxmltools; scikit-learn-intelex, lleaves, ydf where they are
    #[arg(long, value_name = "PYTHON")]
    python: PathBuf,
    /// Data of the dimensions: small, medium, large, huge (10,000,000 rows)
    #[arg(long, value_name = "SIZE", default_value = "medium")]
    size: Size,
    /// Rows to score with trees
    #[arg(long, value_name = "N", default_value = "100000")]
    rows: NonZeroUsize,
    /// Times that everything is measured
    #[arg(long, value_name = "N", default_value = "5")]
    rounds: NonZeroUsize,
    /// Where generated data stays, to be used again [default: it goes with the process]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    format: PageFormat,
}

pub(super) fn peers(args: &PeersArgs) -> Result<u8, Failure> {
    let options = Options {
        python: args.python.clone(),
        size: args.size,
        rows: args.rows.get(),
        rounds: args.rounds.get(),
        data: args.data.clone(),
    };
    let mut line = ProgressLine::new();
    let found = peers::measure(&options, &mut |step| line.show(step));
    line.clear();
    let found = found?;
    match args.format {
        PageFormat::Text => output::page(&peers::text(&found))?,
        PageFormat::Markdown => output::page(&peers::markdown(&found))?,
        PageFormat::Json => output::data(&output::json(&json!(found)))?,
    }
    Ok(0)
}

//! `lazydebugger replay`: the terminal UI on a recorded session.

use std::path::PathBuf;

use clap::Args;

use super::output::{Failure, note};
use crate::trace;
use crate::tui;

/// Arguments of `replay`.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The recording that `--trace` made; - reads standard input
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
}

pub(super) fn replay(args: &ReplayArgs) -> Result<u8, Failure> {
    let trace = trace::read(&args.trace).map_err(Failure::input)?;
    if trace.truncated {
        note("the recording ends in the middle of a line; shown is what came before");
    }
    let shown = tui::replay(trace.events).map_err(Failure::input)?;
    Ok(shown.exit_code)
}

//! `lazydebugger replay`: the terminal UI on a recorded session.

use std::path::PathBuf;

use clap::Args;

use super::output::{Failure, exit_code, note};
use crate::log::file;
use crate::tui;
use crate::tui::app_loop::Wire;
use crate::tui::terminal::{Capabilities, TerminalError};

/// Arguments of `replay`.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The recording that `--trace` made; - reads standard input
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
}

pub(super) fn replay(args: &ReplayArgs) -> Result<u8, Failure> {
    let trace = file::read(&args.trace).map_err(Failure::input)?;
    if trace.truncated {
        note("the recording ends in the middle of a line; shown is what came before");
    }
    if Capabilities::is_dumb() {
        return Err(Failure::input(TerminalError::Dumb));
    }
    let capabilities = Capabilities::detect();
    let wire = Wire {
        events: trace.log.subscribe(),
        commands: None,
    };
    let left = tui::run(
        wire,
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    Ok(exit_code(left.exit))
}

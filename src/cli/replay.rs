//! `lazydebugger replay`: the terminal UI on a recorded session.

use std::io::{BufReader, stdin};
use std::path::{Path, PathBuf};

use clap::Args;

use super::config::screen_config;
use super::output::{Failure, exit_code, left_behind, note};
use super::{demo, plain, signals};
use crate::log::{Log, file};
use crate::tui;
use crate::tui::app_loop::Wire;
use crate::tui::screen::Source;
use crate::tui::terminal::{Capabilities, TerminalError};

/// Arguments of `replay`.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The recording that `--trace` made; - follows standard input
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// Print a line an event in place of the screen
    #[arg(long)]
    plain: bool,
}

pub(super) fn replay(args: &ReplayArgs) -> Result<u8, Failure> {
    let ends = args.plain.then(signals::end_cleanly).transpose()?;
    if let Some(sides) = demo::recorded(&args.trace)? {
        return demo::show(sides, args.plain);
    }
    let log = log_of(&args.trace)?;
    if ends.is_some() {
        return plain::follow(log.subscribe());
    }
    if Capabilities::is_dumb() {
        return Err(Failure::input(TerminalError::Dumb));
    }
    let capabilities = Capabilities::detect();
    let wire = Wire {
        events: log.subscribe(),
        commands: None,
        config: screen_config()?,
    };
    let left = tui::run(
        wire,
        Source::Recording,
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    left_behind(&left)?;
    Ok(exit_code(left.exit))
}

/// The log of a recording; from standard input it may still be coming.
fn log_of(trace: &Path) -> Result<Log, Failure> {
    if trace == Path::new("-") {
        let followed = file::follow("standard input", BufReader::new(stdin()));
        return Ok(followed.map_err(Failure::input)?.1);
    }
    let trace = file::read(trace).map_err(Failure::input)?;
    if trace.truncated {
        note(file::CUT_OFF);
    }
    Ok(trace.log)
}

//! `lazydebugger replay`: the terminal UI on a recorded session.

use std::io::{BufReader, stdin};
use std::path::{Path, PathBuf};

use clap::Args;

use super::config::screen_config;
use super::kept_session::{self, recording};
use super::output::{self, Failure, Format, exit_code, left_behind, note};
use super::{demo, plain, signals};
use crate::log::{Log, file};
use crate::tui;
use crate::tui::app_loop::Wire;
use crate::tui::screen::Source;
use crate::tui::terminal::{Capabilities, TerminalError};

/// Arguments of `replay`.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The recording that `--trace` made, or the number of a session that was kept; - follows standard
    /// input [default: list the sessions that were kept]
    #[arg(value_name = "TRACE|N")]
    trace: Option<PathBuf>,
    /// How to list
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "trace")]
    format: Format,
    /// Print a line an event in place of the screen
    #[arg(long, requires = "trace")]
    plain: bool,
}

pub(super) fn replay(args: &ReplayArgs) -> Result<u8, Failure> {
    let ends = args.plain.then(signals::end_cleanly).transpose()?;
    let Some(trace) = &args.trace else {
        let all = kept_session::all();
        output::data(&match args.format {
            Format::Text => kept_session::text(&all),
            Format::Json => output::json(&kept_session::list_json(&all)),
        })?;
        return Ok(0);
    };
    let trace = recording(trace)?;
    if let Some(sides) = demo::recorded(&trace)? {
        return demo::show(sides, args.plain);
    }
    let log = log_of(&trace)?;
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

//! Without a sub-command: the terminal UI on an experiment.

use std::io::{self, IsTerminal};

use super::output::{Failure, exit_code};
use super::{ExperimentArgs, runtime};
use crate::session::Session;
use crate::tui;
use crate::tui::terminal::{Capabilities, TerminalError};

pub(super) fn explore(args: &ExperimentArgs) -> Result<u8, Failure> {
    let experiment = args.resolve()?;
    if !io::stdout().is_terminal() {
        return Err(Failure::input(TerminalError::NotATerminal));
    }
    runtime::ensure()?;
    let (session, events) = Session::open(experiment).map_err(Failure::input)?;
    let capabilities = Capabilities::detect();
    let left = tui::run(
        &events,
        Some(session.commands()),
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    match left.refused {
        Some(problems) => Err(Failure::input(problems.join("\nlazydebugger: "))),
        None => Ok(exit_code(left.exit)),
    }
}

//! Without a sub-command: the terminal UI on an experiment.

use super::output::Failure;
use super::{ExperimentArgs, runtime};
use crate::session::Session;
use crate::tui;

pub(super) fn explore(args: &ExperimentArgs) -> Result<u8, Failure> {
    let experiment = args.resolve()?;
    runtime::ensure()?;
    let (session, events) = Session::open(experiment).map_err(Failure::input)?;
    let shown = tui::explore(session.commands(), &events).map_err(Failure::input)?;
    match shown.refused {
        Some(problems) => Err(Failure::input(problems.join("\nlazydebugger: "))),
        None => Ok(shown.exit_code),
    }
}

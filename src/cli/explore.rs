//! Without a sub-command: the terminal UI on an experiment.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::closing::{Closing, GRACE};
use super::config::screen_config;
use super::earlier::earlier;
use super::kept_session::HistoryArgs;
use super::listening::ListenArgs;
use super::output::{self, Failure, exit_code, left_behind};
use super::run::record;
use super::signals::{self, EndsCleanly};
use super::tuning::TuneArgs;
use super::{ExperimentArgs, destinations, runtime};
use crate::event::{Command, Tuning};
use crate::experiment::Experiment;
use crate::log::file::Recording;
use crate::session::Session;
use crate::tui::app_loop::{Orders, Wire};
use crate::tui::screen::Source;
use crate::tui::terminal::{Capabilities, TerminalError};
use crate::tui::{self, Left};

/// Arguments of the terminal UI.
#[derive(Args)]
pub(super) struct ExploreArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Record the session in this file, for `lazydebugger replay`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    tune: TuneArgs,
}

pub(super) fn explore(args: &ExploreArgs) -> Result<u8, Failure> {
    let mut experiment = args.experiment.resolve()?;
    let tuning = args.tune.apply(&mut experiment);
    // From here on files are begun, and what is begun must go with the process; once there is a screen,
    // it answers signals itself.
    let mut ends = Some(signals::end_cleanly()?);
    let trace = args.trace.iter().map(|path| ("--trace", path.as_path()));
    destinations::check(&trace.collect::<Vec<_>>(), &experiment, &[])?;
    if !io::stdout().is_terminal() {
        return Err(Failure::input(TerminalError::NotATerminal));
    }
    if Capabilities::is_dumb() {
        return Err(Failure::input(TerminalError::Dumb));
    }
    loop {
        let left = watch(&experiment, args, tuning.clone(), ends.take())?;
        if let Some(refusal) = &left.refused {
            runtime::settle(refusal)?;
            continue;
        }
        left_behind(&left)?;
        if let Some(trace) = args.trace.as_deref().filter(|_| left.can_be_told()) {
            let trace = trace.display();
            output::page(&format!("recorded        lazydebugger replay {trace}\n"))?;
        }
        return Ok(exit_code(left.exit));
    }
}

/// The screen on one session, from its first event to its last.
fn watch(
    experiment: &Experiment,
    args: &ExploreArgs,
    tuning: Option<Tuning>,
    ends: Option<EndsCleanly>,
) -> Result<Left, Failure> {
    let config = screen_config()?;
    let trace = args.trace.as_deref();
    let recorder = trace.map(|path| record(path, experiment)).transpose()?;
    let opened = Session::open_watching(experiment.clone(), earlier(experiment)?);
    let (session, events) = opened?;
    if let Some(tuning) = tuning {
        session.send(Command::Tune(Box::new(tuning)));
    }
    let capabilities = Capabilities::detect();
    let recording = recorder
        .map(|recorder| Recording::start(recorder, session.log().subscribe()))
        .transpose()
        .map_err(Failure::input)?;
    let kept = args.history.keep(session.log(), experiment);
    let listener = args.listen.listen_if_possible(&session, experiment);
    let wire = Wire {
        events,
        commands: Some(Orders {
            sender: session.commands(),
            obeyed: session.obeyed(),
        }),
        config,
    };
    drop(ends);
    let left = tui::run(
        wire,
        Source::Session,
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    let closing = Closing::begin(session, recording, GRACE)
        .watched_by(listener)
        .kept_as(kept);
    closing.finish().map_err(Failure::input)?;
    Ok(left)
}

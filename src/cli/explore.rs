//! Without a sub-command: the terminal UI on an experiment.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;
use crossbeam_channel::{Receiver, unbounded};

use super::output::{self, Failure, exit_code};
use super::run::record;
use super::{ExperimentArgs, runtime};
use crate::event::Event;
use crate::experiment::Experiment;
use crate::history::History;
use crate::session::Session;
use crate::trace::{Recorder, TraceError};
use crate::tui::app_loop::Wire;
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
}

pub(super) fn explore(args: &ExploreArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let trace = args.trace.iter().map(|path| ("--trace", path.as_path()));
    output::check_destinations(&trace.collect::<Vec<_>>(), &experiment)?;
    if !io::stdout().is_terminal() {
        return Err(Failure::input(TerminalError::NotATerminal));
    }
    loop {
        let left = watch(&experiment, args.trace.as_deref())?;
        match &left.refused {
            Some(refusal) => runtime::settle(refusal)?,
            None => return Ok(exit_code(left.exit)),
        }
    }
}

/// The screen on one session, from its first event to its last.
fn watch(experiment: &Experiment, trace: Option<&Path>) -> Result<Left, Failure> {
    let recorder = trace.map(|path| record(path, experiment)).transpose()?;
    let history = History::in_data_folder();
    let opened = Session::open_watching(experiment.clone(), history);
    let (session, events) = opened.map_err(Failure::input)?;
    let capabilities = Capabilities::detect();
    let (events, recording) = match recorder {
        Some(recorder) => {
            let (events, recording) = tee(events, recorder)?;
            (events, Some(recording))
        }
        None => (events, None),
    };
    let wire = Wire {
        events,
        commands: Some(session.commands()),
    };
    let left = tui::run(
        wire,
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    // The end of the session is the end of its events, and so of the recording.
    drop(session);
    if let Some(Ok(result)) = recording.map(thread::JoinHandle::join) {
        result.map_err(Failure::input)?;
    }
    Ok(left)
}

type Recording = thread::JoinHandle<Result<(), TraceError>>;

/// Records events on their way; one that cannot be written does not stop the others.
fn tee(
    events: Receiver<Event>,
    mut recorder: Recorder<File>,
) -> Result<(Receiver<Event>, Recording), Failure> {
    let (sender, receiver) = unbounded();
    let forward = move || {
        let mut result = Ok(());
        for event in events {
            result = result.and(recorder.record(&event));
            // The screen may be gone before the session is.
            let _ = sender.send(event);
        }
        result.and(recorder.finish())
    };
    let recording = thread::Builder::new()
        .name("recorder".to_owned())
        .spawn(forward)
        .map_err(Failure::input)?;
    Ok((receiver, recording))
}

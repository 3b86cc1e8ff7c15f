//! Without a sub-command: the terminal UI on an experiment.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::thread;

use clap::Args;
use crossbeam_channel::{Receiver, unbounded};

use super::output::{self, Failure, exit_code};
use super::run::record;
use super::{ExperimentArgs, runtime};
use crate::event::Event;
use crate::session::Session;
use crate::trace::{Recorder, TraceError};
use crate::tui;
use crate::tui::terminal::{Capabilities, TerminalError};

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
    if experiment.may_run_models() {
        runtime::ensure(experiment.engine.backend)?;
    }
    let recorder = args.trace.as_ref().map(|path| record(path, &experiment));
    let recorder = recorder.transpose()?;
    let (session, events) = Session::open(experiment).map_err(Failure::input)?;
    let capabilities = Capabilities::detect();
    let (events, recording) = match recorder {
        Some(recorder) => {
            let (events, recording) = tee(events, recorder)?;
            (events, Some(recording))
        }
        None => (events, None),
    };
    let left = tui::run(
        &events,
        Some(session.commands()),
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    // The end of the session is the end of its events, and so of the recording.
    drop(session);
    if let Some(Ok(result)) = recording.map(thread::JoinHandle::join) {
        result.map_err(Failure::input)?;
    }
    match left.refused {
        Some(problems) => Err(Failure::input(problems.join("\nlazydebugger: "))),
        None => Ok(exit_code(left.exit)),
    }
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

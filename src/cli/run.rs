//! `lazydebugger run`: dimensions without a screen.

use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::output::{self, COULD_NOT_RUN, Failure, ProgressLine};
use super::{ExperimentArgs, runtime};
use crate::engine::memory::total_memory_bytes;
use crate::event::{Command, Dimension, Event, EventKind};
use crate::experiment::Experiment;
use crate::ledger::Ledger;
use crate::report;
use crate::session::Session;
use crate::trace::{Header, Recorder};

/// Arguments of `run`.
#[derive(Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Dimensions to run, separated by commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "A,B")]
    dimensions: Vec<Dimension>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to report [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Record the session in this file, for `lazydebugger replay`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    runtime::ensure()?;
    let mut dimensions = args.dimensions.clone();
    if dimensions.is_empty() {
        dimensions.extend(Dimension::ALL);
    }
    dimensions.sort_unstable();
    dimensions.dedup();
    let recorder = args.trace.as_ref().map(|path| record(path, &experiment));
    let recorder = recorder.transpose()?;
    let ledger = work(experiment, &dimensions, recorder)?;
    if let Some(problems) = &ledger.refused {
        return Err(Failure::input(problems.join("\nlazydebugger: ")));
    }
    let text = match args.format {
        Format::Text => {
            let to_file = args.output.is_some();
            let options = report::TextOptions {
                width: output::width(),
                colour: !to_file && output::is_colourful(),
            };
            report::text(&ledger, options)
        }
        Format::Json => format!("{:#}\n", report::json(&ledger)),
    };
    match &args.output {
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?,
        None => output::data(&text)?,
    }
    Ok(report::exit_code(&ledger))
}

/// Begins a recording of an experiment's session.
pub(super) fn record(
    path: &std::path::Path,
    experiment: &Experiment,
) -> Result<Recorder<std::fs::File>, Failure> {
    let header = Header::new(
        &experiment.name,
        experiment.engine.seed,
        total_memory_bytes(),
    );
    Recorder::create(path, &header).map_err(Failure::input)
}

/// Runs the dimensions and folds all that happens. An interrupt cancels; a second one exits.
fn work(
    experiment: Experiment,
    dimensions: &[Dimension],
    mut recorder: Option<Recorder<std::fs::File>>,
) -> Result<Ledger, Failure> {
    let interrupts = interrupts()?;
    let (session, events) = Session::open(experiment).map_err(Failure::input)?;
    for dimension in dimensions {
        session.send(Command::ToggleDimension(*dimension));
    }
    session.send(Command::RunSelected);
    let mut ledger = Ledger::default();
    let mut line = ProgressLine::new();
    let mut interrupted = false;
    while let Some(event) = next(&events, &interrupts, &mut || {
        if std::mem::replace(&mut interrupted, true) {
            std::process::exit(130);
        }
        session.send(Command::Cancel);
    }) {
        ledger.apply(&event);
        if let Some(open) = &mut recorder
            && let Err(error) = open.record(&event)
        {
            line.clear();
            output::error(&format!("{error}; the run goes on without a trace"));
            recorder = None;
        }
        if ProgressLine::is_visible() && events.is_empty() {
            line.show(&report::progress_line(&ledger, output::width()));
        }
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            break;
        }
    }
    line.clear();
    drop(session);
    if let Some(recorder) = recorder {
        recorder.finish().map_err(Failure::input)?;
    }
    if ledger.refused.is_none() && ledger.runs.is_empty() {
        return Err(Failure {
            code: COULD_NOT_RUN,
            message: "the session ended before it ran anything".to_owned(),
        });
    }
    Ok(ledger)
}

/// The next event; none at the end of the session.
fn next(
    events: &Receiver<Event>,
    interrupts: &Receiver<()>,
    on_interrupt: &mut dyn FnMut(),
) -> Option<Event> {
    loop {
        select! {
            recv(events) -> event => return event.ok(),
            recv(interrupts) -> interrupt => if interrupt.is_ok() {
                on_interrupt();
            } else {
                return events.recv().ok();
            },
        }
    }
}

fn interrupts() -> Result<Receiver<()>, Failure> {
    let (sender, receiver): (Sender<()>, _) = unbounded();
    let (ready, started) = bounded(1);
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(Failure::input)?;
    let listen = move || {
        let _ = ready.send(());
        for _ in &mut signals {
            if sender.send(()).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen)
        .map_err(Failure::input)?;
    let _ = started.recv();
    Ok(receiver)
}

//! `lazydebugger run`: dimensions without a screen.

use std::path::{Path, PathBuf};
use std::thread;

use clap::{Args, ValueEnum};
use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::output::{self, COULD_NOT_RUN, Failure, ProgressLine};
use super::{ExperimentArgs, runtime};
use crate::dimension::preset;
use crate::event::{Command, EventKind};
use crate::experiment::Experiment;
use crate::explain::consequences::notices;
use crate::explain::results::unjudged_gates;
use crate::history::History;
use crate::ledger::Ledger;
use crate::log::file::{Header, Recorder, Recording};
use crate::log::{EventRef, NoEvent, Subscription};
use crate::process::total_memory_bytes;
use crate::report;
use crate::session::Session;
use crate::settings::word;
use crate::vocabulary::{Dimension, Problem};

/// Arguments of `run`.
#[derive(Args)]
#[command(after_long_help = preset::table())]
pub(super) struct RunArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Dimensions to run, separated by commas [default: all]
    #[arg(long, value_parser = word::<Dimension>(), value_delimiter = ',', value_name = "A,B")]
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
    let output = args.output.iter().map(|path| ("--output", &**path));
    let trace = args.trace.iter().map(|path| ("--trace", &**path));
    let destinations: Vec<(&str, &Path)> = output.chain(trace).collect();
    output::check_destinations(&destinations, &experiment)?;
    let dimensions = all_unless_named(&args.dimensions);
    loop {
        let recorder = args.trace.as_ref().map(|path| record(path, &experiment));
        let ledger = work(experiment.clone(), &dimensions, recorder.transpose()?)?;
        match &ledger.refused {
            Some(refusal) => runtime::settle(refusal)?,
            None => return report(args, &ledger),
        }
    }
}

/// The dimensions in running order; all of them when none are named.
pub(super) fn all_unless_named(named: &[Dimension]) -> Vec<Dimension> {
    let all = Dimension::ALL.into_iter();
    all.filter(|d| named.is_empty() || named.contains(d))
        .collect()
}

/// Reports what happened; the exit code.
fn report(args: &RunArgs, ledger: &Ledger) -> Result<u8, Failure> {
    let text = match args.format {
        Format::Text => {
            let to_file = args.output.is_some();
            let options = report::TextOptions {
                width: output::width(),
                colour: !to_file && output::is_colourful(),
            };
            report::text(ledger, options)
        }
        Format::Json => format!("{:#}\n", report::json(ledger)),
    };
    let is_read_here = args.output.is_none() && matches!(args.format, Format::Text);
    tell(ledger, is_read_here);
    for words in unjudged_gates(ledger) {
        output::note(&words);
    }
    match &args.output {
        Some(path) => write_report(path, &text)?,
        None => output::data(&text)?,
    }
    Ok(report::exit_code(ledger))
}

/// Writes the report to a file; if that fails after all, what was computed goes to stdout.
fn write_report(path: &Path, text: &str) -> Result<(), Failure> {
    let Err(error) = std::fs::write(path, text) else {
        return Ok(());
    };
    output::data(text)?;
    let cause = format!("{error}; the report is on standard output instead");
    Err(Problem::new(cause).in_file(path).into())
}

/// Says what a reader of stderr must know: notes, and, unless the text report tells them, warnings
/// and errors.
fn tell(ledger: &Ledger, is_read_here: bool) {
    let notices = notices(ledger);
    for note in notices.iter().filter(|note| !note.is_warning()) {
        output::note(&format!("note: {}", note.text));
    }
    let outcomes = Dimension::ALL.map(|dimension| ledger.dimension(dimension).outcome.as_ref());
    let outcomes = outcomes.into_iter().flatten();
    let errors = outcomes.filter_map(|outcome| outcome.error.as_ref());
    if is_read_here {
        let hints = output::hints(errors.map(|error| &error.problem));
        for hint in &hints {
            output::note(hint);
        }
        return;
    }
    let mut errors = errors.peekable();
    if errors.peek().is_none() {
        for note in notices.iter().filter(|note| note.is_warning()) {
            output::note(&format!("warning: {}", note.text));
        }
    }
    errors.for_each(|error| output::error(&output::failure_in_words(error)));
}

/// Begins a recording of an experiment's session.
pub(super) fn record(
    path: &Path,
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
    recorder: Option<Recorder<std::fs::File>>,
) -> Result<Ledger, Failure> {
    let interrupts = interrupts()?;
    let history = History::in_data_folder();
    let (session, mut events) = Session::open_with(experiment, history)?;
    let recording = recorder.map(|recorder| Recording::start(recorder, session.log().subscribe()));
    let mut recording = recording.transpose().map_err(Failure::input)?;
    for dimension in dimensions {
        session.send(Command::ToggleDimension(*dimension));
    }
    session.send(Command::RunSelected);
    let mut ledger = Ledger::default();
    let mut line = ProgressLine::new();
    let mut interrupted = false;
    while let Some(event) = next(&mut events, &interrupts, &mut || {
        if std::mem::replace(&mut interrupted, true) {
            signal_hook::low_level::exit(130);
        }
        session.send(Command::Cancel);
    }) {
        ledger.apply(&event);
        if let Some(ended) = recording.take_if(|recording| recording.is_over())
            && let Err(error) = ended.finish()
        {
            line.clear();
            output::error(&format!("{error}; the run goes on without a trace"));
        }
        if ProgressLine::is_visible() && events.is_up_to_date() {
            line.show(&report::progress_line(&ledger, output::width()));
        }
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            break;
        }
    }
    line.clear();
    drop(session);
    if let Some(Err(error)) = recording.map(Recording::finish) {
        output::error(&error.to_string());
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
    events: &mut Subscription,
    interrupts: &Receiver<()>,
    on_interrupt: &mut dyn FnMut(),
) -> Option<EventRef> {
    loop {
        while interrupts.try_recv().is_ok() {
            on_interrupt();
        }
        match events.try_next() {
            Ok(event) => return Some(event),
            Err(NoEvent::Yet) => {}
            Err(NoEvent::Ended | NoEvent::Lost(_)) => return None,
        }
        select! {
            recv(events.wake()) -> _ => {}
            recv(interrupts) -> interrupt => if interrupt.is_ok() {
                on_interrupt();
            } else {
                return events.next();
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
            // Nobody takes interrupts any more: what is left, a question or the report, may end.
            if sender.send(()).is_err() {
                signal_hook::low_level::exit(130);
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

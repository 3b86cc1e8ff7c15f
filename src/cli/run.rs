//! `lazydebugger run`: dimensions without a screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::baseline::baseline;
use super::closing::Closing;
use super::earlier::earlier;
use super::interrupts::{INTERRUPTED, Interrupts, Next};
use super::kept_session::{HistoryArgs, recording};
use super::listening::{BY_ITSELF, ListenArgs};
use super::on_ray::{OnArgs, Remote, RemoteRun, run_on_ray};
use super::output::{self, COULD_NOT_RUN, Failure, ProgressLine};
use super::reports::{ReportArgs, summarise_job};
use super::shard::run_shard;
use super::signals::{self, EndsCleanly};
use super::tuning::TuneArgs;
use super::{ExperimentArgs, destinations, examples, runtime};
use crate::dimension::baseline::Baseline;
use crate::dimension::preset;
use crate::event::{Command, EventKind, Tuning};
use crate::experiment::Experiment;
use crate::explain::consequences::notices;
use crate::explain::events::event_line;
use crate::explain::results::unjudged_gates;
use crate::files::Output;
use crate::ledger::{Ledger, Refusal};
use crate::lint;
use crate::log::file::{Header, Recorder, Recording};
use crate::process::{self, total_memory_bytes};
use crate::report::{self, RunReport};
use crate::session::{Earlier, Session};
use crate::settings::word;
use crate::shard::{PartWriter, Parts};
use crate::vocabulary::{Dimension, Lint, SHORTAGE, Shard};

/// Arguments of `run`.
#[derive(Args)]
#[command(after_help = examples::RUN)]
#[command(after_long_help = format!("{}\n\n{}", examples::RUN, preset::table()))]
pub(super) struct RunArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Score the rows of one of so many shards only, and leave them as a part in the file of --output, for
    /// `lazydebugger merge`
    #[arg(long, value_name = "I/N", conflicts_with_all = ["baseline", "lint", "deny", "format"])]
    shard: Option<Shard>,
    #[command(flatten)]
    pub(super) on: OnArgs,
    #[command(flatten)]
    pub(super) course: CourseArgs,
}

/// What is run, and what comes of it.
#[derive(Args)]
pub(super) struct CourseArgs {
    /// Dimensions to run, separated by commas [default: all]
    #[arg(long, value_parser = word::<Dimension>(), value_delimiter = ',', value_name = "A,B")]
    dimensions: Vec<Dimension>,
    #[command(flatten)]
    reports: ReportArgs,
    /// Hold the run against an earlier one, row by row where its scores are still kept: its report
    /// (`--format json`), its recording (`--trace`), or the number of a session that was kept
    #[arg(long, value_name = "RUN")]
    baseline: Option<PathBuf>,
    /// Say what the run wastes: what was loaded again, held unused, refused, estimated wrongly
    #[arg(long)]
    lint: bool,
    /// With any of these found, the exit code is 1, separated by commas; implies --lint
    #[arg(long, value_parser = word::<Lint>(), value_delimiter = ',', value_name = "LINTS")]
    deny: Vec<Lint>,
    /// Let others watch: `lazydebugger attach`, which needs no PATH where none is given here
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = BY_ITSELF)]
    listen: Option<PathBuf>,
    #[command(flatten)]
    listening: ListenArgs,
    /// Tell on stderr, a line an event, what happens
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    tune: TuneArgs,
    /// Record the session in this file, for `lazydebugger replay`; - writes to stdout as it happens
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

impl CourseArgs {
    /// The dimensions to run, in running order.
    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        all_unless_named(&self.dimensions)
    }

    /// Was none named?
    pub(super) fn are_all_dimensions(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// The run that this one is to be held against.
    pub(super) fn baseline(&self) -> Result<Option<Arc<Baseline>>, Failure> {
        self.baseline.as_deref().map(baseline).transpose()
    }

    /// The files that are read besides the experiment's: parts, and the run that this one is held
    /// against.
    fn read(&self, made: &Made) -> Result<Vec<PathBuf>, Failure> {
        let baseline = self.baseline.as_deref().map(recording).transpose()?;
        let parts = made.parts.iter().flat_map(|parts| parts.paths());
        Ok(parts.map(Path::to_owned).chain(baseline).collect())
    }

    /// The one file that is to be written, in its own form.
    pub(super) fn part(&self) -> Option<&Path> {
        self.reports.only_file()
    }

    /// Where others are listened to, if a place was named.
    fn socket(&self) -> Option<&Path> {
        self.listen
            .as_deref()
            .filter(|path| *path != Path::new(BY_ITSELF))
    }

    /// The files that will be written, each with the flag that names it.
    pub(super) fn destinations(&self) -> Vec<(&str, &Path)> {
        let trace = self.trace.iter().map(|path| ("--trace", &**path));
        let socket = self.socket().map(|path| ("--listen", path));
        self.reports.files().chain(trace).chain(socket).collect()
    }

    /// Begins the recording that was asked for.
    pub(super) fn record(
        &self,
        experiment: &Experiment,
    ) -> Result<Option<Recorder<Output>>, Failure> {
        let trace = self.trace.as_ref();
        trace.map(|path| record(path, experiment)).transpose()
    }
}

/// What shards have made, or are to make.
#[derive(Clone, Default)]
pub(super) struct Made {
    /// Where what this shard makes is left.
    pub(super) part: Option<Arc<PartWriter>>,
    /// What all of them have made.
    pub(super) parts: Option<Arc<Parts>>,
    /// The run that this one is held against.
    pub(super) baseline: Option<Arc<Baseline>>,
    /// Other machines that are to make them.
    pub(super) remote: Option<Arc<RemoteRun>>,
}

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let baseline = args.course.baseline()?;
    if let Some(shard) = args.shard {
        return run_shard(&args.course, &experiment, shard);
    }
    let made = Made {
        baseline,
        ..Made::default()
    };
    if let Some(code) = run_on_ray(args, &experiment, &made) {
        return code;
    }
    report_on(&args.course, &experiment, &args.course.dimensions(), &made)
}

/// Runs these dimensions, and reports.
pub(super) fn report_on(
    args: &CourseArgs,
    experiment: &Experiment,
    dimensions: &[Dimension],
    made: &Made,
) -> Result<u8, Failure> {
    // From here on files are begun, and what is begun must go with the process.
    let mut interrupts = Interrupts::listen()?;
    let read = args.read(made)?;
    destinations::check(&args.destinations(), experiment, &read)?;
    let mut experiment = experiment.clone();
    let tuning = args.tune.apply(&mut experiment);
    let experiment = &experiment;
    loop {
        let recorder = args.record(experiment)?;
        let running = (dimensions, made.clone(), tuning.clone());
        let (ledger, ending) = work(args, experiment, running, recorder, interrupts)?;
        if let Some(refusal) = &ledger.refused {
            ending.wait();
            runtime::settle(refusal)?;
            interrupts = Interrupts::listen()?;
            continue;
        }
        let is_read = |path: &Path| destinations::is_read(path, experiment, &read);
        let code = report(args, &ledger, &ending.closing, is_read);
        let is_traced = ending.wait();
        let code = code?;
        return Ok(if is_traced { code } else { COULD_NOT_RUN });
    }
}

/// The dimensions in running order; all of them when none are named.
pub(super) fn all_unless_named(named: &[Dimension]) -> Vec<Dimension> {
    let all = Dimension::ALL.into_iter();
    all.filter(|d| named.is_empty() || named.contains(d))
        .collect()
}

/// Reports what happened while the session ends; the exit code.
fn report(
    args: &CourseArgs,
    ledger: &Ledger,
    closing: &Closing,
    is_read: impl Fn(&Path) -> bool,
) -> Result<u8, Failure> {
    let made = RunReport::of(ledger).waited_for_since(process::start().began);
    let wants_lints = args.lint || !args.deny.is_empty();
    let found = wants_lints.then(|| lint::findings(ledger));
    tell(ledger, args.reports.is_read_here());
    for words in unjudged_gates(ledger) {
        output::note(&words);
    }
    // Whoever reads a recording from there wants nothing else in it.
    let may_use_stdout = args.trace.as_deref() != Some(Path::new("-"));
    let beside: Vec<_> = found.iter().map(|found| ("lints", json!(found))).collect();
    let begun = args.reports.begin(&made, &beside, may_use_stdout);
    // A session that takes longer to end does so while its report is written.
    closing.settle();
    begun.write()?;
    summarise_job(&made, is_read);
    let found = found.unwrap_or_default();
    for finding in &found {
        output::note(&format!("lint {}: {}", finding.lint, finding.text));
    }
    let is_denied = found
        .iter()
        .any(|finding| args.deny.contains(&finding.lint));
    Ok(report::exit_code(ledger).max(u8::from(is_denied)))
}

/// Says what a reader of stderr must know: notes, and, unless the text report tells them, warnings
/// and errors.
pub(super) fn tell(ledger: &Ledger, is_read_here: bool) {
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
        let warnings = notices.iter().filter(|note| note.is_warning());
        for note in warnings.filter(|note| !note.text.starts_with(SHORTAGE)) {
            output::note(&format!("warning: {}", note.text));
        }
    }
    errors.for_each(|error| output::error(&output::failure_in_words(error)));
}

/// Begins a recording of an experiment's session.
pub(super) fn record(path: &Path, experiment: &Experiment) -> Result<Recorder<Output>, Failure> {
    let header = Header::new(
        &experiment.name,
        experiment.engine.seed,
        total_memory_bytes(),
    );
    Recorder::create(path, &header).map_err(Failure::input)
}

/// A session whose run is over.
pub(super) struct Ending {
    closing: Closing,
    /// A signal ends the process at once now.
    _ends: EndsCleanly,
    /// The trace that was asked for is not there, or not whole.
    is_untraced: bool,
}

impl Ending {
    /// Waits for what is to be left of it; is the trace that was asked for there?
    pub(super) fn wait(self) -> bool {
        let closed = self.closing.finish();
        if let Err(error) = &closed {
            output::error(&error.to_string());
        }
        closed.is_ok() && !self.is_untraced
    }
}

/// Runs the dimensions and folds all that happens. An interrupt cancels; a second one exits.
pub(super) fn work(
    args: &CourseArgs,
    experiment: &Experiment,
    (dimensions, made, tuning): (&[Dimension], Made, Option<Tuning>),
    recorder: Option<Recorder<Output>>,
    mut interrupts: Interrupts,
) -> Result<(Ledger, Ending), Failure> {
    let Made {
        part,
        parts,
        baseline,
        remote,
    } = made;
    let mut remote = remote.map(|run| run.begin()).transpose()?;
    let earlier = Earlier {
        baseline,
        parts,
        elsewhere: remote.as_mut().and_then(Remote::heard),
        part,
        ..earlier(experiment)?
    };
    let (session, mut events) = Session::open_with(experiment.clone(), earlier)?;
    let listens = args.listen.is_some();
    let listener = listens.then(|| args.listening.listen(args.socket(), &session, experiment));
    let listener = listener.transpose()?;
    let recording = recorder.map(|recorder| Recording::start(recorder, session.log().subscribe()));
    let mut recording = recording.transpose().map_err(Failure::input)?;
    let kept = args.history.keep(session.log(), experiment);
    if let Some(tuning) = tuning {
        session.send(Command::Tune(Box::new(tuning)));
    }
    for dimension in dimensions {
        session.send(Command::ToggleDimension(*dimension));
    }
    // What runs elsewhere is merged when it is done.
    if remote.is_none() {
        session.send(Command::RunSelected);
    }
    let mut ledger = Ledger::default();
    let mut line = ProgressLine::new();
    let mut is_untraced = false;
    let mut is_stuck = false;
    let mut is_run_over = false;
    // Machines elsewhere may need longer to stop than a session does.
    let mut ending_elsewhere = remote.is_some();
    loop {
        let event = match interrupts.next(&mut events) {
            Next::Event(event) => event,
            Next::Interrupted => {
                session.send(Command::Cancel);
                if let Some(remote) = &remote {
                    remote.stop();
                }
                continue;
            }
            Next::Ended => break,
            Next::Stuck if ending_elsewhere => {
                ending_elsewhere = false;
                if let Some(remote) = &remote {
                    remote.end();
                }
                continue;
            }
            Next::Stuck => {
                is_stuck = true;
                break;
            }
        };
        ledger.apply(&event);
        if let EventKind::Noted(note) = &event.kind
            && note.text.starts_with(SHORTAGE)
        {
            line.clear();
            output::note(&format!("warning: {}", note.text));
        }
        if let Some(ended) = recording.take_if(|recording| recording.is_over())
            && let Err(error) = ended.finish()
        {
            line.clear();
            output::error(&format!("{error}; the run goes on without a trace"));
            is_untraced = true;
        }
        if args.plain {
            output::note(&event_line(&event));
        } else if ProgressLine::is_visible() && events.is_up_to_date() {
            line.show(&report::progress_line(&ledger, output::width()));
        }
        is_run_over |= matches!(event.kind, EventKind::RunFinished { .. });
        // Dimensions may fail of a file before the session has heard of all others and refuses.
        let is_judged = ledger.understanding.is_some() || interrupts.have_come();
        if is_run_over && is_judged {
            break;
        }
    }
    line.clear();
    if let Some(remote) = &remote {
        remote.end();
    }
    let is_stopped_elsewhere = remote.is_some() && interrupts.have_come() && !is_run_over;
    let patience = interrupts.patience();
    // What is written from here on goes with the process, as what was begun before.
    let ends = signals::end_cleanly()?;
    interrupts.hurry();
    drop(interrupts);
    let closing = Closing::begin(session, recording, patience)
        .watched_by(listener)
        .kept_as(kept);
    if is_stuck {
        if let Err(error) = closing.finish() {
            output::error(&error.to_string());
        }
        return Err(Failure::with_code(
            INTERRUPTED,
            "interrupted in the middle of something that cannot be stopped; there is no report",
        ));
    }
    if let Some(refusal) = ledger.refused.as_ref().filter(|_| is_stopped_elsewhere) {
        let words = output::lines(refusal.problems.iter().cloned()).join("\n");
        if let Err(error) = closing.finish() {
            output::error(&error.to_string());
        }
        return Err(Failure::with_code(INTERRUPTED, words));
    }
    if ledger.refused.is_none() && !is_run_over {
        ledger.refused = Some(Refusal::of_its_own_accord(None));
    }
    Ok((
        ledger,
        Ending {
            closing,
            _ends: ends,
            is_untraced,
        },
    ))
}

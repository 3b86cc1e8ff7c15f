//! Writing to the standard streams: data to stdout, progress and errors to stderr.

use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::event;
use crate::experiment::{Experiment, Sweep, VariantSource};
use crate::session::SessionError;
use crate::settings::{self, Flag};
use crate::tui::app_loop::Exit;
use crate::tui::terminal::Capabilities;
use crate::vocabulary::{Problem, Problems};

/// Exit code of a run that could not be done: usage or bad input.
pub(super) const COULD_NOT_RUN: u8 = 2;

/// How a measurement is printed.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Why a command ends early.
pub(super) struct Failure {
    /// The exit code.
    pub(super) code: u8,
    /// What the user is told.
    pub(super) message: String,
}

impl Failure {
    /// Something that the user gave cannot be used.
    pub(super) fn input(error: impl Display) -> Self {
        Self {
            code: COULD_NOT_RUN,
            message: error.to_string(),
        }
    }

    /// These problems stand in the way, each told on a line of its own.
    pub(super) fn problems<P: Into<Problem>>(problems: impl IntoIterator<Item = P>) -> Self {
        Self::input(lines(problems))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::problems([problem])
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let problem = Problem::new(error.to_string());
        problem.setting("engine.threads").into()
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::problems(problems.0)
    }
}

/// Problems as [`error`] tells them.
pub(super) fn lines<P: Into<Problem>>(problems: impl IntoIterator<Item = P>) -> String {
    let lines = problems.into_iter().map(|problem| words(&problem.into()));
    lines.collect::<Vec<_>>().join("\nlazydebugger: ")
}

/// A problem in words, with the flag that helps.
fn words(problem: &Problem) -> String {
    with_flag(problem.to_string(), problem)
}

/// What a dimension failed of, in words, with the flag that helps.
pub(super) fn failure_in_words(failure: &event::Failure) -> String {
    with_flag(failure.to_string(), &failure.problem)
}

fn with_flag(words: String, problem: &Problem) -> String {
    match flag_that_helps(problem) {
        Some((flag, _)) => format!("{words} ({flag})"),
        None => words,
    }
}

/// The flag of the setting that would help, and what it is for.
fn flag_that_helps(problem: &Problem) -> Option<(Flag, &'static str)> {
    let setting = settings::find(problem.setting.as_deref()?)?;
    Some((setting.flag?, setting.doc))
}

/// For problems that are told elsewhere: a line for each flag that helps.
pub(super) fn hints<'p>(problems: impl Iterator<Item = &'p Problem>) -> Vec<String> {
    let flags = problems.filter_map(flag_that_helps);
    let mut hints: Vec<String> = flags
        .map(|(flag, doc)| format!("hint: {flag} {}: {doc}", flag.value_name))
        .collect();
    hints.sort_unstable();
    hints.dedup();
    hints
}

/// The exit code for a way of leaving the UI.
pub(super) fn exit_code(exit: Exit) -> u8 {
    // Signal numbers are small: 128 plus one of them is a byte.
    u8::try_from(exit.code()).unwrap_or(u8::MAX)
}

/// Writes data to stdout. A closed pipe (`lazydebugger ... | head`) is no error.
pub(super) fn data(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells an error and ends the process at once. A model may still be opening on a worker, and the
/// destructors of its library, which a usual end runs, would pull the ground from under it.
pub(super) fn leave(result: Result<u8, Failure>) -> ! {
    let code = result.unwrap_or_else(|failure| {
        error(&failure.message);
        failure.code
    });
    signal_hook::low_level::exit(i32::from(code))
}

/// Text that may be shown: names from files may hold control characters, which a terminal would
/// obey.
pub(super) fn harmless(text: &str) -> String {
    let harmless = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
}

/// Writes an error to stderr; when that is gone too, there is nobody left to tell.
pub(super) fn error(message: &str) {
    let _ = writeln!(io::stderr(), "lazydebugger: {}", harmless(message));
}

/// Writes a line to stderr.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "{}", harmless(message));
}

/// Refuses, before anything is computed for them, files that cannot be written, that the
/// experiment reads, or that are named twice. Each comes with the flag that names it.
pub(super) fn check_destinations(
    destinations: &[(&str, &Path)],
    experiment: &Experiment,
) -> Result<(), Failure> {
    if destinations.is_empty() {
        return Ok(());
    }
    let inputs = files_of(experiment);
    for (place, (flag, path)) in destinations.iter().enumerate() {
        let refuse = |problem: Problem| Err(problem.under(*flag).in_file(path).into());
        let another = |cause: String| refuse(Problem::new(cause).remedy("name another"));
        if inputs.iter().any(|input| is_same_file(input, path)) {
            return another("the experiment reads this file".to_owned());
        }
        let mut others = destinations[..place].iter();
        if let Some((other, _)) = others.find(|(_, other)| is_same_file(other, path)) {
            return another(format!("{other} names the same file"));
        }
        if let Some(problem) = unwritable(path) {
            return refuse(problem);
        }
    }
    Ok(())
}

fn files_of(experiment: &Experiment) -> Vec<PathBuf> {
    let dataset = &experiment.dataset;
    let mut files = vec![dataset.path.clone()];
    files.extend(experiment.model.path.clone());
    files.extend(experiment.model.predictions.clone());
    files.extend(experiment.model.expected.clone());
    let quantiles = experiment.model.quantiles.iter();
    files.extend(quantiles.flat_map(|q| [q.lower.clone(), q.upper.clone()]));
    files.extend(experiment.file.clone());
    files.extend(dataset.calibration.clone());
    files.extend(dataset.alternative.iter().cloned());
    files.extend(experiment.alternative_models.iter().map(|m| m.path.clone()));
    if let Some(path) = &experiment.hyperparameters {
        files.push(path.clone());
        let variants = Sweep::from_file(path).map(|s| s.variants);
        let variants = variants.unwrap_or_default().into_iter();
        files.extend(variants.filter_map(|variant| match variant.source {
            VariantSource::Model(path) => Some(path),
            VariantSource::Score(_) => None,
        }));
    }
    files
}

/// Files that exist are compared as files, others by name.
fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// Why a file cannot be written, found out without touching what is in it.
fn unwritable(path: &Path) -> Option<Problem> {
    if path.is_dir() {
        return Some("this is a folder; name a file in it".into());
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|p| !p.is_dir()) {
        return Some(format!("there is no folder {}", parent.display()).into());
    }
    let is_new = !path.exists();
    if !is_new && !path.is_file() {
        // A pipe or a device: opening it may wait, or be seen.
        return None;
    }
    match OpenOptions::new().append(true).create(true).open(path) {
        Ok(_) if is_new => {
            // The file was made only to see that it can be.
            let _ = fs::remove_file(path);
            None
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string().into()),
    }
}

/// One line on stderr that is written over by the next; nothing where stderr is no terminal, or one
/// that cannot write over a line.
pub(super) struct ProgressLine {
    shown: bool,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        Self { shown: false }
    }

    /// Would anything be seen?
    pub(super) fn is_visible() -> bool {
        io::stderr().is_terminal() && !Capabilities::is_dumb()
    }

    /// Shows a line in place of the last.
    pub(super) fn show(&mut self, line: &str) {
        if Self::is_visible() {
            let _ = write!(io::stderr(), "\r{line}\x1b[K");
            self.shown = true;
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Columns of the terminal, or 80.
pub(super) fn width() -> usize {
    crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns))
}

/// May stdout be coloured? Not into a file, not on a dumb terminal, and not where `NO_COLOR` is set.
pub(super) fn is_colourful() -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stdout().is_terminal() && !forbidden && !Capabilities::is_dumb()
}

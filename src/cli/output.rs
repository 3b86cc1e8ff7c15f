//! Writing to the standard streams: data to stdout, progress and errors to stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::iter;

use serde_json::Value;

use crate::display::{clean, escaped, marked};
use crate::event;
use crate::session::SessionError;
use crate::settings::{self, Flag, SettingsError};
use crate::tui::Left;
use crate::tui::app_loop::Exit;
use crate::tui::terminal::Capabilities;
use crate::vocabulary::{Problem, Problems};
use crate::{child, files};

/// Exit code of a run that could not be done: usage or bad input.
pub(super) const COULD_NOT_RUN: u8 = 2;

/// Who speaks, where others may.
const WHO: &str = "lazydebugger: ";

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
    /// What the user is told: each line after the first as it stands.
    lines: Vec<String>,
}

impl Failure {
    /// The command ends with this code.
    pub(super) fn with_code(code: u8, message: impl Display) -> Self {
        Self {
            code,
            lines: vec![message.to_string()],
        }
    }

    /// Something that the user gave cannot be used.
    pub(super) fn input(error: impl Display) -> Self {
        Self::with_code(COULD_NOT_RUN, error)
    }

    /// These problems stand in the way, each told on a line of its own.
    pub(super) fn problems<P: Into<Problem>>(problems: impl IntoIterator<Item = P>) -> Self {
        Self::of_lines(lines(problems))
    }

    /// What the user would be told.
    pub(super) fn told(&self) -> &[String] {
        &self.lines
    }

    /// The user is told this, line by line.
    pub(super) fn of_lines(lines: Vec<String>) -> Self {
        let code = COULD_NOT_RUN;
        Self { code, lines }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        if let [_] = error.problems.as_slice() {
            return Self::input(error);
        }
        let count = error.problems.len();
        let head = format!("{}: {count} problems", error.source);
        let problems = error.problems.iter().map(|p| format!("  {p}"));
        Self::of_lines(iter::once(head).chain(problems).collect())
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

/// Problems as errors are told, a line each.
pub(super) fn lines<P: Into<Problem>>(problems: impl IntoIterator<Item = P>) -> Vec<String> {
    let told = problems.into_iter().map(|problem| words(&problem.into()));
    let lines = told.enumerate().map(|(place, words)| match place {
        0 => words,
        _ => format!("{WHO}{words}"),
    });
    lines.collect()
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
    bytes(text.as_bytes())
}

/// The same for data that may be no text.
pub(super) fn bytes(data: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(data).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Lines of text for people. Whoever makes them keeps names from files within their lines.
pub(super) fn page(text: &str) -> Result<(), Failure> {
    let lines: Vec<_> = text.split('\n').map(marked).collect();
    data(&lines.join("\n"))
}

/// What the screen leaves in the scrollback when the user has left it.
pub(super) fn left_behind(left: &Left) -> Result<(), Failure> {
    if !left.can_be_told() {
        return Ok(());
    }
    page(&(left.summary.join("\n") + "\n"))
}

/// A value for programs.
#[expect(
    clippy::expect_used,
    reason = "all that a JSON value is can be written"
)]
pub(super) fn json(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("a JSON value has text keys");
    let mut text = escaped(&text).into_owned();
    text.push('\n');
    text
}

/// What [`json()`] has made of an object, with the fields of another one at its end.
pub(super) fn json_with(mut text: String, more: &Value) -> String {
    const END: &str = "\n}\n";
    let more = json(more);
    if let (Some(kept), Some(fields)) = (text.strip_suffix(END), more.strip_prefix('{')) {
        text.truncate(kept.len());
        text.push(',');
        text.push_str(fields);
    }
    text
}

/// Tells an error and ends the process at once. A model may still be opening on a worker, and the
/// destructors of its library, which a usual end runs, would pull the ground from under it.
pub(super) fn leave(result: Result<u8, Failure>) -> ! {
    let code = result.unwrap_or_else(|failure| {
        for (place, line) in failure.lines.iter().enumerate() {
            match place {
                0 => error(line),
                _ => note(line),
            }
        }
        failure.code
    });
    end(i32::from(code))
}

/// Ends the process at once. What it has begun to write, and what it has started, goes with it.
pub(super) fn end(code: i32) -> ! {
    files::remove_unfinished();
    child::end_all();
    signal_hook::low_level::exit(code)
}

/// Writes an error to stderr, in one line; when that is gone too, there is nobody left to tell.
pub(super) fn error(message: &str) {
    note(&format!("{WHO}{message}"));
}

/// Writes a line to stderr.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "{}", marked(message));
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
            let _ = write!(io::stderr(), "\r{}\x1b[K", clean(line));
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

//! Writing to the standard streams: data to stdout, progress and errors to stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use crate::tui::app_loop::Exit;

/// Exit code of a run that could not be done: usage or bad input.
pub(super) const COULD_NOT_RUN: u8 = 2;

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

/// Writes an error to stderr; when that is gone too, there is nobody left to tell. Names from files
/// may hold control characters, which a terminal would obey.
pub(super) fn error(message: &str) {
    let harmless = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    let message: String = message.chars().map(harmless).collect();
    let _ = writeln!(io::stderr(), "lazydebugger: {message}");
}

/// Writes a line to stderr.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// One line on stderr that is written over by the next; nothing where stderr is no terminal.
pub(super) struct ProgressLine {
    shown: bool,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        Self { shown: false }
    }

    /// Would anything be seen?
    pub(super) fn is_visible() -> bool {
        io::stderr().is_terminal()
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

/// May stdout be coloured? Not into a file, and not where `NO_COLOR` is set.
pub(super) fn is_colourful() -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stdout().is_terminal() && !forbidden
}

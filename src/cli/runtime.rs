//! Fetching ONNX Runtime, after asking, where a model needs it and it is not there.

use std::io::{self, BufRead, IsTerminal, Write};

use super::output::{self, Failure, ProgressLine, note};
use crate::inference::INSTALL_COMMAND;
use crate::inference::runtime::{InstallStep, find, install, install_size};
use crate::ledger::Refusal;
use crate::resource::RUNTIME;
use crate::vocabulary::{Problem, Problems};

/// Asks whether to fetch the runtime, and fetches it; `problems` say what needs it. Without a
/// terminal to ask on, the problem itself says which command fetches it.
pub(super) fn offer(problems: Vec<String>) -> Result<(), Failure> {
    if !can_ask() {
        return Err(Failure::of_lines(problems));
    }
    let size = install_size().map(|bytes| format!(" ({} MB)", bytes / 1_000_000));
    for problem in &problems {
        note(problem);
    }
    let question = format!(
        "Fetch it now through Python's pip{}?",
        size.unwrap_or_default()
    );
    if !agrees(&question) {
        return Err(Failure::input(format!(
            "the experiment cannot be run without it; later, `{INSTALL_COMMAND}` fetches it"
        )));
    }
    fetch()
}

/// For commands that are about ONNX Runtime itself: it is offered where there is none.
pub(super) fn need() -> Result<(), Failure> {
    find().or_else(|error| offer(vec![error.to_string()]))
}

/// What a session was refused for: a missing runtime is offered, and then it can be opened again, as
/// it can be after an error inside the program; all else ends the command.
pub(super) fn settle(refusal: &Refusal) -> Result<(), Failure> {
    let problems = output::lines(refusal.problems.iter().cloned());
    if refusal.runtime_missing {
        offer(problems)
    } else if refusal.crashed && can_ask() {
        for problem in &problems {
            note(problem);
        }
        if agrees("Open it again?") {
            return Ok(());
        }
        Err(Failure::of_lines(Vec::new()))
    } else {
        Err(Failure::of_lines(problems))
    }
}

/// Is there a terminal to ask on?
fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Is the answer yes?
fn agrees(question: &str) -> bool {
    let _ = write!(io::stderr(), "{question} [Y/n] ");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "" | "y" | "Y" | "yes") && read.is_ok_and(|n| n > 0)
}

/// Is it that there is no runtime, where one could be fetched?
pub(super) fn is_missing(problem: &Problem) -> bool {
    problem.setting.as_deref() == Some(RUNTIME)
}

/// Does what may need the runtime, and once more when that was missing and has been fetched.
pub(super) fn with_runtime<T>(work: impl Fn() -> Result<T, Problems>) -> Result<T, Failure> {
    match work() {
        Err(problems) if problems.0.iter().any(is_missing) => {
            offer(output::lines(problems.0))?;
            Ok(work()?)
        }
        result => Ok(result?),
    }
}

/// Fetches the runtime, with progress.
pub(super) fn fetch() -> Result<(), Failure> {
    let mut line = ProgressLine::new();
    let result = install(&mut |step| match step {
        InstallStep::Downloading { bytes, total } => line.show(&format!(
            "downloading ONNX Runtime: {:.1} of {:.1} MB",
            bytes as f64 / 1e6,
            total as f64 / 1e6
        )),
        InstallStep::Checking => line.show("checking its digest"),
        InstallStep::Unpacking => line.show("unpacking"),
        InstallStep::Done => {}
    });
    line.clear();
    let path = result.map_err(Failure::input)?;
    note(&format!("ONNX Runtime is in {}", path.display()));
    Ok(())
}
